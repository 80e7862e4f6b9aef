"""A decision: what becomes of one tool call, and which rule of the policy said so."""

from dataclasses import dataclass
from enum import StrEnum

from validator.model.verdict import Verdict


class Action(StrEnum):
    """What the proxy does with the call."""

    FORWARD = "forward"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with a call.

    `rule` is the JSON pointer of the policy rule that decided, or `(hidden)`, `(default deny)`,
    `(verdict)`, `(unreadable call)`, `(internal error)`, `(allowed)`; `retry_after` is in seconds, None
    when retrying unchanged cannot help.
    """

    action: Action
    rule: str
    message: str = ""
    retry_after: float | None = None
    verdict: Verdict | None = None
