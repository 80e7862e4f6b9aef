"""A call that a person has to approve in, what it is told out: pending, denied, or why nobody can be asked."""

from collections.abc import Callable
from dataclasses import replace

from validator.model.decision import Action, Decision
from validator.policy.approval import Approvals, Petition, Request, State, too_large
from validator.policy.wording import pending_text


def file(
    approvals: Approvals,
    petition: Petition,
    decision: Decision,
    now: float,
    notify: Callable[[Request], None] | None,
) -> Decision:
    """Ask a person, or say why that is not possible; `notify` hears of every new request."""
    refused = replace(decision, action=Action.REFUSE)
    if too_large(petition):
        return replace(refused, message=f"{decision.message}; the call is too large to be shown to a person")
    filed = approvals.file(petition, now)
    if filed.request is None:
        full = "too many calls wait for a person already; let them be answered first"
        return replace(refused, message=f"{decision.message}; {full}")
    if filed.request.state is State.DENIED:
        reason = f": {filed.request.reason}" if filed.request.reason else ""
        return replace(refused, message=f"a person has denied this call{reason}", approval=filed.request.id)
    if filed.new and notify is not None:
        notify(filed.request)
    message = pending_text(filed.request.id, decision.message)
    return replace(decision, message=message, approval=filed.request.id)


def unasked(decision: Decision) -> str:
    """What a call is told where there is no way to ask."""
    return f"{decision.message}; this gate has no way to ask a person"
