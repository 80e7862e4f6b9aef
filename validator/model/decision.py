"""A decision: what becomes of one tool call, and which rule of the policy said so."""

from dataclasses import dataclass
from enum import StrEnum

from validator.model.verdict import Verdict


class Action(StrEnum):
    """What the proxy does with the call."""

    FORWARD = "forward"
    REFUSE = "refuse"
    ASK = "ask"  # refused until a person approves it


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with a call.

    `rule` is the JSON pointer of the policy rule that decided, or `(hidden)`, `(default deny)`,
    `(verdict)`, `(approval)`, `(unreadable call)`, `(internal error)`, `(allowed)`; `retry_after` is in seconds, None
    when retrying unchanged cannot help.

    Where a person has to be asked, `asked` names every rule that wants it and `timeout` the seconds after which
    nobody needs to answer any more; `ask_client` says that the person in front of the client may answer. `approval` is
    the request that waits for the answer, or that let the call pass.
    """

    action: Action
    rule: str
    message: str = ""
    retry_after: float | None = None
    verdict: Verdict | None = None
    asked: tuple[str, ...] = ()
    timeout: float = 0.0
    ask_client: bool = False
    approval: str = ""
