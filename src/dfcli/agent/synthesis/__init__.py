"""Operators that are missing: an operator or option that is there, else a prompt template, else a sandboxed function."""
