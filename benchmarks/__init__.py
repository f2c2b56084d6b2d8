"""Measurements: every figure that dfcli's documents state comes from a command here."""
