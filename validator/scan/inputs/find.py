"""Paths in, series of samples out, in the order of the paths; what cannot be read is a sample too."""

import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from io import BufferedReader, FileIO
from pathlib import Path
from shutil import copyfileobj
from typing import BinaryIO, Final, TypeAlias

from validator.intake.tools import load_tools
from validator.scan.inputs.array import read_array
from validator.scan.inputs.encoding import to_utf8
from validator.scan.inputs.lines import read_lines
from validator.scan.inputs.markdown import read_markdown
from validator.scan.inputs.notebook import read_notebook
from validator.scan.inputs.opening import DAMAGE, PACKED, allowed, open_file, unpack
from validator.scan.inputs.options import Reading
from validator.scan.inputs.parquet import read_parquet
from validator.scan.inputs.program import read_stream, unreadable
from validator.scan.inputs.record import Kept
from validator.scan.inputs.walk import walk
from validator.scan.sample import Sample, Series, single

STDIN: Final = "<stdin>"
Reader: TypeAlias = Callable[[BinaryIO, str, Kept], Iterator[Series]]


def find_series(paths: Iterable[Path], reading: Reading) -> Iterator[Series]:
    """Every series of files, folders and standard input (`-`)."""
    kept = Kept(reading.fields, load_tools())
    for path in paths:
        if str(path) == "-":
            yield from _read_input(reading, kept)
        elif allowed(path.is_dir):
            for found in walk(path, set(READERS), reading):
                yield from [single(found)] if isinstance(found, Sample) else _read_found(found, reading, kept)
        else:
            yield from _read_path(path, form_of(path.name) or reading.form, reading, kept)


def form_of(name: str) -> str:
    """The form that a name stands for, such as `jsonl.gz`; empty where the ending says nothing."""
    plain, packing = name.lower(), ""
    for ending in PACKED:
        if plain.endswith(ending):
            plain, packing = plain.removesuffix(ending), ending
    form = plain.rpartition(".")[2]
    return f"{form}{packing}" if f".{form}" in READERS and "." in plain else ""


def _read_found(path: Path, reading: Reading, kept: Kept) -> Iterator[Series]:
    form = form_of(path.name)
    series = _read_path(path, form, reading, kept)
    if not form.startswith("json") or form.startswith("jsonl"):
        yield from series
        return
    # Most JSON files of a folder hold settings, which are no samples; only what holds code or calls is one.
    yield from (each for each in series if not all(sample.problem for sample in each.samples))


def _read_path(path: Path, form: str, reading: Reading, kept: Kept) -> Iterator[Series]:
    name = path.as_posix()
    # Opening a pipe that happens to be called x.py would wait for ever.
    if allowed(path.exists) and not path.is_file():
        yield single(unreadable(name, "not a regular file"))
        return
    try:
        with open_file(path, reading.meter) as stream:
            yield from _read(stream, name, form, kept)
    except DAMAGE as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        yield single(unreadable(name, f"the file cannot be read: {reason}"))


def _read_input(reading: Reading, kept: Kept) -> Iterator[Series]:
    form = form_of(f"x.{reading.form}")
    try:
        with unpack(sys.stdin.buffer, form) as stream:
            yield from _read(stream, STDIN, form, kept)
    except DAMAGE as error:
        yield single(unreadable(STDIN, f"standard input cannot be read: {error}"))


def _read(stream: BinaryIO, name: str, form: str, kept: Kept) -> Iterator[Series]:
    yield from READERS.get(f".{form.partition('.')[0]}", _read_program)(stream, name, kept)


def _read_program(stream: BinaryIO, name: str, _kept: Kept) -> Iterator[Series]:
    sample = read_stream(stream, name)
    yield single(sample if sample.problem else replace(sample, content=to_utf8(_bytes(sample))))


def _read_notebook(stream: BinaryIO, name: str, _kept: Kept) -> Iterator[Series]:
    sample = read_stream(stream, name)
    series = single(sample) if sample.problem else read_notebook(_bytes(sample), name)
    if series.samples:
        yield series


def _read_markdown(stream: BinaryIO, name: str, _kept: Kept) -> Iterator[Series]:
    sample = read_stream(stream, name)
    yield from [single(sample)] if sample.problem else read_markdown(_bytes(sample), name)


def _read_parquet(stream: BinaryIO, name: str, kept: Kept) -> Iterator[Series]:
    with ExitStack() as stack:
        if not _seeks(stream):
            # Parquet is read from its end, so what comes packed or through a pipe is laid down first.
            laid = stack.enter_context(tempfile.TemporaryFile())
            copyfileobj(stream, laid)
            laid.seek(0)
            stream = laid
        yield from read_parquet(stream, name, kept)


def _seeks(stream: BinaryIO) -> bool:
    """Whether it is a plain file; an unpacked one would be unpacked anew at every step back."""
    return isinstance(stream, BufferedReader) and isinstance(stream.raw, FileIO) and stream.seekable()


def _bytes(sample: Sample) -> bytes:
    return sample.content if isinstance(sample.content, bytes) else sample.content.encode()


READERS: Final[Mapping[str, Reader]] = {
    ".py": _read_program,
    ".pyw": _read_program,
    ".ipynb": _read_notebook,
    ".md": _read_markdown,
    ".markdown": _read_markdown,
    ".jsonl": read_lines,
    ".ndjson": read_lines,
    ".json": read_array,
    ".parquet": _read_parquet,
}
