"""Findings in, outcome and score out: each rule counts once, the sum stops at 100."""

from collections.abc import Iterable
from typing import Final

from validator.model.finding import Finding
from validator.model.profile import Profile
from validator.model.verdict import Outcome

CEILING: Final = 100


def score(findings: Iterable[Finding], profile: Profile) -> tuple[Outcome, int]:
    """Weigh the findings of one argument; one more finding never lowers the score."""
    points = min(sum(contributions(findings).values()), CEILING)
    if points >= profile.deny_at:
        return Outcome.DENY, points
    return (Outcome.REVIEW if points >= profile.review_at else Outcome.ALLOW), points


def contributions(findings: Iterable[Finding]) -> dict[str, int]:
    """The points of each rule that found something, the heaviest first; each counts once, however often it did."""
    weights: dict[str, int] = {}
    for finding in findings:
        weights[finding.rule] = max(finding.weight, weights.get(finding.rule, 0))
    return dict(sorted(weights.items(), key=lambda item: (-item[1], item[0])))
