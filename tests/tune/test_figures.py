"""Promises of the figures: they are what the textbook says, and their intervals hold as often as they claim."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score, matthews_corrcoef, precision_score, recall_score

from validator.tune.figures import figure

Pairs = list[tuple[bool, bool]]


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=2, max_size=60))
def test_figures_are_those_of_the_library(pairs: Pairs) -> None:
    stopped, honest = (np.array(column, dtype=bool) for column in zip(*pairs, strict=True))
    found = figure(stopped, honest, [str(row) for row in range(len(pairs))])
    if honest.all() or not honest.any():
        assert (found.precision.value, found.f1.value, found.mcc.value) == (None, None, None)
        return
    assert found.recall.value == pytest.approx(recall_score(~honest, stopped))
    assert found.f1.value == pytest.approx(f1_score(~honest, stopped))
    if stopped.any():
        assert found.precision.value == pytest.approx(precision_score(~honest, stopped))
    if stopped.any() and not stopped.all():
        assert found.mcc.value == pytest.approx(matthews_corrcoef(~honest, stopped))


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=20, max_size=60))
def test_an_interval_holds_its_figure(pairs: Pairs) -> None:
    stopped, honest = (np.array(column, dtype=bool) for column in zip(*pairs, strict=True))
    found = figure(stopped, honest, [str(row) for row in range(len(pairs))])
    for each in (found.recall, found.false_alarm):
        if each.value is not None and each.low is not None and each.high is not None:
            assert each.low <= each.value <= each.high


def test_an_interval_by_family_covers_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(1)
    hits = 0
    for trial in range(200):
        # Programs of a family stand or fall together: a half of the families is caught by 9 in 10, the others by 5.
        families = np.repeat(np.arange(60), 8)
        chances = np.where(rng.random(60) < 0.5, 0.9, 0.5)[families]
        stopped = rng.random(480) < chances
        found = figure(stopped, np.zeros(480, dtype=bool), list(map(str, families)), seed=trial)
        assert found.recall.low is not None
        assert found.recall.high is not None
        hits += found.recall.low <= 0.7 <= found.recall.high
    assert 180 <= hits <= 198


def test_programs_of_one_family_count_as_one_try() -> None:
    stopped = np.repeat(np.arange(40) < 30, 10)
    honest = np.zeros(400, dtype=bool)
    apart = figure(stopped, honest, list(map(str, range(400)))).recall
    together = figure(stopped, honest, list(map(str, np.repeat(np.arange(40), 10)))).recall
    assert apart.low is not None
    assert together.low is not None
    assert together.low < apart.low


def test_none_of_many_is_not_said_to_be_surely_none() -> None:
    found = figure(np.zeros(50, dtype=bool), np.ones(50, dtype=bool), list(map(str, range(50)))).false_alarm
    assert (found.value, found.low) == (0.0, 0.0)
    assert found.high == pytest.approx(0.0711, abs=0.0005)  # Clopper and Pearson, 0 of 50


def test_few_families_have_figures_and_no_intervals() -> None:
    found = figure(np.array([True, False, True]), np.array([False, False, True]), ["a", "b", "c"])
    assert (found.recall.value, found.recall.low, found.mcc.low) == (0.5, None, None)
