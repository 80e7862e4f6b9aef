"""Time and memory beyond measure: numbers, texts and lists of more than any machine holds."""

from collections.abc import Callable, Mapping
from math import inf, log2, prod
from typing import Final, TypeAlias

import libcst as cst

from validator.analyse.library import assign_roles
from validator.analyse.run import Arguments, Run
from validator.analyse.values import Constant, Function, Sequence, Symbol, Text, Value
from validator.model.fact import Kind
from validator.model.known import Known

MUCH: Final = 10**9  # bytes
MANY: Final = 10**11  # rounds
BITS: Final = 10**8  # of one number: minutes of work
ITEM: Final = 8  # bytes that one item of a list or array takes
FACTORIAL: Final = 10**7
KEEPING: Final = frozenset(f"builtins.{name}" for name in ("list", "tuple", "set", "frozenset", "sorted", "dict"))
SUMMING: Final = frozenset(f"builtins.{name}" for name in ("sum", "max", "min"))
LITERALS: Final = (cst.Integer, cst.Float, cst.SimpleString, cst.List, cst.Dict, cst.Set)
Size: TypeAlias = float


def weigh_call(run: Run, name: str, arguments: Arguments, node: cst.CSTNode) -> None:
    """A call of a library function that takes memory or time beyond measure."""
    first = arguments.positional[0] if arguments.positional else None
    if name in KEEPING or name in SUMMING:
        written = node.args[0].value if isinstance(node, cst.Call) and node.args else None
        count = 0 if written is None else count_items(run, written)
        if count >= MANY or (name in KEEPING and count * ITEM >= MUCH):
            _record(run, name, count * ITEM, node, "resource.memory" if name in KEEPING else "resource.loop")
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


def weigh_comprehension(run: Run, node: cst.ListComp | cst.SetComp | cst.DictComp) -> None:
    """A list that is made of more than can be held."""
    _record(run, "comprehension", _count_clauses(run, node.for_in) * ITEM, node)


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
    if isinstance(value, Constant) and isinstance(value.value, int | float) and value.value == value.value:
        return min(max(value.value, 0), 10**300)
    return 0


def count_items(run: Run, node: cst.BaseExpression) -> Size:
    """How many items an expression gives when it is gone through, as far as its own words say; 0 if they do not."""
    if isinstance(node, cst.GeneratorExp):
        return _count_clauses(run, node.for_in)
    match node:
        case cst.Call(func=cst.Name() | cst.Attribute(value=cst.Name()) as function, args=arguments):
            called = run.resolve(function)
            count = COUNTS.get(called.name) if isinstance(called, Symbol) else None
            return 0 if count is None else count(run, [argument.value for argument in arguments])
        case _:
            return 0


def _count_clauses(run: Run, clause: cst.CompFor | None) -> Size:
    """The product of all clauses; conditions may leave out anything, but still take their time."""
    found: Size = 1
    while clause is not None:
        found *= 0 if clause.ifs else max(count_items(run, clause.iter), 1)
        clause = clause.inner_for_in
    return 0 if found == 1 else found


def _count_range(run: Run, arguments: list[cst.BaseExpression]) -> Size:
    given = [_signed(run.resolve(argument)) for argument in arguments]
    if not 1 <= len(given) <= 3 or any(one is None for one in given):
        return 0
    try:
        found = range(*(one for one in given if one is not None))
    except ValueError:
        return 0
    return 0 if not found else (found[-1] - found[0]) // found.step + 1


def _signed(value: Value) -> int | None:
    return value.value if isinstance(value, Constant) and isinstance(value.value, int) else None


def _count_endless(_run: Run, _arguments: list[cst.BaseExpression]) -> Size:
    return inf


def _count_repeat(run: Run, arguments: list[cst.BaseExpression]) -> Size:
    return inf if len(arguments) == 1 else _number(run.resolve(arguments[1])) if arguments else 0


def _count_iter(run: Run, arguments: list[cst.BaseExpression]) -> Size:
    """`iter(int, 1)`, `iter(lambda: 0, 1)`: a type or a constant never becomes the value that would end it."""
    if len(arguments) != 2:
        return 0
    made, end = run.resolve(arguments[0]), run.resolve(arguments[1])
    constant = isinstance(made, Function) and isinstance(made.node, cst.Lambda) and isinstance(made.node.body, LITERALS)
    is_type = isinstance(made, Symbol) and made.name.startswith("builtins.")
    return inf if (constant or is_type) and isinstance(end, Constant) and end.value is not None else 0


def _count_first(run: Run, arguments: list[cst.BaseExpression]) -> Size:
    return count_items(run, arguments[0]) if arguments else 0


def _count_last(run: Run, arguments: list[cst.BaseExpression]) -> Size:
    return count_items(run, arguments[-1]) if arguments else 0


COUNTS: Final[Mapping[str, Callable[[Run, list[cst.BaseExpression]], Size]]] = {
    "builtins.range": _count_range,
    "builtins.iter": _count_iter,
    "builtins.enumerate": _count_first,
    "builtins.map": _count_last,
    "itertools.count": _count_endless,
    "itertools.cycle": _count_endless,
    "itertools.repeat": _count_repeat,
}


def _record(run: Run, name: str, size: Size, node: cst.CSTNode, capability: str = "resource.memory") -> None:
    """Something that takes this many bytes, if that is much; what has no measure is said to have none."""
    if size >= MUCH:
        roles: dict[str, Known] = {"size": int(size) if size <= 10**18 else "beyond measure"}
        run.record(Kind.CALL, capability, name, roles, node)
