"""Rules in, their descriptors for SARIF out: what they look for, how bad it is, and what to do instead."""

from typing import Final

from validator.model.finding import Severity
from validator.model.known import JsonValue
from validator.rulebook.match import UNLISTED
from validator.rulebook.rule import Rule, Rulebook
from validator.scan.inspect import UNREAD

LEVELS: Final = {
    Severity.INFO: "note",
    Severity.LOW: "note",
    Severity.MEDIUM: "warning",
    Severity.HIGH: "error",
    Severity.CRITICAL: "error",
}
# From 0 to 10, in the bands by which code hosts sort: above 9 critical, from 7 high, from 4 medium.
SCORES: Final = {
    Severity.INFO: "0.0",
    Severity.LOW: "2.0",
    Severity.MEDIUM: "5.5",
    Severity.HIGH: "8.0",
    Severity.CRITICAL: "9.5",
}


def describe_rules(book: Rulebook) -> list[dict[str, JsonValue]]:
    """Every rule that may be found, those of the files first."""
    own = [_describe(rule) for rule in sorted(book.rules, key=lambda rule: rule.id)]
    others = {**UNREAD, UNLISTED: "Something that is not surely on the list of the profile"}
    return [*own, *(_describe_other(name, text) for name, text in others.items())]


def _describe(rule: Rule) -> dict[str, JsonValue]:
    sections = (
        ("Why", rule.why),
        ("Misses", rule.misses),
        ("False alarms", rule.false_alarms),
        ("Instead", rule.remedy),
    )
    told = [(label, " ".join(text.split())) for label, text in sections if text.strip()]
    return {
        "id": rule.id,
        "name": "".join(word.capitalize() for word in rule.id.split("-")),
        "shortDescription": {"text": rule.name},
        "fullDescription": {"text": " ".join(rule.why.split())},
        "help": {
            "text": "\n\n".join(f"{label}: {text}" for label, text in told),
            "markdown": "\n\n".join(f"**{label}.** {text}" for label, text in told),
        },
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
        "properties": {
            "security-severity": SCORES[rule.severity],
            "precision": rule.confidence.value,
            "tags": ["security", rule.pack, *(f"attack/{number}" for number in rule.attack)],
        },
    }


def _describe_other(name: str, text: str) -> dict[str, JsonValue]:
    severity = Severity.MEDIUM if name == UNLISTED else Severity.CRITICAL
    return {
        "id": name,
        "shortDescription": {"text": text},
        "help": {"text": f"{text}. What is not known to be harmless is refused."},
        "defaultConfiguration": {"level": LEVELS[severity]},
        "properties": {"security-severity": SCORES[severity], "precision": "high", "tags": ["security"]},
    }
