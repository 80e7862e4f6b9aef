"""Operators on known and partly known data."""

import operator
import re
from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any, Final

import libcst as cst

from validator.analyse.concrete import NotConcreteError, abstract, concrete
from validator.analyse.containers import any_of
from validator.analyse.fold import FAILURES, shown
from validator.analyse.joins import combinations, either, opaque, origins, pieces_of, text
from validator.analyse.pure import EXPONENT, LARGEST
from validator.analyse.run import Run
from validator.analyse.values import NOTHING, Constant, Either, Instance, Opaque, Sequence, Table, Text, Value

DIVISIONS: Final = (cst.Divide, cst.DivideAssign)
MOST_REPEATED: Final = 256
PERCENT: Final = re.compile(r"%(?:\((\w*)\))?[-#0 +]*(\d{0,3})(?:\.\d{0,3})?([sdrifxXoeEgGca%])")


def _power(base: Any, exponent: Any) -> Any:
    if abs(exponent) > EXPONENT:
        raise NotConcreteError
    return base**exponent


def _multiply(left: Any, right: Any) -> Any:
    for data, times in ((left, right), (right, left)):
        if isinstance(data, (str, bytes)) and isinstance(times, int) and len(data) * times > LARGEST:
            raise NotConcreteError
        if isinstance(data, (list, tuple)) and isinstance(times, int) and len(data) * times > MOST_REPEATED:
            raise NotConcreteError
    return left * right


def _shift(left: Any, right: Any) -> Any:
    if right > EXPONENT * 8:
        raise NotConcreteError
    return left << right


def _modulo(left: Any, right: Any) -> Any:
    if isinstance(left, (str, bytes)) and re.search(
        r"\d{4,}|\*", left if isinstance(left, str) else left.decode("latin-1")
    ):
        raise NotConcreteError
    return left % right


OPERATORS: Final[Mapping[type[cst.CSTNode], Callable[[Any, Any], Any]]] = {
    cst.Add: operator.add, cst.Subtract: operator.sub, cst.Multiply: _multiply, cst.Divide: operator.truediv,
    cst.FloorDivide: operator.floordiv, cst.Modulo: _modulo, cst.Power: _power, cst.BitXor: operator.xor,
    cst.BitAnd: operator.and_, cst.BitOr: operator.or_, cst.LeftShift: _shift, cst.RightShift: operator.rshift,
    cst.AddAssign: operator.add, cst.SubtractAssign: operator.sub, cst.MultiplyAssign: _multiply,
    cst.DivideAssign: operator.truediv, cst.FloorDivideAssign: operator.floordiv, cst.ModuloAssign: _modulo,
    cst.PowerAssign: _power, cst.BitXorAssign: operator.xor, cst.BitAndAssign: operator.and_,
    cst.BitOrAssign: operator.or_, cst.LeftShiftAssign: _shift, cst.RightShiftAssign: operator.rshift,
}  # fmt: skip
UNARY: Final[Mapping[type[cst.CSTNode], Callable[[Any], Any]]] = {
    cst.Minus: operator.neg, cst.Plus: operator.pos, cst.BitInvert: operator.invert, cst.Not: operator.not_,
}  # fmt: skip
SETS: Final = frozenset({cst.Subtract, cst.BitAnd, cst.BitOr, cst.BitXor})
GET_ITEM: Final[Callable[[Any, Any], Any]] = operator.getitem
COMPARISONS: Final[Mapping[type[cst.CSTNode], Callable[[Any, Any], bool]]] = {
    cst.Equal: operator.eq, cst.NotEqual: operator.ne, cst.LessThan: operator.lt, cst.LessThanEqual: operator.le,
    cst.GreaterThan: operator.gt, cst.GreaterThanEqual: operator.ge, cst.Is: operator.eq, cst.IsNot: operator.ne,
    cst.In: lambda left, right: left in right, cst.NotIn: lambda left, right: left not in right,
}  # fmt: skip


