"""One JSON document: every sample with its place and all that is known of its findings, then the figures."""

import json
from collections.abc import Iterable
from typing import TextIO

from validator.model.known import JsonValue
from validator.scan.engine import Said
from validator.scan.judged import Found, Judged
from validator.scan.reports.context import Context
from validator.scan.sample import Sample
from validator.scan.tally import Tally
from validator.scan.threshold import ORDER

VERSION = 1


def write_whole(said: Iterable[Said], context: Context, file: TextIO) -> None:
    """Write the document piece by piece; it is complete JSON at its end."""
    head = {"version": VERSION, "validator": context.version, "profile": context.profile}
    file.write(json.dumps(head)[:-1] + ', "samples": [')
    separator = "\n"
    for sample, judged in said:
        file.write(separator + json.dumps(sample_to_dict(sample, judged)))
        separator = ",\n"
    file.write(f'\n], "summary": {json.dumps(summary_to_dict(context.tally))}}}\n')


def sample_to_dict(sample: Sample, judged: Judged) -> dict[str, JsonValue]:
    """All that is said of one sample."""
    place = sample.place
    return {
        "id": sample.id,
        "file": place.file,
        "line": place.line,
        "part": place.part,
        "verdict": judged.outcome.value,
        "counted": judged.counted.value,
        "score": judged.score,
        "read": judged.read,
        "capabilities": list(judged.capabilities),
        "findings": [found_to_dict(found, sample) for found in judged.findings],
        "ignored": [found_to_dict(found, sample) for found in judged.ignored],
        "notes": list(judged.notes),
        "digest": judged.digest,
    }


def found_to_dict(found: Found, sample: Sample) -> dict[str, JsonValue]:
    """One finding; `file_line` is where its line stands in the file, if it stands there as it is."""
    return {
        "rule": found.rule,
        "severity": found.severity.value,
        "line": found.span.line,
        "column": found.span.column,
        "end_line": found.span.end_line,
        "end_column": found.span.end_column,
        "file_line": sample.place.line_of(found.span.line),
        "message": found.message,
        "confidence": found.confidence.value,
        "weight": found.weight,
        "capability": found.capability,
        "remedy": found.remedy,
        "attack": list(found.attack),
        "steps": list(found.steps),
        "fingerprint": found.fingerprint,
        "known": found.known,
        "reason": found.reason or None,
    }


def summary_to_dict(tally: Tally) -> dict[str, JsonValue]:
    """The figures of a whole scan."""
    return {
        "samples": tally.samples,
        **{outcome.value: tally.outcomes[outcome] for outcome in ORDER},
        "unread": tally.unread,
        "known": tally.known,
        "ignored": tally.ignored,
        "rules": dict(sorted(tally.rules.items())),
        "capabilities": dict(sorted(tally.capabilities.items())),
    }
