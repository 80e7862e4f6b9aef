"""`validator check`: judge one piece of code."""

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from validator.cli.options import FailOn, Hosts, Profile, Stop, Workspace, make_judge
from validator.model.errors import InputError, Problem
from validator.scan.inspect import inspect_sample
from validator.scan.page import draw_page
from validator.scan.report import stops
from validator.scan.sample import Sample, read_file, read_stream
from validator.scan.terminal import choose_paint


class Format(StrEnum):
    """What the report of one piece of code looks like."""

    TEXT = "text"
    JSON = "json"


def check(
    file: Annotated[str, typer.Argument(metavar="FILE", help="The file; - is standard input.")] = "-",
    profile: Profile = "balanced",
    form: Annotated[Format, typer.Option("--format", help="A page for people, or the verdict as JSON.")] = Format.TEXT,
    fail_on: Stop = FailOn.REVIEW,
    allow_host: Hosts = None,
    workspace: Workspace = None,
) -> None:
    """Judge one piece of Python code. Exit code 0: allowed, 1: stopped, 2: wrong use."""
    judge = make_judge(profile, allow_host, workspace)
    sample = _read(file)
    verdict = inspect_sample(sample, judge)
    if form is Format.JSON:
        typer.echo(json.dumps(verdict.to_dict(), indent=2))
    else:
        typer.echo(draw_page(sample, verdict, choose_paint()))
    raise typer.Exit(int(stops(verdict.outcome, fail_on.threshold)))


def _read(file: str) -> Sample:
    sample = read_stream(sys.stdin.buffer, "<stdin>") if file == "-" else read_file(Path(file))
    if sample.problem:
        raise InputError(Problem(sample.id, sample.problem, "give a file with Python code, or - for standard input"))
    return sample
