"""A node in, the nodes just below it out; far quicker than libcst's own walk."""

import re
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from typing import Final

import libcst as cst

BLANK: Final = re.compile("whitespace|par$|comma|semicolon|lines|header|footer")
STRINGS: Final = (cst.SimpleString, cst.ConcatenatedString, cst.FormattedString)
CHILDLESS: Final = frozenset({type(None), str, bool, cst.MaybeSentinel})  # what a field may hold besides nodes


def children(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The nodes just below a node, but not its blanks and brackets."""
    for name in _parts_of(type(node)):
        held = getattr(node, name)
        kind = type(held)
        if kind is tuple or kind is list:
            yield from held
        elif kind not in CHILDLESS:
            yield held


@cache
def _parts_of(kind: type[cst.CSTNode]) -> tuple[str, ...]:
    names = (each.name for each in fields(kind))
    return tuple(name for name in names if not BLANK.search(name))


def quoted(annotation: cst.BaseExpression) -> Iterator[cst.BaseExpression]:
    """The strings of an annotation that stand for types: not what `Literal` lists, nor what `Annotated` adds to one."""
    waiting: list[cst.CSTNode] = [annotation]
    while waiting:
        node = waiting.pop()
        if isinstance(node, STRINGS):
            yield node
        elif type(node) is cst.Subscript and _ends_with(node.value, "Literal"):
            continue
        elif type(node) is cst.Subscript and _ends_with(node.value, "Annotated"):
            waiting.extend(node.slice[:1])
        else:
            waiting.extend(children(node))


def _ends_with(node: cst.BaseExpression, name: str) -> bool:
    return (type(node) is cst.Name and node.value == name) or (type(node) is cst.Attribute and node.attr.value == name)
