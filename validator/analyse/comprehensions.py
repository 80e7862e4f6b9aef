"""Comprehensions and generator expressions: unrolled where the items are known, run once where not."""

from collections.abc import Callable
from typing import Final

import libcst as cst

from validator.analyse.assign import assign
from validator.analyse.containers import put, run_through
from validator.analyse.joins import either, opaque
from validator.analyse.operators import truth
from validator.analyse.resources import weigh_comprehension
from validator.analyse.run import Expression, Run
from validator.analyse.values import Constant, Scope, Sequence, Table, Value


def _list(run: Run, node: cst.ListComp | cst.SetComp | cst.GeneratorExp) -> Value:
    if run.measures and not isinstance(node, cst.GeneratorExp):
        weigh_comprehension(run, node)
    made = Sequence("list", [], None, run.branch)

    def collect(certain: bool) -> None:
        value = run.evaluate(node.elt)
        if certain:
            made.items.append(value)
        else:
            made.rest = value if made.rest is None else either(made.rest, value)

    _in_own_scope(run, node.for_in, collect)
    return made


def _dict(run: Run, node: cst.DictComp) -> Value:
    if run.measures:
        weigh_comprehension(run, node)
    made = Table({}, None, run.branch)

    def collect(certain: bool) -> None:
        key, value = run.evaluate(node.key), run.evaluate(node.value)
        if certain and isinstance(key, Constant):
            made.items[key.value] = value
        else:
            put(made, key, value)

    _in_own_scope(run, node.for_in, collect)
    return made


def _starred_dict(run: Run, node: cst.StarredDictComp) -> Value:
    made = Table({}, None, run.branch)

    def collect(certain: bool) -> None:
        value = opaque(run.evaluate(node.value))
        made.rest = value if made.rest is None else either(made.rest, value)

    _in_own_scope(run, node.for_in, collect)
    return made


def _in_own_scope(run: Run, clause: cst.CompFor, collect: Callable[[bool], None]) -> None:
    outside = run.scope
    run.scope = Scope({}, outside, is_comprehension=True)
    _rounds(run, clause, collect, certain=True)
    run.scope = outside


def _rounds(run: Run, clause: cst.CompFor, collect: Callable[[bool], None], *, certain: bool) -> None:
    items, rest = run_through(run, run.evaluate(clause.iter), clause)
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
