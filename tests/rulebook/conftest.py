"""What the tests of the rulebook share: a rule made of a match, a rulebook made of rules, and facts by hand."""

import copy
from collections.abc import Callable
from typing import TypeAlias

import pytest
import yaml

from validator.model.catalog import Catalog
from validator.model.fact import Fact
from validator.model.profile import NO_SETTINGS, Profile, Settings
from validator.rulebook.compile import compile_rule
from validator.rulebook.load import assemble
from validator.rulebook.match import find
from validator.rulebook.rule import Rule, Rulebook
from validator.rulebook.schema import RuleSection

NOTHING_KNOWN = Catalog({}, {}, {}, frozenset())
PROSE = "Twenty characters at least."
FIELDS: dict[str, object] = {
    "name": "A rule",
    "version": 1,
    "status": "stable",
    "capability": "process.shell",
    "severity": "high",
    "confidence": "high",
    "weight": 40,
    "attack": ["T1059"],
    "message": "{name} runs {command}",
    "why": PROSE,
    "misses": PROSE,
    "false_alarms": PROSE,
    "remedy": PROSE,
    "match": {"call": "process.shell"},
    "examples": {
        "bad": [{"code": "f()  # <-"}, {"code": "g()  # <-"}],
        "good": [{"code": "1"}, {"code": "2"}],
    },
}

RuleOf: TypeAlias = Callable[..., Rule]
BookOf: TypeAlias = Callable[..., Rulebook]
Found: TypeAlias = Callable[..., list[str]]


def _rule_of(match: str = "call: process.shell", identifier: str = "a-rule", **fields: object) -> Rule:
    """A rule that differs from the usual one in some fields."""
    page = {**FIELDS, "match": yaml.safe_load(match), **fields}
    return compile_rule(identifier, "pack", RuleSection.model_validate(page))


def _book_of(*rules: Rule) -> Rulebook:
    """A rulebook of these rules."""
    return assemble(Rulebook(NOTHING_KNOWN, rules, {"balanced": Profile("balanced", 30, 70)}, {}))


@pytest.fixture
def fields() -> dict[str, object]:
    """A rule file that has nothing wrong."""
    return copy.deepcopy(FIELDS)


@pytest.fixture
def rule_of() -> RuleOf:
    """Make a rule of a match and of the fields that matter."""
    return _rule_of


@pytest.fixture
def book_of() -> BookOf:
    """Make a rulebook of rules."""
    return _book_of


@pytest.fixture
def found() -> Found:
    """Which facts a match reports, by name."""

    def found(match: str, *facts: Fact, settings: Settings = NO_SETTINGS) -> list[str]:
        return [finding.fact.name for finding in find(facts, _book_of(_rule_of(match)), settings)]

    return found
