"""SARIF 2.1.0, written piece by piece: the rules with their help, then a result for each finding.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Final, TextIO
from urllib.parse import quote

from validator.model.fact import Span
from validator.model.known import JsonValue
from validator.scan.engine import Said
from validator.scan.judged import Found
from validator.scan.page import split_lines
from validator.scan.reports.context import Context
from validator.scan.reports.sarif_rules import LEVELS, describe_rules
from validator.scan.sample import Place, Sample

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
MARK: Final = "validator/v1"  # the name of our fingerprint, with its version
LONGEST: Final = 2_000  # characters of a snippet


def write_sarif(said: Iterable[Said], context: Context, file: TextIO) -> None:
    """Write the log; it is complete JSON at its end."""
    rules = describe_rules(context.book)
    numbers = {str(rule["id"]): number for number, rule in enumerate(rules)}
    driver: JsonValue = {"name": "validator", "version": context.version, "rules": [*rules]}
    file.write(f'{{"$schema": "{SCHEMA}", "version": "2.1.0", "runs": [{{"tool": {json.dumps({"driver": driver})}, ')
    file.write('"columnKind": "unicodeCodePoints", "results": [')
    separator = "\n"
    notes: list[JsonValue] = []
    for sample, judged in said:
        for result in _results(sample, [*judged.findings, *judged.ignored], context.compared):
            result["ruleIndex"] = numbers[str(result["ruleId"])]
            file.write(separator + json.dumps(result))
            separator = ",\n"
        notes += [_note(sample, note) for note in judged.notes]
    ended: JsonValue = {"executionSuccessful": True, "toolExecutionNotifications": notes}
    file.write(f'\n], "invocations": [{json.dumps(ended)}]}}]}}\n')


def _results(sample: Sample, findings: Iterable[Found], compared: bool) -> Iterator[dict[str, JsonValue]]:
    source: list[str] | None = None
    for found in findings:
        if source is None:
            source = split_lines(sample.content)
        yield _result(sample, found, source, compared)


def _result(sample: Sample, found: Found, source: list[str], compared: bool) -> dict[str, JsonValue]:
    result: dict[str, JsonValue] = {
        "ruleId": found.rule,
        "level": LEVELS[found.severity],
        "message": {"text": _plain(f"{found.message} Instead: {found.remedy}" if found.remedy else found.message)},
        "locations": [_location(sample, found.span, source)],
        "partialFingerprints": {MARK: found.fingerprint},
        "properties": {"sample": _plain(sample.id), "capability": found.capability, "points": found.weight},
    }
    if found.origin is not None:
        result["codeFlows"] = [{"threadFlows": [{"locations": [*_flow(sample, found, found.origin, source)]}]}]
    if compared:
        result["baselineState"] = "unchanged" if found.known else "new"
    if found.reason:
        kind = "inSource" if found.commented else "external"
        result["suppressions"] = [{"kind": kind, "justification": _plain(found.reason)}]
    return result


def _flow(sample: Sample, found: Found, origin: Span, source: list[str]) -> Iterator[JsonValue]:
    """From where the data was read to where it goes."""
    first, *inner = found.steps or ("read here",)
    yield {"location": {**_location(sample, origin, source), "message": {"text": _plain(first)}}}
    for step in inner[:-1]:
        yield {"location": {"message": {"text": _plain(step)}}}
    yield {"location": {**_location(sample, found.span, source), "message": {"text": _plain(found.message)}}}


def _location(sample: Sample, span: Span, source: list[str]) -> dict[str, JsonValue]:
    """The file and the stretch in it; of code inside a record, the record and the name of the sample in it."""
    place = sample.place
    physical: dict[str, JsonValue] = {"artifactLocation": {"uri": _uri(place.file or sample.id)}}
    line = place.line_of(span.line)
    text = "\n".join(source[span.line - 1 : span.end_line])[:LONGEST]
    if line is not None:
        physical["region"] = {
            "startLine": line,
            "startColumn": span.column,
            "endLine": line + span.end_line - span.line,
            "endColumn": span.end_column,
            "snippet": {"text": _plain(text)},
        }
        return {"physicalLocation": physical}
    physical["region"] = {"startLine": place.line, "snippet": {"text": _plain(text)}}
    where = f"{place.part}, " if place.part else ""
    name = f"{where}line {span.line}"
    return {
        "physicalLocation": physical,
        "logicalLocations": [{"name": _plain(name), "fullyQualifiedName": _plain(sample.id), "kind": "member"}],
    }


def _note(sample: Sample, note: str) -> JsonValue:
    location: JsonValue = {"physicalLocation": {"artifactLocation": {"uri": _uri(_file(sample.place, sample))}}}
    return {"level": "warning", "message": {"text": _plain(note)}, "locations": [location]}


def _file(place: Place, sample: Sample) -> str:
    return place.file or sample.id


def _uri(name: str) -> str:
    raw = name.encode("utf-8", "backslashreplace")
    return PurePosixPath(name).as_uri() if name.startswith("/") and raw.decode() == name else quote(raw)


def _plain(text: str) -> str:
    """The text without what JSON's readers choke on."""
    return text.encode("utf-8", "backslashreplace").decode()
