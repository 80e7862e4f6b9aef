"""A path in, a place to write lines to out; a file appears whole or not at all."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from validator.model.errors import InputError, Problem


@contextmanager
def open_output(path: Path | None) -> Iterator[TextIO]:
    """Standard output for None, else a temporary file that takes the path's place once all is written."""
    if path is None:
        yield sys.stdout
        return
    try:
        with _open_whole(path.resolve()) as file:
            yield file
    except OSError as error:
        raise InputError(
            Problem(f"--output {path}", error.strerror or str(error), "name a file you can write")
        ) from error


@contextmanager
def _open_whole(path: Path) -> Iterator[TextIO]:
    if path.exists() and not path.is_file():
        # Moving a file over /dev/stdout or a pipe would put it out of the way instead of filling it.
        with path.open("w", encoding="utf-8") as file:
            yield file
        return
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("x", encoding="utf-8") as file:
            yield file
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
