"""Where nodes stand in the source, worked out only for the nodes that somebody asks about.

libcst keeps no positions; its metadata provider writes the whole module out again and notes where every node begins.
We do the same for a few nodes and stop after the last of them, which costs a fraction.
"""

import sys
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import accumulate
from typing import Final

import libcst as cst
from libcst._nodes.internal import CodegenState  # the base of libcst's own position provider; not exported

from validator.model.fact import NOWHERE, Span

DEEPER: Final = 10_000


class _EveryNodeFoundError(Exception):
    """Every wanted node has been written out."""


class _Recorder(CodegenState):
    """Writes a module out and marks the wanted nodes."""

    def __init__(self, module: cst.Module, wanted: set[int]) -> None:
        super().__init__(default_indent=module.default_indent, default_newline=module.default_newline)
        self.wanted = wanted
        self.marks: dict[int, tuple[int, int]] = {}

    @contextmanager
    def record_syntactic_position(
        self, node: cst.CSTNode, *, start_node: cst.CSTNode | None = None, end_node: cst.CSTNode | None = None
    ) -> Iterator[None]:
        """Note how many tokens were written before and after a wanted node."""
        first = len(self.tokens)
        yield
        if id(node) in self.wanted:
            self.marks[id(node)] = (first, len(self.tokens))
            self.wanted.discard(id(node))
            if not self.wanted:
                raise _EveryNodeFoundError


def locate(module: cst.Module, nodes: Iterable[cst.CSTNode]) -> dict[int, Span]:
    """The spans of these nodes of a module, by the identity of the node."""
    wanted = frozenset(map(id, nodes))
    if not wanted:
        return {}
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
    text = "".join(recorder.tokens)
    lines = [0, *(index + 1 for index, character in enumerate(text) if character == "\n")]
    return {
        node: Span(*_place(lines, offsets[first]), *_place(lines, offsets[last]))
        for node, (first, last) in recorder.marks.items()
    }


def _write(module: cst.Module, recorder: _Recorder) -> None:
    with suppress(_EveryNodeFoundError):
        module._codegen(recorder)


def _place(lines: list[int], offset: int) -> tuple[int, int]:
    line = bisect_right(lines, offset)
    return line, offset - lines[line - 1] + 1


def span_of(spans: dict[int, Span], node: cst.CSTNode) -> Span:
    """The span of a node, or the start of the argument for one that has none."""
    return spans.get(id(node), NOWHERE)
