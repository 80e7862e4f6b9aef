"""Processes that are killed while they write, two at a time: what was acknowledged is there, and the chain holds."""

import os
import random
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from validator.audit.log import AuditLog
from validator.audit.place import find_place
from validator.audit.read import read_calls
from validator.audit.verify import verify_audit

WRITER = Path(__file__).parent / "writer.py"
ROUNDS = 100
AT_ONCE = 2
LONGEST = 0.1  # seconds until a writer is killed; the shortest are killed before they have opened the audit
Start: TypeAlias = Callable[[Path, str], int]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a writer; returns the number of its process."""
    with subprocess.Popen(
        [sys.executable, str(WRITER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as made:

        def start(target: Path, name: str) -> int:
            assert made.stdin is not None
            assert made.stdout is not None
            made.stdin.write(f"{target} {name}\n")
            made.stdin.flush()
            return int(made.stdout.readline())

        yield start
        made.stdin.close()


def kill_after(process: int, seconds: float) -> None:
    """Kill a process at a point of its work that nobody has chosen, and wait until it is gone."""
    handle = os.pidfd_open(process)
    ready, _, _ = select.select([handle], [], [], seconds)
    assert not ready, "the writer ended by itself"
    signal.pidfd_send_signal(handle, signal.SIGKILL)
    assert select.select([handle], [], [], 10)[0]
    os.close(handle)


def test_what_was_acknowledged_survives_a_kill_at_any_point(target: Path, start: Start) -> None:
    chance = random.Random(7)
    for number in range(ROUNDS):
        writers = [start(target, f"{number}.{each}") for each in range(AT_ONCE)]
        for writer in writers:
            kill_after(writer, chance.uniform(0, LONGEST))
    AuditLog(target).close()
    report = verify_audit(find_place(target))
    kept = {call["message"]: call["sequence"] for call in read_calls(find_place(target))}
    said = [line.split() for line in target.with_name(f"{target.name}.acknowledged").read_text().splitlines()]
    assert len(said) > ROUNDS
    assert (report.faults, report.notes) == ([], [])
    assert [each for each in said if kept.get(each[1]) != int(each[0])] == []
