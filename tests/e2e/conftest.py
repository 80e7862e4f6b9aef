"""The SDK's own client over real pipes, with the real server behind the proxy or directly."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

Policy: TypeAlias = Path | dict[str, Any]
Connect: TypeAlias = Callable[[Policy | None], AbstractAsyncContextManager[Client]]


@pytest.fixture
def audit(tmp_path: Path) -> Path:
    """Where the proxy writes its audit."""
    return tmp_path / "audit.jsonl"


@pytest.fixture
def connect(upstream: Path, tmp_path: Path, audit: Path) -> Connect:
    """Connect through the proxy under a policy, or directly to the server without one."""
    server = [str(upstream), "--dir", str(tmp_path / "work")]

    @asynccontextmanager
    async def through(policy: Policy | None) -> AsyncIterator[Client]:
        command = server if policy is None else [*_proxy(policy, tmp_path, audit), "--", *server]
        environment = {**os.environ, "VALIDATOR_STATE": str(tmp_path / "state")}
        parameters = StdioServerParameters(command=command[0], args=command[1:], env=environment)
        with (tmp_path / "log.txt").open("a") as log:
            async with Client(stdio_client(parameters, errlog=log)) as client:
                yield client

    return through


@pytest.fixture(scope="session")
def plotting_upstream(upstream: Path) -> Path:
    """The server in an environment that has matplotlib too; installed once, like the server itself."""
    python = upstream.parent / "python"
    found = subprocess.run([str(python), "-c", "import matplotlib"], stderr=subprocess.DEVNULL, check=False)
    if found.returncode:
        uv = shutil.which("uv")
        command = [uv, "pip", "install", "--python", str(python)] if uv else [str(python), "-m", "pip", "install"]
        subprocess.run([*command, "--quiet", "matplotlib>=3.10,<4"], check=True)
    return upstream


def _proxy(policy: Policy, folder: Path, audit: Path) -> list[str]:
    if isinstance(policy, dict):
        written = folder / "policy.json"
        written.write_text(json.dumps(policy))
        policy = written
    return [sys.executable, "-m", "validator", "proxy", "--policy", str(policy), "--audit", str(audit)]
