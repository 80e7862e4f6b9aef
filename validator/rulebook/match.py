"""Facts and rules in, findings out; pure, and quick where nothing is found."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from fnmatch import translate
from functools import lru_cache
from typing import Final, TypeAlias

from validator.model.fact import Fact, Kind
from validator.model.finding import Finding
from validator.model.known import UNKNOWN, show
from validator.model.profile import NO_SETTINGS, Profile, Settings
from validator.rulebook.holds import ABSENT, expand, may_hold, surely_holds
from validator.rulebook.rule import Condition, Guard, Leaf, Rule, Rulebook, Status

LONGEST_VALUE: Final = 80
PLACEHOLDER: Final = re.compile(r"\{([^{}]+)\}")
Index: TypeAlias = Mapping[tuple[Kind, str], Sequence[Fact]]


def find(
    facts: Sequence[Fact],
    book: Rulebook,
    settings: Settings = NO_SETTINGS,
    profile: Profile | None = None,
    *,
    drafts: bool = False,
) -> tuple[Finding, ...]:
    """Every stable rule that matches, once for each fact; drafts only on request."""
    index = _index(facts)
    positions = sorted({position for key in index for position in book.triggers.get(key, ())})
    findings: list[Finding] = []
    for rule in (book.rules[position] for position in positions):
        if rule.status is Status.STABLE or (drafts and rule.status is Status.DRAFT):
            matched = {id(fact): fact for fact in _matched(rule.match, index, settings)}
            findings += [_finding(rule, fact, profile) for fact in matched.values()]
    return tuple(sorted(findings, key=lambda finding: (finding.span, finding.rule)))


def named(patterns: Sequence[str], name: str) -> bool:
    """Whether a dotted name fits one of the globs, or lies below a name that does."""
    exact, below, globs = _names(tuple(patterns))
    return name in exact or name.startswith(below) or (globs is not None and globs.match(name) is not None)


@lru_cache(maxsize=1_024)
def _names(patterns: tuple[str, ...]) -> tuple[frozenset[str], tuple[str, ...], re.Pattern[str] | None]:
    """Plain names, what lies below them, and one expression for the globs: asked for every fact and every rule."""
    plain = [pattern for pattern in patterns if not set(pattern) & set("*?[")]
    globs = [each for pattern in patterns if pattern not in plain for each in (pattern, f"{pattern}.*")]
    expression = re.compile("|".join(map(translate, globs))) if globs else None
    return frozenset(plain), tuple(f"{name}." for name in plain), expression


def fill(template: str, fact: Fact) -> str:
    """A message with its placeholders filled: one line, nothing hidden, no endless values."""
    return PLACEHOLDER.sub(lambda found: _told(found.group(1), fact), template)


def _index(facts: Sequence[Fact]) -> Index:
    index: defaultdict[tuple[Kind, str], list[Fact]] = defaultdict(list)
    for fact in facts:
        capability = fact.capability
        while capability:
            index[fact.kind, capability].append(fact)
            capability = capability.rpartition(".")[0]
        index[fact.kind, ""].append(fact)
    return index


def _matched(condition: Condition, index: Index, settings: Settings) -> list[Fact]:
    if isinstance(condition, Leaf):
        found = [
            fact
            for capability in condition.capabilities
            for fact in index.get((condition.kind, capability), ())
            if _incriminates(condition.guard, fact, settings)
        ]
    else:
        members = [_matched(member, index, settings) for member in condition.members]
        found = [fact for member in members for fact in member]
        if condition.every:
            found = members[0] if all(members) else []
    return [fact for fact in found if not any(_excuses(guard, fact, settings) for guard in condition.unless)]


def _incriminates(guard: Guard, fact: Fact, settings: Settings) -> bool:
    if guard.names and not named(expand(guard.names, settings), fact.name):
        return False
    return all(may_hold(tests, fact.roles.get(role, ABSENT), settings) for role, tests in guard.where)


def _excuses(guard: Guard, fact: Fact, settings: Settings) -> bool:
    if guard.names and not named(expand(guard.names, settings), fact.name):
        return False
    return all(surely_holds(tests, fact.roles.get(role, ABSENT), settings) for role, tests in guard.where)


def _finding(rule: Rule, fact: Fact, profile: Profile | None) -> Finding:
    weight = rule.weight if profile is None else profile.weights.get(rule.id, rule.weight)
    message = fill(rule.message, fact)
    return Finding(rule.id, rule.severity, rule.confidence, weight, message, rule.remedy, fact, rule.attack)


def _told(placeholder: str, fact: Fact) -> str:
    """What a placeholder stands for: `{target|path}` is the first of these roles that the fact has."""
    if placeholder == "name":
        return _visible(fact.name)
    if placeholder == "capability":
        return _visible(fact.capability)
    held = (fact.roles[role] for role in placeholder.split("|") if role in fact.roles)
    return _visible(show(next(held, UNKNOWN)))


def _visible(text: str) -> str:
    cut = text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"
    if cut.isprintable():
        return cut
    return "".join(mark if mark.isprintable() else mark.encode("unicode_escape").decode("ascii") for mark in cut)
