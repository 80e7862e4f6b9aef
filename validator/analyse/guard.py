"""Text in, the cost of parsing it out; or a fact, if that could stall or end the process.

libcst's parser is native and recursive: a tree that is too deep ends the process, and there is nothing to catch. Its
time and memory grow with the square of a chain, and with a power of the nesting inside `case` and `del`. So what the
parser would have to do is foretold here, from the tokens alone.
"""

import re
from dataclasses import dataclass, field
from typing import Final

from validator.analyse.tokens import (
    BREAK,
    CLOSE,
    COLON,
    CONTINUED,
    FIRST_WORD,
    FSTRING,
    INDENT,
    LINE,
    LINK,
    OPEN,
    STRING,
    WORD,
    tokens,
)
from validator.model.fact import Fact, Kind, Span
from validator.model.limits import Limits

TOKEN_COST: Final = 20
LINE_COST: Final = 10
LINK_COST: Final = 2  # for each token of the chain that a link makes longer
BRACKET_COST: Final = 8  # for each token that a bracket holds: every layer of the grammar copies it
CALL_COST: Final = 24  # the same for the brackets of a call or a subscript
# What can begin a link, and more; a word is enough to count, wherever it stands.
SIGNS: Final = b".+-*/%@&|^~<>!=\"'"
LINKS: Final = ("and", "or", "not", "if", "in", "is", "await", "lambda", "for")
BRACKETS: Final = b"([{"
BREAKS: Final = b",;:\n"
# Where a statement may begin; the word may still be a name.
PATTERN: Final = re.compile(r"(?:^|[\n;:])[ \t\f]*+(?:case|del)\b")
PATTERN_COST: Final = 5
PATTERN_GROWTH: Final = 4  # each bracket in `case` or `del` is tried this often

_OPERAND_ENDS: Final = frozenset(")]}\"'")


@dataclass(slots=True)
class _Level:
    """What to return to when a bracket closes, or when the parameters of a lambda end."""

    opener: str
    cost: int
    index: int
    depth: int
    base: int
    start: int


@dataclass(slots=True)
class _Block:
    """One level of indentation: its width, and how many `elif` in a row it has seen."""

    width: int
    branches: int = 0


@dataclass(slots=True)
class _Shape:
    """The tree as far as the tokens tell: how deep we are, and what it took to get here.

    `depth` is the length of the path to the root, `base` that of the innermost bracket or line, and
    `start` the token at which the running chain began.
    """

    depth: int = 0
    base: int = 0
    start: int = 0
    work: int = 0
    brackets: int = 0
    patterns: bool = False
    levels: list[_Level] = field(default_factory=list)
    blocks: list[_Block] = field(default_factory=lambda: [_Block(0)])


def weigh(text: str, limits: Limits) -> int | Fact:
    """What it will take to parse the text, in microseconds; or the first place at which that is too much."""
    slight = _weigh_slight(text, limits)
    if slight is not None:
        return slight
    shape = _Shape()
    for index, match in enumerate(tokens(text)):
        shape.work += TOKEN_COST
        if match.lastindex is not None:
            _step(shape, match, index)
            excess = _excess(shape, limits)
            if excess is not None:
                return _fact(text, match.start(match.lastindex), excess)
    return shape.work


def _weigh_slight(text: str, limits: Limits) -> int | None:
    """The same for a text that has too little of anything to be deep, as most have; None if it must be scanned.

    Counting is far quicker than scanning. Every bound of the scan is taken at its worst here: all brackets around all
    tokens, all links in one chain.
    """
    if ("case" in text or "del" in text) and PATTERN.search(text) is not None:
        return None
    raw = text.encode("utf-8", "replace")
    brackets, signs, breaks = (len(raw) - len(raw.translate(None, each)) for each in (BRACKETS, SIGNS, BREAKS))
    links = signs + sum(map(text.count, LINKS))
    if brackets > limits.nesting or text.count(":") > limits.nesting or brackets + links > limits.chain:
        return None
    tokens_at_most = 2 * brackets + links + breaks
    worst = TOKEN_COST + LINK_COST * links + brackets * (CALL_COST + LINK_COST * links)
    return TOKEN_COST * tokens_at_most if worst * tokens_at_most <= limits.work else None


