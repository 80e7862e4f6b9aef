"""A profile: how strict judgment is; and the site's own settings that rules refer to with `$`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias


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
