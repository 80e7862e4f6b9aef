"""A policy and the words that judgment has in, every condition that asks for what nothing is ever called out."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from validator.model.verdict import Outcome
from validator.policy.terms import Condition, Operator, Policy

_VERDICTS: Final = frozenset(outcome.value for outcome in Outcome)
_NAMING: Final = frozenset({Operator.EQ, Operator.NEQ, Operator.IN, Operator.NOT_IN, Operator.CONTAINS})
# These compare all that is listed with all that is wanted, so a name that stands for others is none of them.
_WHOLE: Final = frozenset({Operator.EQ, Operator.NEQ})
_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class Words:
    """The capabilities of the tree and the ids of the rules."""

    capabilities: Collection[str]
    rules: Collection[str]


@dataclass(frozen=True, slots=True)
class Slip:
    """A condition that can never be met, or never fail: the rule it stands in, the reason, the advice."""

    rule: str
    reason: str
    advice: str


def find_slips(policy: Policy, words: Words) -> Iterator[Slip]:
    """Find every capability, rule and verdict that conditions name and that there is not."""
    for name, condition in _conditions(policy):
        match condition.path:
            case ("code", "capabilities"):
                known = words.capabilities if condition.operator in _WHOLE else _branches(words.capabilities)
                yield from _slips(name, condition, known, "capability")
            case ("code", "findings"):
                yield from _slips(name, condition, words.rules, "rule")
            case ("code", "verdict"):
                yield from _slips(name, condition, _VERDICTS, "verdict")


def _conditions(policy: Policy) -> Iterator[tuple[str, Condition]]:
    for rules in (*policy.tools.values(), policy.every_tool):
        for rule in (*rules.require, *rules.deny_if, *rules.approve_if):
            yield from ((rule.name, condition) for condition in rule.conditions)
        for limit in rules.limits:
            yield from ((limit.name, condition) for condition in limit.when)


def _slips(rule: str, condition: Condition, known: Collection[str], kind: str) -> Iterator[Slip]:
    if condition.pattern is not None:
        if not any(condition.pattern.search(each) for each in known):
            yield Slip(rule, f"no {kind} matches {condition.value!r}", _near(str(condition.value), known))
    elif condition.operator in _NAMING and not (kind == "verdict" and condition.operator is Operator.CONTAINS):
        for value in condition.value if isinstance(condition.value, list) else [condition.value]:
            if not isinstance(value, str) or value not in known:
                yield Slip(rule, f"there is no {kind} {value!r}", _near(str(value), known))


def _branches(capabilities: Collection[str]) -> Collection[str]:
    """The capabilities and all that stands above one: `process` is `process.spawn` and whatever else is below."""
    above = {name.rpartition(".")[0] for name in capabilities if "." in name}
    return {*capabilities, *above}


def _near(word: str, known: Collection[str]) -> str:
    near = get_close_matches(word, sorted(known), n=_SHOWN)
    if len(known) <= _SHOWN:
        return f"one of: {', '.join(sorted(known))}"
    if near:
        return f"did you mean {' or '.join(map(repr, near))}?"
    return "`validator rules list` shows the rules, rules/capabilities.yaml the capabilities"
