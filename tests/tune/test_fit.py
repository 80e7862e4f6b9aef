"""Promises of `tune fit`: within the bound, in the order of severities, the same each time, and never out of luck."""

import json
import random
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from validator.model.errors import TuneError
from validator.model.verdict import Outcome
from validator.rulebook.hygiene import read_pages, read_techniques
from validator.rulebook.load import load_rulebook, shipped
from validator.rulebook.written import stale
from validator.tune.corpus import Reading, Record, read_corpus
from validator.tune.draw_proposal import draw_proposal, draw_proposal_page
from validator.tune.fit import Proposal, Weight, fit, make_frame
from validator.tune.judging import Judged, judge_records
from validator.tune.propose import find_edits
from validator.tune.sides import Side
from validator.tune.table import Table, tabulate
from validator.tune.thresholds import Bounds, choose, reach
from validator.tune.weighing import Choice, Frame, Lesson, weigh

Run = Callable[..., Any]
BOUNDS = Bounds(0.02, 0.01)
BOOK = load_rulebook()
FRAME = make_frame(BOOK, BOOK.profiles["balanced"], ())
FLAT = replace(FRAME, today=np.full(len(FRAME.rules), 30), lowest=np.minimum(FRAME.lowest, 30))


@pytest.fixture(scope="module")
def table(data: Path) -> Table:
    return tabulate(judge_records(read_corpus([data], Reading()).records, Side()).judged)


@pytest.fixture(scope="module")
def proposal(more: Path) -> Proposal:
    judged = judge_records(read_corpus([more], Reading()).records, Side()).judged
    return fit(tabulate(judged), FLAT, BOUNDS, "flat")


def synthetic(rules: dict[str, tuple[int, int]], families: int = 30) -> Table:
    """In each of so many families of a kind one program; of ten honest and ten risky ones, so many show the rule."""
    rng, judged = random.Random(0), []
    for honest in (True, False):
        for number in range(families):
            shown = {rule: 30 for rule, shares in rules.items() if rng.randrange(10) < shares[0 if honest else 1]}
            name = f"{honest}-{number}"
            record = Record(name, name, name, honest, "", name, "")
            judged.append(Judged(record, Outcome.ALLOW, sum(shown.values()), tuple(shown.items()), (), ()))
    return tabulate(judged)


def test_false_alarms_stay_within_the_bound_on_families_not_learnt_from(proposal: Proposal) -> None:
    assert proposal.fitted is not None
    assert proposal.today.false_alarm > BOUNDS.false_alarm >= proposal.fitted.false_alarm
    assert proposal.fitted.recall > 0.9


def test_weights_learnt_from_nothing_are_better_on_families_that_no_choice_has_seen(proposal: Proposal) -> None:
    assert proposal.held_out is not None
    before, after = (figures.mcc.value for figures in proposal.held_out)
    assert before is not None
    assert after is not None
    assert after > before


def test_the_same_seed_gives_the_same_proposal() -> None:
    table = synthetic({rule: (place % 4, 9 - place % 5) for place, rule in enumerate(FRAME.rules[:12])})
    first, second = (fit(table, FLAT, BOUNDS, "flat", seed=7) for _ in range(2))
    assert first == second
    assert first.weights


Column = list[int]


@given(
    st.lists(st.integers(10, 100), min_size=8, max_size=8),
    st.lists(st.integers(0, 4), min_size=8, max_size=8),
    st.integers(0, 99),
    st.sampled_from([0.0, 0.8, 1.0]),
)
@example([10, 11, 11, 10, 15, 10, 18, 10], [1, 2, 3, 4, 0, 0, 1, 0], 0, 0.8)  # two weights of 12.5, nearly
@settings(max_examples=40, deadline=None)
def test_weights_are_whole_and_severities_keep_their_order(
    today: Column, ranks: Column, seed: int, together: float
) -> None:
    names, lowest, highest = tuple("abcdefgh"), np.zeros(8, dtype=np.int64), np.full(8, 100)
    frame = Frame(names, np.array(today), np.array(ranks), lowest, highest, 30, 70)
    rng = np.random.default_rng(seed)
    lesson = Lesson(rng.random((40, 8)) < 0.3, rng.random(40) < 0.5, rng.random(40) < 0.2)
    found = weigh(lesson, frame, Choice(together, 4.0))
    assert found.dtype == np.int64
    assert ((found >= 0) & (found <= 100)).all()
    for lower, upper in product(range(8), repeat=2):
        if ranks[lower] < ranks[upper] and today[lower] <= today[upper]:
            assert found[lower] <= found[upper]


