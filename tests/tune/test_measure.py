"""Promises of `tune measure`: every figure can be counted by hand, wrong labels are found, bad data give no figure."""

import json
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from validator.model.verdict import Outcome
from validator.tune.corpus import Reading, Record, read_corpus
from validator.tune.judging import Judged, judge_records
from validator.tune.measure import value_rules
from validator.tune.sides import Side
from validator.tune.suspects import find_suspects
from validator.tune.table import tabulate

Run = Callable[..., Any]
Write = Callable[..., Path]
SHELL = "import os\nos.system('rm -rf /home')"


@pytest.fixture(scope="module")
def judged(data: Path) -> tuple[Judged, ...]:
    return judge_records(read_corpus([data], Reading()).records, Side()).judged


def one(name: str, honest: bool, **rules: int) -> Judged:
    found = tuple(rules.items())
    record = Record(name, name, name, honest, "", name, "")
    return Judged(record, Outcome.ALLOW, sum(rules.values()), found, (), ())


def test_what_a_rule_is_worth_is_what_would_be_otherwise_without_it() -> None:
    table = tabulate([one("a", False, x=30), one("b", False, x=30, y=30), one("c", True, y=30), one("d", True)])
    values = {value.rule: value for value in value_rules(table, 30)}
    x, y = values["x"], values["y"]
    assert (x.risky, x.honest, x.alone, x.alarms, x.lost, x.spared) == (2, 0, 1, 0, 1, 0)
    assert (y.risky, y.honest, y.alone, y.alarms, y.lost, y.spared) == (1, 1, 0, 1, 0, 1)
    assert x.change < 0 < y.change


def test_figures_are_those_of_the_verdicts(run: Run, data: Path, judged: tuple[Judged, ...]) -> None:
    found = json.loads(run("tune", "measure", data, "--format", "json").out)
    risky = [each for each in judged if not each.record.honest]
    assert found["records"] == len(judged)
    assert found["stopped"]["caught"] == sum(each.stopped for each in risky)
    assert found["stopped"]["recall"]["value"] == pytest.approx(sum(e.stopped for e in risky) / len(risky), abs=1e-6)
    assert sum(sum(met.values()) for met in found["confusion"].values()) == len(judged)
    assert {part["name"] for part in found["splits"]} == {"tune", "held-out"}
    assert len(found["misses"]) == min(15, sum(not each.stopped for each in risky))


def test_workers_find_what_one_process_finds(data: Path, judged: tuple[Judged, ...]) -> None:
    assert judge_records([each.record for each in judged[:20]], Side(), jobs=2).judged == judged[:20]


@pytest.mark.parametrize("seed", range(3))
def test_of_labels_that_were_flipped_eight_in_ten_are_suspects(judged: tuple[Judged, ...], seed: int) -> None:
    rows = set(random.Random(seed).sample(range(len(judged)), len(judged) // 10))
    given = [
        replace(each, record=replace(each.record, honest=not each.record.honest)) if row in rows else each
        for row, each in enumerate(judged)
    ]
    suspects, _ = find_suspects(tabulate(given))
    named = {each.id for each in suspects}
    assert sum(judged[row].record.id in named for row in rows) >= 0.8 * len(rows)
    assert len(suspects) <= 2 * len(rows)


def test_text_and_page_name_the_worst_and_the_suspects(run: Run, data: Path, tmp_path: Path) -> None:
    text = run("tune", "measure", data).out
    assert run("tune", "measure", data, "--format", "html", "--output", tmp_path / "page.html").code == 0
    page = (tmp_path / "page.html").read_text()
    for said in ("rule", "lost without", "orst misses", "orst false alarms", "uspects of wrong labels"):
        assert said in text
        assert said in page


def test_a_page_says_what_code_says_as_text(run: Run, write: Write) -> None:
    file = write({"id": "<script>alert(1)</script>", "label": "hostile", "code": "print(1)", "family": "<b>"})
    page = run("tune", "measure", file, "--format", "html").out
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_three_records_give_figures_without_intervals_and_no_suspects(run: Run, write: Write) -> None:
    rows = [{"id": "a", "label": "hostile", "code": SHELL}, {"id": "b", "label": "benign", "code": "print(1)"}]
    done = run("tune", "measure", write(*rows, {"id": "c", "label": "benign", "code": "print(2)"}), "--format", "json")
    found = json.loads(done.out)
    assert (done.code, found["records"], found["suspects"]) == (0, 3, [])
    assert found["stopped"]["recall"] == {"value": 1.0, "low": None, "high": None}
    assert any("need 10 families of either kind" in note for note in found["notes"])


def test_one_class_gives_no_figure_that_needs_both(run: Run, write: Write) -> None:
    found = json.loads(run("tune", "measure", write({"label": "hostile", "code": SHELL}), "--format", "json").out)
    unknown = {"value": None, "low": None, "high": None}
    assert [found["stopped"][name] for name in ("precision", "f1", "mcc", "false_alarm")] == [unknown] * 4
    assert "no record is honest: false alarms, precision and MCC say nothing" in found["notes"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "holds no record that counts"),
        (("--split", "held-out"), "holds no record that counts in split 'held-out'"),
        (("--split", "test"), "'test' is not one of tune, held-out"),
        (("--field", "kode=x"), "'kode=x' is not NAME=COLUMN, where NAME is one of id, code"),
        (("--label", "x=bad"), "'x=bad' is not VALUE=KIND, where KIND is one of honest, risky"),
        (("--profile", "none"), "there is no profile 'none'"),
    ],
)
def test_where_nothing_can_be_measured_the_exit_code_is_2(
    run: Run, write: Write, arguments: tuple[str, ...], said: str
) -> None:
    done = run("tune", "measure", write({"code": "print(1)"}), *arguments)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
