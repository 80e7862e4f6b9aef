"""Promises of each form of input: where its code is found, and what is said of what is broken."""

import gzip
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow
import pytest
import zstandard
from pyarrow import parquet

from validator.analyse.text import decode
from validator.model.argument import Language
from validator.model.limits import DEFAULT_LIMITS
from validator.scan.inputs.find import find_series
from validator.scan.inputs.options import Fields, Reading
from validator.scan.sample import Sample, flatten

Find = Callable[..., list[Sample]]


@pytest.fixture
def find(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Find:
    """What is found in a file of this name and content, below the working folder."""
    monkeypatch.chdir(tmp_path)

    def found(name: str, content: bytes | str, **options: Any) -> list[Sample]:
        Path(name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return list(flatten(find_series([Path(name)], Reading(**options))))

    return found


def notebook(*cells: dict[str, Any], **more: Any) -> str:
    return json.dumps({"cells": list(cells), "nbformat": 4, **more})


def code(source: Any, **more: Any) -> dict[str, Any]:
    return {"cell_type": "code", "source": source, **more}


def test_cells_are_found_in_order_as_one_session_of_ipython(find: Find) -> None:
    cells = code(["import os\n", "x = 1"]), {"cell_type": "markdown", "source": "*"}, code("!ls", id="c")
    found = find("n.ipynb", notebook(*cells))
    assert [(each.id, each.content) for each in found] == [
        ("n.ipynb#cell-1", "import os\nx = 1"),
        ("n.ipynb#cell-3", "!ls"),
    ]
    assert {(each.session, each.language) for each in found} == {("n.ipynb", Language.IPYTHON)}
    assert found[1].place.part == "cell 3"


def test_a_notebook_of_format_3_is_read(find: Find) -> None:
    old = {"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "code", "input": ["x = 1"]}]}]}
    assert [each.content for each in find("n.ipynb", json.dumps(old))] == ["x = 1"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "not JSON"),
        ("[]", "not a notebook of format 3 or 4"),
        ('{"nbformat": 2}', "not a notebook of format 3 or 4"),
        (notebook(code("1"), metadata={"kernelspec": {"language": "R"}}), "written in 'r'"),
        (notebook(code(7)), "no source that is text"),
        (notebook("x"), "no source that is text"),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_notebook_of_python_is_a_sample_with_a_problem(find: Find, content: str, reason: str) -> None:
    (sample,) = find("n.ipynb", content)
    assert reason in sample.problem


def test_fences_of_python_are_found_where_they_stand(find: Find) -> None:
    page = (
        "# x\n\n```python\nx = 1\n```\n\n~~~ {.py title=x}\ny = 2\n~~~\n```sh\nls\n```\n- a\n  ```py\n  z = 3\n    w\n"
    )
    found = find("r.md", page)
    assert [(each.place.line, each.content) for each in found] == [(4, "x = 1"), (8, "y = 2"), (15, "z = 3\n  w\n")]
    assert found[0].place.line_of(1) == 4


def test_prompts_of_a_session_are_taken_away_and_its_output_is_no_code(find: Find) -> None:
    page = "```pycon\n>>> for x in y:\n...     z\n1\n>>> a\n```\n"
    assert [each.content for each in find("r.md", page)] == ["for x in y:\n    z\n# 1\na"]


def test_the_records_of_an_array_are_found_by_their_pointer(find: Find) -> None:
    found = find("d.json", '[{"code": "1"}, {"id": "two", "code": "2"} ,\n7, {"code": "3", "code": "4"}]')
    assert [(each.id, each.content) for each in found[:2]] == [("d.json#/0", "1"), ("two", "2")]
    assert [each.problem for each in found[2:]] == [
        "the record is not a JSON object",
        "the record cannot be read: a key stands twice in one object",
    ]


def test_an_array_longer_than_what_is_read_at_once_is_found_whole(find: Find) -> None:
    records = [{"code": str(number) * 5000} for number in range(60)]
    found = find("d.json", json.dumps(records, indent=1))
    assert [each.content for each in found] == [record["code"] for record in records]


@pytest.mark.parametrize("end", ["", "{", '{"code": "x', ",", ",]", " {}", "] x"])
def test_an_array_that_breaks_off_keeps_what_came_before(find: Find, end: str) -> None:
    first, *_, last = find("d.json", '[{"code": "1"}' + end)
    assert first.content == "1"
    assert "not JSON from here on" in last.problem


def rows(path: Path, records: list[dict[str, Any]], size: int = 2) -> None:
    parquet.write_table(pyarrow.Table.from_pylist(records), path, row_group_size=size)


def test_rows_of_parquet_are_found_by_the_names_of_columns(find: Find, tmp_path: Path) -> None:
    rows(tmp_path / "x", [{"task": f"t{number}", "text": str(number), "more": 1.0} for number in range(5)])
    found = find("d.parquet", (tmp_path / "x").read_bytes(), fields=Fields("text", "task"))
    assert [(each.id, each.content) for each in found] == [(f"t{number}", str(number)) for number in range(5)]
    assert found[4].place.part == "row 4"


def test_a_wrong_column_is_one_sample_that_names_those_there_are(find: Find, tmp_path: Path) -> None:
    rows(tmp_path / "x", [{"text": "1"}])
    (sample,) = find("d.parquet", (tmp_path / "x").read_bytes())
    assert sample.problem == "there is no column 'code'; there are 'text'"


def test_a_broken_row_group_hides_no_other(find: Find, tmp_path: Path) -> None:
    rows(tmp_path / "x", [{"code": f"# {number}" * 50} for number in range(6)])
    content = bytearray((tmp_path / "x").read_bytes())
    chunk = parquet.ParquetFile(tmp_path / "x").metadata.row_group(1).column(0)
    start = chunk.dictionary_page_offset or chunk.data_page_offset
    content[start : start + chunk.total_compressed_size] = b"\xff" * chunk.total_compressed_size
    found = find("d.parquet", bytes(content))
    assert [each.content[:3] for each in found if not each.problem] == ["# 0", "# 1", "# 4", "# 5"]
    assert [each.problem.partition(":")[0] for each in found if each.problem] == ["rows 2 to 3 cannot be read"]


@pytest.mark.parametrize("name", ["d.parquet", "d.jsonl.gz", "d.py.zst", "d.ipynb.gz", "d.json.zst"])
def test_a_damaged_file_is_a_sample_with_a_problem(find: Find, name: str) -> None:
    (sample,) = find(name, b"not what it says")
    assert sample.problem


@pytest.mark.parametrize("name", ["d.jsonl", "d.py", "d.json", "d.parquet"])
def test_packed_files_are_read_like_others(find: Find, tmp_path: Path, name: str) -> None:
    rows(tmp_path / "x", [{"code": "x = 1"}])
    content = {
        "d.jsonl": b'{"code": "x = 1"}\n',
        "d.py": b"x = 1",
        "d.json": b'[{"code": "x = 1"}]',
        "d.parquet": (tmp_path / "x").read_bytes(),
    }[name]
    for packed, ending in ((gzip.compress(content), ".gz"), (zstandard.compress(content) * 1, ".zst")):
        (sample,) = find(name + ending, packed)
        assert sample.content in ("x = 1", b"x = 1")


def test_a_packed_file_that_breaks_off_keeps_what_came_before(find: Find) -> None:
    whole = b"".join(b'{"code": "%d"}\n' % number for number in range(20_000))
    *kept, last = find("d.jsonl.gz", gzip.compress(whole)[:-2000])
    assert len(kept) > 1000
    assert "cannot be read from here on" in last.problem


def test_standard_input_is_read_as_it_is_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = io.BytesIO(gzip.compress(b'{"code": "1"}\n'))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(packed)))  # type: ignore[type-var]
    (sample,) = flatten(find_series([Path("-")], Reading(form="jsonl.gz")))
    assert (sample.id, sample.content) == ("<stdin>:1", "1")


def test_gitignore_is_obeyed_up_to_the_root_of_the_repository_unless_declined(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".gitignore").write_text("build/\n*_made.py\n!kept_made.py\n/src/top.py\n")
    for name in ("build/x.py", "src/a.py", "src/a_made.py", "src/kept_made.py", "src/top.py", "src/deep/in.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1")
    (tmp_path / "src/deep/.gitignore").write_text("in.py\n")

    def names(folder: Path, **options: Any) -> list[str]:
        return [Path(each.id).name for each in flatten(find_series([folder], Reading(**options)))]

    assert names(tmp_path) == ["a.py", "kept_made.py"]
    assert names(tmp_path / "src") == ["a.py", "kept_made.py"]
    assert names(tmp_path / "src", exclude=("a.py",)) == ["kept_made.py"]
    assert len(names(tmp_path, gitignore=False)) == 6
    assert names(tmp_path / "build") == ["x.py"]  # it was named


def test_json_of_a_folder_that_holds_no_code_is_no_sample(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text('{"name": "x"}')
    (tmp_path / "data.json").write_text('[{"code": "1"}]')
    assert [each.content for each in flatten(find_series([tmp_path], Reading()))] == ["1"]


@pytest.mark.parametrize("encoding", ["koi8-r", "iso-8859-5", "cp1251"])
@pytest.mark.parametrize("head", ["# -*- coding: {} -*-", "#!/usr/bin/python\n# vim: fileencoding={}"])
def test_a_program_in_another_encoding_is_read_as_python_reads_it(find: Find, encoding: str, head: str) -> None:
    (sample,) = find("x.py", (head.format(encoding) + "\nname = 'имя'\n").encode(encoding))
    assert isinstance(sample.content, bytes)
    assert sample.content.decode().endswith("\nname = 'имя'\n")
    assert decode(sample.content, DEFAULT_LIMITS) == sample.content.decode()


@pytest.mark.parametrize("encoding", ["koi8-r", "gbk", "shift_jis", "utf-7", "cp1251"])
def test_a_program_that_declares_an_encoding_and_needs_none_is_read(find: Find, encoding: str) -> None:
    (sample,) = find("x.py", f"# coding: {encoding}\nx = 1\n")
    assert isinstance(decode(sample.content, DEFAULT_LIMITS), str)


def test_what_an_encoding_hides_is_read_as_python_reads_it(find: Find) -> None:
    (sample,) = find("x.py", "# coding: utf-7\n# +AAo-eval(x)\n")
    assert str(decode(sample.content, DEFAULT_LIMITS)).splitlines()[-1] == "eval(x)"


@pytest.mark.parametrize("head", ["# coding: nowhere", "# coding: base64", "# coding: utf-8", ""])
def test_what_python_could_not_decode_is_left_to_be_refused(find: Find, head: str) -> None:
    content = head.encode() + b"\nx = '\xff'\n"
    assert [each.content for each in find("x.py", content)] == [content]
