"""A Parquet row for each sample, with its findings as a list: for those who go on with the figures."""

from collections.abc import Iterable
from typing import BinaryIO, Final

from validator.model.errors import InputError, Problem
from validator.scan.engine import Said
from validator.scan.judged import Found, Judged
from validator.scan.sample import Sample

ROWS: Final = 2_000  # held at a time, and in one row group


def write_parquet(said: Iterable[Said], stream: BinaryIO) -> None:
    """Write the rows; raises InputError where pyarrow is missing."""
    try:
        import pyarrow as arrow
        from pyarrow import parquet
    except ImportError as error:
        advice = "pip install 'mcp-code-validator[parquet]', or choose another format"
        raise InputError(Problem("--format parquet", "needs the package pyarrow", advice)) from error
    text, number, texts = arrow.string(), arrow.int64(), arrow.list_(arrow.string())
    finding = arrow.struct(
        [
            *((name, text) for name in ("rule", "severity", "message", "capability", "fingerprint")),
            *((name, number) for name in ("line", "column", "points")),
            ("known", arrow.bool_()),
        ]
    )
    schema = arrow.schema(
        [
            *((name, text) for name in ("id", "file", "part", "verdict", "digest")),
            *((name, number) for name in ("line", "score")),
            ("read", arrow.bool_()),
            ("capabilities", texts),
            ("findings", arrow.list_(finding)),
        ]
    )
    with parquet.ParquetWriter(stream, schema) as writer:
        rows: list[dict[str, object]] = []
        for sample, judged in said:
            rows.append(_row(sample, judged))
            if len(rows) == ROWS:
                writer.write_table(arrow.Table.from_pylist(rows, schema))
                rows = []
        writer.write_table(arrow.Table.from_pylist(rows, schema))


def _row(sample: Sample, judged: Judged) -> dict[str, object]:
    place = sample.place
    return {
        "id": _plain(sample.id),
        "file": _plain(place.file),
        "line": place.line,
        "part": _plain(place.part),
        "verdict": judged.outcome.value,
        "score": judged.score,
        "read": judged.read,
        "capabilities": list(judged.capabilities),
        "findings": [_finding(found) for found in judged.findings],
        "digest": judged.digest,
    }


def _finding(found: Found) -> dict[str, object]:
    return {
        "rule": found.rule,
        "severity": found.severity.value,
        "line": found.span.line,
        "column": found.span.column,
        "message": _plain(found.message),
        "capability": found.capability,
        "points": found.weight,
        "fingerprint": found.fingerprint,
        "known": found.known,
    }


def _plain(text: str) -> str:
    """The text as UTF-8 can hold it."""
    return text.encode("utf-8", "backslashreplace").decode()
