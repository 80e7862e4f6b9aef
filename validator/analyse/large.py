"""Whether a text speaks of numbers beyond measure, or of iterators without end.

The screen and the full analysis ask the same question, so that neither sees what the other does not.
"""

import re
from typing import Final

# Ten digits; a power of two digits, or of a power; a wide shift; `1e10`; several numbers of some size multiplied or
# side by side, as in a shape; iterators that never end. All bounded, for this is asked of every text.
LARGE: Final = re.compile(
    r"\d[\d_]{9}|\*\*\s{0,4}\(?(?:\d\d|[89])|\d\s{0,4}\*\*\s{0,4}\d{1,9}\s{0,4}\*\*|<<\s{0,4}[3-9]\d|\d[eE]\+?\d\d"
    r"|\d[\d_]{4,9}\s{0,4}[,*]\s{0,4}\d[\d_]{4}|\d[\d_]{2,9}\s{0,4}\*\s{0,4}\d[\d_]{2,9}\s{0,4}\*\s{0,4}\d",
    re.ASCII,
)
ENDLESS: Final = re.compile(
    r"\bitertools\s+as\s|\b(?:itertools\.|from\s+itertools\s+import\b[^\n]{0,99}\b)(?:count|cycle|repeat)\b"
    r"|\biter\(\s{0,9}(?:int|str|bytes|float|bool|list|dict|tuple|set|object|lambda\s{0,4}:)"
)
# Every digit as `0`, what may stand inside a number as itself: quick to make, and quick to look through.
SHAPES: Final = "".join(
    "0" if chr(code) in "0123456789_" else chr(code) if chr(code) in "eE*<" else " " for code in range(128)
)
SIGNS: Final = ("000", "0e", "0E", "**", "<<")  # what a text must have for a number of it to be large


def speaks_of_much(text: str) -> bool:
    """Whether any number of this text, alone or as it is combined, may be beyond measure, or any iterator endless."""
    shape = text.translate(SHAPES)
    if any(sign in shape for sign in SIGNS) and LARGE.search(text) is not None:
        return True
    return "iter" in text and ENDLESS.search(text) is not None
