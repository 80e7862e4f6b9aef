"""What to scan, how to judge and how to report in, a report and a tally out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from validator.scan.block import Preparation
from validator.scan.engine import Bounds, Engine
from validator.scan.inputs.find import find_series
from validator.scan.inputs.options import Reading
from validator.scan.output import open_output
from validator.scan.progress import show_progress
from validator.scan.reports.context import Context, Writer
from validator.scan.reports.jsonlines import write_lines
from validator.scan.reports.text import write_text
from validator.scan.reports.whole import write_whole
from validator.scan.tally import Tally, tallied


class Format(StrEnum):
    """What a report of many samples looks like."""

    TEXT = "text"
    JSON = "json"
    JSONL = "jsonl"


WRITERS: Final[Mapping[Format, Writer]] = {
    Format.TEXT: write_text,
    Format.JSON: write_whole,
    Format.JSONL: write_lines,
}


@dataclass(frozen=True, slots=True)
class Report:
    """The form of the report, where it goes (None: standard output), and what it is told."""

    form: Format
    output: Path | None
    context: Context


def scan_paths(paths: Iterable[Path], reading: Reading, recipe: Preparation, bounds: Bounds, report: Report) -> Tally:
    """Judge every sample and write the report in the order of the samples."""
    tally = report.context.tally
    with (
        Engine(recipe, bounds) as engine,
        open_output(report.output) as file,
        show_progress(reading.meter, paths, file) as (follow, shown),
    ):
        said = follow(tallied(engine.judge(find_series(paths, reading)), tally))
        WRITERS[report.form](said, report.context, shown)
    return tally
