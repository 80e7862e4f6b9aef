"""Time and memory beyond measure: numbers, texts and lists of more than any machine holds."""

from math import inf, log2, prod
from typing import Final, TypeAlias

import libcst as cst

from validator.analyse.large import BOUNDLESS
from validator.analyse.library import assign_roles
from validator.analyse.run import Arguments, Run
from validator.analyse.values import Constant, Sequence, Text, Value
from validator.model.fact import Kind
from validator.model.known import Known

MUCH: Final = 10**9  # bytes
BITS: Final = 10**8  # of one number: minutes of work
ITEM: Final = 8  # bytes that one item of a list or array takes
FACTORIAL: Final = 10**7
KEEPING: Final = frozenset(f"builtins.{name}" for name in ("list", "tuple", "set", "frozenset", "sorted", "dict"))
SUMMING: Final = frozenset(f"builtins.{name}" for name in ("sum", "max", "min"))
CONSUMING: Final = KEEPING | SUMMING
LITERALS: Final = (cst.Integer, cst.Float, cst.SimpleString, cst.List, cst.Dict, cst.Set)
Size: TypeAlias = float


def weigh_call(run: Run, name: str, arguments: Arguments, node: cst.CSTNode) -> None:
    """A call of a library function that takes memory or time beyond measure."""
    first = arguments.positional[0] if arguments.positional else None
    if isinstance(first, Sequence) and first.kind in BOUNDLESS:
        if name in KEEPING or name in SUMMING:
            _record(run, name, inf, node, "resource.memory" if name in KEEPING else "resource.loop")
    elif name in ("builtins.bytes", "builtins.bytearray"):
        _record(run, name, _number(first), node)
    elif name == "math.factorial" and _number(first) >= FACTORIAL:
        _record(run, name, inf, node)
    elif name == "builtins.pow" and len(arguments.positional) == 2:
        weigh_operation(run, cst.Power, arguments.positional[0], arguments.positional[1], node)
    else:
        _weigh_shape(run, name, arguments, node)


def _weigh_shape(run: Run, name: str, arguments: Arguments, node: cst.CSTNode) -> None:
    """An array whose size the call says, as the catalogue knows."""
    entry = run.catalog.entries.get(name)
    shape = None if entry is None else assign_roles(entry.signature, arguments).get("shape")
    if shape is not None:
        sides = [_number(side) for side in shape.items] if isinstance(shape, Sequence) else [_number(shape)]
        _record(run, name, prod(sides) * ITEM, node)


def weigh_comprehension(run: Run, node: cst.CSTNode) -> None:
    """A list, set or dictionary that is made of what has no end."""
    _record(run, "comprehension", inf, node)


def weigh_operation(run: Run, kind: type[cst.CSTNode], left: Value, right: Value, node: cst.CSTNode) -> None:
    """`"a" * 10**10`, `9**9**9`, `1 << 10**10`: what the result would take."""
    if kind is cst.Multiply:
        for one, times in ((left, right), (right, left)):
            _record(run, "*", _length(one) * _number(times), node)
    elif kind is cst.Power and _number(right) * log2(max(_number(left), 1)) >= BITS:
        _record(run, "**", inf, node)
    elif kind is cst.LeftShift and _number(right) >= BITS * ITEM:
        _record(run, "<<", inf, node)


def _length(value: Value) -> Size:
    """How many bytes a text or list takes; at least one, if nothing is known of what it holds."""
    match value:
        case Constant(value=str() | bytes() as held):
            return len(held)
        case Text():
            return 1
        case Sequence(items=items):
            return ITEM * max(len(items), 1)
        case _:
            return 0


def _number(value: Value | None) -> Size:
    """A number, or none at all."""
    if isinstance(value, Constant) and isinstance(value.value, (int, float)) and value.value == value.value:
        return min(max(value.value, 0), 10**300)
    return 0


def _record(run: Run, name: str, size: Size, node: cst.CSTNode, capability: str = "resource.memory") -> None:
    """Something that takes this many bytes, if that is much; what has no measure is said to have none."""
    if size >= MUCH:
        roles: dict[str, Known] = {"size": int(size) if size <= 10**18 else "beyond measure"}
        run.record(Kind.CALL, capability, name, roles, node)
