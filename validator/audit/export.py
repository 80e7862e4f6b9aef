"""Calls in, JSON lines, CSV or Parquet out."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from io import TextIOWrapper
from itertools import islice
from typing import BinaryIO, Final

from validator.audit.read import Told
from validator.model.errors import AuditError, Problem

_TEXTS: Final = (
    *("grant", "server", "tool", "request", "session", "decision", "rule", "message", "approval", "policy"),
    *("verdict", "profile", "digest", "outcome"),
)
_WHOLE: Final = ("sequence", "lines", "score")
_NUMBERS: Final = ("time", "settled", "milliseconds")
_LISTS: Final = ("keys", "changed", "capabilities", "findings", "ignored", "facts", "code")
COLUMNS: Final = (*_WHOLE, *_NUMBERS, *_TEXTS, *_LISTS)
# A caller chooses the names of tools and keys, and a spreadsheet runs a cell that begins like this.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_PAGE: Final = 5_000


class Form(StrEnum):
    """What an audit is exported as."""

    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"


def export_calls(calls: Iterable[Told], form: Form, stream: BinaryIO) -> int:
    """Write calls; returns how many. Raises AuditError where a package is missing."""
    writers: Mapping[Form, Callable[[Iterable[Told], BinaryIO], int]] = {
        Form.JSONL: _write_lines,
        Form.CSV: _write_csv,
        Form.PARQUET: _write_parquet,
    }
    return writers[form](calls, stream)


def row(call: Told) -> dict[str, str | int | float | None]:
    """A call as one flat row; lists are JSON."""
    return {
        **{name: found if isinstance(found := call.get(name), int) else None for name in _WHOLE},
        **{name: found if isinstance(found := call.get(name), int | float) else None for name in _NUMBERS},
        **{name: str(call.get(name) or "") for name in _TEXTS},
        **{name: json.dumps(call.get(name) or []) for name in _LISTS},
    }


def _write_lines(calls: Iterable[Told], stream: BinaryIO) -> int:
    count = 0
    for call in calls:
        stream.write(json.dumps(call).encode() + b"\n")
        count += 1
    return count


def _write_csv(calls: Iterable[Told], stream: BinaryIO) -> int:
    # An argument key may hold half a surrogate pair, which UTF-8 cannot.
    text = TextIOWrapper(stream, "utf-8", "backslashreplace", newline="", write_through=True)
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    count = 0
    for call in calls:
        writer.writerow({name: _cell(value) for name, value in row(call).items()})
        count += 1
    text.detach()
    return count


def _cell(value: str | float | None) -> str | float | None:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _write_parquet(calls: Iterable[Told], stream: BinaryIO) -> int:
    try:
        import pyarrow as arrow
        from pyarrow import parquet
    except ImportError as error:
        advice = "pip install 'mcp-code-validator[parquet]', or export as jsonl or csv"
        raise AuditError(Problem("parquet", "needs the package pyarrow", advice)) from error
    schema = arrow.schema(
        [
            *((name, arrow.int64()) for name in _WHOLE),
            *((name, arrow.float64()) for name in _NUMBERS),
            *((name, arrow.string()) for name in (*_TEXTS, *_LISTS)),
        ]
    )
    count = 0
    with parquet.ParquetWriter(stream, schema) as writer:
        for page in _pages(map(_sound, map(row, calls))):
            writer.write_table(arrow.Table.from_pylist(page, schema))
            count += len(page)
    return count


def _sound(cells: dict[str, str | int | float | None]) -> dict[str, object]:
    """The row with texts that UTF-8 can hold."""
    return {
        name: value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value
        for name, value in cells.items()
    }


def _pages(rows: Iterable[dict[str, object]]) -> Iterator[list[dict[str, object]]]:
    source = iter(rows)
    while page := list(islice(source, _PAGE)):
        yield page
