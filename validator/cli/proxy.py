"""`validator proxy`: stand in front of an MCP server and judge every tool call."""

from pathlib import Path
from typing import Annotated

import typer

from validator.gate import open_gate
from validator.proxy.stdio import run_proxy


def proxy(
    command: Annotated[list[str], typer.Argument(metavar="COMMAND", help="After --: what starts the server.")],
    policy: Annotated[Path, typer.Option(help="The policy file, JSON or YAML.")],
    audit: Annotated[Path | None, typer.Option(help="Append one JSON line per tool call to this file.")] = None,
    grant: Annotated[str, typer.Option(help="The grant under which this client calls.")] = "default",
    server: Annotated[str, typer.Option(help="The name of the server in the audit and in tool profiles.")] = "default",
) -> None:
    """Start an MCP server, speak to it over stdio, and let through only the tool calls that the policy allows."""
    gate = open_gate(policy, audit=audit, grant=grant, server=server)
    for warning in gate.policy.warnings:
        typer.echo(f"warning: {warning}", err=True)
    raise typer.Exit(run_proxy(gate, command))
