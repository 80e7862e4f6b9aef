"""A value test as data: what kind of test, and for what; it is made ready when it is first asked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from validator.model.profile import Settings
from validator.rulebook.hosts import host
from validator.rulebook.paths import under
from validator.rulebook.predicates import covered, matches, named, one_of
from validator.rulebook.rule import Certainty, Predicate
from validator.rulebook.sight import Seen

# Each kind takes the type of values that the schema let through for it, which a table cannot say.
KINDS: Final[Mapping[str, Callable[[Sequence[Any]], Predicate]]] = {
    "one_of": one_of,
    "matches": matches,
    "under": under,
    "host": host,
    "covered": covered,
    "named": named,
}


@dataclass(frozen=True)
class Ask:
    """One value test: its kind, and what it looks for."""

    kind: str
    wanted: tuple[str | int | bool, ...]

    def __call__(self, seen: Seen, settings: Settings) -> Certainty:
        """How sure it is that the test holds for the value."""
        return self.ready(seen, settings)

    @cached_property
    def ready(self) -> Predicate:
        """The test itself, made of what it looks for."""
        return KINDS[self.kind](self.wanted)
