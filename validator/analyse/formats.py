"""Format strings read attributes: `"{0.__globals__}".format(f)` is `f.__globals__`."""

import re
import string
from typing import Final

import libcst as cst

from validator.analyse.attributes import attribute, receives
from validator.analyse.containers import item
from validator.analyse.joins import pieces_of
from validator.analyse.run import Arguments, Run
from validator.analyse.values import NOTHING, Constant, Namespace, Value

PERCENT: Final = re.compile(r"%\(([^()]{1,64})\)")
FORMATTERS: Final = frozenset({"format", "format_map", "vformat"})


def read_fields(run: Run, template: Value, arguments: Arguments, node: cst.CSTNode) -> None:
    """Read what the fields of a template read; a field without attributes reads nothing."""
    for piece in pieces_of(template):
        if piece is not None and ("." in piece or "[" in piece):
            for position, field in enumerate(_fields(piece)):
                _read(run, field, position, arguments, node)


def read_percent(run: Run, template: Value, given: Value, node: cst.CSTNode) -> None:
    """`"%(environ)s" % vars(os)` reads what the template names."""
    if isinstance(given, Namespace):
        for piece in pieces_of(template):
            for name in PERCENT.findall(piece or ""):
                run.mention(item(run, given, Constant(name), node), node)


def read_names(run: Run, template: Value, arguments: Arguments, node: cst.CSTNode) -> None:
    """`"{environ}".format_map(vars(os))` reads what the template names."""
    given = arguments.positional[0] if len(arguments.positional) == 1 else None
    if isinstance(given, Namespace):
        for piece in pieces_of(template):
            for field in _fields(piece or ""):
                run.mention(item(run, given, Constant(_split(field)[0]), node), node)


def _fields(template: str) -> list[str]:
    try:
        parsed = list(string.Formatter().parse(template))
        inner = [name for _, _, spec, _ in parsed if spec and "{" in spec for name in _fields(spec)]
        return [*(field for _, field, _, _ in parsed if field is not None), *inner]
    except ValueError:
        return []


def _read(run: Run, field: str, position: int, arguments: Arguments, node: cst.CSTNode) -> None:
    first, rest = _split(field)
    value = _argument(first, position, arguments)
    for is_attribute, name in rest:
        value = attribute(run, value, name, node) if is_attribute else _item(run, value, name, node)
        run.mention(value, node)


def _item(run: Run, value: Value, name: str, node: cst.CSTNode) -> Value:
    key = Constant(name)
    called = receives(run, value, "__getitem__", Arguments((key,)), node)
    return item(run, value, key, node) if called is None else called


def _split(field: str) -> tuple[str, list[tuple[bool, str]]]:
    """`0.a[b]` as its first word and the steps behind it."""
    words = field.replace("[", "\0[").replace(".", "\0.").split("\0")
    return words[0], [(word[0] == ".", word[1:].rstrip("]")) for word in words[1:]]


def _argument(first: str, position: int, arguments: Arguments) -> Value:
    if first in arguments.keywords:
        return arguments.keywords[first]
    index = int(first) if first.isascii() and first.isdigit() and len(first) < 6 else position
    return arguments.positional[index] if index < len(arguments.positional) else NOTHING
