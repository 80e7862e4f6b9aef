"""A fact: one thing the argument would do, or one thing about it we could not find out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from validator.model.known import JsonValue, Known, to_json


class Kind(StrEnum):
    """How the argument touches the capability."""

    IMPORT = "import"  # a module is imported, by whatever road
    CALL = "call"  # a catalogued name is called (or used by syntax that calls it)
    MENTION = "mention"  # a powerful name is taken but not seen to be called
    STRING = "string"  # a text constant that says something by itself
    FLOW = "flow"  # what was read at a source reaches a sink
    UNRESOLVED = "unresolved"  # a door is used with something we could not work out
    UNREADABLE = "unreadable"  # the argument could not be read at all


class Span(NamedTuple):
    """A stretch of source: lines and columns count characters from 1, the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


NOWHERE = Span(1, 1, 1, 1)
NO_ROLES: Mapping[str, Known] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Fact:
    """A capability that the argument uses, with the name and the values it is used with.

    `capability` is a dotted path of `rules/capabilities.yaml`; `name` is the resolved dotted name
    (`os.system`), however it was reached; `roles` maps argument roles (`command`, `url`, `host`,
    `path`, `mode`, `module` …) to what is known of them; `steps` tell how it was reached, oldest first;
    `origin` is where the data of a flow was read.
    """

    kind: Kind
    capability: str
    name: str
    roles: Mapping[str, Known] = field(default_factory=lambda: NO_ROLES)
    span: Span = NOWHERE
    steps: tuple[str, ...] = ()
    origin: Span | None = None

    def to_dict(self) -> dict[str, JsonValue]:
        """The fact as JSON, with unknown values marked as such."""
        return {
            "kind": self.kind.value,
            "capability": self.capability,
            "name": self.name,
            "roles": {role: to_json(value) for role, value in sorted(self.roles.items())},
            "line": self.span.line,
            "column": self.span.column,
            "steps": list(self.steps),
        }
