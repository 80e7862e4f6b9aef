"""Judged records in, one table of hits out: from here on every weighting is a product of matrices."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from validator.score import CEILING
from validator.tune.figures import Booleans, Integers
from validator.tune.judging import Judged


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """One row for each record, one column for each rule that found something in any of them."""

    judged: tuple[Judged, ...]
    rules: tuple[str, ...]
    weights: Integers
    hits: Booleans
    honest: Booleans
    families: tuple[str, ...]

    def points(self, weights: Integers | None = None) -> Integers:
        """The sums of the weights of what was found in each record; those of today if none are given."""
        found: Integers = self.hits.astype(np.int64) @ (self.weights if weights is None else weights)
        return found

    def scores(self) -> Integers:
        """The scores of today, which stop at 100."""
        return np.minimum(self.points(), CEILING)

    def rows(self, chosen: Booleans) -> "Table":
        """The same table with some rows only."""
        judged = tuple(each for each, taken in zip(self.judged, chosen, strict=True) if taken)
        families = tuple(each.record.family for each in judged)
        return Table(judged, self.rules, self.weights, self.hits[chosen], self.honest[chosen], families)


def tabulate(judged: Sequence[Judged]) -> Table:
    """Put judged records into a table."""
    weights = {rule: points for each in judged for rule, points in each.rules}
    rules = tuple(sorted(weights))
    column = {rule: index for index, rule in enumerate(rules)}
    hits = np.zeros((len(judged), len(rules)), dtype=bool)
    for row, each in enumerate(judged):
        hits[row, [column[rule] for rule, _ in each.rules]] = True
    return Table(
        tuple(judged),
        rules,
        np.array([weights[rule] for rule in rules], dtype=np.int64),
        hits,
        np.array([each.record.honest for each in judged], dtype=bool),
        tuple(each.record.family for each in judged),
    )
