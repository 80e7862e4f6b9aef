"""A whole conversation with the real command, in front of a server that writes down what it hears."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pytest

STUB = Path(__file__).parent / "stubs" / "server.py"
POLICY = {
    "version": "1",
    "default": "allow",
    "hide": ["secret"],
    "code": {"profile": "balanced"},
    "tools": {
        "scarce": {"limits": [{"counter": "scarce", "window": "day", "max": 1, "scope": "grant"}]},
        "single": {"limits": [{"counter": "single", "window": "day", "max": 1, "kind": "running"}]},
    },
}


@dataclass(frozen=True, slots=True)
class Conversation:
    """What each side saw; `answers` holds what the client was told, in order."""

    answers: list[dict[str, Any]]
    heard: list[dict[str, Any]]
    audit: list[dict[str, Any]]
    stderr: str
    exit_code: int

    def answer(self, request: object) -> dict[str, Any]:
        """The one answer to a request."""
        (found,) = [answer for answer in self.answers if answer.get("id") == request]
        return found


Converse: TypeAlias = Callable[..., Conversation]


def call(request: object, tool: str, **arguments: object) -> bytes:
    """The line that calls a tool."""
    params = {"name": tool, "arguments": arguments}
    return json.dumps({"jsonrpc": "2.0", "id": request, "method": "tools/call", "params": params}).encode()


@pytest.fixture
def converse(tmp_path: Path) -> Converse:
    """Say all lines, close our side, and listen until the proxy ends."""

    def run(*lines: bytes, command: tuple[str, ...] = (sys.executable, str(STUB))) -> Conversation:
        policy, audit, heard = tmp_path / "policy.json", tmp_path / "audit.jsonl", tmp_path / "heard.jsonl"
        policy.write_text(json.dumps(POLICY))
        proxy = [sys.executable, "-m", "validator", "proxy", "--policy", str(policy), "--audit", str(audit), "--"]
        done = subprocess.run(
            [*proxy, *command, str(heard), "the server's own words"],
            input=b"".join(line + b"\n" for line in lines),
            capture_output=True,
            timeout=60,
            env={**os.environ, "VALIDATOR_STATE": str(tmp_path / "state")},
            check=False,
        )
        return Conversation(
            answers=[json.loads(line) for line in done.stdout.splitlines()],
            heard=_lines(heard),
            audit=_lines(audit),
            stderr=done.stderr.decode(),
            exit_code=done.returncode,
        )

    return run


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
