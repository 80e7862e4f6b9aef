"""Literals and displays: numbers, strings of every kind, tuples, lists, sets, dictionaries."""

import ast
import warnings
from functools import reduce
from typing import Final, TypeAlias

import libcst as cst

from validator.analyse.attributes import receives
from validator.analyse.concrete import NotConcreteError, abstract, concrete
from validator.analyse.containers import iterate, put
from validator.analyse.fold import shown
from validator.analyse.joins import combinations, either, opaque, origins, text
from validator.analyse.operators import OPERATORS
from validator.analyse.run import NO_ARGUMENTS, Expression, Run
from validator.analyse.values import (
    NOTHING,
    Constant,
    Either,
    Instance,
    Namespace,
    Sequence,
    Table,
    Value,
)

Piece: TypeAlias = "str | tuple[Value, str | None] | None"  # of an f-string: text, a value and how it is shown, unknown


def _simple_string(run: Run, node: cst.SimpleString) -> Value:
    raw = node.value
    quote = raw[0]
    if quote in "\"'" and "\\" not in raw:
        width = 3 if raw[:3] == quote * 3 else 1
        return Constant(raw[width:-width])
    return _literal(node.value)


def _literal(source: str) -> Value:
    """A literal with escapes; libcst takes some that no interpreter does."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return Constant(ast.literal_eval(source))
    except (SyntaxError, ValueError):
        return NOTHING


def _integer(run: Run, node: cst.Integer) -> Value:
    return Constant(int(node.value)) if node.value.isdigit() and len(node.value) < 10 else _number(node.value)


def _number(source: str) -> Value:
    try:
        return Constant(ast.literal_eval(source))
    except (ValueError, SyntaxError):
        return NOTHING


def _float(run: Run, node: cst.Float | cst.Imaginary) -> Value:
    return _number(node.value)


def _concatenated(run: Run, node: cst.ConcatenatedString) -> Value:
    parts: list[Value] = []
    rest: cst.BaseExpression = node
    while isinstance(rest, cst.ConcatenatedString):
        parts.append(run.evaluate(rest.left))
        rest = rest.right
    parts.append(run.evaluate(rest))
    if all(isinstance(part, Constant) for part in parts):
        try:
            return abstract(run, reduce(OPERATORS[cst.Add], (concrete(run, part) for part in parts)))
        except (NotConcreteError, TypeError):
            return NOTHING
    pieces = [piece for part in parts for piece in shown(part)]
    return text(tuple(pieces), origins(*parts))


def _formatted(run: Run, node: cst.FormattedString) -> Value:
    shape: list[Piece] = []
    values: list[Value] = []
    raw = "r" in node.start.lower()
    for part in node.parts:
        if isinstance(part, cst.FormattedStringText):
            shape.append(_literal_text(part.value, raw))
        elif isinstance(part, cst.FormattedStringExpression):
            value = run.evaluate(part.expression)
            values.append(value)
            if part.format_spec is not None:
                for inner in part.format_spec:
                    if isinstance(inner, cst.FormattedStringExpression):
                        values.append(run.evaluate(inner.expression))
            receives(run, value, "__format__", NO_ARGUMENTS, part)
            shape.append(None if part.format_spec is not None else (value, part.conversion))
    chosen = combinations(values) if any(type(value) is Either for value in values) else []
    return _filled(shape, values, chosen) if chosen else text(_pieces(shape), origins(*values))


def _pieces(shape: list[Piece]) -> tuple[str | None, ...]:
    """The text of an f-string: what stands between its braces is shown as it is converted."""
    pieces: list[str | None] = []
    for piece in shape:
        if isinstance(piece, tuple):
            pieces.extend(_converted(*piece))
        else:
            pieces.append(piece)
    return tuple(pieces)


def _filled(shape: list[Piece], values: list[Value], chosen: list[tuple[Value, ...]]) -> Value:
    """An f-string whose values may be one of a few: one text for each of the choices."""
    found: list[Value] = []
    for choice in chosen:
        instead = dict(zip(map(id, values), choice, strict=True))
        filled = [(instead[id(piece[0])], piece[1]) if isinstance(piece, tuple) else piece for piece in shape]
        found.append(text(_pieces(filled), origins(*choice)))
    return reduce(either, found)


def _converted(value: Value, conversion: str | None) -> tuple[str | None, ...]:
    if conversion in (None, "s"):
        return shown(value)
    return (repr(value.value),) if isinstance(value, Constant) and conversion == "r" else (None,)


def _literal_text(value: str, raw: bool) -> str:
    value = value.replace("{{", "{").replace("}}", "}")
    if raw or "\\" not in value:
        return value
    text = _literal('"""' + value.replace('"', '\\"') + '"""')
    return text.value if isinstance(text, Constant) and isinstance(text.value, str) else value


def _templated(run: Run, node: cst.TemplatedString) -> Value:
    values: list[Value] = []
    for part in node.parts:
        if isinstance(part, cst.TemplatedStringExpression):
            inner = (one for one in part.format_spec or () if isinstance(one, cst.TemplatedStringExpression))
            values += [run.evaluate(part.expression), *(run.evaluate(one.expression) for one in inner)]
    return opaque(*values)


def _tuple(run: Run, node: cst.Tuple | cst.List | cst.Set) -> Value:
    made = Sequence("tuple" if isinstance(node, cst.Tuple) else "list", [], None, run.branch)
    for element in node.elements:
        value = run.evaluate(element.value)
        if type(element) is cst.StarredElement:
            items, rest = iterate(value)
            made.items.extend(items or ())
            if items is None:
                made.rest = rest if made.rest is None else either(made.rest, rest)
        else:
            made.items.append(value)
    return made


def _dict(run: Run, node: cst.Dict) -> Value:
    made = Table({}, None, run.branch)
    for element in node.elements:
        value = run.evaluate(element.value)
        if isinstance(element, cst.DictElement):
            key = run.evaluate(element.key)
            if isinstance(key, Constant):
                made.items[key.value] = value
                continue
            put(made, key, value)
            continue
        if isinstance(value, (Namespace, Instance)) and len(node.elements) == 1:
            return value  # `{**vars(os)}`, `{**sys.modules}`: what it holds is looked up there
        if isinstance(value, Table):
            made.items.update(value.items)
            made.keys = value.keys
            if value.rest is None:
                continue
            value = value.rest
        made.rest = value if made.rest is None else either(made.rest, value)
    return made


DISPLAYS: Final[dict[type[cst.CSTNode], Expression]] = {
    cst.SimpleString: _simple_string,
    cst.Integer: _integer,
    cst.Float: _float,
    cst.Imaginary: _float,
    cst.ConcatenatedString: _concatenated,
    cst.FormattedString: _formatted,
    cst.TemplatedString: _templated,
    cst.Tuple: _tuple,
    cst.List: _tuple,
    cst.Set: _tuple,
    cst.Dict: _dict,
}
