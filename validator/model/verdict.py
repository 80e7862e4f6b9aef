"""A verdict: what judgment says of one argument."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NoReturn

from validator.model.fact import Fact
from validator.model.finding import Finding, Ignored
from validator.model.known import JsonValue


class Outcome(StrEnum):
    """What should become of the argument."""

    ALLOW = "allow"
    REVIEW = "review"
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Outcome and score (0 to 100) of one argument, with the evidence.

    `digest` is the SHA-256 of the argument in hexadecimal; `capabilities` is sorted; `ignored` is what the site has
    accepted, which does not count. A verdict has no
    truth value on purpose: `if verdict:` would read as "safe" to one person and "guilty" to the next.
    """

    outcome: Outcome
    score: int
    findings: tuple[Finding, ...]
    facts: tuple[Fact, ...]
    capabilities: tuple[str, ...]
    digest: str
    profile: str
    ignored: tuple[Ignored, ...] = ()

    def __bool__(self) -> NoReturn:
        """Refuse to be a truth value."""
        raise TypeError("a Verdict is neither true nor false: compare verdict.outcome")

    def to_dict(self) -> dict[str, JsonValue]:
        """The verdict as JSON, evidence included."""
        return {
            "verdict": self.outcome.value,
            "score": self.score,
            "profile": self.profile,
            "capabilities": list(self.capabilities),
            "findings": [finding.to_dict() for finding in self.findings],
            "ignored": [each.to_dict() for each in self.ignored],
            "facts": [fact.to_dict() for fact in self.facts],
            "digest": self.digest,
        }
