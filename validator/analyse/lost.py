"""Objects that were made and went out of sight: a method of something unknown may be a method of one of them."""

from collections.abc import Iterator
from typing import Final

import libcst as cst

from validator.analyse.joins import either, options
from validator.analyse.run import Arguments, Run
from validator.analyse.values import NOTHING, Method, Opaque, Value

COMMON: Final = frozenset(name for kind in (str, bytes, list, dict, set, float) for name in dir(kind))
QUIET: Final = "console."


def lost_method(run: Run, value: Value, name: str) -> Value:
    """An attribute of something unknown: unknown too, or a method by which an object that was made can do something.

    A name that plain data has as well (`get`, `replace`) is taken for a method of plain data.
    """
    if name in COMMON or next(_owners(run, name), None) is None:
        return value
    return either(value, Method(value if isinstance(value, Opaque) else NOTHING, name))


def call_lost(run: Run, name: str, arguments: Arguments, node: cst.CSTNode) -> Value:
    """Call this method of every object that was made and can do something by it.

    What comes back is made of what was there before, so it is not kept as one more: a recursion would never end.
    """
    found: Value = NOTHING
    before = dict(run.around.made)
    for owner in list(_owners(run, name)):
        for one in options(owner):
            found = either(found, run.call(Method(one, name), arguments, node))
    run.around.made.update(before)
    return found


def _owners(run: Run, name: str) -> Iterator[Value]:
    for kind, made in run.around.made.items():
        entry = run.catalog.entry(run.catalog.canonical(f"{kind}.{name}"))
        if entry is not None and entry.call and not (entry.capability or QUIET).startswith(QUIET):
            yield made
