"""Rules and a scene in, the few that may hold out: one look for all rules that ask the same kind of thing of a path.

A sieve only saves time. What it leaves out cannot hold, and what it lets through is asked in full.
"""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final, Literal

import re2

from validator.policy.conditions import as_text
from validator.policy.listing import Listing
from validator.policy.scene import ABSENT, Found, Scene, look_up
from validator.policy.terms import Condition, Group, Operator, Pattern, Rule, ToolRules

# What is absent or not in a list satisfies these, so there is nothing to look for.
_OPEN: Final = frozenset({Operator.NEQ, Operator.NOT_IN, Operator.EXISTS})
_ABOVE: Final = frozenset({Operator.GT, Operator.GTE})
_NOTHING: Final = Condition((), Operator.EXISTS, False)
_ORDER: Final = frozenset({*_ABOVE, Operator.LT, Operator.LTE})
_EQUAL: Final = frozenset({Operator.EQ, Operator.IN})
_REGEX: Final = Operator.REGEX
_CONTAINS: Final = Operator.CONTAINS


def sift(tool: ToolRules, kind: Literal["deny_if", "approve_if"], scene: Scene) -> Iterator[Rule]:
    """The rules of one list that may hold, in their order."""
    rules = tool.deny_if if kind == "deny_if" else tool.approve_if
    if kind not in tool.groups:
        tool.groups[kind] = group(rules)
    passed = [each.numbers for each in tool.groups[kind] if _may_hold(each, look_up(scene, each.path))]
    return (rules[number] for number in sorted(chain.from_iterable(passed)))


def group(rules: Sequence[Rule]) -> tuple[Group, ...]:
    """Rules in groups by what their first conditions ask; one without conditions always holds."""
    members: dict[tuple[tuple[str, ...], Operator], list[int]] = {}
    for number, rule in enumerate(rules):
        first = rule.conditions[0] if rule.conditions else _NOTHING
        members.setdefault((first.path, first.operator), []).append(number)
    return tuple(
        _group(path, operator, numbers, [first for number in numbers for first in rules[number].conditions[:1]])
        for (path, operator), numbers in members.items()
    )


def _group(path: tuple[str, ...], operator: Operator, numbers: list[int], conditions: list[Condition]) -> Group:
    values = [condition.value for condition in conditions]
    # A list is wanted item by item, and as a whole where it is compared as a text: `["a"]` equals the text of it.
    wanted = [*values, *(item for value in values if isinstance(value, list) for item in value)]
    # Nothing is above or below what is not a number.
    numeric = [value for value in values if isinstance(value, int | float) and value == value]
    easiest = min if operator in _ABOVE else max
    return Group(
        path,
        operator,
        tuple(numbers),
        frozenset(map(as_text, wanted)),
        easiest(numeric, default=0.0),
        _any_of([str(value) for value in values]) if operator is Operator.REGEX else None,
    )


def _any_of(patterns: Sequence[str]) -> Pattern | None:
    """One pattern for many, None where they cannot be joined: a quotation would run on into the next one."""
    if any(r"\Q" in each for each in patterns):
        return None
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile("|".join(f"(?:{each})" for each in patterns), options)
    except re2.error:
        return None


def _may_hold(group: Group, found: Found) -> bool:
    """Whether any first condition of the group may hold."""
    if group.operator in _OPEN:
        return True
    if found is ABSENT:
        return False
    if isinstance(found, Listing):
        return found.unknown or found.doors or _may_list(group, found)
    if group.operator in _ORDER:
        above = group.operator in _ABOVE
        return isinstance(found, int | float) and (found >= group.bound if above else found <= group.bound)
    if group.operator is _REGEX:
        return isinstance(found, str) and (group.pattern is None or group.pattern.search(found) is not None)
    if isinstance(found, str) and group.operator in _EQUAL:
        return found in group.wanted
    return True


def _may_list(group: Group, listing: Listing) -> bool:
    if group.operator is _CONTAINS:
        return any(not group.wanted.isdisjoint(_branches(name)) for name in listing.lines)
    if group.operator is _REGEX and group.pattern is not None:
        return any(group.pattern.search(name) is not None for name in listing.lines)
    return True


def _branches(name: str) -> Iterator[str]:
    """The name and all that it is below, in case the listing is one of branches."""
    yield name
    while "." in name:
        name = name.rpartition(".")[0]
        yield name
