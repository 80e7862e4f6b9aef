"""Iterators without an end, as values: `count()`, `cycle(items)`, `iter(int, 1)`."""

from collections.abc import Mapping
from math import prod
from typing import Final

import libcst as cst

from validator.analyse.containers import any_of
from validator.analyse.joins import opaque
from validator.analyse.large import MOST, kind_of
from validator.analyse.resources import LITERALS
from validator.analyse.run import Action, Arguments, Roles, Run
from validator.analyse.values import NOTHING, Constant, Function, Sequence, Symbol, Value

MOST_DIMENSIONS: Final = 16


def _endless(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`itertools.count()`."""
    return Sequence("endless", [], NOTHING)


def _cycle(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`itertools.cycle(items)`: any of them, again and again."""
    return Sequence("endless", [], any_of(arguments.positional[0]) if arguments.positional else NOTHING)


def _iter(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`iter(int, 1)`, `iter(lambda: 0, 1)`: a type or a constant never becomes the value that would end it."""
    if len(arguments.positional) != 2:
        return arguments.positional[0] if arguments.positional else NOTHING
    made, end = arguments.positional
    constant = isinstance(made, Function) and isinstance(made.node, cst.Lambda) and isinstance(made.node.body, LITERALS)
    is_type = isinstance(made, Symbol) and made.name.startswith("builtins.")
    if (constant or is_type) and isinstance(end, Constant) and end.value is not None:
        return Sequence("endless", [], NOTHING)
    return made


def _product(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`itertools.product(items, ..., repeat=n)`: so many combinations, each of any of the items."""
    repeat = arguments.keywords.get("repeat", Constant(1))
    lengths = [_length(one) for one in arguments.positional]
    if not isinstance(repeat, Constant) or not isinstance(repeat.value, int) or None in lengths:
        return NOTHING
    rounds = prod(min(length or 0, MOST) for length in lengths) ** min(max(repeat.value, 0), MOST_DIMENSIONS)
    kind = kind_of(range(min(rounds, 2 * MOST)))
    inner = Sequence("tuple", [], opaque(*arguments.positional))
    return NOTHING if kind is None else Sequence(kind, [], inner)


def _length(items: Value) -> int | None:
    """How many items there are, if that is known."""
    match items:
        case Constant(value=str() | bytes() as text):
            return len(text)
        case Sequence(items=held, rest=None):
            return len(held)
        case _:
            return None


ITERATORS: Final[Mapping[str, Action]] = {"endless": _endless, "cycle": _cycle, "iter": _iter, "product": _product}
