"""A record: what the audit keeps of one call."""

from collections.abc import Mapping
from dataclasses import dataclass

from validator.model.decision import Decision
from validator.model.known import JsonValue


@dataclass(frozen=True, slots=True)
class Record:
    """What was decided on one call. Of its arguments only keys, digest and facts are in it, unless `code` is kept.

    `time` is seconds since the epoch, UTC. `lines` counts the lines of the code; `changed` names the arguments that
    were changed before the call was forwarded; `code` is the text that was judged, for an audit that keeps it.
    """

    time: float
    grant: str
    server: str
    tool: str
    request: str
    keys: tuple[str, ...]
    decision: Decision
    policy: str
    session: str = ""
    lines: int = 0
    changed: tuple[str, ...] = ()
    code: tuple[str, ...] = ()

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
            "session": self.session,
            "keys": list(self.keys),
            "lines": self.lines,
            "decision": self.decision.action.value,
            "rule": self.decision.rule,
            "message": self.decision.message,
            "approval": self.decision.approval,
            "policy": self.policy,
            "changed": list(self.changed),
            **({"code": list(self.code)} if self.code else {}),
            **judged,
        }
