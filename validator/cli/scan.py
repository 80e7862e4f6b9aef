"""`validator scan`: judge many pieces of code."""

import os
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from validator.cli.configuration import Config, show
from validator.cli.options import FailOn, Hosts, Profile, SettingsFile, Stop, Workspace, make_judge
from validator.scan.baseline import read_baseline
from validator.scan.block import Recipe
from validator.scan.engine import Bounds
from validator.scan.inputs.options import Fields, Reading
from validator.scan.reports.context import Context
from validator.scan.run import Format, Report, scan_paths
from validator.scan.tally import Tally
from validator.scan.terminal import choose_paint, plain

Exclude = Annotated[
    list[str] | None, typer.Option("--exclude", metavar="PATTERN", help="Leave out, as in .gitignore; repeatable.")
]
As = Annotated[
    str, typer.Option("--as", metavar="ENDING", help="What standard input and files of no known ending are: jsonl.gz …")
]


def scan(
    context: typer.Context,
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="PATH…", help="Files and folders; - is standard input.")
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="What the report looks like.")] = Format.TEXT,
    output: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the report to this file.")] = None,
    jobs: Annotated[int, typer.Option(min=0, help="Worker processes; 0: one for each core.")] = 0,
    deadline: Annotated[float, typer.Option(min=0.1, metavar="SECONDS", help="What judging one piece may take.")] = 30,
    code_field: Annotated[str, typer.Option(metavar="NAME", help="Where a record keeps the code.")] = "code",
    id_field: Annotated[str, typer.Option(metavar="NAME", help="Where a record keeps its name.")] = "id",
    input_form: As = "",
    exclude: Exclude = None,
    gitignore: Annotated[bool, typer.Option("--gitignore/--no-gitignore", help="Obey .gitignore in folders.")] = True,
    comments: Annotated[
        bool, typer.Option("--comments/--no-comments", help="Let `# validator: ignore[…]` in files accept findings.")
    ] = True,
    profile: Profile = "balanced",
    fail_on: Stop = FailOn.REVIEW,
    allow_host: Hosts = None,
    workspace: Workspace = None,
    settings: SettingsFile = None,
    baseline: Annotated[
        Path | None, typer.Option(metavar="FILE", help="An earlier report; only what is new counts.")
    ] = None,
    config: Config = None,
    show_config: Annotated[bool, typer.Option("--show-config", help="Show what holds and who says so.")] = False,
) -> None:
    """Judge many pieces of Python code. Exit code 0: all allowed, 1: some stopped, 2: nothing could be judged."""
    if show_config:
        typer.echo("\n".join(show(context, config)))
        raise typer.Exit
    _check_paths(paths or [], output)
    known = read_baseline(baseline) if baseline is not None else frozenset[str]()
    judge = make_judge(profile, allow_host, workspace, settings)
    recipe = Recipe(profile, dict(judge.settings), judge.book.suppressions, known, comments)
    paint = choose_paint() if output is None else plain
    number = version("mcp-code-validator")
    told = Context(judge.book, fail_on.threshold, profile, number, baseline is not None, paint)
    reading = Reading(Fields(code_field, id_field), input_form, gitignore, tuple(exclude or ()))
    bounds = Bounds(jobs or len(os.sched_getaffinity(0)), deadline)
    tally = scan_paths(paths or [], reading, recipe, bounds, Report(form, output, told))
    raise typer.Exit(_exit_code(tally, fail_on))


def _check_paths(paths: list[Path], output: Path | None) -> None:
    if output is not None and output.resolve() in {path.resolve() for path in paths}:
        raise typer.BadParameter(f"{output} is one of the paths to judge.", param_hint="--output")
    if not paths:
        raise typer.BadParameter("name at least one file or folder, or - for standard input.", param_hint="PATH…")
    if not any(path.exists() or str(path) == "-" for path in paths):
        raise typer.BadParameter(f"{', '.join(map(str, paths))}: no such file or folder.", param_hint="PATH…")


def _exit_code(tally: Tally, fail_on: FailOn) -> int:
    if tally.samples == 0:
        typer.echo("warning: no code was found to judge; name files, or folders that hold some", err=True)
    if tally.samples and tally.unread == tally.samples:
        return 2
    return int(tally.stopped(fail_on.threshold))