def test_a_frozen_rule_keeps_its_weight_and_what_is_unreadable_never_gets_cheaper(table: Table) -> None:
    frame = make_frame(BOOK, BOOK.profiles["balanced"], ["power-handed-on"])
    found = fit(table, frame, Bounds(0.0, 0.0), "x")
    assert "power-handed-on" not in {each.rule for each in found.weights}
    unreadable = {rule.id for rule in BOOK.rules if rule.capability.startswith("unreadable")}
    assert unreadable
    assert all(each.after >= each.before for each in found.weights if each.rule in unreadable)
    assert all(frame.lowest[frame.rules.index(rule)] == frame.today[frame.rules.index(rule)] for rule in unreadable)


@pytest.mark.parametrize("seed", range(2))
def test_of_shuffled_labels_it_says_that_nothing_beats_chance(table: Table, seed: int) -> None:
    labels = [each.record.honest for each in table.judged]
    random.Random(seed).shuffle(labels)
    dealt = [replace(e, record=replace(e.record, honest=k)) for e, k in zip(table.judged, labels, strict=True)]
    found = fit(tabulate(dealt), FRAME, BOUNDS, "x")
    assert found.why.startswith("nothing beats chance")
    assert (found.weights, found.fitted) == ((), None)


def test_a_bound_that_cannot_be_kept_is_told_and_nothing_is_proposed() -> None:
    hundred = np.full(len(FRAME.rules), 100)
    frozen = replace(FRAME, today=hundred, lowest=hundred, highest=hundred)
    found = fit(synthetic({FRAME.rules[0]: (3, 10)}), frozen, Bounds(0.0, 0.0), "x")
    assert found.why.startswith("no weights keep false alarms at 0.00%")
    assert found.weights == ()


def test_a_proposal_that_does_worse_on_families_held_out_says_so() -> None:
    first, second = FRAME.rules[:2]
    learnt = synthetic({first: (0, 10), second: (8, 0)}).judged
    others = synthetic({second: (0, 10)}).judged
    seen = [replace(e, record=replace(e.record, split="held-out", family=f"{e.record.family}-other")) for e in others]
    found = fit(tabulate([*learnt, *seen]), FLAT, BOUNDS, "x")
    assert "on the families held out the proposal does worse: MCC 0.000 instead of 1.000" in found.notes


def test_few_families_are_an_error_that_says_how_many_it_takes() -> None:
    with pytest.raises(TuneError, match="3 families of honest programs to learn from are too few"):
        fit(synthetic({FRAME.rules[0]: (1, 9)}, families=3), FRAME, BOUNDS, "x")


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ([0, 0, 40, 80], (30, 70)),  # those of today are as good as any
        ([0, 35, 40, 80], (36, 70)),  # the nearest that lets the honest pass
        ([0, 0, 20, 60], (20, 60)),  # the nearest that catches, and that denies what is denied
        ([0, 100, 50, 80], None),  # nothing does
    ],
)
def test_thresholds_are_those_of_today_unless_others_are_better(
    points: list[int], expected: tuple[int, int] | None
) -> None:
    reached = reach(np.array(points), np.array([True, True, False, False]), np.array([False, False, False, True]))
    assert choose(reached, Bounds(0.0, 0.0), (30, 70), 1.0) == expected


@pytest.fixture
def flat(tmp_path: Path) -> Path:
    """The rules that ship, all of the same weight, with their written files up to date."""
    folder = tmp_path / "rules"
    shutil.copytree(shipped(), folder)
    for rule in BOOK.rules:
        path = folder / rule.pack / f"{rule.id}.yaml"
        path.write_text(path.read_text().replace(f"\nweight: {rule.weight}\n", "\nweight: 30 # all alike\n"))
    (folder / "lock.json").unlink()
    return folder


