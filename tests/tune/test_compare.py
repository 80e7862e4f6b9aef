"""Promises of `tune compare`: what changes is named with its direction, chance is told apart, a fall stops CI."""

import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from validator.rulebook.load import shipped
from validator.tune.compare import mcnemar

Run = Callable[..., Any]
Write = Callable[..., Path]
SHELL = {"id": "shell", "label": "hostile", "code": "import os\nos.system(command)"}
NAMED = {"id": "named", "label": "benign", "code": "import mystery_module_of_ours\nmystery_module_of_ours.go()"}
PLAIN = {"id": "plain", "label": "benign", "code": "print(1)"}
POLICY = {"version": "1", "default": "deny", "code": {"profile": "balanced"}, "tools": {"run_python_code": {}}}


@given(st.integers(0, 60), st.integers(0, 60))
def test_the_test_is_that_of_the_textbook(only_before: int, only_after: int) -> None:
    differing, fewer = only_before + only_after, min(only_before, only_after)
    tail = sum(math.comb(differing, number) for number in range(fewer + 1)) / 2**differing
    expected = min(1.0, 2 * tail)
    assert mcnemar(only_before, only_after).probability == pytest.approx(expected)


def test_what_changes_is_named_with_its_direction(run: Run, write: Write) -> None:
    found = json.loads(run("tune", "compare", "balanced", "strict", write(SHELL, NAMED, PLAIN), "--format", "json").out)
    first = found["changes"][0]
    assert (first["id"], first["direction"], first["before"]) == ("named", "worse", "allow")
    assert found["moves"]["honest"]["allow → allow"] == 1
    assert found["mcnemar"]["honest"]["only_before"] == 1


def test_a_side_held_against_itself_changes_nothing(run: Run, data: Path) -> None:
    found = json.loads(run("tune", "compare", "balanced", "balanced", data, "--format", "json").out)
    assert (found["changes"], found["mcnemar"]["all"]["probability"]) == ([], 1.0)
    assert found["recall"] == {"value": 0.0, "low": 0.0, "high": 0.0}


@pytest.mark.parametrize(("most", "code"), [("0.5%", 1), ("0.005", 1), ("60%", 0)])
def test_a_side_that_is_worse_than_allowed_ends_with_1(run: Run, write: Write, most: str, code: int) -> None:
    file = write(SHELL, NAMED, PLAIN)
    done = run("tune", "compare", "balanced", "strict", file, "--no-worse-than", most)
    assert done.code == code
    assert ("strict is worse by 50.00%" in done.err) is bool(code)


def test_a_folder_of_rules_is_a_side(run: Run, write: Write, tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    shutil.copytree(shipped(), folder)
    rule = folder / "escape" / "argument-not-python.yaml"
    lines = rule.read_text().splitlines()
    rule.write_text("\n".join("weight: 10" if line.startswith("weight:") else line for line in lines))
    broken = {"id": "broken", "label": "hostile", "code": "print("}
    found = json.loads(run("tune", "compare", "balanced", folder, write(broken), "--format", "json").out)
    (change,) = found["changes"]
    assert (change["direction"], change["gone"]) == ("worse", ["argument-not-python 100"])
    assert found["after"] == f"{folder}#balanced"


def test_a_policy_decides_with_its_own_thresholds(run: Run, write: Write, tmp_path: Path) -> None:
    for name, code in (("kind", {"review_at": 99, "deny_at": 100}), ("harsh", {"review_at": 5, "deny_at": 5})):
        document = {**POLICY, "code": {"profile": "balanced", **code}}
        (tmp_path / f"{name}.json").write_text(json.dumps(document))
    sides = tmp_path / "kind.json", tmp_path / "harsh.json"
    found = json.loads(run("tune", "compare", *sides, write(SHELL, PLAIN), "--format", "json").out)
    assert [(each["id"], each["after"], each["direction"]) for each in found["changes"]] == [
        ("shell", "deny", "better")
    ]


def test_a_page_says_what_the_text_says(run: Run, write: Write) -> None:
    file = write(SHELL, NAMED, PLAIN)
    text = run("tune", "compare", "balanced", "strict", file).out
    page = run("tune", "compare", "balanced", "strict", file, "--format", "html").out
    for said in ("named", "allow → allow", "McNemar", "worse"):
        assert said in text
        assert said in page


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nonsense", "strict"), "there is no profile 'nonsense'"),
        (("balanced", "nowhere#strict"), "nowhere: is no folder"),
        (("balanced", "nowhere.json"), "nowhere.json"),
        (("balanced", "strict", "--no-worse-than", "much"), "'much' is no share: write 0.5% or 0.005"),
    ],
)
def test_wrong_use_ends_with_2_and_says_what_to_do(
    run: Run, write: Write, arguments: tuple[str, ...], said: str
) -> None:
    done = run("tune", "compare", *arguments[:2], write(PLAIN), *arguments[2:])
    assert done.code == 2
    assert said in done.err


def test_a_policy_without_a_tool_that_carries_code_is_refused(run: Run, write: Write, tmp_path: Path) -> None:
    (tmp_path / "none.json").write_text(json.dumps({"version": "1", "default": "deny", "tools": {"list_dir": {}}}))
    done = run("tune", "compare", "balanced", tmp_path / "none.json", write(PLAIN))
    assert (done.code, "no tool of it carries code" in done.err) == (2, True)
