"""A program watched while it runs: what its models, data and calls were is examined when it is over.

What runs beside the program (`child`, `running`, `hooks`, `watcher`, `stages`, `data`, `places`) loads neither NumPy
nor Keras before the program does, and is loaded without `ftlearn.doctor` around it: hence its relative imports.
"""
