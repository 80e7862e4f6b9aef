"""A rule as the matcher uses it: frozen, checked, with its tests compiled."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Final, Protocol, TypeAlias

from validator.model.catalog import Catalog
from validator.model.fact import Fact, Kind
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


# Python 3.11 looks a member of an enumeration up in 100 ns, and one judgment asks for thousands.
NO: Final = Certainty.NO
PERHAPS: Final = Certainty.PERHAPS
SEEN: Final = Certainty.SEEN
SURE: Final = Certainty.SURE

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


@dataclass(frozen=True, slots=True)
class Branch:
    """Leaves that begin with the same tests of the same role; what is left of each guard stands beside it."""

    tests: tuple[ValueTest, ...]
    posts: tuple["Post", ...]


@dataclass(frozen=True, slots=True)
class Post:
    """A leaf, the position of its rule, and what its guard asks besides the tests of its branch."""

    position: int
    leaf: Leaf
    rest: Guard


class Choice(Protocol):
    """The branches of one role."""

    def choose(self, options: Sequence[Seen]) -> Iterable[Branch]:
        """Which are worth asking about a value: every one whose tests may hold for it, and perhaps more."""


@dataclass(frozen=True, slots=True)
class Triggers:
    """The leaves that speak of facts of one kind and capability.

    By a role that the fact must have, by a name that its own must be or lie below, and the others.
    """

    by_role: Mapping[str, Choice]
    by_name: Mapping[str, tuple[Post, ...]]
    others: tuple[Post, ...]


NO_TRIGGERS: Final = Triggers({}, {}, ())


def no_triggers(_fact: Fact) -> Triggers:
    """The triggers of a rulebook that is not put together yet."""
    return NO_TRIGGERS


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Everything that judgment is made with.

    `triggers` says which conditions of which rules speak of a fact, by its kind and its capability;
    `listings` are those of the profiles that have one, `suppressions` what the site has accepted.
    """

    catalog: Catalog
    rules: tuple[Rule, ...]
    profiles: Mapping[str, Profile]
    capabilities: Mapping[str, str]
    triggers: Callable[[Fact], Triggers] = field(default=no_triggers, compare=False)
    listings: Mapping[str, Listing] = field(default_factory=dict)
    suppressions: tuple[Suppression, ...] = ()

    def rule(self, identifier: str) -> Rule | None:
        """The rule of that id."""
        return next((rule for rule in self.rules if rule.id == identifier), None)


def leaves(condition: Condition) -> tuple[Leaf, ...]:
    """Every leaf of a condition, in order."""
    if isinstance(condition, Leaf):
        return (condition,)
    return tuple(leaf for member in condition.members for leaf in leaves(member))
