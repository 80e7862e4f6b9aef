"""The demo's calls in, a table out: the SDK's own client talks to a real server through the gate."""

import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
from mcp import Client, MCPError
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.types import TextContent
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from validator.demo.calls import CALLS, ELEVENTH, MOST_TRIES, DemoCall
from validator.demo.environment import upstream_environment
from validator.model.errors import Problem, UpstreamError

POLICY = Path(__file__).parent / "policy.json"
AUDIT = "audit.jsonl"
LOG = "log.txt"
MOST_FINDINGS = 2
RETRY = "if its environment is damaged, remove the folder and run the demo again"


@dataclass(frozen=True, slots=True)
class Shown:
    """One call and what became of it."""

    call: DemoCall
    passed: bool
    text: str
    refusal: dict[str, Any]


def run_demo(cache: Path | None = None) -> bool:
    """Show the demo; whether every call ended as it should. Raises UpstreamError if the server cannot be had."""
    server = upstream_environment(cache)
    with tempfile.TemporaryDirectory(prefix="validator-demo-") as folder:
        scratch = Path(folder)
        try:
            shown = anyio.run(_make_calls, server, scratch)
        except (MCPError, ExceptionGroup) as error:
            last = (scratch / LOG).read_text().strip().splitlines()[-3:]
            reason = " · ".join(last) or str(error)
            raise UpstreamError(Problem(str(server), f"the demo broke off: {reason}", RETRY)) from error
        records = (scratch / AUDIT).read_text().splitlines()
    console = Console()
    console.print(_table(shown))
    told = f"The audit has {len(records)} lines, for each decision and what came of it; none holds the code itself."
    console.print(told)
    surprises = [item.call.title for item in shown if item.passed != item.call.passes]
    if surprises:
        console.print(f"[bold red]not as expected: {', '.join(surprises)}[/]")
    return not surprises


@asynccontextmanager
async def _connect(server: Path, scratch: Path) -> AsyncIterator[Client]:
    """A client of the server, with the gate between them; what they log goes to a file."""
    # Counted anew: what was shown a moment ago must not count today.
    kept = ["--audit", str(scratch / AUDIT), "--store", "memory"]
    proxy = ["-m", "validator", "proxy", "--policy", str(POLICY), *kept]
    upstream = [str(server), "--dir", str(scratch / "work")]
    command = StdioServerParameters(command=sys.executable, args=[*proxy, "--", *upstream], env=dict(os.environ))
    with (scratch / LOG).open("w") as log:
        async with Client(stdio_client(command, errlog=log)) as client:
            yield client


async def _make_calls(server: Path, scratch: Path) -> list[Shown]:
    async with _connect(server, scratch) as client:
        return [*[await _make_call(client, call) for call in CALLS], await _pass_the_limit(client)]


async def _make_call(client: Client, call: DemoCall) -> Shown:
    result = await client.call_tool(call.tool, call.arguments)
    text = "\n".join(block.text for block in result.content if isinstance(block, TextContent))
    return Shown(call, not result.is_error, text, (result.structured_content or {}) if result.is_error else {})


async def _pass_the_limit(client: Client) -> Shown:
    """Ask for one more sum until the gate says that it is enough."""
    for _ in range(MOST_TRIES):
        shown = await _make_call(client, ELEVENTH)
        if not shown.passed:
            break
    return shown


def _table(shown: list[Shown]) -> Table:
    table = Table(title="validator in front of mcp-python-interpreter", show_lines=True)
    table.add_column("what was sent", ratio=1, overflow="fold")
    table.add_column("outcome", no_wrap=True)
    table.add_column("what came of it, or why not", ratio=1, overflow="fold")
    for item in shown:
        outcome = "[bold green]passed[/]" if item.passed else "[bold red]refused[/]"
        table.add_row(f"[bold]{item.call.title}[/]\n{_sent(item.call)}", outcome, _told(item))
    return table


def _sent(call: DemoCall) -> str:
    code = call.arguments.get("code")
    plain = code if isinstance(code, str) and len(call.arguments) == 1 else f"{call.tool} {json.dumps(call.arguments)}"
    return escape(plain.rstrip())


def _told(item: Shown) -> str:
    """Why it was refused; or what the code printed, or the last line of its error."""
    if not item.passed:
        return escape(_why(item.refusal) or item.text)
    _, printed, output = item.text.rpartition("--- Output ---")
    return escape(output.strip() if printed else item.text.strip().splitlines()[-1])


def _why(refusal: dict[str, Any]) -> str:
    """The worst findings, or what else refused the call; the agent is told more."""
    worst = refusal.get("findings", [])[:MOST_FINDINGS]
    said = [f"line {finding['line']}: {finding['message']}" for finding in worst] or [refusal.get("message", "")]
    wait = refusal.get("retry_after")
    return "\n".join([*said, *([f"retry in {wait} s"] if wait else [])])
