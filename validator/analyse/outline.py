"""A call whose result is only compared, as tests do many times over: seldom does a fact depend on its data.

Such a call is followed once with data of any kind. Where all that this finds is certain, it stands for every call of
the function that is only compared; where something is not, each is followed with its own data.
"""

from copy import copy
from typing import Final

import libcst as cst

from validator.analyse.functions import invoke
from validator.analyse.joins import dull
from validator.analyse.run import Arguments, Event, Run
from validator.analyse.values import NOTHING, Constant, Function, Sequence, Table, Value
from validator.model.fact import Kind
from validator.model.known import UNKNOWN, Choice, Known, Partial

DEEPEST: Final = 3
MOST_ITEMS: Final = 64
TOLD: Final = ("events", "variants", "complete", "results", "followed", "nested_sources", "pending")


def follow_call(run: Run, function: Function, arguments: Arguments, node: cst.CSTNode) -> Value:
    """Follow a call of a function of the argument's own."""
    if node is run.compared and not run.decodes and all(map(_is_data, arguments.all())):
        keywords = dict.fromkeys(arguments.keywords, NOTHING)
        anything = Arguments((NOTHING,) * len(arguments.positional), keywords, arguments.open_ended)
        if _is_enough(run, function, anything, node):
            arguments = anything
    return invoke(run, function, arguments, node)


def _is_enough(run: Run, function: Function, anything: Arguments, node: cst.CSTNode) -> bool:
    """Whether data of any kind tells all; if not, what it told is taken back."""
    enough = run.outlines.get(id(function.node))
    if enough is None:
        before = {name: copy(getattr(run, name)) for name in TOLD}
        invoke(run, function, anything, node)
        enough = all(_is_certain(event) for key, event in run.events.items() if key not in before["events"])
        run.outlines[id(function.node)] = enough
        if not enough:
            for name, held in before.items():
                setattr(run, name, held)
    return enough


def _is_certain(event: Event) -> bool:
    return event.kind is not Kind.UNRESOLVED and all(map(_is_known, event.roles.values()))


def _is_known(value: Known) -> bool:
    if isinstance(value, tuple):
        return all(map(_is_known, value))
    return value is not UNKNOWN and not isinstance(value, (Partial, Choice))


def _is_data(value: Value, depth: int = 0) -> bool:
    """Whether a value is plain data and nothing else: text, numbers, and small containers of them."""
    if isinstance(value, Constant):
        return not value.sources
    if depth < DEEPEST and isinstance(value, Sequence) and len(value.items) <= MOST_ITEMS:
        return value.rest is None and all(_is_data(one, depth + 1) for one in value.items)
    if depth < DEEPEST and isinstance(value, Table) and len(value.items) <= MOST_ITEMS:
        return value.rest is None and all(_is_data(one, depth + 1) for one in value.items.values())
    return dull(value)
