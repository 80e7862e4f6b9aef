"""A Parquet file in, samples out: row group by row group, and a broken one hides no other."""

from collections.abc import Iterator
from typing import BinaryIO, Final

from validator.model.errors import InputError, Problem
from validator.scan.inputs.record import Kept, Transcript
from validator.scan.sample import Place, Sample, Series

ROWS: Final = 256  # rows held at a time
CONVERSATION: Final = "messages"  # a column of this name is looked through for tool calls


def read_parquet(stream: BinaryIO, name: str, kept: Kept) -> Iterator[Series]:
    """The samples of every row, of which only the columns that matter are read."""
    try:
        import pyarrow as arrow
        from pyarrow import parquet
    except ImportError as error:
        advice = "pip install 'mcp-code-validator[parquet]', or give the records as JSON lines"
        raise InputError(Problem(name, "needs the package pyarrow", advice)) from error
    try:
        file = parquet.ParquetFile(stream)
    except (arrow.ArrowException, OSError) as error:
        yield _refuse(name, "", f"the file is not Parquet: {error}")
        return
    names = file.schema_arrow.names
    columns = [column for column in (kept.fields.code, kept.fields.id, CONVERSATION) if column in names]
    if kept.fields.code not in names and CONVERSATION not in names:
        listed = ", ".join(map(repr, names[:20])) or "none"
        yield _refuse(name, "", f"there is no column {kept.fields.code!r}; there are {listed}")
        return
    row = 0
    for group in range(file.num_row_groups):
        transcript = Transcript()
        first, row = row, row + file.metadata.row_group(group).num_rows
        number = first
        try:
            for batch in file.iter_batches(ROWS, row_groups=[group], columns=columns):
                for record in batch.to_pylist():
                    place = Place(name, part=f"row {number}")
                    yield from transcript.add(kept.find(record, f"{name}#row-{number}", place, ""))
                    number += 1
        except (arrow.ArrowException, OSError, ValueError) as error:
            yield from transcript.finish()
            yield _refuse(name, f"row {number}", f"rows {number} to {row - 1} cannot be read: {error}")
        yield from transcript.finish()


def _refuse(name: str, part: str, problem: str) -> Series:
    known_as = f"{name}#{part.replace(' ', '-')}" if part else name
    return Series((Sample(known_as, b"", problem, Place(name, part=part)),))
