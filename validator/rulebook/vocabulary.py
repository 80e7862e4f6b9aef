"""The words of a rule file in, problems out: a capability or role that nothing has would never match."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final, TypeAlias

from validator.rulebook.schema import ConditionSection, ProfileSection, RuleSection

PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")
CALL_ROLES: Final = (
    *("url", "scheme", "host", "port", "address", "path", "target", "mode", "command", "shell", "code", "module"),
    *("key", "value", "data", "callback", "object", "signal", "pid", "package", "library"),
    *(
        "does",
        "waits",
        "grows",
        "spins",
        "idle",
        "rounds",
        "size",
        "hidden",
        "script",
    ),  # said by the analyser, not by an argument
)
ROLES: Final = frozenset(("name", "capability", "from", "to", *CALL_ROLES))
Place: TypeAlias = tuple[str | int, ...]
Complaint: TypeAlias = tuple[Place, str, str]
"""Where in the file, the reason, the advice."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The capabilities of the tree and the roles of all catalogued calls."""

    capabilities: frozenset[str]
    roles: frozenset[str]

    def has_capability(self, capability: str) -> bool:
        """Whether it stands in the tree, or above something that does."""
        return any(f"{known}.".startswith(f"{capability}.") for known in self.capabilities)


def suggestion(word: str, words: Collection[str]) -> str:
    """Advice that names the nearest word there is, or nothing."""
    near = get_close_matches(word, [other for other in words if other != word], n=1)
    return f"did you mean {near[0]!r}?" if near else ""


def complaints(section: RuleSection, vocabulary: Vocabulary) -> Iterator[Complaint]:
    """Everything in a rule that speaks of what does not exist."""
    yield from _capability(("capability",), section.capability, vocabulary)
    for role in (role for found in PLACEHOLDER.findall(section.message) for role in found.split("|")):
        yield from _role(("message",), role, vocabulary)
    for condition in _conditions(section.match):
        yield from _condition(("match",), condition, vocabulary)


def complaints_of_listing(section: ProfileSection, vocabulary: Vocabulary) -> Iterator[Complaint]:
    """Everything in the list of a profile that speaks of what does not exist."""
    for number, entry in enumerate(section.listed or ()):
        yield from _condition(("listed", number), entry, vocabulary)


def _condition(place: Place, condition: ConditionSection, vocabulary: Vocabulary) -> Iterator[Complaint]:
    for key, capability in _capabilities(condition):
        yield from _capability((*place, key), capability, vocabulary)
    guards = (condition.where, *(guard.where for guard in condition.unless))
    for role in (role for where in guards for role in where):
        yield from _role((*place, role), role, vocabulary)


def _capability(where: Place, capability: str, vocabulary: Vocabulary) -> Iterator[Complaint]:
    if not vocabulary.has_capability(capability):
        advice = suggestion(capability, vocabulary.capabilities) or "see rules/capabilities.yaml"
        yield where, f"there is no capability {capability!r}", advice
    elif where[-1] in ("unresolved", "unreadable") and capability.partition(".")[0] != where[-1]:
        yield where, f"{capability!r} is never {where[-1]}", f"name one below {where[-1]!r}"


def _role(where: Place, role: str, vocabulary: Vocabulary) -> Iterator[Complaint]:
    if role.removeprefix("source.") not in vocabulary.roles:
        advice = suggestion(role, vocabulary.roles) or "see rules/catalog/README.md"
        yield where, f"no call has a role {role!r}", advice


def _conditions(condition: ConditionSection) -> Iterator[ConditionSection]:
    yield condition
    for member in (*(condition.all or ()), *(condition.any or ())):
        yield from _conditions(member)


def _capabilities(condition: ConditionSection) -> Iterator[tuple[str, str]]:
    for key in ("call", "mention", "unresolved", "unreadable"):
        for capability in getattr(condition, key) or ():
            yield key, capability
    if condition.flow:
        for capability in (*condition.flow.source, *condition.flow.sink):
            yield "flow", capability
