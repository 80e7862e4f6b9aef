"""Servers as processes of their own: started until they say where they listen, ended for sure."""

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

ROOT: Final = Path(__file__).parents[2]
EVERYTHING: Final = [sys.executable, "-m", "tests.everything"]
POLICY: Final = {"version": "1", "default": "allow", "tools": {}}
PATIENCE: Final = 60
_ADDRESS: Final = re.compile(r"listening on (http://127\.0\.0\.1:\d+\S*)")


@contextmanager
def listening(command: Sequence[str]) -> Iterator[str]:
    """The address of a server, for as long as it is needed."""
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    with process.stderr as said:
        try:
            yield _address(process, said)
        finally:
            process.terminate()
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def everything(*options: str) -> Iterator[str]:
    """The address of an everything server of our own."""
    with listening([*EVERYTHING, "--port", "0", *options]) as url:
        yield url


@contextmanager
def over_http(folder: Path, *upstream: str, hide: Sequence[str] = ()) -> Iterator[str]:
    """The address of a proxy in front of an upstream, given as `--upstream URL` or as `-- COMMAND…`."""
    options = ["--policy", str(policy(folder, hide)), "--listen", "127.0.0.1:0", "--anonymous", "conformance"]
    with listening([sys.executable, "-m", "validator", "proxy", *options, *upstream]) as url:
        yield url


def over_stdio(folder: Path, *upstream: str) -> list[str]:
    """The command of a proxy in front of an upstream, given as `--upstream URL` or as `-- COMMAND…`."""
    return [sys.executable, "-m", "validator", "proxy", "--policy", str(policy(folder)), *upstream]


def policy(folder: Path, hide: Sequence[str] = ()) -> Path:
    """A policy that lets everything pass but hidden tools: what else differs under it differs because of the proxy itself."""
    path = folder / "policy.json"
    path.write_text(json.dumps({**POLICY, "hide": list(hide)}))
    return path


def _address(process: subprocess.Popen[str], said: IO[str]) -> str:
    impatient = threading.Timer(PATIENCE, process.kill)
    impatient.start()
    lines = []
    for line in said:
        lines.append(line)
        if found := _ADDRESS.search(line):
            impatient.cancel()
            # Nobody reads on, but a full pipe would make the server wait.
            threading.Thread(target=_drain, args=(said,), daemon=True).start()
            return found[1]
    impatient.cancel()
    raise AssertionError(f"this server never listened: {' '.join(map(str, process.args))}\n{''.join(lines)}")


def _drain(said: IO[str]) -> None:
    for _ in said:
        pass
