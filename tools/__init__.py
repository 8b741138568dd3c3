"""What the Makefile runs: executing, checking, measuring and linking the lessons."""
