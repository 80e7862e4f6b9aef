"""Processes of our own, which import nothing from the current folder; and an environment without that, for all others.

`multiprocessing` starts `python -c`, which looks into the current folder before it looks for the modules of Python
itself. That folder is often the one whose code is judged, or the one in which an agent writes its files.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import Final

SAFE_PATH: Final = "PYTHONSAFEPATH"
_BEFORE: Final = os.environ.get(SAFE_PATH)
_STARTING: Final = threading.Lock()


class _Apart(SpawnProcess):
    """A process that is started with the safe path."""

    def start(self) -> None:
        with _STARTING, _safe_path():
            super().start()


class _Context(SpawnContext):
    Process = _Apart


def spawning() -> SpawnContext:
    """What starts processes of our own."""
    return _Context()


def environment_of_others() -> dict[str, str]:
    """Our environment for programs that are not ours: as it was when we were started."""
    environment = {name: value for name, value in os.environ.items() if name != SAFE_PATH}
    return environment if _BEFORE is None else {**environment, SAFE_PATH: _BEFORE}


@contextmanager
def _safe_path() -> Iterator[None]:
    """There is no other way to tell a process that `multiprocessing` starts."""
    os.environ[SAFE_PATH] = "1"
    try:
        yield
    finally:
        if _BEFORE is None:
            del os.environ[SAFE_PATH]
        else:
            os.environ[SAFE_PATH] = _BEFORE
