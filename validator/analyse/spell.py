"""A small node in, its text out, for the few kinds of nodes that facts stand on; None for whatever else there is.

libcst can write any node out, at the price of a context for each part of it. A call of plain names with plain
arguments, or an import, is put together here for a tenth of that.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import libcst as cst


class _LongwindedError(Exception):
    """The node holds a part that is not written out here."""


def spell(node: cst.CSTNode) -> str | None:
    """The text of a node on one line; None if it holds anything unusual."""
    try:
        return _spell(node)
    except _LongwindedError:
        return None


def _spell(node: cst.CSTNode) -> str:
    write = SPELLINGS.get(type(node))
    if write is None or getattr(node, "lpar", None):
        raise _LongwindedError
    return write(node)


def _blank(space: cst.BaseParenthesizableWhitespace) -> str:
    if isinstance(space, cst.SimpleWhitespace):
        return space.value
    raise _LongwindedError


def _value(node: cst.Name | cst.Integer | cst.Float | cst.SimpleString) -> str:
    return node.value


def _attribute(node: cst.Attribute) -> str:
    return f"{_spell(node.value)}{_separator(node.dot, '.')}{_spell(node.attr)}"


def _separator(mark: Any, sign: str) -> str:
    """A dot, a comma or an equals sign, with the blanks around it; nothing where it is left out."""
    if isinstance(mark, cst.MaybeSentinel):
        return ""
    return f"{_blank(mark.whitespace_before)}{sign}{_blank(mark.whitespace_after)}"


def _call(node: cst.Call) -> str:
    inside = "".join(map(_argument, node.args))
    return f"{_spell(node.func)}{_blank(node.whitespace_after_func)}({_blank(node.whitespace_before_args)}{inside})"


def _argument(node: cst.Arg) -> str:
    key = "" if node.keyword is None else f"{_spell(node.keyword)}{_separator(node.equal, '=')}"
    value = f"{_blank(node.whitespace_after_star)}{key}{_spell(node.value)}{_blank(node.whitespace_after_arg)}"
    return f"{node.star}{value}{_separator(node.comma, ',')}"


def _import(node: cst.Import) -> str:
    return f"import{_blank(node.whitespace_after_import)}{_aliases(node.names)}"


def _import_from(node: cst.ImportFrom) -> str:
    if node.relative or node.module is None or isinstance(node.names, cst.ImportStar) or node.lpar is not None:
        raise _LongwindedError
    source = f"from{_blank(node.whitespace_after_from)}{_spell(node.module)}{_blank(node.whitespace_before_import)}"
    return f"{source}import{_blank(node.whitespace_after_import)}{_aliases(node.names)}"


def _aliases(names: Iterable[cst.ImportAlias] | Sequence[cst.ImportAlias]) -> str:
    return "".join(map(_alias, names))


def _alias(node: cst.ImportAlias) -> str:
    renamed = ""
    if node.asname is not None:
        before, after = _blank(node.asname.whitespace_before_as), _blank(node.asname.whitespace_after_as)
        renamed = f"{before}as{after}{_spell(node.asname.name)}"
    return f"{_spell(node.name)}{renamed}{_separator(node.comma, ',')}"


# Each takes the type of node that its key promises, which a type cannot say.
SPELLINGS: Final[Mapping[type[cst.CSTNode], Callable[[Any], str]]] = {
    cst.Name: _value,
    cst.Integer: _value,
    cst.Float: _value,
    cst.SimpleString: _value,
    cst.Attribute: _attribute,
    cst.Call: _call,
    cst.Import: _import,
    cst.ImportFrom: _import_from,
}
