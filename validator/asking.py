"""A call that a person has to approve in, out what becomes of it: a request in the store, and then the answer to it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from validator.model.call import Call
from validator.model.decision import Action, Decision
from validator.model.errors import ApprovalError
from validator.policy.approval import Approvals, Petition, Reply, Request, State, too_large
from validator.policy.wording import pending_text

APPROVAL: Final = "(approval)"
_TOLD: Final = {
    Reply.DENIED: "the person in front of the client has denied this call",
    Reply.DISMISSED: "the person in front of the client was asked, and has not approved this call",
    Reply.UNANSWERED: "nobody has said in time whether this call may pass",
    Reply.WITHDRAWN: "the call was taken back before anybody had approved it",
}
_DISMISSED: Final = "the question was put away without an answer"


def file_petition(
    approvals: Approvals, petition: Petition, decision: Decision, now: float, notify: Callable[[Request], None] | None
) -> Decision:
    """Ask a person, or say why that is not possible; `notify` hears of a new request."""
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
    message, left = pending_text(filed.request.id, decision.message), filed.request.expires - now
    return replace(decision, message=message, approval=filed.request.id, timeout=left)


def answer_request(approvals: Approvals, call: Call, identifier: str, reply: Reply, now: float) -> Decision | None:
    """Write down what the person in front of the client has said of a call; None if it was approved.

    The store counts one answer to a request and no other, whoever gives it.
    """
    try:
        request = approvals.find(identifier)
        binding = request.petition.binding
        if (binding.grant, binding.server, binding.tool) != (call.grant, call.server, call.tool):
            return _refuse(identifier, "the answer is to another question")
        person = f"the client of {call.grant}"
        match reply:
            case Reply.APPROVED:
                # Somebody else may have approved it meanwhile: two that agree let it pass once.
                if request.standing(now) != State.APPROVED.value:
                    approvals.approve(identifier, person, now)
                return None
            case Reply.DENIED | Reply.DISMISSED:
                approvals.deny(identifier, person, _DISMISSED if reply is Reply.DISMISSED else "", now)
            case Reply.UNANSWERED if request.standing(now) == State.APPROVED.value:
                return None
            case Reply.UNANSWERED | Reply.WITHDRAWN:
                approvals.withdraw(identifier, now)
    except ApprovalError as error:
        return _refuse(identifier, f"the answer counts for nothing: {error.problems[0].reason}")
    return _refuse(identifier, _TOLD[reply])


def unasked_text(decision: Decision) -> str:
    """Say that a person would have to be asked, and that there is no way to."""
    return f"{decision.message}; this gate has no way to ask a person"


def _refuse(identifier: str, message: str) -> Decision:
    return Decision(Action.REFUSE, APPROVAL, message, approval=identifier)
