"""What happens at the proxy in, numbers for Prometheus out.

Written by hand: a handful of counters needs no library, and no label takes a value that a client or a server chooses.
"""

import threading
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from validator.gate import Admission
from validator.model.call import Call
from validator.policy.approval import Reply
from validator.proxy.gatekeeper import Gatekeeper

BOUNDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)
METHODS: Final = frozenset({"GET", "POST", "DELETE"})
KIND: Final = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(slots=True)
class Histogram:
    """How often something took how many seconds."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    total: float = 0.0

    def add(self, seconds: float) -> None:
        """Count one."""
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.total += seconds


@dataclass(slots=True)
class Metrics:
    """Counts from several threads."""

    requests: Counter[tuple[str, int]] = field(default_factory=Counter)
    decisions: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    judging: Histogram = field(default_factory=Histogram)
    running: Histogram = field(default_factory=Histogram)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answered(self, method: str, status: int) -> None:
        """Count an answered request."""
        with self.lock:
            self.requests[method if method in METHODS else "other", status] += 1

    def decided(self, action: str, seconds: float | None) -> None:
        """Count a decision, and how long it took, None where there was nothing to judge."""
        with self.lock:
            self.decisions[action] += 1
            if seconds is not None:
                self.judging.add(seconds)

    def settled(self, outcome: str, seconds: float) -> None:
        """Count a forwarded call that has ended."""
        with self.lock:
            self.outcomes[outcome] += 1
            self.running.add(seconds)

    def render(self, gauges: Mapping[str, int]) -> str:
        """The page; `gauges` are numbers that somebody else keeps."""
        with self.lock:
            lines = [*self._lines(), *(line for name, value in gauges.items() for line in _gauge(name, value))]
        return "\n".join([*lines, ""])

    def _lines(self) -> Iterator[str]:
        requests = {f'method="{method}",status="{status}"': n for (method, status), n in sorted(self.requests.items())}
        yield from _counter("http_requests", requests)
        yield from _counter("decisions", {f'action="{action}"': n for action, n in sorted(self.decisions.items())})
        yield from _counter("outcomes", {f'outcome="{outcome}"': n for outcome, n in sorted(self.outcomes.items())})
        yield from _histogram("decision_seconds", self.judging)
        yield from _histogram("call_seconds", self.running)


@dataclass(frozen=True, slots=True)
class CountedGate:
    """A gate whose decisions are counted."""

    gate: Gatekeeper
    metrics: Metrics

    def inspect(self, call: Call) -> Admission:
        """Decide on a call; never raises."""
        return self._timed(lambda: self.gate.inspect(call))

    def answer(self, call: Call, request: str, reply: Reply) -> Admission:
        """Decide on a call that was asked about; never raises."""
        return self._timed(lambda: self.gate.answer(call, request, reply))

    def refuse(self, reason: str, *, tool: str, request: str) -> Admission:
        """Refuse a call that could not be parsed; never raises."""
        admission = self.gate.refuse(reason, tool=tool, request=request)
        self.metrics.decided(admission.decision.action.value, None)
        return admission

    def settle(self, admission: Admission, outcome: str, milliseconds: float) -> None:
        """Close a forwarded call."""
        self.gate.settle(admission, outcome, milliseconds)
        self.metrics.settled(outcome, milliseconds / 1000)

    def finish(self, admission: Admission) -> None:
        """A call that was cancelled has ended after all."""
        self.gate.finish(admission)

    def hidden(self, tool: str) -> bool:
        """Whether the policy hides a tool from those that are listed."""
        return self.gate.hidden(tool)

    def takes_long(self, tool: str) -> bool:
        """Whether deciding on a call of a tool may take long."""
        return self.gate.takes_long(tool)

    def _timed(self, decide: Callable[[], Admission]) -> Admission:
        begun = time.monotonic()
        admission = decide()
        self.metrics.decided(admission.decision.action.value, time.monotonic() - begun)
        return admission


def _counter(name: str, values: Mapping[str, int]) -> Iterator[str]:
    yield f"# TYPE validator_{name}_total counter"
    for labels, value in values.items():
        yield f"validator_{name}_total{{{labels}}} {value}"


def _gauge(name: str, value: int) -> Iterator[str]:
    yield f"# TYPE validator_{name} gauge"
    yield f"validator_{name} {value}"


def _histogram(name: str, histogram: Histogram) -> Iterator[str]:
    yield f"# TYPE validator_{name} histogram"
    seen = 0
    for bound, count in zip((*BOUNDS, "+Inf"), histogram.counts, strict=True):
        seen += count
        yield f'validator_{name}_bucket{{le="{bound}"}} {seen}'
    yield f"validator_{name}_sum {histogram.total}"
    yield f"validator_{name}_count {seen}"
