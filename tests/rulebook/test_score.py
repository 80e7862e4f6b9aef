"""Findings in, outcome and score out."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from validator.model.fact import Fact, Kind
from validator.model.finding import Confidence, Finding, Severity
from validator.model.profile import Profile
from validator.model.verdict import Outcome
from validator.score import CEILING, contributions, score

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


@given(FINDINGS)
def test_a_score_lies_between_nothing_and_the_ceiling(findings: list[Finding]) -> None:
    assert 0 <= score(findings, BALANCED)[1] <= CEILING


@given(FINDINGS)
def test_the_contributions_add_up_to_the_score(findings: list[Finding]) -> None:
    shares = contributions(findings)
    assert min(sum(shares.values()), CEILING) == score(findings, BALANCED)[1]
    assert set(shares) == {found.rule for found in findings}


@given(FINDINGS)
def test_contributions_stand_heaviest_first_whatever_the_order_of_findings(findings: list[Finding]) -> None:
    shares = list(contributions(findings).items())
    assert shares == sorted(shares, key=lambda share: (-share[1], share[0]))
    assert shares == list(contributions(reversed(findings)).items())


@given(FINDINGS, some.builds(finding, some.sampled_from("abcdef"), some.integers(0, 100)))
def test_one_more_finding_never_gives_a_milder_outcome(findings: list[Finding], more: Finding) -> None:
    order = list(Outcome)
    assert order.index(score([*findings, more], BALANCED)[0]) >= order.index(score(findings, BALANCED)[0])
