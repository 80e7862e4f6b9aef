"""The other process: arguments in, facts and sessions out, until nobody asks any more."""

import gc
import os
import resource
import signal
import sys
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from validator.analyse.observe import observe, observe_next
from validator.model.argument import Argument
from validator.model.catalog import Catalog
from validator.model.limits import DEFAULT_LIMITS
from validator.rulebook.load import load_rulebook
from validator.worker.carry import pack, pack_session, unpack

READY = b"ready"
NO_MEMORY = b"memory"
NICER = 5
WARM = Argument("import os\nos.kill(1, 9)")


def serve(connection: Connection, memory: int) -> None:
    """Answer each request, with `memory` bytes at the most beside what is needed to begin."""
    # The process that asks is told to end, and ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(NICER)  # whoever waits for an answer to light code goes first
    catalog = load_rulebook().catalog
    observe(WARM, catalog)  # what is loaded on first use needs room that the limit would not leave
    gc.collect()
    gc.freeze()
    pages = _pages()
    if pages:
        limit = pages * resource.getpagesize() + memory
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    # An error of ours may quote the argument, and nobody is to read that; whoever asked is told that we ended.
    with Path(os.devnull).open("w") as nowhere:
        sys.stdout = sys.stderr = nowhere
        connection.send_bytes(READY)
        with suppress(EOFError):
            while True:
                connection.send_bytes(_answer(connection.recv_bytes(), catalog))


def _answer(request: bytes, catalog: Catalog) -> bytes:
    try:
        argument, raw = unpack(request)
        session: Any = unpack(raw)
        if session is None:
            return pack((observe(argument, catalog), pack_session(None)))
        facts, after = observe_next(argument, catalog, DEFAULT_LIMITS, session)
        return pack((facts, pack_session(after)))
    except MemoryError:
        return NO_MEMORY


def _pages() -> int:
    """How many pages of addresses this process has; none where the system does not tell, as macOS does not."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[0])
    except OSError:
        return 0
