"""dfcli."""
