"""Findings in, outcome and score out."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from validator.model.fact import Fact, Kind
from validator.model.finding import Confidence, Finding, Severity
from validator.model.profile import Profile
from validator.model.verdict import Outcome
from validator.score import score

BALANCED = Profile("balanced", 30, 70)
FACT = Fact(Kind.CALL, "process.shell", "os.system")


def finding(rule: str, weight: int) -> Finding:
    return Finding(rule, Severity.HIGH, Confidence.HIGH, weight, "", "", FACT)


FINDINGS = some.lists(some.builds(finding, some.sampled_from("abcdef"), some.integers(0, 100)))


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ([], (Outcome.ALLOW, 0)),
        ([("a", 29)], (Outcome.ALLOW, 29)),
        ([("a", 30)], (Outcome.REVIEW, 30)),
        ([("a", 29), ("a", 29), ("a", 29)], (Outcome.ALLOW, 29)),
        ([("a", 35), ("b", 34)], (Outcome.REVIEW, 69)),
        ([("a", 35), ("b", 35)], (Outcome.DENY, 70)),
        ([("a", 80), ("b", 90)], (Outcome.DENY, 100)),
    ],
)
def test_each_rule_counts_once_and_the_sum_is_capped(weights: list[tuple[str, int]], expected: object) -> None:
    assert score([finding(rule, weight) for rule, weight in weights], BALANCED) == expected


@given(FINDINGS, some.builds(finding, some.sampled_from("abcdef"), some.integers(0, 100)))
def test_one_more_finding_never_lowers_a_score(findings: list[Finding], more: Finding) -> None:
    assert score([*findings, more], BALANCED)[1] >= score(findings, BALANCED)[1]


@given(FINDINGS)
def test_the_order_of_findings_does_not_matter(findings: list[Finding]) -> None:
    assert score(findings, BALANCED) == score(reversed(findings), BALANCED)
