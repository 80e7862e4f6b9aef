"""Samples and verdicts in, lines of a report out: JSON for programs, text for people."""

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from validator.model.known import JsonValue
from validator.model.verdict import Outcome, Verdict
from validator.scan.page import TINTS
from validator.scan.sample import Sample
from validator.scan.terminal import Paint, visible

CONTRACT: Final = ("rule", "severity", "line", "column", "message")
ORDER: Final = tuple(Outcome)
TOP: Final = 10  # rules named in the summary


@dataclass
class Tally:
    """What one scan has met so far: outcomes, and in how many samples each rule was found."""

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)

    def count(self, verdict: Verdict) -> None:
        """Add one verdict."""
        self.outcomes[verdict.outcome] += 1
        self.rules.update({finding.rule for finding in verdict.findings})

    def stopped(self, threshold: Outcome) -> bool:
        """Whether any sample was stopped."""
        return any(stops(outcome, threshold) for outcome in self.outcomes)


def stops(outcome: Outcome, threshold: Outcome) -> bool:
    """Whether an outcome is as bad as the threshold, or worse."""
    return ORDER.index(outcome) >= ORDER.index(threshold)


def draw_json(sample: Sample, verdict: Verdict) -> str:
    """The line of one sample; its keys are a public contract."""
    findings: list[JsonValue] = []
    for finding in verdict.findings:
        whole = finding.to_dict()
        findings.append({key: whole[key] for key in CONTRACT})
    line: dict[str, JsonValue] = {
        "id": sample.id,
        "verdict": verdict.outcome.value,
        "score": verdict.score,
        "capabilities": list(verdict.capabilities),
        "findings": findings,
        "digest": verdict.digest,
    }
    return json.dumps(line)


def draw_text(sample: Sample, verdict: Verdict, paint: Paint) -> str:
    """The line of one sample that was stopped: its worst finding."""
    outcome = paint(f"{verdict.outcome.value:<6}", TINTS[verdict.outcome])
    head = f"{outcome} {verdict.score:>3}  {visible(sample.id)}"
    if not verdict.findings:
        return head
    worst = min(verdict.findings, key=lambda finding: (-finding.weight, finding.span))
    return f"{head}:{worst.span.line}  {paint(worst.rule, 'bold')}  {visible(worst.message)}"


def draw_summary(tally: Tally, paint: Paint) -> str:
    """The table at the end: samples by outcome, then the rules found most often."""
    total = tally.outcomes.total()
    rows = [("samples", total), *((outcome.value, tally.outcomes[outcome]) for outcome in ORDER)]
    lines = [f"{paint(f'{name:<10}', 'bold')}{count:>7}" for name, count in rows]
    most = sorted(tally.rules.items(), key=lambda item: (-item[1], item[0]))
    lines += ["", *(f"{count:>7}  {rule}" for rule, count in most[:TOP])] if most else []
    if len(most) > TOP:
        lines.append(f"         and {len(most) - TOP} more rules")
    return "\n".join(lines)
