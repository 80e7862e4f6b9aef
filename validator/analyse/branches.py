"""Paths that may or may not be taken: remember the names before, run each path, join afterwards."""

from collections.abc import Callable, Iterable

from validator.analyse.joins import dull, either
from validator.analyse.run import Run
from validator.analyse.values import Value

Names = dict[str, Value]


def join(paths: Iterable[Names]) -> Names:
    """The names after several paths: each may hold what it held on any of them."""
    joined: Names | None = None
    for names in paths:
        if joined is None:
            joined = names
            continue
        for name, value in names.items():
            before = joined.get(name)
            if before is not value:
                joined[name] = value if before is None else either(before, value)
    return {} if joined is None else joined


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
    run.scope.names = join(ends) if ends else before
    return bool(ends)


def changed(before: Names, after: Names) -> bool:
    """Whether a loop body gave an outer name something new that could matter to a fact."""
    for name, value in after.items():
        old = before.get(name)
        if old is not None and old is not value and not dull(value):
            return True
    return False
