"""Promises of a scan: a line for every sample, in order, whatever happens."""

import io
import json
from collections.abc import Iterable

import pytest

from validator.model.argument import Argument
from validator.model.errors import Problem, RuleError
from validator.model.verdict import Outcome, Verdict
from validator.scan.inspect import Judge
from validator.scan.run import Format, Report, scan_samples
from validator.scan.sample import Sample
from validator.scan.terminal import plain


def scan(samples: Iterable[Sample], judge: Judge, form: Format, threshold: Outcome = Outcome.REVIEW) -> str:
    file = io.StringIO()
    scan_samples(samples, judge, Report(form, threshold, plain, file))
    return file.getvalue()


def test_a_line_holds_exactly_what_was_promised(judge: Judge) -> None:
    line = json.loads(scan([Sample("s", "x = 1\n  bad()")], judge, Format.JSONL))
    assert line == {
        "id": "s",
        "verdict": "deny",
        "score": 80,
        "capabilities": ["process.shell"],
        "findings": [{"rule": "no-bad", "severity": "high", "line": 2, "column": 3, "message": "says bad"}],
        "digest": "da12914bd81a31c252c3877d354065e5e45ac31e483c6c6420e510f6e58c6c10",
    }


def test_lines_keep_the_order_of_the_samples(judge: Judge) -> None:
    lines = scan([Sample(str(number), "1") for number in range(9)], judge, Format.JSONL).splitlines()
    assert [json.loads(line)["id"] for line in lines] == list("012345678")


@pytest.mark.parametrize(
    ("sample", "rule"),
    [
        (Sample("s", b"{", "the record is not JSON"), "unreadable.record"),
        (Sample("s", "crash"), "unreadable.crash"),
    ],
)
def test_what_cannot_be_judged_is_denied_and_the_next_is_judged(judge: Judge, sample: Sample, rule: str) -> None:
    first, second = map(json.loads, scan([sample, Sample("next", "1")], judge, Format.JSONL).splitlines())
    assert (first["verdict"], first["score"]) == ("deny", 100)
    assert [finding["rule"] for finding in first["findings"]] == [rule]
    assert (second["id"], second["verdict"]) == ("next", "allow")


def test_rules_that_do_not_load_end_the_scan() -> None:
    def unready(_argument: Argument) -> Verdict:
        raise RuleError(Problem("rules/x.yaml:1", "is broken"))

    with pytest.raises(RuleError):
        scan([Sample("s", "1")], unready, Format.JSONL)


def test_one_sample_is_judged_before_the_next_is_read(judge: Judge) -> None:
    file = io.StringIO()
    seen: list[int] = []

    def samples() -> Iterable[Sample]:
        for number in range(3):
            seen.append(len(file.getvalue().splitlines()))
            yield Sample(str(number), "1")

    scan_samples(samples(), judge, Report(Format.JSONL, Outcome.REVIEW, plain, file))
    assert seen == [0, 1, 2]


def test_a_lone_surrogate_in_the_name_of_a_sample_is_written(judge: Judge) -> None:
    assert json.loads(scan([Sample("\ud800", "1")], judge, Format.JSONL))["id"] == "\ud800"


def test_text_names_the_stopped_samples_and_counts_all(judge: Judge) -> None:
    text = scan([Sample("a.py", "1"), Sample("b.py", "\nbad"), Sample("c.py", "odd")], judge, Format.TEXT)
    lines = text.splitlines()
    assert lines[0] == "deny    80  b.py:2  no-bad  says bad"
    assert lines[1] == "review  40  c.py:1  no-odd  says odd"
    assert [line.split() for line in lines[2:6]] == [["samples", "3"], ["allow", "1"], ["review", "1"], ["deny", "1"]]


def test_text_leaves_out_what_the_threshold_lets_pass(judge: Judge) -> None:
    text = scan([Sample("c.py", "odd")], judge, Format.TEXT, Outcome.DENY)
    assert "c.py" not in text


def test_text_shows_no_control_character_of_a_name(judge: Judge) -> None:
    assert "\x1b" not in scan([Sample("a\x1b[2J.py", "bad")], judge, Format.TEXT)


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
    judge: Judge, content: str, threshold: Outcome, stopped: bool
) -> None:
    report = Report(Format.JSONL, threshold, plain, io.StringIO())
    assert scan_samples([Sample("s", content)], judge, report).stopped(threshold) is stopped
