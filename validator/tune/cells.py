"""Figures in, the words and plain values out in which a person or a program reads them."""

from collections.abc import Sequence
from dataclasses import asdict
from enum import Enum
from typing import Any, Final, TypeAlias

from validator.model.known import JsonValue
from validator.tune.figures import Figure, Figures

UNKNOWN: Final = "–"
HEAD: Final = ("", "records", "recall", "false alarms", "precision", "F1", "MCC")
Grid: TypeAlias = Sequence[Sequence[str]]
"""Rows of cells, the first of which is the head."""


def percent(figure: Figure) -> str:
    """A share with its interval."""
    return _told(figure, 100, "{:.1f}", "%")


def decimal(figure: Figure) -> str:
    """A coefficient with its interval."""
    return _told(figure, 1, "{:.3f}", "")


def figures_row(name: str, figures: Figures) -> tuple[str, ...]:
    """One line of figures, under `HEAD`."""
    return (
        name,
        str(figures.risky + figures.honest),
        percent(figures.recall),
        percent(figures.false_alarm),
        percent(figures.precision),
        decimal(figures.f1),
        decimal(figures.mcc),
    )


def lay_out(grid: Grid) -> str:
    """A grid as text: the first column to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*grid, strict=True)]
    lines = []
    for row in grid:
        first, *others = row
        cells = [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
        lines.append("  ".join([first.ljust(widths[0]), *cells]).rstrip())
    return "\n".join(lines)


def plain(found: Any) -> JsonValue:
    """A dataclass as JSON; numbers keep the digits that mean something."""
    return _plain(asdict(found))


def _plain(value: Any) -> JsonValue:
    if isinstance(value, dict):
        return {str(key.value if isinstance(key, Enum) else key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, float):
        return round(value, 6)
    return value if isinstance(value, str | int | None) else str(value)


def _told(figure: Figure, times: int, form: str, unit: str) -> str:
    if figure.value is None:
        return UNKNOWN
    text = form.format(times * figure.value) + unit
    if figure.low is None or figure.high is None:
        return text
    return f"{text} ({form.format(times * figure.low)} to {form.format(times * figure.high)})"
