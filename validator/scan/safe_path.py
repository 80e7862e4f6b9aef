"""A block of statements in; while it runs, new Python processes import nothing from the current folder.

`multiprocessing` starts `python -c`, which looks into the current folder before it looks for the modules of Python
itself; and a scan is often started in the folder whose code is to be judged.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

SAFE: Final = "PYTHONSAFEPATH"


@contextmanager
def safe_path() -> Iterator[None]:
    """Processes started inside look for modules elsewhere; no other thread may start one meanwhile."""
    before = os.environ.get(SAFE)
    os.environ[SAFE] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[SAFE]
        else:
            os.environ[SAFE] = before
