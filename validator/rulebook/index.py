"""Rules in, their conditions in the order to ask them out: by kind and capability, then by one test that settles most.

A fact meets a hundred conditions and fulfils a few. Most of them ask for a role that the fact does not have, and many
begin with the same test of the same role: so they are kept by a role, and by a test of it that is asked once for all.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

from validator.model.fact import Fact, Kind
from validator.rulebook.asks import Ask
from validator.rulebook.chooser import Chooser
from validator.rulebook.rule import (
    Branch,
    Guard,
    Leaf,
    Post,
    Rule,
    Rulebook,
    Triggers,
    ValueTest,
    leaves,
)

RoleTests: TypeAlias = tuple[str, tuple[ValueTest, ...]]
Place: TypeAlias = tuple[int, Leaf]


class Index:
    """The conditions of some rules, by the kind and the capability of the facts that they speak of.

    Those of each capability, and of all that cover it, are sorted when the first fact asks for them.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        """Keep the leaves of these rules."""
        self._places: defaultdict[tuple[str, Kind], list[Place]] = defaultdict(list)
        self._sorted: defaultdict[str, dict[Kind, Triggers]] = defaultdict(dict)
        for position, rule in enumerate(rules):
            for leaf in leaves(rule.match):
                for capability in leaf.capabilities:
                    self._places[capability, leaf.kind].append((position, leaf))

    def triggers(self, fact: Fact) -> Triggers:
        """The leaves that speak of facts of this kind and capability."""
        known = self._sorted[fact.capability]
        found = known.get(fact.kind)
        if found is None:
            found = known[fact.kind] = _sorted(
                [place for above in _lineage(fact.capability) for place in self._places.get((above, fact.kind), ())]
            )
        return found


def assemble(book: Rulebook) -> Rulebook:
    """The rulebook with its index of what can make a rule match."""
    return replace(book, triggers=Index(book.rules).triggers)


def _lineage(capability: str) -> tuple[str, ...]:
    """A capability and all that cover it, the last of them the one that covers everything."""
    return (capability, *_lineage(capability.rpartition(".")[0])) if capability else ("",)


def _sorted(places: Sequence[Place]) -> Triggers:
    """The leaves for facts of one kind and capability, each with the others that share its first test."""
    shared = Counter(role for _, leaf in places for role, _ in leaf.guard.where)
    branches: defaultdict[RoleTests, list[Post]] = defaultdict(list)
    by_name: defaultdict[str, list[Post]] = defaultdict(list)
    others: list[Post] = []
    for position, leaf in places:
        first, names = _first(leaf.guard, shared), _plain_names(leaf.guard)
        if first is not None:
            rest = tuple(each for each in leaf.guard.where if each is not first)
            branches[first].append(Post(position, leaf, Guard(leaf.guard.names, rest)))
        elif names:
            for name in names:
                by_name[name].append(Post(position, leaf, Guard(where=leaf.guard.where)))
        else:
            others.append(Post(position, leaf, leaf.guard))
    by_role: defaultdict[str, list[Branch]] = defaultdict(list)
    for (role, tests), posts in branches.items():
        by_role[role].append(Branch(tests, tuple(posts)))
    return Triggers(
        {role: Chooser(tuple(found)) for role, found in by_role.items()},
        {name: tuple(found) for name, found in by_name.items()},
        tuple(others),
    )


def _plain_names(guard: Guard) -> tuple[str, ...]:
    """The names of a guard that are looked up as they stand; none if there is a glob or a setting among them."""
    wanted = tuple(map(str, guard.names.wanted)) if isinstance(guard.names, Ask) else ()
    return () if any(set(name) & set("*?[$") for name in wanted) else wanted


def _first(guard: Guard, shared: Counter[str]) -> RoleTests | None:
    """The test of the role that fewest leaves ask about, which most facts lack; None if no role need be there."""
    needed = [each for each in guard.where if not any(map(_takes_absence, each[1]))]
    return min(needed, key=lambda each: shared[each[0]], default=None)


def _takes_absence(test: ValueTest) -> bool:
    """Whether the test holds for a role that the fact does not have: see the table of `holds`."""
    return test.known is False and not test.predicates
