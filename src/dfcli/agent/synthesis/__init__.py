"""Operators that are missing: one that is there, else a prompt template, else a function in the sandbox."""
