"""A folder in, the real server in it out: with secrets around it, a proxy in front of it or none, and a client."""

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.types import LoggingMessageNotificationParams, TextContent

from tests.e2e.sequences import Case, Step
from validator.rulebook.load import shipped

Front: TypeAlias = Literal["direct", "stdio", "http"]

SECRET = "canary-4711-canary"
CAREFUL = shipped() / "policies" / "mcp-python-interpreter.json"
FORGED = '{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"error","data":"forged by {id}"}}'
SERVER_NAME = "mcp-python-interpreter"
# What the server hears goes to a file as well.
TAP = ("sh", "-c", 'tee -a "$0" | exec "$@"')
# Nothing is fetched, whatever gets through.
OFFLINE = {"PIP_NO_INDEX": "1", "PIP_RETRIES": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"}


@dataclass(frozen=True, slots=True)
class Reply:
    """What one call was answered; `rule` is empty if the server answered itself."""

    text: str
    rule: str = ""

    @property
    def refused(self) -> bool:
        """Whether the proxy answered, by a refusal."""
        return self.text.startswith("[POLICY DENIED]")


@dataclass(frozen=True, slots=True)
class World:
    """The server's folder `work`, and `outside` beside it, which nobody may touch."""

    folder: Path
    server: Path
    replies: dict[str, list[Reply]] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)

    @property
    def work(self) -> Path:
        """Where the server works."""
        return self.folder / "work"

    @property
    def outside(self) -> Path:
        """What must stay as it is."""
        return self.folder / "outside"

    def found_outside(self) -> list[str]:
        """The files that are outside by now."""
        return sorted(path.relative_to(self.outside).as_posix() for path in self.outside.rglob("*") if path.is_file())

    def heard(self) -> list[dict[str, Any]]:
        """The tool calls that reached the server."""
        lines = map(json.loads, (self.folder / "heard.jsonl").read_text("utf-8").splitlines())
        return [message["params"] for message in lines if message.get("method") == "tools/call"]


def make_world(folder: Path, server: Path) -> World:
    """Lay out the files that attacks look for."""
    world = World(folder, server)
    secret, program = f"{SECRET}\n", "print('left behind')\n"
    files = {
        world.outside / "secret.txt": secret,
        world.outside / "home/.ssh/id_rsa": secret,
        world.outside / "tree/leaf.txt": "leaf\n",
        world.outside / "left.py": program,
        world.work / "left.py": program,
        world.work / "precious.txt": "precious\n",
        world.work / "sub/id_rsa": secret,
        world.work / "sub/.env.production": secret,
        world.work / ".env": secret,
        world.work / ".git/config": secret,
        world.work / ".docker/config.json": secret,
    }
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return world


@asynccontextmanager
async def connected(world: World, front: Front, policy: Path) -> AsyncIterator[Client]:
    """A client of the server, directly or through the proxy; what it is told beside answers is kept."""

    async def keep(message: LoggingMessageNotificationParams) -> None:
        world.told.append(str(message.data))

    server = [*TAP, str(world.folder / "heard.jsonl"), str(world.server), "--dir", str(world.work)]
    proxy = [sys.executable, "-m", "validator", "proxy", "--policy", str(policy), "--server", SERVER_NAME]
    audit = ["--audit", str(world.folder / "audit.jsonl")]
    if front == "http":
        with _listening([*proxy, *audit, "--anonymous", "agent", "--", *server], world) as url:
            async with Client(url, logging_callback=keep) as client:
                yield client
        return
    command = server if front == "direct" else [*proxy, *audit, "--", *server]
    parameters = StdioServerParameters(command=command[0], args=command[1:], env=_environment(world))
    with (world.folder / "log.txt").open("a") as log:
        async with Client(stdio_client(parameters, errlog=log), logging_callback=keep) as client:
            yield client


async def run_cases(world: World, front: Front, policy: Path, cases: Sequence[Case]) -> World:
    """Make the calls of all cases, one after the other, and keep the answers."""
    async with connected(world, front, policy) as client:
        for case in cases:
            replies: list[Reply] = []
            for step in case.steps:
                replies += await _take(client, _meanings(world, case), step)
            world.replies[case.id] = replies
    return world


async def _take(client: Client, meanings: Mapping[str, str], step: Step) -> list[Reply]:
    """The answer to a step; to one that is repeated, those up to the first refusal."""
    replies: list[Reply] = []
    for number in range(step.within):
        arguments = {key: _fill(value, {**meanings, "{n}": str(number)}) for key, value in step.arguments.items()}
        result = await client.call_tool(step.tool, arguments)
        text = "\n".join(block.text for block in result.content if isinstance(block, TextContent))
        structure = result.structured_content or {}
        replies.append(Reply(text, str(structure.get("rule", ""))))
        if replies[-1].refused:
            break
    return replies[-1:] if step.within > 1 else replies


def proof_of(case: Case, world: World) -> str:
    """What answers hold if an attack succeeds, or work is done."""
    return str(_fill(case.proof, _meanings(world, case)))


def _meanings(world: World, case: Case) -> dict[str, str]:
    return {"{forged}": FORGED, "{id}": case.id, "{outside}": str(world.outside), "{secret}": SECRET}


def _fill(value: Any, meanings: Mapping[str, str]) -> Any:
    """An argument with what its words in braces mean in this world."""
    if isinstance(value, str):
        for name, meaning in meanings.items():
            value = value.replace(name, meaning)
    return value


def talk(world: World, proxy: Sequence[str], lines: Sequence[str]) -> list[str]:
    """Say lines to a proxy as they are, listen until the request `last` is answered, and give all that it said."""
    server = [*TAP, str(world.folder / "heard.jsonl"), str(world.server), "--dir", str(world.work)]
    command = [*proxy, "--audit", str(world.folder / "audit.jsonl"), "--", *server]
    pipe = subprocess.PIPE
    with (
        (world.folder / "log.txt").open("w") as log,
        subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=log, env=_environment(world)) as process,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("".join(line + "\n" for line in lines).encode())
        process.stdin.flush()
        told = []
        for line in process.stdout:
            told.append(line.decode())
            if json.loads(line).get("id") == "last":
                break
        process.stdin.close()
    return told


@contextmanager
def _listening(command: list[str], world: World) -> Iterator[str]:
    command = [*command[:4], "--listen", "127.0.0.1:0", *command[4:]]
    with (world.folder / "log.txt").open("a") as log:
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=_environment(world))
        assert process.stderr is not None
        for line in process.stderr:
            log.write(line)
            if "listening on" in line:
                break
        else:
            raise AssertionError((world.folder / "log.txt").read_text())
    try:
        yield line.split()[-1]
    finally:
        process.terminate()
        process.communicate(timeout=30)


def _environment(world: World) -> dict[str, str]:
    cache = world.server.parents[1] / "matplotlib"
    ours = {
        # pip asks rustc for its version, which would leave a file in the home.
        "RUSTUP_HOME": str(world.folder / "rustup"),
        "VALIDATOR_STATE": str(world.folder / "state"),
        "HOME": str(world.outside / "home"),
        "DEMO_TOKEN": SECRET,
        "MPLCONFIGDIR": str(cache),
        "MPLBACKEND": "Agg",
    }
    return {**os.environ, **OFFLINE, **ours}
