"""Paths in, samples out, one at a time and in a stable order; what cannot be read is a sample too."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

LONGEST: Final = 64 * 1024 * 1024  # bytes of one file or record; the judge refuses far smaller ones
RECORDS: Final = frozenset({".jsonl", ".ndjson"})


@dataclass(frozen=True, slots=True)
class Sample:
    """One piece of code to judge; `problem` says why there is none, `content` is then what was read."""

    id: str
    content: str | bytes
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Fields:
    """The names under which a record keeps its code and its identity."""

    code: str = "code"
    id: str = "id"


def find_samples(paths: Iterable[Path], fields: Fields) -> Iterator[Sample]:
    """Every sample of files, folders and JSON lines, in the order of the paths."""
    for path in paths:
        if path.is_dir():
            yield from _read_folder(path)
        elif path.suffix in RECORDS:
            yield from _read_records(path, fields)
        else:
            yield read_file(path)


def read_file(path: Path) -> Sample:
    """The whole file as one sample."""
    try:
        with path.open("rb") as file:
            return read_stream(file, path.as_posix())
    except OSError as error:
        return Sample(path.as_posix(), b"", f"the file cannot be read: {error.strerror}")


def read_stream(stream: BinaryIO, name: str) -> Sample:
    """The rest of a stream as one sample."""
    content = stream.read(LONGEST + 1)
    return Sample(name, content, "the file is too long to be read" if len(content) > LONGEST else "")


def _read_folder(folder: Path) -> Iterator[Sample]:
    try:
        children = sorted(folder.iterdir())
    except OSError as error:
        yield Sample(folder.as_posix(), b"", f"the folder cannot be listed: {error.strerror}")
        return
    for child in children:
        if child.name.startswith("."):
            continue
        if child.is_dir():
            # Links are not followed, they may lead in a circle; an environment holds other people's code.
            if not child.is_symlink() and not (child / "pyvenv.cfg").exists():
                yield from _read_folder(child)
        elif child.suffix == ".py":
            yield _read_found(child)


def _read_found(path: Path) -> Sample:
    # Opening a pipe that happens to be called x.py would wait for ever.
    if path.exists() and not path.is_file():
        return Sample(path.as_posix(), b"", "not a regular file")
    return read_file(path)


def _read_records(path: Path, fields: Fields) -> Iterator[Sample]:
    number = 0
    try:
        with path.open("rb") as file:
            for number, line in enumerate(_lines(file), 1):
                if line.strip():
                    yield _read_record(line, f"{path.as_posix()}:{number}", fields)
    except OSError as error:
        yield Sample(f"{path.as_posix()}:{number + 1}", b"", f"the file cannot be read: {error.strerror}")


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Lines as they stand; of one that is too long the first `LONGEST + 1` bytes, without holding the rest."""
    while line := file.readline(LONGEST + 1):
        yield line
        rest = line
        while len(rest) > LONGEST and not rest.endswith(b"\n"):
            rest = file.readline(LONGEST + 1)


def _read_record(line: bytes, place: str, fields: Fields) -> Sample:
    if len(line) > LONGEST:
        return Sample(place, line, "the record is too long to be read")
    try:
        record = json.loads(line, object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        return Sample(place, line, f"the record is not JSON: {error}")
    if not isinstance(record, dict):
        return Sample(place, line, "the record is not a JSON object")
    name = record.get(fields.id)
    known_as = str(name) if isinstance(name, str | int) else place
    code = record.get(fields.code)
    if not isinstance(code, str):
        reason = "is not text" if fields.code in record else "is missing"
        return Sample(known_as, line, f"the field {fields.code!r} {reason}")
    return Sample(known_as, code)


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object whose keys differ; with two of a name, the next reader might run the other one."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return found