def _step(shape: _Shape, match: re.Match[str], index: int) -> None:
    """Take one token in; the most frequent kinds come first."""
    kind = match.lastindex
    if kind in (LINK, STRING, FSTRING):
        _link(shape, index)
    elif kind == BREAK:
        _break(shape, index)
    elif kind == OPEN:
        _open(shape, match, index)
    elif kind == CLOSE:
        _close(shape, index)
    elif kind == LINE:
        _line(shape, match, index)
    elif kind == COLON:
        _colon(shape, index)
    else:
        _word(shape, match[WORD], index)


def _excess(shape: _Shape, limits: Limits) -> str | None:
    if len(shape.levels) > limits.nesting:
        return f"more than {limits.nesting} brackets inside each other"
    if len(shape.blocks) > limits.nesting:
        return f"more than {limits.nesting} blocks inside each other"
    if shape.depth > limits.chain:
        return f"more than {limits.chain} operators, calls or branches in one chain"
    if shape.work > limits.work:
        return "too costly to parse"
    return None


def _fact(text: str, position: int, excess: str) -> Fact:
    line = text.count("\n", 0, position) + 1
    column = position - text.rfind("\n", 0, position)
    return Fact(Kind.UNREADABLE, "unreadable.shape", excess, span=Span(line, column, line, column + 1))


def _link(shape: _Shape, index: int) -> None:
    shape.depth += 1
    shape.work += LINK_COST * (index - shape.start)
    if shape.patterns:
        _repeat(shape)


def _repeat(shape: _Shape) -> None:
    shape.work += PATTERN_COST * PATTERN_GROWTH ** len(shape.levels)


def _enter(shape: _Shape, opener: str, cost: int, index: int) -> None:
    shape.levels.append(_Level(opener, cost, index, shape.depth, shape.base, shape.start))
    shape.depth += 1
    shape.base = shape.depth
    shape.start = index


def _open(shape: _Shape, match: re.Match[str], index: int) -> None:
    before = match.string[max(match.start() - 1, 0) : match.start(OPEN)].rstrip(" \t\f")
    called = before[1:] or before in _OPERAND_ENDS
    _enter(shape, match[OPEN], CALL_COST if called else BRACKET_COST, index)
    shape.brackets += 1
    if shape.patterns:
        _repeat(shape)


def _close(shape: _Shape, index: int) -> None:
    while shape.levels:
        level = shape.levels.pop()
        if level.opener != "lambda":
            shape.brackets -= 1
            shape.work += (level.cost + LINK_COST * (level.depth - level.base)) * (index - level.index)
            _leave(shape, level)
            return


def _leave(shape: _Shape, level: _Level) -> None:
    """Stand one deeper than before: what was closed is part of the chain that goes on."""
    shape.depth = level.depth + (level.opener != "{")  # the fields of an f-string stand beside each other
    shape.base = level.base
    shape.start = level.start


def _break(shape: _Shape, index: int) -> None:
    shape.depth = shape.base
    shape.start = index
    if shape.patterns:
        _repeat(shape)


def _colon(shape: _Shape, index: int) -> None:
    if shape.levels and shape.levels[-1].opener == "lambda":
        _leave(shape, shape.levels.pop())
        shape.work += LINK_COST * (index - shape.start)
    else:
        _break(shape, index)


def _word(shape: _Shape, word: str, index: int) -> None:
    if word == "lambda":
        _enter(shape, word, BRACKET_COST, index)
    elif word == "for":
        # The loops of a comprehension are nested, and no comma ends them.
        if shape.levels:
            shape.work += BRACKET_COST * (index - shape.levels[-1].index)
        shape.base += 1
        _break(shape, index)
    else:
        shape.patterns = True


def _line(shape: _Shape, match: re.Match[str], index: int) -> None:
    shape.work += LINE_COST * match[LINE].count("\n")
    if shape.brackets:
        return
    shape.levels.clear()
    shape.patterns = match[FIRST_WORD] == "case"
    _indent(shape, match)
    shape.depth = shape.base = len(shape.blocks) - 1 + sum(block.branches for block in shape.blocks)
    shape.start = index


def _indent(shape: _Shape, match: re.Match[str]) -> None:
    """Find the block that a line belongs to; one that begins with a continuation stays in the last."""
    if not match[CONTINUED]:
        width = len(match[INDENT].rpartition("\f")[2])
        while shape.blocks[-1].width > width:
            shape.blocks.pop()
        if shape.blocks[-1].width < width:
            shape.blocks.append(_Block(width))
    if match[FIRST_WORD] == "elif":
        shape.blocks[-1].branches += 1
    elif not match[CONTINUED]:
        shape.blocks[-1].branches = 0
