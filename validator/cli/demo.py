"""`validator demo`: see the gate at work in front of a real server."""

from pathlib import Path
from typing import Annotated

import typer


def demo(
    cache: Annotated[Path | None, typer.Option(help="The folder in which to keep the server's environment.")] = None,
) -> None:
    """Send good and bad calls to a real MCP server through the gate. Exit code 0: all ended as they should, else 1."""
    from validator.demo.run import run_demo  # imports the client's SDK, which takes seconds that --help need not wait

    raise typer.Exit(0 if run_demo(cache) else 1)
