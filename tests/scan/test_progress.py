"""Promises of the bar: who watches sees how fast a scan is and how long it will take; a pipe gets nothing of it."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

CODE = "import os\nfor name in os.listdir('.'):\n    os.system('rm ' + name)\n"
RATE = re.compile(r"\d+ samples, \d+/s")
REMAINING = re.compile(r"\d:\d\d:\d\d")


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    """A scan that takes about a second."""
    file = tmp_path / "many.jsonl"
    file.write_text("".join(json.dumps({"id": str(number), "code": CODE}) + "\n" for number in range(1500)))
    scan = [sys.executable, "-m", "validator", "scan", str(file), "--jobs", "1", "--format", "jsonl"]
    return [*scan, "--output", str(tmp_path / "report.jsonl")]


def test_on_a_terminal_the_bar_shows_the_rate_and_the_time_that_remains(command: list[str]) -> None:
    shown = watch(command)
    assert RATE.search(shown)
    assert REMAINING.search(shown)


def test_in_a_pipe_there_is_no_bar(command: list[str]) -> None:
    ended = subprocess.run(command, capture_output=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (1, b"", b"")


def watch(command: list[str]) -> str:
    """What a terminal that is the standard error of a command gets to see."""
    ours, theirs = os.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "120"}
    with (
        subprocess.Popen(command, stderr=theirs, env=environment) as process,
        os.fdopen(ours, "rb", buffering=0) as terminal,
    ):
        os.close(theirs)
        shown = b"".join(iter(lambda: read(terminal.fileno()), b""))
        assert process.wait() == 1
    return shown.decode()


def read(terminal: int) -> bytes:
    """The next bytes; a terminal that nobody writes to any more is an error on Linux, and an end elsewhere."""
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""
