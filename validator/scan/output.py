"""A path in, a place to write to out; a file appears whole or not at all."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO

from validator.model.errors import InputError, Problem


@contextmanager
def open_output(path: Path | None) -> Iterator[TextIO]:
    """Standard output for None, else a temporary file that takes the path's place once all is written."""
    with _explained(path):
        if path is None:
            yield sys.stdout
            sys.stdout.flush()
        else:
            with _open_whole(path.resolve()) as file, open(file.fileno(), "w", encoding="utf-8", closefd=False) as text:
                yield text


@contextmanager
def open_binary(path: Path | None) -> Iterator[BinaryIO]:
    """The same for bytes."""
    with _explained(path):
        if path is None:
            yield sys.stdout.buffer
            sys.stdout.buffer.flush()
        else:
            with _open_whole(path.resolve()) as file:
                yield file


@contextmanager
def _explained(path: Path | None) -> Iterator[None]:
    """Name the place in whatever keeps the report from being written."""
    try:
        yield
    except OSError as error:
        if path is None:
            _forget_output()
        place = f"--output {path}" if path is not None else "standard output"
        raise InputError(Problem(place, error.strerror or str(error), "name a file you can write")) from error


def _forget_output() -> None:
    """Keep the interpreter from trying once more, at its end, to write what cannot be written."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError:
        return  # it is no file of the system


@contextmanager
def _open_whole(path: Path) -> Iterator[BinaryIO]:
    if path.exists() and not path.is_file():
        # Moving a file over /dev/stdout or a pipe would put it out of the way instead of filling it.
        with path.open("wb") as file:
            yield file
        return
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("xb") as file:
            yield file
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
