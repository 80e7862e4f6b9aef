"""The interpreter put together: one walk over the tree, then the functions that nothing called."""

from typing import Final

import libcst as cst

from validator.analyse.calls import call
from validator.analyse.expressions import EXPRESSIONS
from validator.analyse.functions import run_pending
from validator.analyse.run import Event, OutOfBudgetError, Run, Verbs
from validator.analyse.session import Session, resume
from validator.analyse.statements import execute
from validator.analyse.strays import take_in_strays
from validator.model.catalog import Catalog
from validator.model.fact import NO_ROLES, Kind
from validator.model.limits import Limits

VERBS: Final = Verbs(EXPRESSIONS, execute, call)


def interpret(module: cst.Module, source: str, catalog: Catalog, limits: Limits, session: Session | None = None) -> Run:
    """Walk a module, in a session with what that knows; running out of budget is an event, and the rest is not seen."""
    run = Run(catalog, limits, VERBS, source)
    if session is not None:
        resume(run, session)
    try:
        run.execute(module)
        run_pending(run)
        take_in_strays(run)
    except OutOfBudgetError:
        run.complete = False
        run.events["budget",] = Event(Kind.UNRESOLVED, "unresolved.budget", "steps", NO_ROLES, module, ())
    return run
