"""A profile: how strict judgment is; the site's own settings that rules refer to with `$`; and what it has accepted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, TypeAlias


@dataclass(frozen=True, slots=True)
class Profile:
    """Two thresholds on the score (0 to 100); `weights` replaces the weight of single rules."""

    name: str
    review_at: int
    deny_at: int
    weights: Mapping[str, int] = field(default_factory=dict)


Settings: TypeAlias = Mapping[str, tuple[str, ...]]
"""Name of a setting (`allowed_hosts`, `allowed_modules`, `workspace` …) to its values."""

NO_SETTINGS: Settings = MappingProxyType({})

SETTINGS: Final = frozenset(
    {"workspace", "allowed_hosts", "allowed_modules", "allowed_env", "allowed_commands", "allowed_packages"}
)
"""The names that a setting can have."""


@dataclass(frozen=True, slots=True)
class Suppression:
    """Findings of one rule that the site has accepted: those whose facts surely have every target.

    `targets` maps `host`, `path`, `module` or `command` to a glob; `expires` is a date as ISO 8601, or empty.
    """

    rule: str
    targets: Mapping[str, str]
    reason: str
    expires: str = ""


@dataclass(frozen=True, slots=True)
class Site:
    """What a site says: its settings, and what it has accepted."""

    settings: Settings
    suppressions: tuple[Suppression, ...]
