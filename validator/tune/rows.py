"""Files of labelled data in, rows out, each with its place; what cannot be read is a problem, and the rest goes on."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, TypeAlias

from validator.model.errors import InputError, Problem

ENDINGS: Final = frozenset({".jsonl", ".ndjson", ".json", ".parquet"})
LONGEST: Final = 64 * 1024 * 1024  # bytes of one line
JSON_ADVICE: Final = "write one JSON object a line"
Row: TypeAlias = tuple[str, Mapping[str, object] | Problem]
"""A place that a person can find, and what stands there."""


def read_rows(paths: Iterable[Path]) -> Iterator[Row]:
    """Every row of files, and of the data files of folders, in the order of the paths."""
    for path in paths:
        if path.is_dir():
            yield from read_rows(sorted(each for each in path.iterdir() if each.suffix in ENDINGS and each.is_file()))
        elif path.suffix not in ENDINGS:
            problem = Problem(path.as_posix(), "is no file of labelled data", f"one of: {', '.join(sorted(ENDINGS))}")
            yield path.as_posix(), problem
        else:
            yield from _read_file(path)


def _read_file(path: Path) -> Iterator[Row]:
    try:
        if path.suffix == ".parquet":
            yield from _read_parquet(path)
        elif path.suffix == ".json":
            yield from _read_array(path)
        else:
            yield from _read_lines(path)
    except OSError as error:
        yield path.as_posix(), Problem(path.as_posix(), f"cannot be read: {error.strerror or error}", "check the file")


def _read_lines(path: Path) -> Iterator[Row]:
    with path.open("rb") as file:
        number = 0
        while line := file.readline(LONGEST + 1):
            number += 1
            place = f"{path.as_posix()}:{number}"
            if len(line) > LONGEST:
                yield place, Problem(place, "is too long to be read", "split the record")
                return
            if line.strip():
                yield place, _parse(line, place)


def _parse(line: bytes, place: str) -> Mapping[str, object] | Problem:
    try:
        return _object(json.loads(line, object_pairs_hook=_unique), place)
    except (ValueError, RecursionError) as error:
        return Problem(place, f"is not JSON: {error}", JSON_ADVICE)


def _read_array(path: Path) -> Iterator[Row]:
    place = path.as_posix()
    try:
        held = json.loads(path.read_bytes(), object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        yield place, Problem(place, f"is not JSON: {error}", "write a JSON array of objects")
        return
    if not isinstance(held, list):
        yield place, Problem(place, "is not a JSON array", "write a JSON array of objects")
        return
    for number, each in enumerate(held):
        yield f"{place}#/{number}", _object(each, f"{place}#/{number}")


def _read_parquet(path: Path) -> Iterator[Row]:
    try:
        from pyarrow import parquet  # of an extra, and slow to import
        from pyarrow.lib import ArrowException
    except ImportError as error:
        advice = "pip install 'mcp-code-validator[parquet]', or give JSON lines"
        raise InputError(Problem(path.as_posix(), "needs the package pyarrow", advice)) from error
    place, number = path.as_posix(), 0
    try:
        for batch in parquet.ParquetFile(path).iter_batches():
            for row in batch.to_pylist():
                number += 1
                yield f"{place}:{number}", row
    except (ArrowException, OSError) as error:
        reason = f"cannot be read after row {number}: {' '.join(str(error).split())}"
        yield place, Problem(place, reason, "write the file anew")


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _object(value: object, place: str) -> Mapping[str, object] | Problem:
    return value if isinstance(value, dict) else Problem(place, "is not a JSON object", JSON_ADVICE)
