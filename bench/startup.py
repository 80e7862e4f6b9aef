"""Measures how long a client waits for the proxy to be there; exits 1 if that is too long.

The server behind it answers `initialize` as soon as Python runs. Compared is the time until the answer has come through
the proxy with the time until it comes from the server alone, and what importing libcst takes. Run it with the Python of
an environment in which the wheel is installed: a wheel carries its rules ready to use, a checkout reads them anew.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from os import environ
from pathlib import Path
from statistics import median
from typing import Final

ALLOWED: Final = 1.2
WARMING: Final = 2
ROUNDS: Final = 11
POLICY: Final = {"version": "1", "default": "allow"}
INSTANT: Final = """\
import sys
for line in sys.stdin:
    print('{"jsonrpc": "2.0", "id": 1, "result": {"protocolVersion": "2025-11-25"}}', flush=True)
"""
ASKED: Final = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {}}).encode() + b"\n"
IMPORTS: Final = (sys.executable, "-c", "import libcst; print(1)")


def main() -> None:
    """Start all in turn, so that a busy machine slows all alike, and compare the medians."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "policy.json").write_text(json.dumps(POLICY))
        (folder / "instant.py").write_text(INSTANT)
        server = (sys.executable, str(folder / "instant.py"))
        proxy = (sys.executable, "-m", "validator", "proxy", "--policy", str(folder / "policy.json"), "--", *server)
        # Installed programs start from compiled modules: keep some for this measurement, whatever the machine does.
        kept = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": name, "VALIDATOR_STATE": str(folder / "state")}
        rounds = [[seconds(each, kept) for each in (server, IMPORTS, proxy)] for _ in range(WARMING + ROUNDS)]
    alone, imports, through = (median(times) for times in zip(*rounds[WARMING:], strict=True))
    ratio = through / (alone + imports)
    print(f"server alone {alone * 1000:.0f} ms, import libcst {imports * 1000:.0f} ms, through the proxy", end=" ")
    print(f"{through * 1000:.0f} ms: {ratio:.2f} times the two together (allowed {ALLOWED})")
    sys.exit(ratio > ALLOWED)


def seconds(command: Sequence[str], environment: Mapping[str, str]) -> float:
    """How long it takes from starting a command to its first line; it is ended after."""
    begun = time.perf_counter()
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**environ, **environment}
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(ASKED if len(command) != len(IMPORTS) or command[1] != "-c" else b"")
        process.stdin.flush()
        line = process.stdout.readline()
        taken = time.perf_counter() - begun
        process.stdin.close()
    if not line:
        raise RuntimeError(f"{command} said nothing")
    return taken


if __name__ == "__main__":
    main()