def test_the_patch_is_what_is_applied_and_leaves_the_rest_of_a_file_alone(run: Run, more: Path, flat: Path) -> None:
    other, patch = flat.parent / "other", flat.parent / "weights.patch"
    shutil.copytree(flat, other / "rules")
    arguments = ("--max-false-alarm", "2%", "--patch", patch, "--apply", "--format", "json")
    done = run("tune", "fit", more, "--rules", flat, *arguments)
    told = json.loads(done.out)
    assert (done.code, told["patch"]) == (0, patch.read_text())
    subprocess.run(["git", "apply", "-p1", str(patch)], cwd=other, check=True)
    weights = {each["rule"]: each["after"] for each in told["proposal"]["weights"]}
    assert weights
    for rule in BOOK.rules:
        text = (flat / rule.pack / f"{rule.id}.yaml").read_text()
        assert text == (other / "rules" / rule.pack / f"{rule.id}.yaml").read_text()
        assert f"\nweight: {weights.get(rule.id, 30)} # all alike\n" in text
    book = load_rulebook(flat)
    assert list(stale(flat, book, read_pages(flat, book), read_techniques())) == []


def one_change(proposal: Proposal, rule: str, after: int) -> Proposal:
    same = {"review_at": (30, 30), "deny_at": (70, 70)}
    return replace(proposal, weights=(Weight(rule, "medium", 30, after),), **same)


def test_a_line_of_an_example_that_looks_like_a_weight_is_left_alone(proposal: Proposal, flat: Path) -> None:
    path = flat / "subprocess" / "shell-command.yaml"
    path.write_text("why: |\n  weight: 5\n" + path.read_text())
    (edit,) = find_edits(one_change(proposal, "shell-command", 44), flat, "balanced", BOOK)
    assert edit.after.startswith("why: |\n  weight: 5\n")
    assert "\nweight: 44 # all alike\n" in edit.after


def test_a_weight_that_the_profile_replaces_is_changed_there(proposal: Proposal, flat: Path) -> None:
    (edit,) = find_edits(one_change(proposal, "program-started", 33), flat, "strict", BOOK)
    assert edit.path.name == "strict.yaml"
    assert edit.after == edit.before.replace("  program-started: 40\n", "  program-started: 33\n")


def test_a_file_without_the_line_is_named(proposal: Proposal, flat: Path) -> None:
    path = flat / "subprocess" / "shell-command.yaml"
    path.write_text(path.read_text().replace("\nweight: 30", "\nweight:\n  30"))
    with pytest.raises(TuneError, match=r"shell-command.yaml: has no line 'weight: NUMBER'"):
        find_edits(one_change(proposal, "shell-command", 44), flat, "balanced", BOOK)


def test_text_and_page_show_the_fronts_and_where_today_stands(proposal: Proposal) -> None:
    for said in (draw_proposal(proposal, "the patch"), draw_proposal_page(proposal, "the patch")):
        for part in (
            "ecall against false alarms",
            "ecall against review load",
            "today",
            "not learnt from",
            "the patch",
        ):
            assert part in said


def test_the_page_of_the_command_has_both_fronts_as_charts(run: Run, data: Path) -> None:
    done = run("tune", "fit", data, "--max-false-alarm", "2%", "--format", "html")
    assert (done.code, done.out.count("<svg")) == (0, 2)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--apply",), "name the folder of your rules with --rules"),
        (("--freeze", "no-such-rule"), "--freeze no-such-rule: there is no such rule"),
        (("--max-false-alarm", "many"), "'many' is no share"),
        ((), "1 families of risky programs to learn from are too few"),
    ],
)
def test_where_nothing_can_be_proposed_the_exit_code_is_2(
    run: Run, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    rows = [{"label": "hostile", "code": "import os\nos.system(x)"}]
    rows += [{"label": "benign", "code": f"print({number})"} for number in range(12)]
    (tmp_path / "few.jsonl").write_text("\n".join(map(json.dumps, rows)))
    done = run("tune", "fit", tmp_path / "few.jsonl", *arguments)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
