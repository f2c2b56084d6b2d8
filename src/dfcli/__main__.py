"""`python -m dfcli`."""

from dfcli.commands.app import main

main()
