"""Promises of the inputs: a stable order, a place for every sample, and nothing lost."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from validator.scan.inputs.find import find_series
from validator.scan.inputs.options import Fields, Reading
from validator.scan.inputs.program import read_file
from validator.scan.sample import LONGEST, Sample, flatten


def find(*paths: Path, **options: Any) -> list[Sample]:
    return list(flatten(find_series(paths, Reading(**options))))


def names(*paths: Path) -> list[str]:
    return [Path(sample.id).name for sample in find(*paths)]


def records(path: Path, *lines: bytes, fields: Fields | None = None) -> list[Sample]:
    file = path / "records.jsonl"
    file.write_bytes(b"\n".join(lines))
    return find(file, fields=fields or Fields())


def test_a_folder_gives_its_python_files_in_order_of_their_paths(tmp_path: Path) -> None:
    for name in ("b.py", "a.py", "c/d.py", "c/e.txt", "aa/z.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("1")
    assert names(tmp_path) == ["a.py", "z.py", "b.py", "d.py"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may list every folder")
def test_a_folder_that_cannot_be_listed_is_a_sample_and_the_rest_goes_on(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "hidden.py").write_text("1")
    (tmp_path / "b.py").write_text("1")
    (tmp_path / "a").chmod(0o000)
    try:
        closed, other = find(tmp_path)
    finally:
        (tmp_path / "a").chmod(0o700)
    assert (closed.id, closed.problem) == (
        (tmp_path / "a").as_posix(),
        "the folder cannot be listed: Permission denied",
    )
    assert (Path(other.id).name, other.problem) == ("b.py", "")


def test_paths_are_read_in_the_order_given(tmp_path: Path) -> None:
    for name in ("b.py", "a.py"):
        (tmp_path / name).write_text("1")
    assert names(tmp_path / "b.py", tmp_path / "a.py") == ["b.py", "a.py"]


@pytest.mark.parametrize("folder", [".git", ".venv", "environment"])
def test_hidden_folders_and_environments_are_left_out(tmp_path: Path, folder: str) -> None:
    (tmp_path / folder).mkdir()
    (tmp_path / folder / "pyvenv.cfg").touch()
    (tmp_path / folder / "x.py").write_text("1")
    assert names(tmp_path) == []


def test_a_circle_of_links_ends(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("1")
    (tmp_path / "circle").symlink_to(tmp_path)
    assert names(tmp_path) == ["a.py"]


def test_a_pipe_with_the_name_of_a_program_is_a_sample_with_a_problem(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    assert [sample.problem for sample in find(tmp_path)] == ["not a regular file"]


def test_a_dangling_link_is_a_sample_with_a_problem(tmp_path: Path) -> None:
    (tmp_path / "gone.py").symlink_to(tmp_path / "nowhere.py")
    (sample,) = find(tmp_path)
    assert "No such file" in sample.problem


def test_a_file_is_handed_on_as_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "latin.py").write_bytes(b"# -*- coding: latin-1 -*-\nx = '\xe9'\r\n")
    assert read_file(tmp_path / "latin.py").content == b"# -*- coding: latin-1 -*-\nx = '\xe9'\r\n"


def test_a_file_too_long_to_hold_is_a_sample_with_a_problem(tmp_path: Path) -> None:
    with (tmp_path / "long.py").open("wb") as file:
        file.truncate(LONGEST + 1)
    assert "too long" in read_file(tmp_path / "long.py").problem


def test_a_record_is_known_by_its_id_or_else_by_its_line(tmp_path: Path) -> None:
    found = records(tmp_path, b'{"id": "one", "code": "1"}', b"", b'{"id": 2, "code": "2"}', b'{"code": "3"}')
    assert [sample.id.rpartition("/")[2] for sample in found] == ["one", "2", "records.jsonl:4"]
    assert [sample.content for sample in found] == ["1", "2", "3"]


def test_the_fields_of_a_record_can_be_named(tmp_path: Path) -> None:
    line = b'{"task": "t", "solution": "x = 1"}'
    assert records(tmp_path, line, fields=Fields("solution", "task")) == [Sample("t", "x = 1")]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "not a JSON object"),
        (b'{"id": "x"}', "'code' is missing"),
        (b'{"id": "x", "code": null}', "'code' is not text"),
        (b'{"id": "x", "code": 7}', "'code' is not text"),
        (b'{"code": "fine", "code": "other"}', "a key stands twice"),
    ],
)
def test_a_record_without_code_is_a_sample_with_a_problem_and_the_next_is_read(
    tmp_path: Path, line: bytes, reason: str
) -> None:
    broken, whole = records(tmp_path, line, b'{"id": "next", "code": "1"}')
    assert reason in broken.problem
    assert broken.content.strip() == line if isinstance(broken.content, bytes) else False
    assert whole == Sample("next", "1")


def test_a_record_too_long_to_hold_does_not_hide_the_next(tmp_path: Path) -> None:
    long = json.dumps({"id": "long", "code": "x" * LONGEST}).encode()
    broken, whole = records(tmp_path, long, b'{"id": "next", "code": "1"}')
    assert "too long" in broken.problem
    assert whole.id == "next"
