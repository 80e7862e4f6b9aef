"""The demo shows what it promises."""

import subprocess
import sys
from pathlib import Path

from validator.demo.calls import CALLS, ELEVENTH


def test_every_call_of_the_demo_ends_as_it_should(upstream: Path) -> None:
    command = [sys.executable, "-m", "validator", "demo", "--cache", str(upstream.parents[2])]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    for call in (*CALLS, ELEVENTH):
        assert call.title in done.stdout
    assert done.stdout.count("passed") == sum(call.passes for call in CALLS)
