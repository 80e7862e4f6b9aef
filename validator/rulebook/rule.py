"""A rule as the matcher uses it: frozen, checked, with its tests compiled."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum, StrEnum
from typing import TypeAlias

from validator.model.catalog import Catalog
from validator.model.fact import Kind
from validator.model.finding import Confidence, Severity
from validator.model.profile import Profile, Settings, Suppression
from validator.rulebook.sight import Seen


class Status(StrEnum):
    """How far a rule is trusted; only a stable one changes a verdict."""

    DRAFT = "draft"
    STABLE = "stable"
    RETIRED = "retired"


class Certainty(IntEnum):
    """How sure it is that a test holds."""

    NO = 0  # it does not
    PERHAPS = 1  # too little is known to rule it out
    SEEN = 2  # what is known says so, though not all is known
    SURE = 3  # whatever the rest is, it holds


Predicate: TypeAlias = Callable[[Seen, Settings], Certainty]


@dataclass(frozen=True, slots=True)
class ValueTest:
    """What the value of one role must be: every predicate holds."""

    predicates: tuple[Predicate, ...]
    known: bool | None = None


@dataclass(frozen=True, slots=True)
class Guard:
    """What the name and the roles of one fact must be; any of several tests of a role is enough."""

    names: Predicate | None = None
    where: tuple[tuple[str, tuple[ValueTest, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Leaf:
    """Facts of one kind and one of some capabilities that pass a guard, unless one of others excuses them."""

    kind: Kind
    capabilities: tuple[str, ...]
    guard: Guard
    unless: tuple[Guard, ...] = ()


@dataclass(frozen=True, slots=True)
class Combination:
    """`all` of some conditions, or `any` of them."""

    every: bool
    members: tuple["Condition", ...]
    unless: tuple[Guard, ...] = ()


Condition: TypeAlias = Leaf | Combination


@dataclass(frozen=True, slots=True)
class Listing:
    """What a profile lets pass; a fact that is not surely one of the entries costs `weight`."""

    weight: int
    entries: tuple[Leaf, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """A piece of code that proves a rule; the reported lines are marked `# <-`.

    `limits` replaces single limits of the analysis, so that a rule on size needs no huge example.
    """

    code: str
    limits: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: what it looks for, what a match is worth, and what a person should know about it."""

    id: str
    pack: str
    name: str
    version: int
    status: Status
    capability: str
    severity: Severity
    confidence: Confidence
    weight: int
    attack: tuple[str, ...]
    message: str
    why: str
    misses: str
    false_alarms: str
    remedy: str
    match: Condition
    bad: tuple[Example, ...]
    good: tuple[Example, ...]


Trigger: TypeAlias = tuple[Kind, str]


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Everything that judgment is made with.

    `triggers` says which conditions of which rules (by position) speak of facts of a kind and a capability;
    `listings` are those of the profiles that have one, `suppressions` what the site has accepted.
    """

    catalog: Catalog
    rules: tuple[Rule, ...]
    profiles: Mapping[str, Profile]
    capabilities: Mapping[str, str]
    triggers: Mapping[Trigger, tuple[tuple[int, Leaf], ...]] = field(default_factory=dict)
    listings: Mapping[str, Listing] = field(default_factory=dict)
    suppressions: tuple[Suppression, ...] = ()

    def rule(self, identifier: str) -> Rule | None:
        """The rule of that id."""
        return next((rule for rule in self.rules if rule.id == identifier), None)


def assemble(book: Rulebook) -> Rulebook:
    """The rulebook with its index of what can make a rule match."""
    triggers: defaultdict[Trigger, list[tuple[int, Leaf]]] = defaultdict(list)
    for position, rule in enumerate(book.rules):
        for leaf in leaves(rule.match):
            for capability in leaf.capabilities:
                triggers[leaf.kind, capability].append((position, leaf))
    return replace(book, triggers={key: tuple(found) for key, found in triggers.items()})


def leaves(condition: Condition) -> tuple[Leaf, ...]:
    """Every leaf of a condition, in order."""
    if isinstance(condition, Leaf):
        return (condition,)
    return tuple(leaf for member in condition.members for leaf in leaves(member))
