"""Paths that may or may not be taken: remember the names before, run each path, join afterwards."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial

import libcst as cst

from validator.analyse.joins import dull, either
from validator.analyse.names import BUILTINS
from validator.analyse.run import Names, Run
from validator.analyse.values import NOTHING, Value


def join(run: Run, ends: Sequence[Names]) -> Names:
    """The names after several paths: each may hold what it held on any of them, or outside where a path binds none."""
    if len(ends) == 1:
        return ends[0]
    joined = dict(ends[0])
    for names in ends[1:]:
        for name, value in names.items():
            before = joined[name] if name in joined else _outside(run, name)
            if before is not value:
                joined[name] = value if before is None else either(before, value)
        for name in joined.keys() - names.keys():
            outer = _outside(run, name)
            if outer is not None:
                joined[name] = either(joined[name], outer)
    return joined


def _outside(run: Run, name: str) -> Value | None:
    """What a name means where this scope does not bind it; a function's own names mean nothing then."""
    if run.scope.parent is None:
        return BUILTINS.get(name)
    return run.module.names.get(name, BUILTINS.get(name)) if run.scope.is_class else None


def run_paths(run: Run, paths: Iterable[Callable[[], bool]], *, may_skip: bool) -> bool:
    """Run alternatives from the same start; True if any of them can be left at its end."""
    before, branch = run.scope.names, run.branch
    ends: list[Names] = [dict(before)] if may_skip else []
    for path in paths:
        run.scope.names = dict(before)
        run.branch = object()
        if path():
            ends.append(run.scope.names)
    run.branch = branch
    run.scope.names = join(run, ends) if ends else before
    return bool(ends)


def run_body(run: Run, body: cst.BaseSuite) -> bool:
    """Run the body of a loop once; `break` and `continue` lead to its end, too."""
    outer, run.jumps = run.jumps, []
    goes_on = run.execute(body)
    ends = [*([run.scope.names] if goes_on else []), *run.jumps]
    run.jumps = outer
    if ends:
        run.scope.names = join(run, ends)
    return bool(ends)


def evaluate_maybe(run: Run, node: cst.CSTNode) -> Value:
    """The value of an expression that may not be evaluated at all, so that it may not bind what it binds."""
    if not run.binds_in_expressions:
        return run.evaluate(node)
    found: list[Value] = [NOTHING]
    run_paths(run, [partial(_keep, run, node, found)], may_skip=True)
    return found[0]


def _keep(run: Run, node: cst.CSTNode, found: list[Value]) -> bool:
    found[0] = run.evaluate(node)
    return True


def attempt(run: Run, work: Callable[[], bool]) -> tuple[bool, Names]:
    """Run something that an exception may end anywhere; also gives the names as they may be then."""
    before, branch, outer = dict(run.scope.names), run.branch, run.tried
    run.branch, run.tried = object(), {}
    goes_on = work()
    tried, run.branch, run.tried = run.tried, branch, outer
    anywhere = dict(run.scope.names)
    for name in anywhere.keys() - before.keys():
        outside = _outside(run, name)
        if outside is not None:
            anywhere[name] = either(anywhere[name], outside)
    for held in (before, tried):
        for name, value in held.items():
            now = anywhere.get(name)
            if now is not value:
                anywhere[name] = value if now is None else either(now, value)
            if outer is not None and held is tried:
                outer[name] = value if name not in outer else either(outer[name], value)
    return goes_on, anywhere


def changed(before: Names, after: Names) -> bool:
    """Whether a loop body gave an outer name something new that could matter to a fact."""
    for name, value in after.items():
        old = before.get(name)
        if old is not None and old is not value and not dull(value):
            return True
    return False
