"""Whether code or a command that is run can be read in the source, or was hidden there by some encoding."""

import re
from collections.abc import Iterator
from typing import Final

import libcst as cst

from validator.analyse.run import Run
from validator.model.known import Known, show

RUNS: Final = ("code.execute", "code.compile", "process.s")
WORD: Final = re.compile(r"[^\W\d]{2,}")
ESCAPE: Final = re.compile(r"\\[abfnrtv0\\'\"]")
DECODER: Final = re.compile(r"[ab]?\d\d[a-z]*decode|decodebytes|decompress|unhexlify|fromhex|decrypt|a2b_\w+")


def mark_hidden(run: Run, plain: dict[str, Known], node: cst.CSTNode) -> dict[str, Known]:
    """The roles of what is run: `hidden` if the source does not show its text, `decoded` if it shows the decoder only.

    However it was done, base64, a cipher, letters by number or turned round: the words that run do not stand in the
    source. So no list of encodings is needed where the text is known.
    """
    held = plain.get("code", plain.get("command"))
    if isinstance(held, str | bytes | tuple):
        return {**plain, "hidden": True} if _is_hidden(run, show(held)) else plain
    if held is not None and isinstance(node, cst.Call) and any(map(DECODER.fullmatch, _names(node))):
        return {**plain, "decoded": True}
    return plain


def _is_hidden(run: Run, text: str) -> bool:
    words = frozenset(WORD.findall(text))
    if not words:
        return False
    if run.words is None:
        run.words = frozenset(WORD.findall(ESCAPE.sub(" ", run.source)))
    return len(words - run.words) * 2 > len(words)


def _names(call: cst.Call) -> Iterator[str]:
    """Every name that is written in the arguments of a call."""
    pending: list[cst.CSTNode] = list(call.args)
    while pending:
        one = pending.pop()
        if isinstance(one, cst.Name):
            yield one.value
        pending.extend(one.children)
