"""`validator scan`: judge many pieces of code."""

import os
from importlib.metadata import version
from pathlib import Path
from typing import Final

import typer

from validator.cli.configuration import Config, show
from validator.cli.options import FailOn, Hosts, Profile, SettingsFile, Stop, Workspace, make_judge
from validator.cli.scan_options import (
    As,
    Baseline,
    CodeField,
    Comments,
    Deadline,
    Exclude,
    Form,
    GitIgnore,
    IdField,
    Jobs,
    Output,
    Paths,
    ShowConfig,
)
from validator.scan.baseline import read_baseline
from validator.scan.block import Recipe
from validator.scan.engine import Bounds, Engine
from validator.scan.inputs.opening import allowed
from validator.scan.inputs.options import Fields, Reading
from validator.scan.reports.context import Context
from validator.scan.run import Format, Report, scan_paths
from validator.scan.tally import Tally
from validator.scan.terminal import choose_paint, plain

NAME: Final = "mcp-code-validator"  # of the distribution


def scan(
    context: typer.Context,
    paths: Paths = None,
    form: Form = Format.TEXT,
    output: Output = None,
    jobs: Jobs = 0,
    deadline: Deadline = 30,
    code_field: CodeField = "code",
    id_field: IdField = "id",
    input_form: As = "",
    exclude: Exclude = None,
    gitignore: GitIgnore = True,
    comments: Comments = True,
    profile: Profile = "balanced",
    fail_on: Stop = FailOn.REVIEW,
    allow_host: Hosts = None,
    workspace: Workspace = None,
    settings: SettingsFile = None,
    baseline: Baseline = None,
    config: Config = None,
    show_config: ShowConfig = False,
) -> None:
    """Judge many pieces of Python code. Exit code 0: all allowed, 1: some stopped, 2: nothing could be judged."""
    if show_config:
        typer.echo("\n".join(show(context, config)))
        raise typer.Exit
    _check_paths(paths or [], output)
    known = read_baseline(baseline) if baseline is not None else frozenset[str]()
    reading = Reading(Fields(code_field, id_field), input_form, gitignore, tuple(exclude or ()))
    with Engine(_bounds(jobs, deadline)) as engine:
        judge = make_judge(profile, allow_host, workspace, settings)
        recipe = Recipe(profile, dict(judge.settings), judge.book.suppressions, known, comments)
        paint = choose_paint() if output is None else plain
        told = Context(judge.book, fail_on.threshold, profile, version(NAME), baseline is not None, paint)
        tally = scan_paths(paths or [], reading, engine, recipe, Report(form, output, told))
    raise typer.Exit(_exit_code(tally, fail_on))


def _bounds(jobs: int, deadline: float) -> Bounds:
    # Where the system can tell, only the cores that we may use count.
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return Bounds(jobs or cores, deadline)


def _check_paths(paths: list[Path], output: Path | None) -> None:
    if output is not None and output.resolve() in {path.resolve() for path in paths}:
        raise typer.BadParameter(f"{output} is one of the paths to judge.", param_hint="--output")
    if not paths:
        raise typer.BadParameter("name at least one file or folder, or - for standard input.", param_hint="PATH…")
    if not any(allowed(path.exists) or str(path) == "-" for path in paths):
        raise typer.BadParameter(f"{', '.join(map(str, paths))}: no such file or folder.", param_hint="PATH…")


def _exit_code(tally: Tally, fail_on: FailOn) -> int:
    if tally.samples == 0:
        typer.echo("warning: no code was found to judge; name files, or folders that hold some", err=True)
    if tally.samples and tally.unread == tally.samples:
        return 2
    return int(tally.stopped(fail_on.threshold))
