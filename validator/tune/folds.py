"""Families in, folds out: no family is learnt from and tried on at once."""

import warnings
from collections.abc import Sequence
from typing import Final, TypeAlias

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold

from validator.tune.figures import Booleans, Integers

FOLDS: Final = 5
Fold: TypeAlias = tuple[Integers, Integers]
"""The rows to learn from, and those to try on."""


def make_folds(honest: Booleans, families: Sequence[str], seed: int, folds: int = FOLDS) -> list[Fold]:
    """Folds of whole families with like shares of honest programs; the same for the same seed."""
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        # Where families are few, their shares cannot be alike; that is no reason to say so on every run.
        warnings.simplefilter("ignore", UserWarning)
        return list(splitter.split(np.zeros((len(honest), 1)), honest, np.asarray(families)))
