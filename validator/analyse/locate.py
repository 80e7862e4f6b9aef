"""Where nodes stand in the source, worked out only for the nodes that somebody asks about.

libcst keeps no positions; its metadata provider writes the whole module out again and notes where every node begins.
Most nodes that are asked about are calls and imports, whose text stands only once in the source: those are written out
alone and looked up. For the others we do as the provider does, and stop after the last of them.
"""

import re
import sys
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from itertools import accumulate
from typing import Any, Final

import libcst as cst
from libcst._nodes.internal import CodegenState  # the base of libcst's own position provider; not exported

from validator.analyse.spell import INDENT, spell
from validator.model.fact import NOWHERE, Span

DEEPER: Final = 10_000
MOST_SEARCHED: Final = 2_000_000  # characters of source to look through before writing it out is as quick
ALONE: Final = (cst.BaseExpression, cst.BaseSmallStatement)  # blocks are written with the indentation around them
UNMARKED: Final = nullcontext()
LINE_END: Final = re.compile("\n")


class _EveryNodeFoundError(Exception):
    """Every wanted node has been written out."""


class _Recorder(CodegenState):
    """Writes a module out and marks the wanted nodes."""

    def __init__(self, module: cst.Module, wanted: set[int]) -> None:
        super().__init__(default_indent=module.default_indent, default_newline=module.default_newline)
        self.wanted = wanted
        self.marks: dict[int, tuple[int, int]] = {}

    def record_syntactic_position(
        self, node: cst.CSTNode, *, start_node: cst.CSTNode | None = None, end_node: cst.CSTNode | None = None
    ) -> Any:  # any context will do, though libcst says that it is a generator's
        """Note how many tokens were written before and after a wanted node."""
        return self._mark(node) if id(node) in self.wanted else UNMARKED

    @contextmanager
    def _mark(self, node: cst.CSTNode) -> Iterator[None]:
        first = len(self.tokens)
        yield
        self.marks[id(node)] = (first, len(self.tokens))
        self.wanted.discard(id(node))
        if not self.wanted:
            raise _EveryNodeFoundError


def locate(module: cst.Module, source: str, nodes: Iterable[cst.CSTNode]) -> dict[int, Span]:
    """The spans of these nodes of a module, by the identity of the node; the source is what it was parsed from."""
    wanted = {id(node): node for node in nodes}
    spans: dict[int, Span] = {}
    if len(wanted) * len(source) <= MOST_SEARCHED:
        spans = _look_up(module, source, [node for node in wanted.values() if isinstance(node, ALONE)])
    missing = wanted.keys() - spans.keys()
    if missing:
        spans |= _write_out(module, missing)
    return spans


def _look_up(module: cst.Module, source: str, nodes: Sequence[cst.CSTNode]) -> dict[int, Span]:
    """The spans of those nodes whose text stands in the source once."""
    try:
        texts = {id(node): spell(node) for node in nodes}
        texts |= _written(module, [node for node in nodes if texts[id(node)] is None])
    except RecursionError:
        return {}
    spans = {}
    for identity, text in texts.items():
        found = [] if text is None else _places(source, text)
        if len(found) == 1:
            spans[identity] = _span_of_text(source, *found[0])
    return spans


def _places(source: str, text: str) -> list[tuple[int, str]]:
    """Where a text stands, and with which indentation, twice at most; its first line tells what the others have."""
    head, line_end, _ = text.partition("\n")
    found: list[tuple[int, str]] = []
    start = source.find(head)
    while start >= 0 and len(found) < 2:
        whole = text.replace(INDENT, _indentation(source, start)) if line_end else text
        if not line_end or source.startswith(whole, start):
            found.append((start, whole))
        start = source.find(head, start + 1)
    return found


def _indentation(source: str, place: int) -> str:
    line = source[source.rfind("\n", 0, place) + 1 : place]
    return line[: len(line) - len(line.lstrip())]


def _span_of_text(source: str, start: int, text: str) -> Span:
    line, column = source.count("\n", 0, start) + 1, start - source.rfind("\n", 0, start)
    lines = text.count("\n")
    return Span(line, column, line + lines, len(text) - text.rfind("\n") if lines else column + len(text))


def _written(module: cst.Module, nodes: Sequence[cst.CSTNode]) -> dict[int, str]:
    """The texts of nodes as libcst writes them."""
    recorder = _Recorder(module, {*map(id, nodes), id(module)})  # the module is never reached, so nothing ends early
    for node in nodes:
        node._codegen(recorder)
    return {identity: "".join(recorder.tokens[first:last]) for identity, (first, last) in recorder.marks.items()}


def _write_out(module: cst.Module, wanted: Iterable[int]) -> dict[int, Span]:
    recorder = _Recorder(module, set(wanted))
    try:
        _write(module, recorder)
    except RecursionError:
        # A long chain is written link inside link. The guard bounds its length, and frames of Python cost no C stack.
        recorder = _Recorder(module, set(wanted))
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(limit + DEEPER)
        try:
            _write(module, recorder)
        finally:
            sys.setrecursionlimit(limit)
    offsets = [0, *accumulate(map(len, recorder.tokens))]
    lines = _lines("".join(recorder.tokens))
    return {node: _span(lines, offsets[first], offsets[last]) for node, (first, last) in recorder.marks.items()}


def _write(module: cst.Module, recorder: _Recorder) -> None:
    with suppress(_EveryNodeFoundError):
        module._codegen(recorder)


def _lines(text: str) -> list[int]:
    return [0, *(found.end() for found in LINE_END.finditer(text))]


def _span(lines: list[int], first: int, last: int) -> Span:
    return Span(*_place(lines, first), *_place(lines, last))


def _place(lines: list[int], offset: int) -> tuple[int, int]:
    line = bisect_right(lines, offset)
    return line, offset - lines[line - 1] + 1


def span_of(spans: dict[int, Span], node: cst.CSTNode) -> Span:
    """The span of a node, or the start of the argument for one that has none."""
    return spans.get(id(node), NOWHERE)
