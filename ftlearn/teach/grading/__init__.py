"""Grading a class: student code in a sandboxed child, tests in this process, plain data between them."""
