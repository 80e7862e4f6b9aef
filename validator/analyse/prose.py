"""A text and its tree in, the text without what no interpreter runs out: comments, and strings that stand alone.

Descriptions of code are full of words that open doors ("a string in the given input"); they open none.
"""

import ast
import re
from collections.abc import Iterator
from typing import Final

QUOTES: Final = ("'", '"')
# Strings that may go on from line to line, so that a line does not tell what is a comment in it: those of three
# quotes, those with a line end escaped, and formatted ones, which since Python 3.12 may hold code of many lines.
SPREADING: Final = re.compile(r"""\"{3}|'{3}|\\\n|[fFtT][rR]?["']|[rR][fFtT]["']""")


def has_prose(text: str) -> bool:
    """Whether there may be anything to leave out."""
    return "#" in text or '"""' in text or "'''" in text


def without_prose(text: str, tree: ast.Module) -> str:
    """The text with as many lines, in which nothing is left out that is not surely prose."""
    lines = text.split("\n")
    for statement in _alone(tree):
        first, last = statement.lineno - 1, (statement.end_lineno or statement.lineno) - 1
        before = lines[first].encode()[: statement.col_offset]
        after = lines[last].encode()[statement.end_col_offset :]
        if not before.strip() and not after.strip():
            lines[first : last + 1] = [""] * (last - first + 1)
    code = "\n".join(lines)
    if "#" not in code or SPREADING.search(code) is not None:
        return code
    return "\n".join(map(_without_comment, lines))


def _without_comment(line: str) -> str:
    head, mark, _ = line.partition("#")
    return line if not mark or any(quote in head for quote in QUOTES) else head


def _alone(tree: ast.Module) -> Iterator[ast.Expr]:
    """The strings that begin a module, a class or a function."""
    waiting: list[ast.stmt] = list(tree.body)
    yield from _first(tree.body)
    while waiting:
        statement = waiting.pop()
        body = getattr(statement, "body", None)
        if isinstance(body, list):
            waiting += body
            yield from _first(body)


def _first(body: list[ast.stmt]) -> Iterator[ast.Expr]:
    match body:
        case [ast.Expr(value=ast.Constant(value=str())) as statement, *_]:
            yield statement
        case _:
            return
