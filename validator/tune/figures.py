"""Counts of right and wrong in, figures with their intervals out; programs of one family stand or fall together."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.stats import binomtest

Booleans: TypeAlias = npt.NDArray[np.bool_]
Floats: TypeAlias = npt.NDArray[np.float64]
Integers: TypeAlias = npt.NDArray[np.int64]
ROUNDS: Final = 2000
FEWEST: Final = 10  # families; below that an interval would be a guess
LEVEL: Final = 0.95


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure and its 95 % interval; None where the data cannot tell."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """How well something stops what is risky and lets pass what is honest."""

    risky: int
    caught: int
    honest: int
    alarms: int
    precision: Figure
    recall: Figure
    f1: Figure
    mcc: Figure
    false_alarm: Figure


NAMES: Final = ("precision", "recall", "f1", "mcc", "false_alarm")


def figure(stopped: Booleans, honest: Booleans, families: Sequence[str], seed: int = 0) -> Figures:
    """The figures of one decision on each record."""
    counts = count_by_family(stopped, honest, families)
    total = counts.sum(axis=0)
    caught, alarms, missed, passed = (int(each) for each in total)
    values = rates(total[np.newaxis])[0]
    if not (caught + missed and alarms + passed):
        # Of one kind alone, these say nothing but how the data were chosen.
        values[[NAMES.index(name) for name in ("precision", "f1", "mcc")]] = np.nan
    bounds = _bootstrap(counts, seed)
    held = {
        name: _figure(float(values[i]), bounds[:, i], counts[:, PARTS[name]], PARTS[name])
        for i, name in enumerate(NAMES)
    }
    return Figures(caught + missed, caught, alarms + passed, alarms, **held)


# Columns of the counts: caught, false alarms, missed, passed; first what a share counts, then what it is of.
PARTS: Final[dict[str, list[int]]] = {
    "precision": [0, 1],
    "recall": [0, 2],
    "false_alarm": [1, 3],
    "f1": [0, 1, 2],
    "mcc": [0, 1, 2, 3],
}


def count_by_family(stopped: Booleans, honest: Booleans, families: Sequence[str]) -> Floats:
    """For each family how many were caught, were false alarms, were missed and passed."""
    _, codes = np.unique(np.asarray(families, dtype=str), return_inverse=True)
    kinds = np.where(honest, np.where(stopped, 1, 3), np.where(stopped, 0, 2))
    counts = np.zeros((int(codes.max(initial=-1)) + 1, 4))
    np.add.at(counts, (codes, kinds), 1)
    return counts


def rates(counts: Floats) -> Floats:
    """Precision, recall, F1, MCC and false-alarm rate of each row of counts; NaN where nothing can be said."""
    caught, alarms, missed, passed = counts.T
    sides = (caught + alarms) * (caught + missed) * (passed + alarms) * (passed + missed)
    with np.errstate(divide="ignore", invalid="ignore"):
        columns = (
            caught / (caught + alarms),
            caught / (caught + missed),
            2 * caught / (2 * caught + alarms + missed),
            (caught * passed - alarms * missed) / np.sqrt(sides),
            alarms / (alarms + passed),
        )
    return np.stack(columns, axis=1)


def matthews(stopped: Booleans, honest: Booleans) -> float:
    """Matthews' correlation coefficient; 0 where one side is empty, as is usual."""
    one_family = np.zeros(len(honest), dtype=str)
    value = rates(count_by_family(stopped, honest, list(one_family)))[:, 3]
    return float(np.nan_to_num(value)[0]) if len(value) else 0.0


def differences(before: Booleans, after: Booleans, honest: Booleans, families: Sequence[str], seed: int) -> Floats:
    """How much each rate changes, and the bounds of that: three rows, under the same draws of families for both."""
    first, second = (count_by_family(stopped, honest, families) for stopped in (before, after))
    value = rates(second.sum(axis=0)[np.newaxis]) - rates(first.sum(axis=0)[np.newaxis])
    draws = _draw(len(first), seed)
    return np.vstack([value, _bounds(rates(draws @ second) - rates(draws @ first))])


def _bootstrap(counts: Floats, seed: int) -> Floats:
    """The bounds of each rate when the families are drawn anew, with replacement, many times."""
    return _bounds(rates(_draw(len(counts), seed) @ counts))


def _draw(families: int, seed: int) -> Floats:
    """How often each family is drawn, in each round; no round where there are too few."""
    rounds = ROUNDS if families >= FEWEST else 0
    return np.random.default_rng(seed).multinomial(families, np.full(families, 1 / families), size=rounds).astype(float)


def _bounds(found: Floats) -> Floats:
    bounds = np.full((2, len(NAMES)), np.nan)
    for column in range(len(NAMES)):
        known = found[~np.isnan(found[:, column]), column]
        # Where a tenth of the draws has no such rate, the rest says little about it.
        if len(known) > 0.9 * ROUNDS:
            bounds[:, column] = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return bounds


def _figure(value: float, bounds: Floats, parts: Floats, of: list[int]) -> Figure:
    if np.isnan(value):
        return Figure(None)
    concerned = int((parts.sum(axis=1) > 0).sum())
    if concerned < FEWEST or np.isnan(bounds).any():
        return Figure(value)
    if bounds[0] < bounds[1]:
        return Figure(value, float(bounds[0]), float(bounds[1]))
    # None or all: drawing anew cannot vary that, so each family counts as one try.
    if len(of) == 2 and value in (0.0, 1.0):
        exact = binomtest(round(value * concerned), concerned).proportion_ci(LEVEL)
        return Figure(value, float(exact.low), float(exact.high))
    return Figure(value)
