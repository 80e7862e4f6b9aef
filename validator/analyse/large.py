"""Whether a text speaks of numbers beyond measure, and what is said of sequences of so many items.

The screen and the full analysis ask the same question of a text, so that neither sees what the other does not.
"""

import re
from typing import Final

# Ten digits; a power of two digits, or of a power; a wide shift; `1e10`; several numbers of some size multiplied or
# side by side, as in a shape. All bounded, for this is asked of every text.
LARGE: Final = re.compile(
    r"\d[\d_]{9}|\*\*\s{0,4}\(?(?:\d\d|[89])|\d\s{0,4}\*\*\s{0,4}\d{1,9}\s{0,4}\*\*|<<\s{0,4}[3-9]\d|\d[eE]\+?\d\d"
    r"|\d[\d_]{4,9}\s{0,4}[,*]\s{0,4}\d[\d_]{4}|\d[\d_]{2,9}\s{0,4}\*\s{0,4}\d[\d_]{2,9}\s{0,4}\*\s{0,4}\d",
    re.ASCII,
)
# A text with every digit as `0` and what may stand beside one as itself is quick to make and quick to look through;
# one without any of these signs has no large number.
SHAPES: Final = "".join(
    "0" if chr(code) in "0123456789_" else chr(code) if chr(code) in "eE*<" else " " for code in range(128)
)
SIGNS: Final = ("000", "0e", "0E", "**", "<<")
MOST: Final = 10**10
LONG: Final = 1_000
VERY_LONG: Final = 100_000
# Kinds of sequences.
BOUNDLESS: Final = frozenset({"endless", "too many"})
COUNTED: Final = BOUNDLESS | {"long", "very long"}


def speaks_of_much(text: str) -> bool:
    """Whether any number of this text, alone or as it is combined, may be beyond measure."""
    shape = text.translate(SHAPES)
    return any(sign in shape for sign in SIGNS) and LARGE.search(text) is not None


def kind_of(numbers: range) -> str | None:
    """What kind of sequence a range is; None for a short one."""
    last = numbers[-1] - numbers[0] if numbers else 0
    count = abs(last // numbers.step) + 1
    if count >= MOST:
        return "too many"
    return "very long" if count >= VERY_LONG else "long" if count >= LONG else None
