"""A program that makes others which keep records until they are killed: a line `TARGET NAME` in, a process id out."""

import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.audit.records import make_fact, make_record
from validator.audit.log import AuditLog


def write(target: str, name: str) -> None:
    """Keep records, and say of each one that was acknowledged which number it has."""
    log = AuditLog(target)
    record = make_record(*(make_fact(path="p" * 200) for _ in range(10)))
    with Path(f"{target}.acknowledged").open("ab", buffering=0) as said:
        for count in range(100_000):
            message = f"{name}-{count}"
            number = log.append(replace(record, decision=replace(record.decision, message=message)))
            said.write(f"{number} {message}\n".encode())


if __name__ == "__main__":
    # Whoever is killed is buried by the kernel, and the libraries are loaded once for all of them.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        process = os.fork()
        if process == 0:
            write(*line.split())
        print(process, flush=True)
