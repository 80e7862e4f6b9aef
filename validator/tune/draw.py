"""A measurement in, a text for a person out."""

from collections.abc import Iterator, Mapping
from typing import Final

from validator.tune.cells import lay_out
from validator.tune.measure import Measurement
from validator.tune.tables import capabilities_table, confusion_table, figures_table, rules_table, tell_cases

MOST: Final = 20  # problems, suspects and rules that are shown; JSON has all


def draw_measurement(found: Measurement) -> str:
    """The whole text, without a line end at its end."""
    return "\n".join(_lines(found))


def _lines(found: Measurement) -> Iterator[str]:
    yield f"{found.side}: review at {found.review_at}, deny at {found.deny_at}"
    yield f"{found.records} records of {found.families} families; intervals are 95 %, drawn by family"
    yield from draw_left_out(found.left_out, found.problems, found.notes)
    yield f"\n{lay_out(figures_table(found))}"
    yield f"\n{lay_out(confusion_table(found))}"
    yield f"\n{lay_out(rules_table(found, MOST))}"
    if len(found.rules) > MOST:
        yield f"and {len(found.rules) - MOST} more rules, that would be missed less"
    yield f"\n{lay_out(capabilities_table(found))}"
    parts = (
        ("worst misses", found.misses, ""),
        ("worst false alarms", found.alarms, ""),
        ("suspects of wrong labels", found.suspects[:MOST], f" ({len(found.suspects)} in all)"),
    )
    for title, cases, more in parts:
        yield f"\n{title}: {len(cases) or 'none'}{more}"
        yield from tell_cases(cases)


def draw_left_out(left_out: Mapping[str, int], problems: tuple[str, ...], notes: tuple[str, ...]) -> Iterator[str]:
    """What does not count, and why."""
    if left_out:
        counted = ", ".join(f"{count} {kind}" for kind, count in left_out.items())
        yield f"left out: {counted}"
    yield from (f"  {problem}" for problem in problems[:MOST])
    if len(problems) > MOST:
        yield f"  and {len(problems) - MOST} more"
    yield from (f"note: {note}" for note in notes)
