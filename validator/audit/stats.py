"""Calls in, how often what was decided out."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from validator.audit.read import Told
from validator.model.known import JsonValue

_COUNTED: Final = ("decision", "rule", "verdict", "outcome", "grant", "server", "tool")
_MOST: Final = 20
_REST: Final = "(others)"


@dataclass(slots=True)
class Stats:
    """How many calls there are, when the first and the last was, and how often each value occurs."""

    calls: int = 0
    first: float | None = None
    last: float | None = None
    counts: dict[str, Counter[str]] = field(default_factory=dict)

    def to_dict(self) -> dict[str, JsonValue]:
        """The figures as JSON, the most frequent values of each kind first."""
        return {
            "calls": self.calls,
            "first": self.first,
            "last": self.last,
            **{key: dict(_top(counter)) for key, counter in self.counts.items()},
        }


def count_calls(calls: Iterable[Told]) -> Stats:
    """Count calls."""
    stats = Stats(counts={key: Counter() for key in (*_COUNTED, "capabilities", "findings")})
    for call in calls:
        stats.calls += 1
        moment = call.get("time")
        if isinstance(moment, int | float):
            stats.first = moment if stats.first is None else min(stats.first, moment)
            stats.last = moment if stats.last is None else max(stats.last, moment)
        for key in _COUNTED:
            stats.counts[key][str(call.get(key) or "-")] += 1
        stats.counts["capabilities"].update(_texts(call.get("capabilities")))
        stats.counts["findings"].update(set(_rules(call.get("findings"))))
    return stats


def _top(counter: Counter[str]) -> dict[str, JsonValue]:
    top: dict[str, JsonValue] = dict(counter.most_common(_MOST))
    rest = counter.total() - sum(count for _, count in counter.most_common(_MOST))
    return {**top, _REST: rest} if rest else top


def _texts(found: JsonValue) -> list[str]:
    return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []


def _rules(found: JsonValue) -> list[str]:
    return [str(each.get("rule")) for each in found if isinstance(each, dict)] if isinstance(found, list) else []
