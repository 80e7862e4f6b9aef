"""Hits and labels in, whole weights out: one linear programme, whose price says what a false alarm costs.

A risky program that ends below the threshold costs as much as it falls short, an honest one above it as much as it goes
too far, times the price. What holds against both is a pull: towards the weight of today, and towards moving with
the rules of the same severity. So a rule of which the data say little follows those of which they say more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import bmat, csr_matrix, eye

from validator.model.errors import Problem, TuneError
from validator.model.finding import Severity
from validator.tune.figures import Booleans, Floats, Integers

MARGIN: Final = 5.0  # points beyond the threshold, which also make good what rounding takes
PULL: Final = 0.04
ROUND_UP: Final = 0.49999
DENIAL: Final = 0.3  # what falling short of a denial costs, where one is wanted; to be stopped at all costs 1
SEVERITIES: Final = tuple(Severity)
SERIOUS: Final = SEVERITIES.index(Severity.HIGH)
LEAST: Final = 10  # points of a serious rule: `rules check` sends back less


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """What holds for every weighting: the rules, their weights of today, and how far each may go.

    `ranks` is the severity of each rule as a number, `lowest` and `highest` bound its weight.
    """

    rules: tuple[str, ...]
    today: Integers
    ranks: Integers
    lowest: Integers
    highest: Integers
    review_at: int
    deny_at: int


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """What is learnt from: a row of hits for each program, whether it is honest, and whether it is to be denied."""

    hits: Booleans
    honest: Booleans
    denied: Booleans

    def rows(self, chosen: Integers) -> "Lesson":
        """Some rows of it."""
        return Lesson(self.hits[chosen], self.honest[chosen], self.denied[chosen])


@dataclass(frozen=True, slots=True)
class Choice:
    """How to weigh: the share of the pull that moves severities as a whole, and the price of a false alarm."""

    together: float
    price: float


@dataclass(frozen=True, slots=True, eq=False)
class _Demands:
    """One inequality for each pattern of hits: `signs @ weights` may exceed `bounds` at a cost."""

    signs: Floats
    bounds: Floats
    costs: Floats


def weigh(lesson: Lesson, frame: Frame, choice: Choice) -> Integers:
    """The best weights under a choice; severities keep the order that they have today."""
    demands = _demands(lesson, frame, choice.price)
    rules, slack = len(frame.rules), len(demands.bounds)
    levels = len(SEVERITIES)
    one, members = eye(rules), csr_matrix((np.ones(rules), (np.arange(rules), frame.ranks)), shape=(rules, levels))
    order, today = _order(frame), frame.today.astype(float)
    # Columns: weights, their distances from today, those from the move of their severity, slack, moves of severities.
    blocks = bmat(
        [
            [csr_matrix(demands.signs), None, None, -eye(slack), None],
            [one, -one, None, None, None],
            [-one, -one, None, None, None],
            [one, None, -one, None, -members],
            [-one, None, -one, None, members],
            [order, None, None, None, None],
        ],
        format="csr",
    )
    costs = (np.zeros(rules), _pulls(1 - choice.together, rules), _pulls(choice.together, rules), demands.costs)
    lowest = np.concatenate([frame.lowest, np.zeros(2 * rules + slack), np.full(levels, -100)])
    highest = np.concatenate([frame.highest, np.full(2 * rules + slack, np.inf), np.full(levels, 100)])
    found = linprog(
        np.concatenate([*costs, np.zeros(levels)]),
        A_ub=blocks,
        b_ub=np.concatenate([demands.bounds, today, -today, today, -today, np.zeros(order.shape[0])]),
        bounds=np.column_stack([lowest, highest]),
        method="highs",
    )
    if found.status != 0:
        raise TuneError(Problem("tune fit", f"finds no weights: {found.message}", "freeze fewer rules"))
    # Rounding keeps every bound, which is whole, and every order. Solutions lie at simple fractions, give or take an
    # error in the seventh digit: rounded exactly at the half, two equal weights could come out in the wrong order.
    whole: Integers = np.floor(found.x[:rules] + ROUND_UP).astype(np.int64)
    return whole


def _pulls(share: float, rules: int) -> Floats:
    return np.full(rules, PULL * share / max(rules, 1))


def _demands(lesson: Lesson, frame: Frame, price: float) -> _Demands:
    """What each pattern of hits asks for; equal patterns are one, at the cost of all."""
    risky = ~lesson.honest
    kinds = np.column_stack([lesson.hits, lesson.honest, lesson.denied & risky])[lesson.hits.any(axis=1)]
    patterns, counts = np.unique(kinds.astype(np.int8), axis=0, return_counts=True)
    hits, honest, denied = patterns[:, :-2].astype(float), patterns[:, -2] > 0, patterns[:, -1] > 0
    catch = counts / max(int(risky.sum()), 1) / frame.review_at
    alarm = price * counts / max(int(lesson.honest.sum()), 1) / frame.review_at
    deny = DENIAL * counts / max(int(risky.sum()), 1) / frame.deny_at
    parts: Sequence[tuple[Floats, float, Floats]] = (
        (-hits[~honest], -(frame.review_at + MARGIN), catch[~honest]),
        (hits[honest], frame.review_at - MARGIN, alarm[honest]),
        (-hits[denied], -(frame.deny_at + MARGIN), deny[denied]),
    )
    return _Demands(
        np.vstack([signs for signs, _, _ in parts]),
        np.concatenate([np.full(len(signs), bound) for signs, bound, _ in parts]),
        np.concatenate([costs for _, _, costs in parts]),
    )


def _order(frame: Frame) -> csr_matrix:
    """No rule may come to weigh more than a more severe one that weighs at least as much today."""
    milder = frame.ranks[:, np.newaxis] < frame.ranks[np.newaxis, :]
    before = (milder & (frame.today[:, np.newaxis] <= frame.today[np.newaxis, :])).astype(np.int32)
    # What follows from two others need not be said.
    lower, upper = np.nonzero((before > 0) & (before @ before == 0))
    pairs = np.arange(len(lower))
    signs = np.concatenate([np.ones(len(lower)), -np.ones(len(lower))])
    places = (np.concatenate([pairs, pairs]), np.concatenate([lower, upper]))
    return csr_matrix((signs, places), shape=(len(lower), len(frame.rules)))
