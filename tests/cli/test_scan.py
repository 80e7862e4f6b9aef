"""Promises of `validator scan`: exit codes, and a report in the right place."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet

Run = Callable[..., Any]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "clean.py").write_text("print(1)\n")
    (tmp_path / "reviewed.py").write_text("import os\nos.system('date')\n")
    return tmp_path


def test_the_exit_code_tells_whether_a_sample_was_stopped(run: Run, folder: Path) -> None:
    assert run("scan", str(folder / "clean.py")).code == 0
    assert run("scan", str(folder)).code == 1
    assert run("scan", str(folder), "--fail-on", "deny").code == 0


@pytest.mark.parametrize("arguments", [(), ("missing",), ("--format", "xml", "."), ("--output", "/missing/x", ".")])
def test_wrong_use_ends_with_2(run: Run, arguments: tuple[str, ...]) -> None:
    done = run("scan", *arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err


def test_the_report_goes_to_the_output_file(run: Run, folder: Path, tmp_path: Path) -> None:
    done = run("scan", str(folder), "--format", "jsonl", "--output", str(tmp_path / "out.jsonl"))
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert done.out == ""
    assert [(Path(line["id"]).name, line["verdict"]) for line in lines] == [
        ("clean.py", "allow"),
        ("reviewed.py", "review"),
    ]


def test_an_input_is_not_overwritten_by_the_report_on_it(run: Run, tmp_path: Path) -> None:
    data = tmp_path / "data.jsonl"
    data.write_text('{"code": "1"}\n')
    done = run("scan", str(data), "--output", str(data))
    assert (done.code, data.read_text()) == (2, '{"code": "1"}\n')


def test_the_fields_of_records_can_be_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "data.jsonl").write_text('{"task": "t", "solution": "1"}\n')
    done = run(
        "scan", str(tmp_path / "data.jsonl"), "--format", "jsonl", "--code-field", "solution", "--id-field", "task"
    )
    assert json.loads(done.out)["id"] == "t"
    assert done.code == 0


def test_a_broken_record_stops_the_scan_but_loses_nothing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "data.jsonl").write_text('{"code": "1"}\n{"code": 1}\n{"code": "2"}\n')
    done = run("scan", str(tmp_path / "data.jsonl"), "--format", "jsonl")
    assert [json.loads(line)["verdict"] for line in done.out.splitlines()] == ["allow", "deny", "allow"]
    assert done.code == 1


@pytest.mark.parametrize("form", ["json", "sarif"])
def test_only_what_the_baseline_does_not_have_fails(run: Run, folder: Path, tmp_path: Path, form: str) -> None:
    before = tmp_path / "before.report"
    assert run("scan", str(folder), "--format", form, "--output", str(before)).code == 1
    assert run("scan", str(folder), "--baseline", str(before)).code == 0
    (folder / "reviewed.py").write_text("import os\n\nos.system('date')\nos.system('true')\n")
    done = run("scan", str(folder), "--baseline", str(before))
    assert done.code == 1
    assert "    4 | os.system('true')" in done.out


@pytest.mark.parametrize("content", ["{", "[]", '{"x": 1}'])
def test_what_is_no_report_is_no_baseline(run: Run, folder: Path, content: str) -> None:
    (folder / "before.report").write_text(content)
    done = run("scan", str(folder), "--baseline", str(folder / "before.report"))
    assert (done.code, done.out) == (2, "")
    assert "--format json --output" in done.err


def test_the_nearest_configuration_holds_and_the_command_line_comes_before_it(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / ".git").mkdir()
    (folder / "pyproject.toml").write_text('[tool.validator.scan]\nfail-on = "deny"\nworkspace = "work"\njobs = 1\n')
    (folder / "below").mkdir()
    monkeypatch.chdir(folder / "below")
    assert run("scan", "..").code == 0
    assert run("scan", "..", "--fail-on", "review").code == 1
    shown = run("scan", "--show-config", "--jobs", "2").out.splitlines()
    assert f'fail-on = "deny"  # {folder}/pyproject.toml' in shown
    assert f'workspace = "{folder}/work"  # {folder}/pyproject.toml' in shown
    assert "jobs = 2  # command line" in shown
    assert "gitignore = true  # default" in shown


def test_a_key_that_is_no_option_is_an_error_with_the_nearest_one(run: Run, folder: Path) -> None:
    (folder / "validator.toml").write_text('[scan]\nprofil = "strict"\n')
    done = run("scan", str(folder), "--config", str(folder / "validator.toml"))
    assert done.code == 2
    assert "profil: there is no such option (did you mean 'profile'?)" in done.err


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("output = 3", "output: is to be a text"),
        ('profile = ["strict"]', "profile: is to be a text"),
        ("jobs = 1.5", "jobs: is to be a whole number"),
        ("jobs = true", "jobs: is to be a whole number"),
        ('exclude = "old"', "exclude: is to be a list of texts"),
        ('gitignore = "no"', "gitignore: is to be true or false"),
        ('deadline = "long"', "deadline: is to be a number"),
    ],
)
def test_a_value_of_another_kind_is_an_error_that_names_the_key(run: Run, folder: Path, line: str, wanted: str) -> None:
    (folder / "validator.toml").write_text(f"[scan]\n{line}\n")
    done = run("scan", str(folder), "--config", str(folder / "validator.toml"))
    assert (done.code, wanted in done.err) == (2, True)


def test_rows_of_parquet_hold_the_verdicts(run: Run, folder: Path, tmp_path: Path) -> None:
    assert run("scan", str(folder), "--format", "parquet", "--output", str(tmp_path / "out")).code == 1
    rows = parquet.read_table(tmp_path / "out").to_pylist()
    assert [row["verdict"] for row in rows] == ["allow", "review"]
    assert "shell-command" in {found["rule"] for found in rows[1]["findings"]}


def test_a_file_that_vanished_is_named_and_the_rest_goes_on(run: Run, folder: Path) -> None:
    done = run("scan", str(folder / "gone.py"), str(folder / "clean.py"), "--format", "jsonl")
    assert [json.loads(line)["verdict"] for line in done.out.splitlines()] == ["deny", "allow"]
    assert done.code == 1


def test_a_scan_in_which_nothing_could_be_judged_ends_with_2(run: Run, tmp_path: Path) -> None:
    (tmp_path / "data.jsonl").write_text('{"solution": "1"}\n')
    assert run("scan", str(tmp_path / "data.jsonl")).code == 2


def test_a_folder_without_code_is_no_failure_and_is_said(run: Run, tmp_path: Path) -> None:
    done = run("scan", str(tmp_path))
    assert done.code == 0
    assert "no code was found" in done.err


def test_a_power_that_a_notebook_takes_in_one_cell_and_uses_in_the_next_is_found(run: Run, tmp_path: Path) -> None:
    cells = [{"cell_type": "code", "source": text} for text in ("import os\ngo = os.system", "go('rm -rf /')")]
    (tmp_path / "n.ipynb").write_text(json.dumps({"cells": cells, "nbformat": 4}))
    done = run("scan", str(tmp_path / "n.ipynb"), "--format", "jsonl")
    assert [json.loads(line)["verdict"] for line in done.out.splitlines()][1] == "deny"


def test_a_door_that_another_cell_hides_counts_as_if_it_stood_alone(run: Run, tmp_path: Path) -> None:
    cells = [{"cell_type": "code", "source": text} for text in ("def eval(x): return x", "eval(input())")]
    (tmp_path / "n.ipynb").write_text(json.dumps({"cells": cells, "nbformat": 4}))
    done = run("scan", str(tmp_path / "n.ipynb"), "--format", "jsonl")
    assert "code.execute" in json.loads(done.out.splitlines()[1])["capabilities"]
