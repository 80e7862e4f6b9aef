"""JSON lines in, samples out: one record after the other, and a broken one hides no other."""

from collections.abc import Iterator
from typing import BinaryIO

from validator.scan.inputs.opening import DAMAGE
from validator.scan.inputs.record import Kept, Transcript, decode
from validator.scan.sample import LONGEST, Place, Sample, Series


def read_lines(stream: BinaryIO, name: str, kept: Kept) -> Iterator[Series]:
    """The samples of every line; calls that follow each other in one file share their sessions."""
    transcript = Transcript()
    number = 0
    try:
        for number, line in enumerate(capped_lines(stream), 1):
            if line.strip():
                yield from transcript.add(_read_line(line, Place(name, number), kept))
    except DAMAGE as error:
        place = Place(name, number + 1)
        reason = f"the file cannot be read from here on: {error}"
        yield from transcript.add([Sample(f"{name}:{number + 1}", b"", reason, place)])
    yield from transcript.finish()


def capped_lines(file: BinaryIO) -> Iterator[bytes]:
    """Lines as they stand; of one that is too long the first `LONGEST + 1` bytes, without holding the rest."""
    while line := file.readline(LONGEST + 1):
        yield line
        rest = line
        while len(rest) > LONGEST and not rest.endswith(b"\n"):
            rest = file.readline(LONGEST + 1)


def _read_line(line: bytes, place: Place, kept: Kept) -> list[Sample]:
    name = f"{place.file}:{place.line}"
    if len(line) > LONGEST:
        return [Sample(name, b"", "the record is too long to be read", place)]
    try:
        record = decode(line)
    except (ValueError, RecursionError) as error:
        return [Sample(name, line, f"the record is not JSON: {error}", place)]
    return kept.find(record, name, place, line)
