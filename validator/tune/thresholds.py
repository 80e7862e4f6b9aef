"""Scores and labels in, the two thresholds out, and what each pair of them would mean."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from validator.score import CEILING
from validator.tune.figures import Booleans, Floats, Integers
from validator.tune.weighing import Choice


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the user allows: the shares of honest programs that may be stopped, and that may be denied."""

    false_alarm: float
    false_denial: float


@dataclass(frozen=True, slots=True)
class Point:
    """What two thresholds mean on some programs; `load` is the share of all programs that a person has to review.

    `denied` is the share that is denied of those that are to be denied.
    """

    review_at: int
    deny_at: int
    recall: float
    false_alarm: float
    load: float
    denied: float
    together: float | None = None
    price: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """How large a share of each kind scores at least so much, for every score up to one above the ceiling."""

    risky: Floats
    honest: Floats
    grave: Floats
    every: Floats

    def point(self, review_at: int, deny_at: int, choice: Choice | None = None) -> Point:
        """What a pair of thresholds means."""
        return Point(
            review_at,
            deny_at,
            float(self.risky[review_at]),
            float(self.honest[review_at]),
            float(self.every[review_at] - self.every[deny_at]),
            float(self.grave[deny_at]),
            None if choice is None else choice.together,
            None if choice is None else choice.price,
        )


def reach(points: Integers, honest: Booleans, denied: Booleans) -> Reach:
    """The reach of scores; where no program is marked as to be denied, all risky ones count."""
    scores = np.clip(points, 0, CEILING)
    grave = denied & ~honest if (denied & ~honest).any() else ~honest
    return Reach(*(_above(scores[kind]) for kind in (~honest, honest, grave, honest | ~honest)))


def choose(reached: Reach, bounds: Bounds, today: tuple[int, int], wanted: float) -> tuple[int, int] | None:
    """The thresholds with the best recall within the bounds, those of today where they are as good; None if none are.

    `wanted` is the share of what is to be denied that is denied today: no less is denied, if that can be.
    """
    within = [at for at in range(1, CEILING + 1) if reached.honest[at] <= bounds.false_alarm]
    if not within:
        return None
    best = max(reached.risky[at] for at in within)
    review_at = min((at for at in within if reached.risky[at] == best), key=lambda at: (abs(at - today[0]), at))
    deny_at = _deny_at(reached, bounds, review_at, (today[1], wanted))
    return None if deny_at is None else (review_at, deny_at)


def _deny_at(reached: Reach, bounds: Bounds, review_at: int, today: tuple[int, float]) -> int | None:
    allowed = [at for at in range(review_at, CEILING + 1) if reached.honest[at] <= bounds.false_denial]
    if not allowed:
        return None
    enough = min(today[1], max(reached.grave[at] for at in allowed))
    return min((at for at in allowed if reached.grave[at] >= enough), key=lambda at: (abs(at - today[0]), at))


def front(points: Iterable[Point], cost: str) -> tuple[Point, ...]:
    """The points that none beats in recall at no higher cost; `cost` is `false_alarm` or `load`."""
    found: list[Point] = []
    for point in sorted(points, key=lambda point: (getattr(point, cost), -point.recall, point.review_at)):
        if not found or point.recall > found[-1].recall:
            found.append(point)
    return tuple(found)


def every_point(reached: Reach, bounds: Bounds, today: tuple[int, float], choice: Choice) -> Iterator[Point]:
    """What every threshold of review means, each with the threshold of denial that would be chosen with it."""
    for review_at in range(1, CEILING + 1):
        deny_at = _deny_at(reached, bounds, review_at, today)
        if deny_at is not None:
            yield reached.point(review_at, deny_at, choice)


def _above(scores: Integers) -> Floats:
    counts = np.bincount(scores, minlength=CEILING + 2)
    above: Floats = counts[::-1].cumsum()[::-1] / max(len(scores), 1)
    return above
