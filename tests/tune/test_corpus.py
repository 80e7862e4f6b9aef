"""Promises of reading labelled data: what cannot count is counted and named, and the rest goes on."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from pyarrow import parquet

from validator.model.errors import InputError
from validator.tune.corpus import FIELDS, LABELS, Corpus, Reading, collect, read_corpus

Write = Callable[..., Path]


def record(name: str, label: Any = "benign", code: Any = None, **more: Any) -> dict[str, Any]:
    return {"id": name, "label": label, "code": code or f"print('{name}')", "family": "f", **more}


def read(*rows: dict[str, Any], reading: Reading | None = None) -> Corpus:
    return collect([(f"data.jsonl:{n}", row) for n, row in enumerate(rows, 1)], reading or Reading())


@pytest.mark.parametrize(
    ("row", "kind", "said"),
    [
        (record("a", label=None), "unlabelled", "data.jsonl:2: has no label"),
        (record("a", label="odd"), "unknown label", "--label odd=honest or --label odd=risky"),
        ({"id": "a", "label": "benign"}, "no code", "has no text in 'code'"),
        (record("a", code=["print(1)"]), "no code", "has no text in 'code'"),
        (record("a", gateable=False), "not gateable", "not to be told from its code"),
        (record("a", language="perl"), "unknown language", "has the language 'perl'"),
    ],
)
def test_a_record_that_cannot_count_is_named_with_its_place(row: dict[str, Any], kind: str, said: str) -> None:
    corpus = read(record("good"), row)
    assert [each.id for each in corpus.records] == ["good"]
    assert corpus.left_out == {kind: 1}
    assert said in str(corpus.problems[0])


def test_a_program_that_is_honest_here_and_risky_there_counts_as_neither() -> None:
    corpus = read(record("a", code="x = 1"), record("b", "hostile", code="x = 1"), record("c"))
    assert [each.id for each in corpus.records] == ["c"]
    assert corpus.left_out == {"contradictory": 2}
    assert "a is benign here and hostile at data.jsonl:2" in str(corpus.problems[0])


def test_a_program_that_stands_twice_counts_once() -> None:
    corpus = read(record("a", code="x = 1"), record("b", code="x = 1"))
    assert [each.id for each in corpus.records] == ["a"]
    assert corpus.left_out == {"duplicate": 1}


def test_a_family_in_both_splits_is_no_evidence_of_what_was_not_seen() -> None:
    corpus = read(record("a", split="tune"), record("b", split="held-out"), record("c", split="held-out", family="g"))
    assert [each.split for each in corpus.records] == ["tune", "tune", "held-out"]
    assert corpus.notes == ("family 'f' stands in both splits: all of it counts as tune",)


def test_columns_and_labels_have_the_names_that_the_options_give() -> None:
    reading = Reading({**FIELDS, "code": "text", "label": "bad"}, {**LABELS, "True": "risky", "False": "honest"})
    corpus = read({"text": "x = 1", "bad": True}, {"text": "y = 1", "bad": False}, reading=reading)
    assert [each.honest for each in corpus.records] == [False, True]
    assert corpus.notes == ("2 records name no family: each counts as a family of its own",)


def test_a_broken_line_costs_itself_alone(write: Write) -> None:
    corpus = read_corpus([write(record("a"), '{"id": "b", "code', "[]", '{"a": 1, "a": 2}', record("c"))], Reading())
    assert [each.id for each in corpus.records] == ["a", "c"]
    assert corpus.left_out == {"unreadable": 3}


def test_lines_arrays_and_parquet_say_the_same(tmp_path: Path) -> None:
    rows = [record("a"), record("b", "hostile")]
    (tmp_path / "a.json").write_text(json.dumps(rows))
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)))
    parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "a.parquet")
    read = [read_corpus([tmp_path / name], Reading()).records for name in ("a.json", "a.jsonl", "a.parquet")]
    assert [[(each.id, each.honest) for each in records] for records in read] == [[("a", True), ("b", False)]] * 3


def test_a_broken_parquet_file_is_a_problem(write: Write, tmp_path: Path) -> None:
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 no more")
    corpus = read_corpus([write(record("a")), tmp_path / "broken.parquet"], Reading())
    assert len(corpus.records) == 1
    assert "cannot be read after row 0" in str(corpus.problems[0])


def test_data_without_a_single_label_are_an_error_that_says_what_to_do(write: Write) -> None:
    with pytest.raises(InputError, match="name the columns with --field label=COLUMN"):
        read_corpus([write({"code": "x = 1"})], Reading())
