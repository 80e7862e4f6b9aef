"""Any text in, text that is safe and pleasant to show on a terminal out."""

import os
import sys
import unicodedata
from collections.abc import Callable
from typing import Final, TypeAlias

Paint: TypeAlias = Callable[[str, str], str]

COLOURS: Final = {"bold": 1, "faint": 2, "red": 31, "green": 32, "yellow": 33, "cyan": 36}


def choose_paint() -> Paint:
    """Colours for a person at a terminal who has not declined them (https://no-color.org), else none."""
    wanted = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return coloured if wanted else plain


def coloured(text: str, colour: str) -> str:
    """The text in a colour of `COLOURS`."""
    return f"\033[{COLOURS[colour]}m{text}\033[0m"


def plain(text: str, _colour: str) -> str:
    """The text as it is."""
    return text


def visible(text: str) -> str:
    """The text with every character shown that would otherwise move the cursor, hide or turn the text."""
    return "".join(map(_visible, text))


def width(text: str) -> int:
    """How many cells of a terminal the visible text takes."""
    return sum(_cells(character) for character in visible(text))


def _visible(character: str) -> str:
    if character == "\t":
        return "    "
    if character.isprintable():
        return character
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


def _cells(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
