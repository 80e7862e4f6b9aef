"""What is said of samples in, the figures of a whole scan out."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from validator.model.verdict import Outcome
from validator.scan.engine import Said
from validator.scan.judged import Judged
from validator.scan.threshold import stops

STEP: Final = 10  # points in one step of the scores


@dataclass
class Tally:
    """What one scan has met so far; rules and capabilities count the samples in which they were found.

    `counted` are the outcomes without what the baseline knows, which decide whether the scan fails; `unread` are the
    samples that hold no code or that no judge could finish.
    """

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    counted: Counter[Outcome] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    capabilities: Counter[str] = field(default_factory=Counter)
    scores: Counter[int] = field(default_factory=Counter)
    unread: int = 0
    known: int = 0
    ignored: int = 0

    def count(self, judged: Judged) -> None:
        """Add what is said of one sample."""
        self.outcomes[judged.outcome] += 1
        self.counted[judged.counted] += 1
        self.rules.update({found.rule for found in judged.findings})
        self.capabilities.update(judged.capabilities)
        self.scores[min(judged.score // STEP, 9)] += 1
        self.unread += not judged.read
        self.known += sum(found.known for found in judged.findings)
        self.ignored += len(judged.ignored)

    @property
    def samples(self) -> int:
        """How many there were."""
        return self.outcomes.total()

    def stopped(self, threshold: Outcome) -> bool:
        """Whether any sample was stopped."""
        return any(stops(outcome, threshold) for outcome in self.counted)


def tallied(said: Iterable[Said], tally: Tally) -> Iterator[Said]:
    """The same, and counted as it passes."""
    for sample, judged in said:
        tally.count(judged)
        yield sample, judged
