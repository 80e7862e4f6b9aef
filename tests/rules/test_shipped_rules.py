"""The rules that ship: each loads, has nothing a reviewer would send back, and is proved by its examples."""

from dataclasses import replace

import pytest

from validator.judgment import judge_argument
from validator.model.argument import Argument
from validator.model.limits import DEFAULT_LIMITS
from validator.rulebook.check import check, marked_lines
from validator.rulebook.load import load_rulebook
from validator.rulebook.prove import find_alone
from validator.rulebook.rule import Example, Rule

BOOK = load_rulebook()
RULES = [pytest.param(rule, id=rule.id) for rule in BOOK.rules]
BAD = [pytest.param(rule, bad, id=f"{rule.id}-{n}") for rule in BOOK.rules for n, bad in enumerate(rule.bad, 1)]
GOOD = [pytest.param(rule, good, id=f"{rule.id}-{n}") for rule in BOOK.rules for n, good in enumerate(rule.good, 1)]


def reported_lines(rule: Rule, example: Example) -> set[int]:
    limits = replace(DEFAULT_LIMITS, **example.limits)
    facts = judge_argument(Argument(example.code), BOOK, limits=limits).facts
    return {finding.span.line for finding in find_alone(rule, facts, BOOK)}


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_has_nothing_to_send_back(rule: Rule) -> None:
    assert check(rule) == ()


@pytest.mark.parametrize(("rule", "bad"), BAD)
def test_a_bad_example_is_reported_on_exactly_the_marked_lines(rule: Rule, bad: Example) -> None:
    assert reported_lines(rule, bad) == marked_lines(bad.code)


@pytest.mark.parametrize(("rule", "good"), GOOD)
def test_a_good_example_is_silent(rule: Rule, good: Example) -> None:
    assert reported_lines(rule, good) == set()


def test_the_balanced_profile_ships_with_its_thresholds() -> None:
    balanced = BOOK.profiles["balanced"]
    assert (balanced.review_at, balanced.deny_at) == (30, 70)


def test_profiles_grow_stricter() -> None:
    permissive, balanced, strict = (BOOK.profiles[name] for name in ("permissive", "balanced", "strict"))
    assert permissive.review_at > balanced.review_at > strict.review_at
    assert permissive.deny_at > balanced.deny_at > strict.deny_at
