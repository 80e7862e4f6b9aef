"""A small node in, its text out, for the few kinds of nodes that facts stand on; None for whatever else there is.

libcst can write any node out, at the price of a context for each part of it. A call of plain names with plain
arguments, or an import, is put together here for a tenth of that.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import libcst as cst

INDENT: Final = "\0"  # Python takes no text that holds it
LINE_END: Final = "\n"


class _LongwindedError(Exception):
    """The node holds a part that is not written out here."""


def spell(node: cst.CSTNode) -> str | None:
    """The text of a node, without parentheses of its own; None if it holds anything unusual.

    Where a line begins with the indentation of the block around it, that is one INDENT.
    """
    try:
        return _inside(node)
    except _LongwindedError:
        return None


def _inside(node: cst.CSTNode) -> str:
    write = SPELLINGS.get(type(node))
    if write is None:
        raise _LongwindedError
    return write(node)


def _spell(node: cst.CSTNode) -> str:
    text = _inside(node)
    return _in_parentheses(text, node) if getattr(node, "lpar", None) else text


def _in_parentheses(text: str, node: Any) -> str:
    before = "".join(f"({_blank(one.whitespace_after)}" for one in node.lpar)
    after = "".join(f"{_blank(one.whitespace_before)})" for one in node.rpar)
    return f"{before}{text}{after}"


def _blank(space: cst.BaseParenthesizableWhitespace) -> str:
    if isinstance(space, cst.SimpleWhitespace):
        return space.value
    if not isinstance(space, cst.ParenthesizedWhitespace):
        raise _LongwindedError
    lines = "".join(_end_of_line(line) for line in (space.first_line, *space.empty_lines))
    return f"{lines}{INDENT if space.indent else ''}{space.last_line.value}"


def _end_of_line(node: Any) -> str:
    indent = INDENT if isinstance(node, cst.EmptyLine) and node.indent else ""
    comment = "" if node.comment is None else node.comment.value
    return f"{indent}{node.whitespace.value}{comment}{node.newline.value or LINE_END}"


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


def _binary(node: cst.BinaryOperation) -> str:
    sign = OPERATORS.get(type(node.operator))
    if sign is None:
        raise _LongwindedError
    return f"{_spell(node.left)}{_separator(node.operator, sign)}{_spell(node.right)}"


def _formatted(node: cst.FormattedString) -> str:
    return f"{node.start}{''.join(map(_part, node.parts))}{node.end}"


def _part(node: cst.BaseFormattedStringContent) -> str:
    if isinstance(node, cst.FormattedStringText):
        return node.value
    if not isinstance(node, cst.FormattedStringExpression) or node.equal is not None:
        raise _LongwindedError
    before, after = _blank(node.whitespace_before_expression), _blank(node.whitespace_after_expression)
    conversion = "" if node.conversion is None else f"!{node.conversion}"
    form = "" if node.format_spec is None else f":{''.join(map(_part, node.format_spec))}"
    return f"{{{before}{_spell(node.expression)}{after}{conversion}{form}}}"


def _list(node: cst.List) -> str:
    left, right = node.lbracket.whitespace_after, node.rbracket.whitespace_before
    return f"[{_blank(left)}{''.join(map(_element, node.elements))}{_blank(right)}]"


def _tuple(node: cst.Tuple) -> str:
    return "".join(map(_element, node.elements))


def _element(node: cst.BaseElement) -> str:
    if not isinstance(node, cst.Element):
        raise _LongwindedError
    return f"{_spell(node.value)}{_separator(node.comma, ',')}"


def _subscript(node: cst.Subscript) -> str:
    left, right = node.lbracket.whitespace_after, node.rbracket.whitespace_before
    inside = "".join(map(_index, node.slice))
    return f"{_spell(node.value)}{_blank(node.whitespace_after_value)}[{_blank(left)}{inside}{_blank(right)}]"


def _index(node: cst.SubscriptElement) -> str:
    if not isinstance(node.slice, cst.Index) or node.slice.star:
        raise _LongwindedError
    return f"{_spell(node.slice.value)}{_separator(node.comma, ',')}"


OPERATORS: Final[Mapping[type[cst.BaseBinaryOp], str]] = {
    cst.Add: "+",
    cst.Subtract: "-",
    cst.Multiply: "*",
    cst.Divide: "/",
    cst.Modulo: "%",
    cst.BitOr: "|",
}
# Each takes the type of node that its key promises, which a type cannot say.
SPELLINGS: Final[Mapping[type[cst.CSTNode], Callable[[Any], str]]] = {
    cst.Name: _value,
    cst.Integer: _value,
    cst.Float: _value,
    cst.SimpleString: _value,
    cst.Attribute: _attribute,
    cst.BinaryOperation: _binary,
    cst.FormattedString: _formatted,
    cst.List: _list,
    cst.Tuple: _tuple,
    cst.Subscript: _subscript,
    cst.Call: _call,
    cst.Import: _import,
    cst.ImportFrom: _import_from,
}
