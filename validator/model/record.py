"""A record: what the audit keeps of one call."""

from collections.abc import Mapping
from dataclasses import dataclass

from validator.model.decision import Decision
from validator.model.known import JsonValue


@dataclass(frozen=True, slots=True)
class Record:
    """One judged call. Argument text is never in it, only keys, digest and facts.

    `time` is seconds since the epoch, UTC; `outcome` says what the upstream made of a forwarded call
    (`ok`, `tool error`, `protocol error`, `lost`), and is empty for a refused one.
    """

    time: float
    grant: str
    server: str
    tool: str
    request: str
    keys: tuple[str, ...]
    decision: Decision
    policy: str
    outcome: str = ""
    milliseconds: float = 0.0

    def to_dict(self) -> dict[str, JsonValue]:
        """The record as one flat JSON object."""
        verdict = self.decision.verdict
        judged: Mapping[str, JsonValue] = verdict.to_dict() if verdict is not None else {}
        return {
            "time": self.time,
            "grant": self.grant,
            "server": self.server,
            "tool": self.tool,
            "request": self.request,
            "keys": list(self.keys),
            "decision": self.decision.action.value,
            "rule": self.decision.rule,
            "message": self.decision.message,
            "approval": self.decision.approval,
            "policy": self.policy,
            "outcome": self.outcome,
            "milliseconds": self.milliseconds,
            **judged,
        }
