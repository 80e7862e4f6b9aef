"""Processes of our own, which import nothing from the current folder; and an environment without that, for all others.

`multiprocessing` starts `python -c`, which looks into the current folder before it looks for the modules of Python
itself. That folder is often the one whose code is judged, or the one in which an agent writes its files.
"""

import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from multiprocessing.context import SpawnContext

SAFE_PATH: Final = "PYTHONSAFEPATH"
_BEFORE: Final = os.environ.get(SAFE_PATH)


def spawning() -> "SpawnContext":
    """What starts processes of our own; from now on every process that inherits our environment is such a one."""
    # Slow to import, and a server is started without it.
    from multiprocessing import get_context

    os.environ[SAFE_PATH] = "1"
    return get_context("spawn")


def environment_of_others() -> dict[str, str]:
    """Our environment for programs that are not ours: as it was when we were started."""
    environment = {name: value for name, value in os.environ.items() if name != SAFE_PATH}
    return environment if _BEFORE is None else {**environment, SAFE_PATH: _BEFORE}
