"""Comprehensions and generator expressions: unrolled where the items are known, run once where not."""

from collections.abc import Callable
from typing import Final, TypeAlias

import libcst as cst

from validator.analyse.assign import assign
from validator.analyse.containers import put, run_through
from validator.analyse.endless import mark, record_repeats
from validator.analyse.joins import either, opaque
from validator.analyse.large import BOUNDLESS, COUNTED
from validator.analyse.operators import truth
from validator.analyse.resources import weigh_comprehension
from validator.analyse.run import Expression, Run
from validator.analyse.values import Constant, Scope, Sequence, Table, Value

Comprehension: TypeAlias = cst.ListComp | cst.SetComp | cst.GeneratorExp | cst.DictComp | cst.StarredDictComp


def _list(run: Run, node: cst.ListComp | cst.SetComp | cst.GeneratorExp) -> Value:
    boundless = run.boundless
    made = Sequence("list", [], None, run.branch)

    def collect(certain: bool) -> None:
        value = run.evaluate(node.elt)
        if certain:
            made.items.append(value)
        else:
            made.rest = value if made.rest is None else either(made.rest, value)

    _in_own_scope(run, node, collect)
    if run.boundless != boundless:
        if isinstance(node, cst.GeneratorExp):
            made.kind = "endless"
        else:
            weigh_comprehension(run, node)
    return made


def _dict(run: Run, node: cst.DictComp) -> Value:
    boundless = run.boundless
    made = Table({}, None, run.branch)

    def collect(certain: bool) -> None:
        key, value = run.evaluate(node.key), run.evaluate(node.value)
        if certain and isinstance(key, Constant):
            made.items[key.value] = value
        else:
            put(made, key, value)

    _in_own_scope(run, node, collect)
    if run.boundless != boundless:
        weigh_comprehension(run, node)
    return made


def _starred_dict(run: Run, node: cst.StarredDictComp) -> Value:
    made = Table({}, None, run.branch)

    def collect(certain: bool) -> None:
        value = opaque(run.evaluate(node.value))
        made.rest = value if made.rest is None else either(made.rest, value)

    _in_own_scope(run, node, collect)
    return made


def _in_own_scope(run: Run, node: Comprehension, collect: Callable[[bool], None]) -> None:
    outside, repeated, begun = run.scope, run.repeated, mark(run)
    run.scope, run.repeated = Scope({}, outside, is_comprehension=True), []
    _rounds(run, node.for_in, collect, certain=True)
    run.scope = outside
    if run.repeated:
        record_repeats(run, node, begun)
    run.repeated = repeated


def _rounds(run: Run, clause: cst.CompFor, collect: Callable[[bool], None], *, certain: bool) -> None:
    iterable = run.evaluate(clause.iter)
    if type(iterable) is Sequence and iterable.kind in BOUNDLESS and not clause.ifs:
        run.boundless += 1
    if type(iterable) is Sequence and iterable.kind in COUNTED:
        run.repeated.append((clause, iterable.kind))
    items, rest = run_through(run, iterable, clause)
    if items is None or not run.may_unroll(items):
        _round(run, clause, rest, collect, certain=False)
        return
    for one in items:
        _round(run, clause, one, collect, certain=certain)


def _round(run: Run, clause: cst.CompFor, value: Value, collect: Callable[[bool], None], *, certain: bool) -> None:
    assign(run, clause.target, value)
    for condition in clause.ifs:
        test = truth(run.evaluate(condition.test))
        if test is False:
            return
        certain = certain and test is not None
    if clause.inner_for_in is not None:
        _rounds(run, clause.inner_for_in, collect, certain=certain)
    else:
        collect(certain)


COMPREHENSIONS: Final[dict[type[cst.CSTNode], Expression]] = {
    cst.ListComp: _list,
    cst.SetComp: _list,
    cst.GeneratorExp: _list,
    cst.DictComp: _dict,
    cst.StarredDictComp: _starred_dict,
}
