"""A sample: one piece of code to judge, and where a person finds it again."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from validator.model.argument import Argument, Language
from validator.scan.carried import Carried

LONGEST: Final = 64 * 1024 * 1024  # bytes of one file or record; the judge refuses far smaller ones


@dataclass(frozen=True, slots=True)
class Place(Carried):
    """Where a sample stands: the file, the line its code or record begins in, and which part of it.

    `part` is a cell, a row or a JSON pointer. `inside` says that lines of the code are lines of the file.
    """

    file: str
    line: int = 1
    part: str = ""
    inside: bool = False

    def line_of(self, line: int) -> int | None:
        """The line of the file in which a line of the code stands, or None where it has none of its own."""
        return self.line + line - 1 if self.inside else None


NO_PLACE: Final = Place("")


@dataclass(frozen=True, slots=True)
class Sample(Carried):
    """One piece of code to judge; `problem` says why there is none, `content` is then what was read.

    `key` is a name that stays when lines move, or empty; `own` says that the file is kept by people, whose comments may
    accept findings.
    """

    id: str
    content: str | bytes
    problem: str = ""
    place: Place = field(default=NO_PLACE, compare=False)
    language: Language = Language.PYTHON
    session: str | None = None
    key: str = field(default="", compare=False)
    own: bool = field(default=False, compare=False)

    def argument(self) -> Argument:
        """The sample as the judge takes it."""
        return Argument(self.content, self.id, self.session, self.language)


@dataclass(frozen=True, slots=True)
class Series(Carried):
    """Samples that are judged one after the other, because names of one may live on in the next.

    `broken` says that code which nobody looked into may have run before them.
    """

    samples: tuple[Sample, ...]
    broken: bool = False

    def size(self) -> int:
        """Characters or bytes of code in it."""
        return sum(len(sample.content) for sample in self.samples)


def single(sample: Sample) -> Series:
    """A sample that stands alone."""
    return Series((sample,))


def flatten(series: Iterable[Series]) -> Iterator[Sample]:
    """The samples of all series, in order."""
    return (sample for each in series for sample in each.samples)
