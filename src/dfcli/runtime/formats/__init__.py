"""How rows are read from each kind of data file; `frames` is what the rest of dfcli calls."""
