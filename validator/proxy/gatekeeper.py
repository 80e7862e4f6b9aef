"""What every transport asks of a gate, whether it stands still or follows its files."""

from typing import Protocol

from validator.gate import Admission
from validator.model.call import Call
from validator.policy.approval import Reply


class Gatekeeper(Protocol):
    """What a door asks: may this call pass, and what became of it."""

    def inspect(self, call: Call) -> Admission:
        """Decide on a call; never raises."""

    def answer(self, call: Call, request: str, reply: Reply) -> Admission:
        """Decide on a call anew, now that the person in front of the client was asked; never raises."""

    def refuse(self, reason: str, *, tool: str, request: str) -> Admission:
        """Refuse a call that could not be parsed; never raises."""

    def settle(self, admission: Admission, outcome: str, milliseconds: float) -> None:
        """Close a forwarded call; one that was cancelled may run on until `finish`."""

    def finish(self, admission: Admission) -> None:
        """A call that was cancelled has ended after all."""

    def hidden(self, tool: str) -> bool:
        """Whether the policy hides a tool from those that are listed."""

    def takes_long(self, tool: str) -> bool:
        """Whether deciding on a call of a tool may take long: there is code to judge, or something to keep."""
