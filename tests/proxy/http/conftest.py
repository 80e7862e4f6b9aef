"""The real command, listening on loopback in front of a server that misbehaves on demand, and a client of bare HTTP."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.proxy.conftest import POLICY
from tests.proxy.http.upstream import Upstream, start_upstream

BOTH = "application/json, text/event-stream"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `events` are the messages of a stream."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def message(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.body)
        return told

    @property
    def events(self) -> list[dict[str, Any]]:
        return [
            json.loads(line[5:]) for line in self.body.split(b"\n") if line.startswith(b"data:") and line[5:].strip()
        ]

    @property
    def text(self) -> str:
        """What the agent reads of a tool result."""
        told: str = self.message["result"]["content"][0]["text"]
        return told


@dataclass(frozen=True, slots=True)
class Proxy:
    """A running proxy; `token` is that of the grant `agent`, `folder` holds its files."""

    url: str
    folder: Path
    process: "subprocess.Popen[str]"
    token: str = ""

    def ask(
        self, body: object, *, http: str = "POST", path: str = "", token: str | None = None, **headers: str
    ) -> Answer:
        """One request, with the token of the grant unless another is given; an empty one is none."""
        connection = self.connect()
        told = {"Content-Type": "application/json", "Accept": BOTH}
        told |= {name.replace("_", "-"): value for name, value in headers.items()}
        shown = self.token if token is None else token
        if shown:
            told["Authorization"] = f"Bearer {shown}"
        content = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else None
        connection.request(http, path or urlsplit(self.url).path, content, told)
        answer = connection.getresponse()
        try:
            return Answer(answer.status, {key.lower(): value for key, value in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=30)

    def call(self, tool: str, request: object = 1, **arguments: object) -> Answer:
        return self.ask(call(tool, request, **arguments))


def call(tool: str, request: object = 1, **arguments: object) -> dict[str, Any]:
    """The message that calls a tool."""
    return {"jsonrpc": "2.0", "id": request, "method": "tools/call", "params": {"name": tool, "arguments": arguments}}


def until(holds: Callable[[], bool], seconds: float = 20) -> None:
    """Look until something holds that happens in another process."""
    last = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < last


def validator(folder: Path, *arguments: str) -> str:
    """What a command says."""
    command = [sys.executable, "-m", "validator", *arguments]
    return subprocess.run(command, env=environment(folder), capture_output=True, text=True, check=True).stdout


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "VALIDATOR_STATE": str(folder / "state"), "VALIDATOR_UPSTREAM_TOKEN": "ours"}


@contextmanager
def serve(folder: Path, *options: str, token: str = "") -> Iterator[Proxy]:
    """Start the proxy, and end it by a signal."""
    command = [sys.executable, "-m", "validator", "proxy", "--listen", "127.0.0.1:0", *options]
    with (folder / "stderr").open("w") as stderr:
        process = subprocess.Popen(
            command, env=environment(folder), stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        assert process.stderr is not None
        for line in process.stderr:
            if "listening on" in line:
                break
            stderr.write(line)
        else:
            pytest.fail((folder / "stderr").read_text())
    try:
        yield Proxy(line.split()[-1], folder, process, token)
    finally:
        process.send_signal(signal.SIGTERM)
        _, rest = process.communicate(timeout=30)
        (folder / "stderr").write_text(rest)
        assert "Traceback" not in rest, rest


@pytest.fixture(scope="package")
def upstream() -> Iterator[Upstream]:
    started = start_upstream()
    yield started
    started.server.shutdown()
    started.server.server_close()


@pytest.fixture(scope="package")
def proxy(upstream: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """One proxy for all tests that change nothing about it."""
    folder = tmp_path_factory.mktemp("proxy")
    (folder / "policy.json").write_text(json.dumps({**POLICY, "tools": {"region": {"force": {"args.region": "eu"}}}}))
    token = validator(folder, "grants", "create", "agent", "--policy", str(folder / "policy.json")).strip()
    with serve(folder, "--upstream", upstream.url, "--timeout", "2", token=token) as started:
        yield started
