"""The servers and proxies that are measured against each other: commands to start, addresses to call."""

import asyncio
import json
import os
import sys
import venv
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias
from urllib.parse import urlsplit

from mcp import StdioServerParameters
from mcp.client.stdio import stdio_client

HERE: Final = Path(__file__).parent
ECHO: Final = (sys.executable, str(HERE / "echo.py"))
FASTMCP: Final = "4.1.2"
STARTING: Final = 60.0
BARE: Final = ("--store", "memory", "--audit", "none")
LIMIT: Final = {"window": "minute", "max": 1_000_000_000, "scope": "grant"}
POLICY: Final = {
    "version": "1",
    "default": "deny",
    "code": {"profile": "balanced"},
    "tools": {
        "echo": {"limits": [{"counter": "echoes", **LIMIT}]},
        "run": {"code": {"argument": "args.code"}, "limits": [{"counter": "runs", **LIMIT}]},
    },
}
Target: TypeAlias = tuple[str, ...] | str
"""A command that speaks on stdio, or an address."""


@dataclass(frozen=True, slots=True)
class Place:
    """A folder with a policy, in which each proxy that is started keeps its state apart."""

    folder: Path
    policy: Mapping[str, object] = field(default_factory=lambda: POLICY)

    def proxy(self, name: str, target: Target, *options: str) -> tuple[str, ...]:
        """The command of our proxy in front of a server."""
        (self.folder / name).mkdir()
        policy = self.folder / "policy.json"
        policy.write_text(json.dumps(self.policy))
        state = f"VALIDATOR_STATE={self.folder / name}"
        behind = ("--upstream", target) if isinstance(target, str) else ("--", *target)
        ours = (sys.executable, "-m", "validator", "proxy", "--policy", str(policy), *options)
        return ("/usr/bin/env", state, *ours, *behind)


def over_http(command: tuple[str, ...]) -> tuple[str, ...]:
    """The command with a free port of this machine to listen at."""
    at = command.index("proxy") + 1
    return (*command[:at], "--listen", "127.0.0.1:0", "--anonymous", "default", *command[at:])


def fastmcp(python: Path, front: str, target: Target) -> tuple[str, ...]:
    """The command of a fastmcp proxy in front of a server."""
    behind = (target,) if isinstance(target, str) else target
    return (str(python), str(HERE / "fastmcp_proxy.py"), front, *behind)


def make_fastmcp() -> Path:
    """The Python of an environment with fastmcp, which is made in the user's cache folder if it is not there."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "validator" / f"fastmcp-{FASTMCP}"
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        import subprocess

        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", f"fastmcp=={FASTMCP}"], check=True)
        (folder / "ready").touch()
    return python


@asynccontextmanager
async def on_stdio(command: tuple[str, ...]) -> AsyncIterator[object]:
    """The two ends of a command that is started, and ended after; what it says on standard error is dropped."""
    with Path(os.devnull).open("w") as silence:
        parameters = StdioServerParameters(command=command[0], args=list(command[1:]), env=dict(os.environ))
        async with stdio_client(parameters, errlog=silence) as ends:
            yield ends


@asynccontextmanager
async def listening(command: tuple[str, ...]) -> AsyncIterator[tuple[str, asyncio.subprocess.Process]]:
    """The address that a command says it listens at, and its process, which is ended after."""
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    assert process.stderr is not None
    said = b""
    async for line in process.stderr:
        said += line
        if b"listening on " in line:
            break
    else:
        raise RuntimeError(f"{command[0]} did not start: {said.decode()}")
    draining = asyncio.create_task(_drain(process.stderr))
    try:
        url = line.split()[-1].decode()
        await _answering(url)
        yield url, process
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()
        draining.cancel()


async def _answering(url: str) -> None:
    """Wait until somebody listens: some say where they will, before they do."""
    async with asyncio.timeout(STARTING):
        while True:
            with suppress(OSError):
                _, writer = await asyncio.open_connection(urlsplit(url).hostname, urlsplit(url).port)
                writer.close()
                return
            await asyncio.sleep(0.05)


async def _drain(stream: asyncio.StreamReader) -> None:
    while await stream.read(65536):
        pass
