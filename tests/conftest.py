"""What tests of several rooms share: the real server that the proxy stands in front of, and a PostgreSQL server."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from validator.demo.environment import upstream_environment


@pytest.fixture(autouse=True, scope="session")
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A state folder of our own: what a command keeps must not end up in that of the person who runs the tests."""
    before = os.environ.get("VALIDATOR_STATE")
    os.environ["VALIDATOR_STATE"] = str(tmp_path_factory.mktemp("state"))
    yield
    if before is None:
        del os.environ["VALIDATOR_STATE"]
    else:
        os.environ["VALIDATOR_STATE"] = before


@pytest.fixture(scope="session")
def upstream(pytestconfig: pytest.Config) -> Path:
    """The executable of mcp-python-interpreter; its environment is made once and kept in a cache."""
    cache = os.environ.get("VALIDATOR_UPSTREAM_CACHE")
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")
    # The first run downloads for a while: whoever waits should see why.
    with capture.global_and_fixture_disabled():
        return upstream_environment(Path(cache) if cache else None)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a PostgreSQL server of our own, on a free port, with its data in a scratch folder."""
    if not shutil.which("initdb") or not shutil.which("pg_ctl"):
        pytest.skip("PostgreSQL IS NOT INSTALLED: what is kept there is not tested (apt-get install postgresql)")
    # Not below pytest's own folder, which every session that starts closes to all users but one.
    with tempfile.TemporaryDirectory(prefix="validator-postgres-") as folder:
        yield from _serve(Path(folder))


def _serve(folder: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data, options = str(folder / "data"), f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories="
    commands = (
        ["initdb", "-D", data, "-A", "trust", "-U", "tester", "--no-sync"],
        ["pg_ctl", "-D", data, "-o", options, "-w", "-l", str(folder / "log"), "start"],
    )
    owner = _as_nobody(folder)
    for command in commands:
        # What is started inherits no pipe, or waiting for its end would never end.
        with (folder / f"{command[0]}.out").open("w") as out:
            done = subprocess.run([*owner, *command], stdout=out, stderr=out, timeout=120, check=False)
        if done.returncode:
            said = (folder / f"{command[0]}.out").read_text()[-300:]
            pytest.skip(f"PostgreSQL DOES NOT START: what is kept there is not tested ({said})")
    yield f"postgresql://tester@127.0.0.1:{port}/postgres"
    stop = [*owner, "pg_ctl", "-D", data, "-m", "immediate", "stop"]
    subprocess.run(stop, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True, timeout=60)


def _as_nobody(folder: Path) -> list[str]:
    """PostgreSQL refuses to run as root, so there it runs as a user who owns nothing but the folder."""
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        return []
    os.chown(folder, 65534, 65534)
    return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
