"""Samples in, a report and a tally out; one sample is held at a time."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TextIO

from validator.model.verdict import Outcome
from validator.scan.inspect import Judge, inspect_sample
from validator.scan.report import Tally, draw_json, draw_summary, draw_text, stops
from validator.scan.sample import Sample
from validator.scan.terminal import Paint


class Format(StrEnum):
    """What a report of many samples looks like."""

    TEXT = "text"
    JSONL = "jsonl"


@dataclass(frozen=True, slots=True)
class Report:
    """How to write the report, and where; `threshold` is the first outcome that counts as stopped."""

    form: Format
    threshold: Outcome
    paint: Paint
    file: TextIO


def scan_samples(samples: Iterable[Sample], judge: Judge, report: Report) -> Tally:
    """Judge every sample in its turn and write its line before the next is read."""
    tally = Tally()
    for sample in samples:
        verdict = inspect_sample(sample, judge)
        tally.count(verdict)
        if report.form is Format.JSONL:
            print(draw_json(sample, verdict), file=report.file)
        elif stops(verdict.outcome, report.threshold):
            print(draw_text(sample, verdict, report.paint), file=report.file)
    if report.form is Format.TEXT:
        print(draw_summary(tally, report.paint), file=report.file)
    return tally
