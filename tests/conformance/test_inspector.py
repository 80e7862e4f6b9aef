"""The Inspector, a client that others wrote, is told the same through the proxy as without it, to the byte."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, TypeAlias

import pytest

from tests.conformance.node import Node
from tests.conformance.serving import EVERYTHING, ROOT, over_http, over_stdio

METHODS: Final = ("tools/list", "resources/list", "resources/templates/list", "prompts/list")
ERAS: Final = ("legacy", "modern")
Inspect: TypeAlias = Callable[..., bytes]


@pytest.fixture
def inspect(node: Node, tmp_path: Path) -> Inspect:
    """What the Inspector prints when it asks a server, which is given as options."""

    def run(*options: str) -> bytes:
        command = node.inspector(*options, "--format", "json", "-q")
        # It writes into the home folder, and starts servers with its own environment.
        environment = {**os.environ, "HOME": str(tmp_path)}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    return run


@pytest.fixture
def servers(node: Node, tmp_path: Path) -> Path:
    """A configuration with two servers over stdio, each of them direct and through the proxy."""
    commands = {"ours": EVERYTHING, "theirs": node.everything()}
    commands |= {f"{name}-through": over_stdio(tmp_path, "--", *command) for name, command in commands.items()}
    path = tmp_path / "servers.json"
    path.write_text(json.dumps({"mcpServers": {name: _entry(command) for name, command in commands.items()}}))
    return path


def _entry(command: Sequence[str]) -> dict[str, object]:
    environment = {"VALIDATOR_STATE": os.environ["VALIDATOR_STATE"], "PATH": os.environ["PATH"]}
    return {"type": "stdio", "command": command[0], "args": list(command[1:]), "env": environment}


def _items(answer: bytes) -> int:
    """How many things a list has; a list that is missing on both sides would be the same, too."""
    return sum(len(value) for value in json.loads(answer)["result"].values() if isinstance(value, list))


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("method", METHODS)
def test_our_upstream_lists_the_same_over_stdio(inspect: Inspect, servers: Path, method: str, era: str) -> None:
    asked = ["--config", str(servers), "--method", method, "--protocol-era", era, "--server"]
    direct = inspect(*asked, "ours")
    assert _items(direct) > 0
    assert inspect(*asked, "ours-through") == direct


@pytest.fixture(scope="module")
def through_http(upstream_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a proxy in front of our upstream, over HTTP on both sides."""
    with over_http(tmp_path_factory.mktemp("http"), "--upstream", upstream_url) as url:
        yield url


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("method", METHODS)
def test_our_upstream_lists_the_same_over_http(
    inspect: Inspect, upstream_url: str, through_http: str, method: str, era: str
) -> None:
    asked = ["--transport", "http", "--method", method, "--protocol-era", era, "--server-url"]
    direct = inspect(*asked, upstream_url)
    assert _items(direct) > 0
    assert inspect(*asked, through_http) == direct


@pytest.fixture(scope="module")
def http_to_stdio(node: Node, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a proxy that starts our upstream itself."""
    with over_http(tmp_path_factory.mktemp("http"), "--", *EVERYTHING) as url:
        yield url


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("method", METHODS)
def test_our_upstream_lists_the_same_where_the_proxy_changes_http_to_stdio(
    inspect: Inspect, upstream_url: str, http_to_stdio: str, method: str, era: str
) -> None:
    asked = ["--transport", "http", "--method", method, "--protocol-era", era, "--server-url"]
    assert inspect(*asked, http_to_stdio) == inspect(*asked, upstream_url)


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("method", METHODS)
def test_our_upstream_lists_the_same_where_the_proxy_changes_stdio_to_http(
    inspect: Inspect, upstream_url: str, tmp_path: Path, method: str, era: str
) -> None:
    servers = {"through": _entry(over_stdio(tmp_path, "--upstream", upstream_url))}
    (tmp_path / "servers.json").write_text(json.dumps({"mcpServers": servers}))
    asked = ["--method", method, "--protocol-era", era]
    through = inspect("--config", str(tmp_path / "servers.json"), "--server", "through", *asked)
    assert through == inspect("--transport", "http", "--server-url", upstream_url, *asked)


@pytest.mark.parametrize("method", METHODS)
def test_the_projects_everything_server_lists_the_same_over_stdio(inspect: Inspect, servers: Path, method: str) -> None:
    asked = ["--config", str(servers), "--method", method, "--server"]
    direct = inspect(*asked, "theirs")
    assert _items(direct) > 0
    assert inspect(*asked, "theirs-through") == direct
