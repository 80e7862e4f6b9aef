"""`validator scan`: judge many pieces of code."""

from pathlib import Path
from typing import Annotated

import typer

from validator.cli.options import FailOn, Hosts, Profile, SettingsFile, Stop, Workspace, make_judge
from validator.scan.output import open_output
from validator.scan.run import Format, Report, scan_samples
from validator.scan.sample import Fields, find_samples
from validator.scan.terminal import choose_paint, plain


def scan(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH…", exists=True, help="Python files, folders of them, JSON lines.")
    ],
    form: Annotated[Format, typer.Option("--format", help="Text for people, or one JSON line a sample.")] = Format.TEXT,
    output: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the report to this file.")] = None,
    code_field: Annotated[str, typer.Option(metavar="NAME", help="Where a JSON line keeps the code.")] = "code",
    id_field: Annotated[str, typer.Option(metavar="NAME", help="Where a JSON line keeps its name.")] = "id",
    profile: Profile = "balanced",
    fail_on: Stop = FailOn.REVIEW,
    allow_host: Hosts = None,
    workspace: Workspace = None,
    settings: SettingsFile = None,
) -> None:
    """Judge many pieces of Python code. Exit code 0: all allowed, 1: some stopped, 2: wrong use."""
    if output is not None and output.resolve() in {path.resolve() for path in paths}:
        raise typer.BadParameter(f"{output} is one of the paths to judge.", param_hint="--output")
    judge = make_judge(profile, allow_host, workspace, settings)
    samples = find_samples(paths, Fields(code_field, id_field))
    with open_output(output) as file:
        paint = choose_paint() if output is None else plain
        tally = scan_samples(samples, judge, Report(form, fail_on.threshold, paint, file))
    raise typer.Exit(int(tally.stopped(fail_on.threshold)))
