"""What a report is told besides the samples."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TextIO, TypeAlias

from validator.model.verdict import Outcome
from validator.rulebook.rule import Rulebook
from validator.scan.engine import Said
from validator.scan.tally import Tally
from validator.scan.terminal import Paint, plain


@dataclass(frozen=True, slots=True)
class Context:
    """The rules, the first outcome that counts as stopped, and the tally, complete once all samples have passed.

    `compared` says that there is a baseline.
    """

    book: Rulebook
    threshold: Outcome = Outcome.REVIEW
    profile: str = "balanced"
    version: str = ""
    compared: bool = False
    paint: Paint = plain
    tally: Tally = field(default_factory=Tally)


Writer: TypeAlias = Callable[[Iterable[Said], Context, TextIO], None]
