"""A table in, the records out whose labels do not fit what is found in them, the least fitting first."""

import warnings
from dataclasses import dataclass
from typing import Final

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict

from validator.score import CEILING
from validator.tune.figures import FEWEST, Floats
from validator.tune.folds import FOLDS, make_folds
from validator.tune.table import Table

DOUBT: Final = 0.5  # a label that is less likely than its opposite


@dataclass(frozen=True, slots=True)
class Suspect:
    """A record whose label is unlikely, as far as records of other families can tell."""

    id: str
    place: str
    label: str
    likelihood: float
    outcome: str
    score: int
    rules: tuple[str, ...]
    facts: tuple[str, ...]


def find_suspects(table: Table, seed: int = 0) -> tuple[tuple[Suspect, ...], str]:
    """The suspects; or none, and why the data cannot tell."""
    few = min(len(_families(table, honest=kind)) for kind in (True, False))
    if few < FEWEST:
        reason = f"suspects of wrong labels need {FEWEST} families of either kind; one kind has {few}"
        return (), reason
    likely = _likelihoods(table, seed)
    order = sorted(np.flatnonzero(likely < DOUBT), key=lambda row: (likely[row], row))
    return tuple(_suspect(table, int(row), float(likely[row])) for row in order), ""


def _families(table: Table, *, honest: bool) -> set[str]:
    return {family for family, kind in zip(table.families, table.honest, strict=True) if kind == honest}


def _likelihoods(table: Table, seed: int) -> Floats:
    """How likely each label is by what rules and analysis find, learnt from other families only."""
    capabilities = sorted({name for each in table.judged for name in each.capabilities})
    used = np.array([[name in each.capabilities for name in capabilities] for each in table.judged], dtype=float)
    features = np.hstack([table.hits.astype(float), used.reshape(len(table.judged), -1), _levels(table)])
    folds = make_folds(table.honest, table.families, seed, FOLDS)
    model = LogisticRegression(C=1.0, max_iter=500)
    with warnings.catch_warnings():
        # A model that has not quite settled orders the records well enough.
        warnings.simplefilter("ignore", ConvergenceWarning)
        found = cross_val_predict(model, features, table.honest, cv=folds, method="predict_proba")
    likely: Floats = np.where(table.honest, found[:, 1], found[:, 0])
    return likely


def _levels(table: Table) -> Floats:
    """The score of today as two features: how high, and whether there is any."""
    scores = table.scores()
    return np.column_stack([scores / CEILING, scores > 0])


def _suspect(table: Table, row: int, likelihood: float) -> Suspect:
    each = table.judged[row]
    rules = tuple(f"{rule} {points}" for rule, points in each.rules)
    record = each.record
    return Suspect(
        record.id, record.place, record.label, round(likelihood, 4), each.outcome.value, each.score, rules, each.facts
    )
