"""Scores and labels of families in, how likely it is that they go together by chance out."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from scipy.stats import permutation_test

from validator.tune.figures import Booleans, Floats, Integers

ROUNDS: Final = 999
RARE: Final = 0.01  # less likely than this is not called chance


def chance(points: Integers, honest: Booleans, families: Sequence[str], seed: int) -> float:
    """How often labels that are dealt out anew among the families fit the scores as well as those that are given."""
    _, codes = np.unique(np.asarray(families, dtype=str), return_inverse=True)
    sizes = np.bincount(codes)
    scores = np.bincount(codes, np.clip(points, 0, 100)) / sizes
    labels = np.bincount(codes, ~honest) / sizes
    if np.ptp(scores) == 0 or np.ptp(labels) == 0:
        return 1.0
    found = permutation_test(
        (scores,),
        lambda dealt: _together(dealt, labels),
        permutation_type="pairings",
        n_resamples=ROUNDS,
        alternative="greater",
        rng=np.random.default_rng(seed),
    )
    return float(found.pvalue)


def _together(scores: Floats, labels: Floats) -> float:
    return float(np.corrcoef(scores, labels)[0, 1])
