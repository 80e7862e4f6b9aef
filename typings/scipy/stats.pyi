from collections.abc import Callable
from typing import Any

class _Interval:
    low: float
    high: float

class _Test:
    pvalue: float
    statistic: float
    def proportion_ci(self, confidence_level: float = ...) -> _Interval: ...

def binomtest(k: int, n: int, p: float = ...) -> _Test: ...
def permutation_test(
    data: tuple[Any, ...],
    statistic: Callable[..., float],
    *,
    permutation_type: str = ...,
    n_resamples: int = ...,
    alternative: str = ...,
    rng: Any = ...,
) -> _Test: ...
