"""Whether code or a command that is run can be read in the source, or was hidden there by some encoding."""

import re
from typing import Final

from validator.analyse.run import Run
from validator.model.known import Choice, Known, show

RUNS: Final = ("code.execute", "code.compile", "process.s")
WORD: Final = re.compile(r"[^\W\d]{2,}")
ESCAPE: Final = re.compile(r"\\[abfnrtv0\\'\"]")


def mark_hidden(run: Run, plain: dict[str, Known]) -> dict[str, Known]:
    """The roles of what is run, and `hidden` if the source does not show its text.

    However it was done, base64, a cipher, letters by number or turned round: the words that run do not stand in the
    source. So no list of encodings is needed.
    """
    held = plain.get("code", plain.get("command"))
    options = held.options if isinstance(held, Choice) else (held,)
    hidden = any(isinstance(one, (str, bytes, tuple)) and _is_hidden(run, show(one)) for one in options)
    return {**plain, "hidden": True} if hidden else plain


def _is_hidden(run: Run, text: str) -> bool:
    words = frozenset(WORD.findall(text))
    if not words:
        return False
    if run.words is None:
        run.words = frozenset(WORD.findall(ESCAPE.sub(" ", run.source)))
    return len(words - run.words) * 2 > len(words)
