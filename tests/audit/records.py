"""Records to keep, and what stands in a file of them."""

import json
from pathlib import Path
from typing import Any

from validator.model.decision import Action, Decision
from validator.model.fact import Fact, Kind
from validator.model.finding import Confidence, Finding, Severity
from validator.model.known import Known
from validator.model.record import Record
from validator.model.verdict import Outcome, Verdict


def make_record(*facts: Fact, message: str = "", action: Action = Action.FORWARD, **rest: object) -> Record:
    """A record of one judged call."""
    findings = tuple(Finding("r", Severity.LOW, Confidence.LOW, 1, "m", "", fact) for fact in facts)
    capabilities = tuple(sorted({fact.capability for fact in facts}))
    verdict = Verdict(Outcome.ALLOW, 0, findings, facts, capabilities, "d", "balanced")
    decision = Decision(action, "(allowed)", message, verdict=verdict)
    told: dict[str, object] = {"time": 1.5, "grant": "g", "tool": "t", **rest}
    return Record(server="s", request="7", keys=("code",), decision=decision, policy="p", **told)


def make_fact(**roles: Known) -> Fact:
    """A fact with these roles."""
    return Fact(Kind.CALL, "env.write", "os.putenv", roles)


def lines(file: Path) -> list[Any]:
    """The lines of a file of JSON lines."""
    return [json.loads(line) for line in file.read_text().splitlines()]
