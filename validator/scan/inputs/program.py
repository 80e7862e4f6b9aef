"""A file or a stream in, one sample out: the whole of it is a program."""

from pathlib import Path
from typing import BinaryIO

from validator.scan.sample import LONGEST, Place, Sample


def read_file(path: Path) -> Sample:
    """The whole file as one sample."""
    try:
        with path.open("rb") as file:
            return read_stream(file, path.as_posix())
    except OSError as error:
        return unreadable(path.as_posix(), f"the file cannot be read: {error.strerror or error}")


def read_stream(stream: BinaryIO, name: str) -> Sample:
    """The rest of a stream as one sample."""
    content = stream.read(LONGEST + 1)
    problem = "the file is too long to be read" if len(content) > LONGEST else ""
    # What nobody will look into need not be carried about.
    return Sample(name, b"" if problem else content, problem, Place(name, inside=True), key=name, own=True)


def unreadable(name: str, problem: str) -> Sample:
    """The sample that stands for a file of which nothing can be read."""
    return Sample(name, b"", problem, Place(name, inside=True), key=name)
