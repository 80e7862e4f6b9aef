"""An earlier report in, the fingerprints of its findings out: only what is new since then is held against anyone."""

import json
from collections.abc import Iterator
from pathlib import Path

from validator.model.errors import InputError, Problem
from validator.model.known import JsonValue
from validator.scan.reports.sarif import MARK

ADVICE = "write one with `validator scan PATH… --format json --output FILE`, or with --format sarif"


def read_baseline(path: Path) -> frozenset[str]:
    """The fingerprints of a report in JSON or SARIF; raises InputError where it is none."""
    try:
        report: JsonValue = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise InputError(Problem(f"--baseline {path}", error.strerror or str(error), ADVICE)) from error
    except (ValueError, RecursionError) as error:
        raise InputError(Problem(f"--baseline {path}", f"is not JSON: {error}", ADVICE)) from error
    samples, runs = _list(report, "samples"), _list(report, "runs")
    if samples is None and runs is None:
        raise InputError(Problem(f"--baseline {path}", "is no report of a scan", ADVICE))
    return frozenset((*_ours(samples or []), *_sarif(runs or [])))


def _ours(samples: list[JsonValue]) -> Iterator[str]:
    for sample in samples:
        for found in _list(sample, "findings") or []:
            mark = found.get("fingerprint") if isinstance(found, dict) else None
            if isinstance(mark, str):
                yield mark


def _sarif(runs: list[JsonValue]) -> Iterator[str]:
    for run in runs:
        for result in _list(run, "results") or []:
            marks = result.get("partialFingerprints") if isinstance(result, dict) else None
            # What was accepted for a reason is not known beyond that reason.
            accepted = isinstance(result, dict) and "suppressions" in result
            if isinstance(marks, dict) and isinstance(mark := marks.get(MARK), str) and not accepted:
                yield mark


def _list(value: JsonValue, key: str) -> list[JsonValue] | None:
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, list) else None
