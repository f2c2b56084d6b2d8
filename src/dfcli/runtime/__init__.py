"""Doing it: files, checkpoints, models, and the engine that brings them together."""
