"""``python -m ftlearn.cli`` is the command `ftlearn`."""

from ftlearn.cli import main

if __name__ == "__main__":
    main()
