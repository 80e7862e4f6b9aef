"""What to scan, how to judge and how to report in, a report and a tally out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from validator.scan.block import Preparation
from validator.scan.engine import Engine
from validator.scan.inputs.find import find_series
from validator.scan.inputs.options import Reading
from validator.scan.output import open_binary, open_output
from validator.scan.progress import show_progress
from validator.scan.reports.context import Context, Writer
from validator.scan.reports.html import write_html
from validator.scan.reports.jsonlines import write_lines
from validator.scan.reports.parquet import write_parquet
from validator.scan.reports.sarif import write_sarif
from validator.scan.reports.text import write_text
from validator.scan.reports.whole import write_whole
from validator.scan.tally import Tally, tallied


class Format(StrEnum):
    """What a report of many samples looks like."""

    TEXT = "text"
    JSON = "json"
    JSONL = "jsonl"
    SARIF = "sarif"
    PARQUET = "parquet"
    HTML = "html"


WRITERS: Final[Mapping[Format, Writer]] = {
    Format.TEXT: write_text,
    Format.JSON: write_whole,
    Format.JSONL: write_lines,
    Format.SARIF: write_sarif,
    Format.HTML: write_html,
}


@dataclass(frozen=True, slots=True)
class Report:
    """The form of the report, where it goes (None: standard output), and what it is told."""

    form: Format
    output: Path | None
    context: Context


def scan_paths(paths: Iterable[Path], reading: Reading, engine: Engine, recipe: Preparation, report: Report) -> Tally:
    """Judge every sample and write the report in the order of the samples."""
    tally = report.context.tally
    said = tallied(engine.judge(recipe, find_series(paths, reading)), tally)
    if report.form is Format.PARQUET:
        with open_binary(report.output) as stream, show_progress(reading.meter, paths, None) as (follow, _):
            write_parquet(follow(said), stream)
    else:
        with open_output(report.output) as file, show_progress(reading.meter, paths, file) as (follow, shown):
            WRITERS[report.form](follow(said), report.context, shown)
    return tally
