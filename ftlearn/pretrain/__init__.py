"""The recipes of the shipped weights."""
