"""A record in, JSON that may be kept out: no argument text, no secrets in values, nothing of endless size."""

import math
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import TypeAlias

from validator.model.cleanse import WITHHELD, cleanse, cleanse_code, cleanse_words
from validator.model.fact import Fact
from validator.model.finding import Finding
from validator.model.known import JsonValue, Known
from validator.model.record import Record
from validator.model.verdict import Verdict

# What a role may hold is kept only where it says what the code does. All others (`value`, `data`, `code`,
# `headers`, `json` …) may hold secrets or the text of the argument.
_TELLING = (
    *("url", "scheme", "host", "port", "address", "path", "target", "mode", "command", "module", "key"),
    *("name", "object", "shell", "signal", "pid", "package", "library", "callback"),
)
# What we say ourselves, and what readers of an audit look for.
_OURS = (
    *("decision", "policy", "verdict", "profile", "digest", "rule", "severity", "confidence", "capability"),
    *("capabilities", "kind", "attack"),
)
Clean: TypeAlias = Callable[[str], str]
_LONGEST_TEXT = 400
_LONGEST_LIST = 200
_LONGEST_NUMBER = 256  # bits
_LONGEST_CODE = 100_000
_MOST_CODE = 10


def redact(record: Record) -> dict[str, JsonValue]:
    """The record as one flat JSON object that may be kept."""
    verdict = record.decision.verdict
    if verdict is not None:
        record = replace(record, decision=replace(record.decision, verdict=_redact_verdict(verdict)))
    # The same few texts come again and again, and looking through one takes its time.
    clean = cache(cleanse)
    kept = {key: _kept(key, value, clean) for key, value in replace(record, code=()).to_dict().items()}
    code: list[JsonValue] = [_cut(cleanse_code(text), _LONGEST_CODE) for text in record.code[:_MOST_CODE]]
    return {**kept, "code": code} if code else kept


def _redact_verdict(verdict: Verdict) -> Verdict:
    return replace(
        verdict,
        facts=tuple(_redact_fact(fact) for fact in verdict.facts[: _LONGEST_LIST + 1]),
        findings=tuple(_redact_finding(finding) for finding in verdict.findings[: _LONGEST_LIST + 1]),
    )


def _redact_fact(fact: Fact) -> Fact:
    kept: dict[str, Known] = {role: value if role in _TELLING else WITHHELD for role, value in fact.roles.items()}
    return replace(fact, roles=kept)


def _redact_finding(finding: Finding) -> Finding:
    return replace(finding, fact=_redact_fact(finding.fact))


def _kept(key: str, value: JsonValue, clean: Clean) -> JsonValue:
    """What stands under a key without secrets, with long texts and lists cut, visibly, and numbers that JSON has."""
    if isinstance(value, str):
        return value if key in _OURS else _cut(clean(value), _LONGEST_TEXT)
    if isinstance(value, dict):
        return {name: _kept(name, item, clean) for name, item in value.items()}
    if isinstance(value, list):
        kept = [_kept(key, item, clean) for item in _listed(key, value[:_LONGEST_LIST])]
        return [*kept, "… cut"] if len(value) > _LONGEST_LIST else kept
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, int) and value.bit_length() > _LONGEST_NUMBER:
        return f"(a number of {value.bit_length()} bits)"
    return value


def _listed(key: str, value: list[JsonValue]) -> list[JsonValue]:
    """A list as it is, but for one of the words of a command."""
    if key != "command":
        return value
    clean = cleanse_words([item if isinstance(item, str) else "" for item in value])
    return [word if isinstance(item, str) else item for item, word in zip(value, clean, strict=True)]


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[:longest]}… ({len(text)} characters)"
