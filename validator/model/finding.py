"""A finding: a rule that matched, and where."""

from dataclasses import dataclass
from enum import StrEnum

from validator.model.fact import Fact, Span
from validator.model.known import JsonValue


class Severity(StrEnum):
    """How bad it is if the finding is real."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Confidence(StrEnum):
    """How often such a finding is real."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that matched one fact; `weight` is its points, 0 to 100."""

    rule: str
    severity: Severity
    confidence: Confidence
    weight: int
    message: str
    remedy: str
    fact: Fact
    attack: tuple[str, ...] = ()

    @property
    def span(self) -> Span:
        """Where the fact stands in the source."""
        return self.fact.span

    def to_dict(self) -> dict[str, JsonValue]:
        """The finding as JSON; the first five keys are a public contract."""
        return {
            "rule": self.rule,
            "severity": self.severity.value,
            "line": self.span.line,
            "column": self.span.column,
            "message": self.message,
            "confidence": self.confidence.value,
            "weight": self.weight,
            "capability": self.fact.capability,
            "remedy": self.remedy,
            "attack": list(self.attack),
        }


@dataclass(frozen=True, slots=True)
class Ignored:
    """A finding that the site has accepted: it does not count, and is shown."""

    finding: Finding
    reason: str
    expires: str = ""

    def to_dict(self) -> dict[str, JsonValue]:
        """The finding as JSON, and why it does not count."""
        return {**self.finding.to_dict(), "reason": self.reason, "expires": self.expires or None}
