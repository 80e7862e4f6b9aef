"""One JSON line for each sample; its keys are a public contract."""

import json
from collections.abc import Iterable
from typing import TextIO

from validator.scan.engine import Said
from validator.scan.judged import Judged
from validator.scan.reports.context import Context
from validator.scan.sample import Sample


def write_lines(said: Iterable[Said], _context: Context, file: TextIO) -> None:
    """Write a line as soon as its turn has come."""
    for sample, judged in said:
        print(draw_line(sample, judged), file=file)


def draw_line(sample: Sample, judged: Judged) -> str:
    """The line of one sample."""
    line = {
        "id": sample.id,
        "verdict": judged.outcome.value,
        "score": judged.score,
        "capabilities": judged.capabilities,
        "findings": [
            {
                "rule": found.rule,
                "severity": found.severity.value,
                "line": found.span.line,
                "column": found.span.column,
                "message": found.message,
            }
            for found in judged.findings
        ],
        "digest": judged.digest,
    }
    return json.dumps(line)
