"""A terminal in which a person marks: what is shown cannot command it, keys count at once, scripts can do the same."""

from __future__ import annotations

import codecs
import contextlib
import os
import re
import shutil
import sys
import textwrap
import unicodedata
from collections.abc import Callable, Iterator

WIDTH = 96  # columns beyond which lines are tiring to read
_CLEAR = "\x1b[2J\x1b[H"
_KEY = re.compile(r"\x1b\[[0-9;]*[A-Za-z~]|\x1bO.|.", re.DOTALL)
_NAMED = {
    "\x1b[C": "n", "\x1b[D": "p", "\x1b[6~": " ", "\x1b[5~": "b", "\x1b[B": " ", "\x1b[A": "b",
    "\x1bOC": "n", "\x1bOD": "p", "\x1bOB": " ", "\x1bOA": "b", "\x03": "q", "\x04": "q",
}  # fmt: skip
_JOINERS = "\u200c\u200d"  # words and signs of several scripts need them; they command nothing


def visible(text: str) -> str:
    r"""Make every character seen that a terminal would obey, or that would hide or turn round what stands beside it.

    Parameters
    ----------
    text : str
        Whatever a student wrote.

    Returns
    -------
    str
        Letters, signs, spaces and ends of lines as they are; for the rest its picture or its number.

    Examples
    --------
    >>> visible("fine\x1b[2J\u202e\n")
    'fine␛[2J⟨U+202E⟩\n'
    """
    return "".join(map(_seen, text.replace("\r\n", "\n").expandtabs(4)))


def _seen(one: str) -> str:
    if one < " " and one != "\n":
        return chr(0x2400 + ord(one))
    if one == "\x7f":
        return "\u2421"
    if unicodedata.category(one) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") and one not in _JOINERS + "\n":
        return f"⟨U+{ord(one):04X}⟩"
    return one


def wrapped(text: str, width: int, before: str = "") -> list[str]:
    """Break text into lines of at most so many columns.

    Parameters
    ----------
    text : str
        Passed through `visible` first.
    width : int
        Columns, those of `before` among them.
    before : str
        What each line begins with.

    Returns
    -------
    list of str
        The lines; indentation and empty lines stay.

    Examples
    --------
    >>> wrapped("one two three", 9, "| ")
    ['| one two', '| three']
    """
    lines: list[str] = []
    for line in visible(text).split("\n"):
        wide = any(unicodedata.east_asian_width(one) in "WF" for one in line)  # two columns each
        room = max((width - len(before)) // (2 if wide else 1), 4)
        broken = textwrap.wrap(line, room, replace_whitespace=False, break_on_hyphens=False) or [""]
        lines += [before + one for one in broken]
    return lines


class Lines:
    """Commands from lines of standard input: for scripts, and wherever there is no terminal."""

    width, height = WIDTH, None

    def show(self, text: str) -> None:
        """Write a screen below the last one."""
        _write(text.rstrip("\n") + "\n\n")

    def command(self, comment: str) -> str:
        """Return the next line; ``"q"`` when there is none."""
        line = sys.stdin.readline()
        return line.strip() if line else "q"


class Keys:
    """Commands from single keys.

    Parameters
    ----------
    read : callable
        Waits for keys, and returns what came: one key, or several that were typed fast.
    """

    def __init__(self, read: Callable[[], str]):
        self._read = read
        self._waiting: list[str] = []

    @property
    def width(self) -> int:
        """Columns to write in."""
        return min(shutil.get_terminal_size().columns - 1, WIDTH)

    @property
    def height(self) -> int | None:
        """Lines of the window."""
        return shutil.get_terminal_size().lines

    def show(self, text: str) -> None:
        """Write a screen in the place of the last one."""
        _write(_CLEAR + text)

    def command(self, comment: str) -> str:
        """Wait for a key, and for the rest of the line where it begins points or a comment."""
        key = self._key()
        if key in "0123456789.,/":
            return self._line("Points: ", key) or ""
        if key in "cC":
            text = self._line("Comment (Enter keeps it, Esc does not): ", comment)
            return "" if text is None else f"c {text}"
        return _NAMED.get(key, key.lower())

    def _key(self) -> str:
        if not self._waiting:
            try:
                self._waiting = _KEY.findall(self._read())
            except (KeyboardInterrupt, EOFError):
                return "\x03"
        return self._waiting.pop(0)

    def _line(self, prompt: str, text: str) -> str | None:
        """Let a line be typed; return None where it is given up."""
        while True:
            room = max(self.width - len(prompt), 8)
            shown = visible(text)[-room + 1 :]
            _write(f"\r{prompt}{shown:<{room}}\r{prompt}{shown}")
            key = self._key()
            if key in ("\r", "\n"):
                return text
            if key in ("\x1b", "\x03"):
                return None
            if key in ("\x7f", "\b"):
                text = text[:-1]
            elif key == "\x15":  # Ctrl-U
                text = ""
            elif key.isprintable():
                text += key


@contextlib.contextmanager
def terminal() -> Iterator[Keys | Lines]:
    """Lend keys where a person sits at a terminal, else lines; afterwards the terminal is as it was."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        yield Lines()
        return
    try:
        import termios
        import tty
    except ImportError:  # Windows
        import typer

        yield Keys(typer.getchar)
        return
    place = sys.stdin.fileno()
    before, decoder = termios.tcgetattr(place), codecs.getincrementaldecoder("utf-8")("replace")

    def read() -> str:
        tty.setcbreak(place, termios.TCSADRAIN)  # each time: after Ctrl-Z a shell may have put it back
        while not (text := decoder.decode(content := os.read(place, 1024))):
            if not content:
                raise EOFError
        return text

    try:
        yield Keys(read)
    finally:
        termios.tcsetattr(place, termios.TCSADRAIN, before)


def _write(text: str) -> None:
    import typer

    coding = sys.stdout.encoding or "utf-8"
    typer.echo(text.encode(coding, "backslashreplace").decode(coding), nl=False)
