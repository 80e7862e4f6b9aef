"""Blocks that may be left early or not be entered: `try`, `with`, `match`."""

from functools import partial

import libcst as cst

from validator.analyse.assign import assign, delete
from validator.analyse.attributes import receives
from validator.analyse.branches import attempt, join, run_paths
from validator.analyse.containers import any_of
from validator.analyse.joins import either
from validator.analyse.patterns import match_pattern
from validator.analyse.run import NO_ARGUMENTS, Arguments, Run
from validator.analyse.values import NOTHING, Instance, Sequence, Value


def run_try(run: Run, node: cst.Try | cst.TryStar) -> bool:
    """`try` with its handlers, and `finally` after either."""
    goes_on = _try_body(run, node)
    if node.finalbody is not None:
        goes_on = run.execute(node.finalbody.body) and goes_on
    return goes_on


def _try_body(run: Run, node: cst.Try | cst.TryStar) -> bool:
    """The handlers start from anywhere inside the body."""
    goes_on, anywhere = attempt(run, partial(run.execute, node.body))
    if goes_on and node.orelse is not None:
        goes_on = run.execute(node.orelse.body)
    completed = run.scope.names

    def complete() -> bool:
        run.scope.names = completed
        return goes_on

    run.scope.names = anywhere
    return run_paths(run, [complete, *(partial(_handle, run, handler) for handler in node.handlers)], may_skip=False)


def _handle(run: Run, handler: cst.ExceptHandler | cst.ExceptStarHandler) -> bool:
    if handler.type is not None:
        run.evaluate(handler.type)
    if handler.name is None:
        return run.execute(handler.body)
    caught: Value = Instance("builtins.Exception")
    for raised in run.raised:
        caught = either(caught, raised)
    assign(run, handler.name.name, caught)
    goes_on = run.execute(handler.body)
    delete(run, handler.name.name)  # the name is unbound again when the handler ends
    return goes_on


def run_with(run: Run, node: cst.With) -> bool:
    """`with`: what is entered gives the target its value; what is left may swallow an exception."""
    managers: list[Value] = []
    for entry in node.items:
        manager = run.evaluate(entry.item)
        managers.append(manager)
        value = receives(run, manager, "__enter__", NO_ARGUMENTS, node)
        if value is None:
            value = receives(run, manager, "__aenter__", NO_ARGUMENTS, node)
        if entry.asname is not None:
            if value is None:
                # A generator that `contextmanager` made a manager of gives what it yields.
                value = any_of(manager) if isinstance(manager, Sequence) else manager
            assign(run, entry.asname.name, value)
    goes_on, anywhere = attempt(run, partial(run.execute, node.body))
    if not all(isinstance(manager, Instance) for manager in managers):
        run.scope.names = join(run, [run.scope.names, anywhere])  # it may swallow an exception
    for manager in managers:
        if receives(run, manager, "__exit__", Arguments((NOTHING, NOTHING, NOTHING)), node) is None:
            receives(run, manager, "__aexit__", Arguments((NOTHING, NOTHING, NOTHING)), node)
    return goes_on


def run_match(run: Run, node: cst.Match) -> bool:
    """`match`: any case may be taken, or none."""
    subject = run.resolve(node.subject)
    paths = [partial(_case, run, case, subject) for case in node.cases]
    return run_paths(run, paths, may_skip=True)


def _case(run: Run, case: cst.MatchCase, subject: Value) -> bool:
    match_pattern(run, case.pattern, subject)
    if case.guard is not None:
        run.evaluate(case.guard)
    return run.execute(case.body)
