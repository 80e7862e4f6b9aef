"""Loops: unrolled where the items stand in the source, else run until nothing new can come of it."""

from functools import partial
from typing import Final

import libcst as cst

from validator.analyse.assign import assign
from validator.analyse.branches import changed, run_body, run_paths
from validator.analyse.containers import run_through
from validator.analyse.endless import (
    always,
    feeds_itself,
    mark,
    never_left,
    nothing_changes,
    only_grows,
    record_endless,
    record_for,
)
from validator.analyse.large import COUNTED
from validator.analyse.operators import truth
from validator.analyse.run import Run
from validator.analyse.values import Sequence, Value

SETTLED: Final = 3


def run_for(run: Run, node: cst.For) -> bool:
    """`for target in iterable`; a `break` inside leaves this loop and no other."""
    begun = mark(run)
    iterable = run.evaluate(node.iter)
    items, rest = run_through(run, iterable, node)
    if items and run.may_unroll(items):
        _unroll(run, node, items, rest)
    else:
        _settle(run, node, rest)
    _run_else(run, node.orelse)
    if type(iterable) is Sequence and iterable.kind in COUNTED:
        record_for(run, node, iterable.kind, begun)
    elif run.grown != begun.grown and never_left(run, begun) and feeds_itself(node):
        record_endless(run, node, begun)
    run.breaks = begun.breaks
    return True


def _unroll(run: Run, node: cst.For, items: list[Value], rest: Value) -> None:
    """One round for each item; after a `break` or `continue` the others may not be reached."""
    jumps, made = run.jumped, run.made
    for position, one in enumerate(items):
        if position == 1 and not run.pays(items, made):
            _settle(run, node, rest)
            break
        if run.jumped == jumps:
            _round(run, node, one)
        else:
            run_paths(run, [partial(_round, run, node, one)], may_skip=True)


def _round(run: Run, node: cst.For, value: Value) -> bool:
    assign(run, node.target, value)
    return run_body(run, node.body)


def _settle(run: Run, node: cst.For, value: Value) -> None:
    for _ in range(SETTLED):
        before = dict(run.scope.names)
        run_paths(run, [partial(_round, run, node, value)], may_skip=True)
        if not changed(before, run.scope.names):
            return


def _run_else(run: Run, orelse: cst.Else | None) -> None:
    """The `else` of a loop, which a `break` skips."""
    if orelse is not None:
        run_paths(run, [partial(run.execute, orelse.body)], may_skip=True)


def run_while(run: Run, node: cst.While) -> bool:
    """`while test`; one that nothing in its body can end is a fact."""
    begun = mark(run)
    test = _unroll_while(run, node)
    for _ in range(SETTLED):
        before = dict(run.scope.names)
        run_paths(run, [partial(run_body, run, node.body)], may_skip=test is not True)
        if not changed(before, run.scope.names):
            break
        run.evaluate(node.test)
    unending = always(node.test) or only_grows(node)
    endless = unending and (never_left(run, begun) or nothing_changes(node.body))
    run.breaks = begun.breaks
    if endless:
        record_endless(run, node, begun)
    _run_else(run, node.orelse)
    return not endless


def _unroll_while(run: Run, node: cst.While) -> bool | None:
    """Follow the rounds whose test is certain; gives what is known of the first test that is not followed."""
    test = truth(run.evaluate(node.test))
    made = run.made - 1
    while test is True and run.makes_text and run.rounds > 0 and run.made != made and not always(node.test):
        run.rounds, made = run.rounds - 1, run.made
        run_body(run, node.body)
        test = truth(run.evaluate(node.test))
    return test