def binary(run: Run, kind: type[cst.CSTNode], left: Value, right: Value) -> Value:
    """`left op right`, folded if both are known data, in pieces if it is text."""
    if left is NOTHING and right is NOTHING:
        return NOTHING
    if isinstance(left, Either) or isinstance(right, Either):
        pairs = combinations((left, right))
        if pairs:
            return reduce(either, [binary(run, kind, *pair) for pair in pairs])
    if isinstance(left, (Constant, Sequence)) and isinstance(right, (Constant, Sequence, Table)):
        try:
            found = OPERATORS[kind](concrete(run, left), concrete(run, right))
        except (*FAILURES, KeyError):
            pass
        else:
            if isinstance(found, (str, bytes)):
                run.spend(len(found) // 256)
            return abstract(run, found, origins(left, right))
    return _partly(run, kind, left, right)


def _partly(run: Run, kind: type[cst.CSTNode], left: Value, right: Value) -> Value:
    if kind is cst.Add or kind is cst.AddAssign:
        if isinstance(left, Sequence) and isinstance(right, Sequence):
            rest = left.rest if right.rest is None else right.rest
            return Sequence(left.kind, [*left.items, *right.items], rest, run.branch)
        if _is_text(left) or _is_text(right):
            return text((*pieces_of(left), *pieces_of(right)), origins(left, right))
    if kind is cst.Multiply or kind is cst.MultiplyAssign:
        for one in (left, right):
            if isinstance(one, Sequence):
                return Sequence(one.kind, [], any_of(one), run.branch)
    if kind is cst.Modulo and isinstance(left, Constant) and isinstance(left.value, str):
        return text(_percent(left.value, right), origins(left, right))
    if kind in DIVISIONS and isinstance(left, Instance) and "path" in left.roles:
        return _joined_path(left, right)
    if kind in DIVISIONS and isinstance(right, Instance) and "path" in right.roles and _is_text(left):
        return Instance(right.type, {**right.roles, "path": slash(left, right.roles["path"])}, origins(left, right))
    if kind in SETS and isinstance(left, Sequence):
        both = left if not isinstance(right, Sequence) else Sequence("list", [*left.items, *right.items])
        return Sequence("list", [], any_of(both) if kind is cst.BitOr or kind is cst.BitXor else any_of(left))
    if kind is cst.BitOr and isinstance(left, Table) and isinstance(right, Table):
        return Table({**left.items, **right.items}, left.rest if right.rest is None else right.rest, run.branch)
    return opaque(left, right)


def _is_text(value: Value) -> bool:
    return isinstance(value, Text) or (isinstance(value, Constant) and isinstance(value.value, str))


def _joined_path(left: Instance, right: Value) -> Value:
    """`Path("/etc") / name`."""
    right = right.roles["path"] if isinstance(right, Instance) and "path" in right.roles else right
    return Instance(left.type, {**left.roles, "path": slash(left.roles["path"], right)}, origins(left, right))


def slash(left: Value, right: Value) -> Value:
    """The path `right` as it is seen from the folder `left`."""
    pairs = combinations((left, right)) if isinstance(left, Either) or isinstance(right, Either) else []
    if pairs:
        return reduce(either, [slash(one, other) for one, other in pairs])
    start = pieces_of(right)
    if start[0] is not None and start[0].startswith("/"):
        return right
    before = pieces_of(left)
    if before[-1] is not None and before[-1].endswith("/"):
        return text((*before, *start))
    return text((*before, "/", *start))


def joined_path(parts: Value) -> Value:
    """The path made of several parts, as `Path(a, b)` joins them."""
    if not isinstance(parts, Sequence) or not parts.items:
        return parts
    path = parts.items[0]
    for part in parts.items[1:]:
        path = slash(path, part)
    return path


def _percent(template: str, right: Value) -> tuple[str | None, ...]:
    values = list(right.items) if isinstance(right, Sequence) and right.kind == "tuple" else [right]
    pieces: list[str | None] = []
    end = 0
    for match in PERCENT.finditer(template):
        pieces.append(template[end : match.start()])
        end = match.end()
        if match[3] == "%":
            pieces.append("%")
        elif match[1] is not None and isinstance(right, Table):
            pieces.extend(shown(right.items.get(match[1], NOTHING)))
        else:
            pieces.extend(shown(values.pop(0)) if values else (None,))
    return (*pieces, template[end:])


def compare(run: Run, kind: type[cst.CSTNode], left: Value, right: Value) -> Value:
    """A comparison of known data; anything else may be true or false."""
    if isinstance(left, Constant) and isinstance(right, (Constant, Sequence)):
        try:
            return Constant(bool(COMPARISONS[kind](concrete(run, left), concrete(run, right))))
        except FAILURES:
            return NOTHING
    return NOTHING


def truth(value: Value) -> bool | None:
    """Whether a test is certainly true or false; None if that is not known."""
    if isinstance(value, Constant):
        return bool(value.value)
    return None


def unary(kind: type[cst.CSTNode], value: Value) -> Value:
    """`-x`, `+x`, `~x`, `not x`."""
    if isinstance(value, Constant):
        try:
            return Constant(UNARY[kind](value.value), value.sources)
        except TypeError:
            return NOTHING
    return value if isinstance(value, Opaque) else opaque(value)
