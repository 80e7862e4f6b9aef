"""`validator check`: judge one piece of code."""

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from validator.cli.options import FailOn, Hosts, Judge, Profile, SettingsFile, Stop, Workspace, make_judge
from validator.model.errors import InputError, Problem
from validator.model.verdict import Verdict
from validator.scan.inputs.program import read_file, read_stream
from validator.scan.inspect import inspect_sample
from validator.scan.page import draw_page
from validator.scan.sample import Sample
from validator.scan.terminal import choose_paint
from validator.scan.threshold import stops


class Format(StrEnum):
    """What the report of one piece of code looks like."""

    TEXT = "text"
    JSON = "json"


def check(
    file: Annotated[str, typer.Argument(metavar="FILE", help="The file; - is standard input.")] = "-",
    profile: Profile = "balanced",
    form: Annotated[Format, typer.Option("--format", help="A page for people, or the verdict as JSON.")] = Format.TEXT,
    fail_on: Stop = FailOn.REVIEW,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show where the points come from, and what would change the verdict.")
    ] = False,
    allow_host: Hosts = None,
    workspace: Workspace = None,
    settings: SettingsFile = None,
) -> None:
    """Judge one piece of Python code. Exit code 0: allowed, 1: stopped, 2: wrong use."""
    judge = make_judge(profile, allow_host, workspace, settings)
    sample = _read(file)
    verdict = inspect_sample(sample, judge)
    # A verdict that no profile gave is the report of a fault of ours, which has no points.
    explained = judge if explain and verdict.profile == profile else None
    typer.echo(_draw_json(verdict, explained) if form is Format.JSON else _draw_text(sample, verdict, explained))
    raise typer.Exit(int(stops(verdict.outcome, fail_on.threshold)))


def _draw_json(verdict: Verdict, explained: Judge | None) -> str:
    whole = verdict.to_dict()
    if explained is not None:
        from validator.explanation import explain  # asked for seldom, and a start should not wait for it

        whole["explanation"] = explain(verdict, explained.book, explained.settings).to_dict()
    return json.dumps(whole, indent=2)


def _draw_text(sample: Sample, verdict: Verdict, explained: Judge | None) -> str:
    paint = choose_paint()
    page = draw_page(sample, verdict, paint)
    if explained is None:
        return page
    from validator.explanation import explain
    from validator.scan.explained import draw_explanation

    return f"{page}\n\n{draw_explanation(explain(verdict, explained.book, explained.settings), paint)}"


def _read(file: str) -> Sample:
    sample = read_stream(sys.stdin.buffer, "<stdin>") if file == "-" else read_file(Path(file))
    if sample.problem:
        raise InputError(Problem(sample.id, sample.problem, "give a file with Python code, or - for standard input"))
    return sample
