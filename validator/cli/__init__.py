"""The command line: every command is the function, or the group, of its name in the module of its name."""

import gc
import io
import sys
from collections.abc import Iterable
from importlib import import_module
from typing import Annotated, Final

import typer

from validator.model.errors import ValidatorError

COMMANDS: Final = ("check", "scan", "proxy", "demo", "rules", "policy", "grants", "approvals", "audit", "tune")


def main() -> None:
    """Run the command that the arguments name; what is wrong with what was given ends with exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A finding quotes any character there is; a terminal that lacks it must not end the run.
            stream.reconfigure(errors="backslashreplace")
    first = sys.argv[1:2]
    # Nothing that is imported is garbage, and looking for some is a tenth of the start.
    gc.disable()
    # Only the command that is asked for is imported: `check` must not wait for what `demo` needs.
    app = make_app(first if first and first[0] in COMMANDS else COMMANDS)
    gc.freeze()
    gc.enable()
    try:
        app(prog_name="validator")
    except ValidatorError as error:
        typer.echo(error, err=True)
        sys.exit(2)


def make_app(names: Iterable[str]) -> typer.Typer:
    """The application with the named commands."""
    # Without rich, which is slow to import, help and errors are plain text.
    app = typer.Typer(add_completion=False, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)
    app.callback()(_describe)
    for name in names:
        command = getattr(import_module(f"validator.cli.{name}"), name)
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            app.command(name)(command)
    return app


def _show_version(wanted: bool) -> None:
    if wanted:
        # Slow to import, and asked for nowhere else.
        from importlib.metadata import version

        typer.echo(version("mcp-code-validator"))
        raise typer.Exit


def _describe(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Judge the Python code that AI agents hand to MCP code-execution tools, before it runs."""
