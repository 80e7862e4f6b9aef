"""Promises of `validator scan`: exit codes, and a report in the right place."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

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
