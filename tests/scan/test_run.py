"""Promises of a scan: a line for every sample, in order, whatever happens."""

import io
import json
from collections.abc import Iterable
from typing import Any

import pytest

from tests.scan.stand_in import StandIn
from validator.model.argument import Argument
from validator.model.errors import Problem, RuleError
from validator.model.verdict import Outcome, Verdict
from validator.rulebook.rule import Rulebook
from validator.scan.block import inspect_block
from validator.scan.inspect import inspect_sample
from validator.scan.reports.context import Context
from validator.scan.run import WRITERS, Format
from validator.scan.sample import Place, Sample, single
from validator.scan.tally import tallied


def report(samples: Iterable[Sample], form: Format, context: Context) -> str:
    file = io.StringIO()
    kept = list(samples)
    judged = inspect_block(tuple(map(single, kept)), StandIn())
    WRITERS[form](tallied(zip(kept, judged, strict=True), context.tally), context, file)
    return file.getvalue()


def scan(samples: Iterable[Sample], book: Rulebook, form: Format, threshold: Outcome = Outcome.REVIEW) -> str:
    return report(samples, form, Context(book, threshold))


def test_a_line_holds_exactly_what_was_promised(book: Rulebook) -> None:
    line = json.loads(scan([Sample("s", "x = 1\n  bad()")], book, Format.JSONL))
    assert line == {
        "id": "s",
        "verdict": "deny",
        "score": 80,
        "capabilities": ["process.shell"],
        "findings": [{"rule": "no-bad", "severity": "high", "line": 2, "column": 3, "message": "says bad"}],
        "digest": "da12914bd81a31c252c3877d354065e5e45ac31e483c6c6420e510f6e58c6c10",
    }


def test_lines_keep_the_order_of_the_samples(book: Rulebook) -> None:
    lines = scan([Sample(str(number), "1") for number in range(9)], book, Format.JSONL).splitlines()
    assert [json.loads(line)["id"] for line in lines] == list("012345678")


@pytest.mark.parametrize(
    ("sample", "rule"),
    [
        (Sample("s", b"{", "the record is not JSON"), "unreadable.record"),
        (Sample("s", "crash"), "unreadable.crash"),
    ],
)
def test_what_cannot_be_judged_is_denied_and_the_next_is_judged(book: Rulebook, sample: Sample, rule: str) -> None:
    first, second = map(json.loads, scan([sample, Sample("next", "1")], book, Format.JSONL).splitlines())
    assert (first["verdict"], first["score"]) == ("deny", 100)
    assert [finding["rule"] for finding in first["findings"]] == [rule]
    assert (second["id"], second["verdict"]) == ("next", "allow")


def test_rules_that_do_not_load_end_the_scan() -> None:
    def unready(_argument: Argument) -> Verdict:
        raise RuleError(Problem("rules/x.yaml:1", "is broken"))

    with pytest.raises(RuleError):
        inspect_sample(Sample("s", "1"), unready)


def test_a_lone_surrogate_in_the_name_of_a_sample_is_written(book: Rulebook) -> None:
    assert json.loads(scan([Sample("\ud800", "1")], book, Format.JSONL))["id"] == "\ud800"


def test_text_shows_the_stopped_samples_by_file_with_the_line_and_counts_all(book: Rulebook) -> None:
    samples = [Sample("a.py", "1"), Sample("b.py", "\nbad", place=Place("b.py", inside=True)), Sample("c.py", "odd")]
    lines = scan(samples, book, Format.TEXT).splitlines()
    assert lines[:6] == [
        "b.py",
        "  DENY  score 80 of 100",
        "    2 | bad",
        "      | ^^^",
        "  no-bad  high, 80 points",
        "    says bad",
    ]
    assert lines[7] == "c.py"
    assert [line.split() for line in lines[14:18]] == [["samples", "3"], ["allow", "1"], ["review", "1"], ["deny", "1"]]


def test_text_numbers_lines_as_the_file_does(book: Rulebook) -> None:
    place = Place("r.md", 12, "fence 1", inside=True)
    assert "   13 | bad" in scan([Sample("r.md:12", "1\nbad", place=place)], book, Format.TEXT).splitlines()


def test_text_leaves_out_what_the_threshold_lets_pass(book: Rulebook) -> None:
    text = scan([Sample("c.py", "odd")], book, Format.TEXT, Outcome.DENY)
    assert "c.py" not in text


def test_text_shows_no_control_character_of_a_name(book: Rulebook) -> None:
    assert "\x1b" not in scan([Sample("a\x1b[2J.py", "bad")], book, Format.TEXT)


@pytest.mark.parametrize(
    ("content", "threshold", "stopped"),
    [
        ("1", Outcome.REVIEW, False),
        ("odd", Outcome.REVIEW, True),
        ("odd", Outcome.DENY, False),
        ("bad", Outcome.DENY, True),
        ("crash", Outcome.DENY, True),
    ],
)
def test_the_tally_tells_whether_a_sample_was_stopped(
    book: Rulebook, content: str, threshold: Outcome, stopped: bool
) -> None:
    context = Context(book)
    report([Sample("s", content)], Format.JSONL, context)
    assert context.tally.stopped(threshold) is stopped


def test_json_is_one_document_with_the_place_of_every_sample_and_the_figures(book: Rulebook) -> None:
    place = Place("d.jsonl", 7, "/code")
    document: Any = json.loads(scan([Sample("one", "bad", place=place), Sample("two", "1")], book, Format.JSON))
    first, _ = document["samples"]
    assert (first["file"], first["line"], first["part"], first["verdict"]) == ("d.jsonl", 7, "/code", "deny")
    assert first["findings"][0]["file_line"] is None
    assert (document["summary"]["samples"], document["summary"]["deny"]) == (2, 1)


def test_a_document_without_samples_is_json_too(book: Rulebook) -> None:
    assert json.loads(scan([], book, Format.JSON))["samples"] == []
