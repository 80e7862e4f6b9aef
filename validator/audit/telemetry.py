"""Decisions in, OpenTelemetry spans and metrics out, in a process where OpenTelemetry's SDK is set up.

The labels of metrics are bounded: action, verdict, outcome and the part of the policy that decided; nothing that a
caller names. Start the proxy by `opentelemetry-instrument`, or set the SDK up before a log is opened.
"""

import sys
from collections import OrderedDict
from typing import Final

from validator.model.cleanse import cleanse
from validator.model.decision import Action
from validator.model.record import Record

_NAME: Final = "validator"
_SDK: Final = ("opentelemetry.sdk.trace", "opentelemetry.sdk.metrics")
_MOST_OPEN: Final = 1_000
_PARTS: Final = frozenset({"require", "deny_if", "approve_if", "limits", "rules", "rate_limit", "action"})
_LONGEST_NAME: Final = 60


class Telemetry:
    """Counts decisions and times calls; a span begins with the decision and ends when the call is settled."""

    def __init__(self) -> None:
        """Ask the SDK for what it has been set up with."""
        from opentelemetry import metrics, trace
        from opentelemetry.trace import Span

        meter = metrics.get_meter(_NAME)
        self._tracer = trace.get_tracer(_NAME)
        self._calls = meter.create_counter("validator.calls", description="Tool calls by what was decided.")
        self._scores = meter.create_histogram("validator.score", description="Scores of judged code, 0 to 100.")
        self._times = meter.create_histogram("validator.upstream.duration", "ms", "How long upstream took.")
        self._open: OrderedDict[int, Span] = OrderedDict()

    def decided(self, number: int, record: Record) -> None:
        """Count a decision, and begin its span."""
        decision, verdict = record.decision, record.decision.verdict
        outcome = "none" if verdict is None else verdict.outcome.value
        labels = {"action": decision.action.value, "verdict": outcome, "part": part_of(decision.rule)}
        self._calls.add(1, labels)
        if verdict is not None:
            self._scores.record(verdict.score, {"verdict": outcome})
        span = self._tracer.start_span("tools/call", start_time=int(record.time * 1e9))
        span.set_attributes({f"validator.{name}": value for name, value in labels.items()})
        span.set_attribute("validator.record", number)
        span.set_attribute("validator.tool", cleanse(record.tool)[:_LONGEST_NAME])
        if decision.action is not Action.FORWARD:
            span.end()
            return
        self._open[number] = span
        if len(self._open) > _MOST_OPEN:
            self._open.popitem(last=False)[1].end()

    def settled(self, number: int, outcome: str, milliseconds: float) -> None:
        """Time a call, and end its span."""
        self._times.record(milliseconds, {"outcome": outcome})
        span = self._open.pop(number, None)
        if span is not None:
            span.set_attribute("validator.outcome", outcome)
            span.end()


def find_telemetry() -> Telemetry | None:
    """Telemetry if the process has set the SDK up; nothing is imported where it has not."""
    return Telemetry() if any(name in sys.modules for name in _SDK) else None


def part_of(rule: str) -> str:
    """The part of a policy that a rule belongs to: one of a few, whatever the names in the policy are."""
    if rule.startswith("("):
        return rule
    return next((part for part in rule.split("/") if part in _PARTS), "other")
