"""A record in, its samples out: the code in its field, and the code of the tool calls that it tells of."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from validator.intake.tools import CodeTools
from validator.model.known import JsonValue
from validator.scan.inputs.calls import Calls, find_calls
from validator.scan.inputs.options import Fields
from validator.scan.sample import Place, Sample, Series, single

MOST: Final = 256  # samples in one series; beyond it, sessions are taken for broken
WHOLE: Final = frozenset({"messages", "choices", "output"})  # keys of a record that is a whole conversation
LARGEST: Final = 262_144  # characters in one series; more than that a session does not remember


@dataclass(frozen=True, slots=True)
class Kept:
    """How records keep code: the names of fields, and the tools whose calls carry some."""

    fields: Fields
    tools: CodeTools

    def find(self, record: JsonValue, name: str, place: Place, raw: str | bytes) -> list[Sample]:
        """The samples of one record; one that should hold code and does not is a sample with a problem."""
        found = find_calls(record, self.tools, self.fields.code)
        if not isinstance(record, dict):
            problem = Sample(name, raw, "the record is not a JSON object", place)
            return _samples(found, name, place, True) if found.told else [problem]
        given = record.get(self.fields.id)
        known = isinstance(given, str | int) and not isinstance(given, bool)
        known_as = str(given) if known else name
        code = record.get(self.fields.code)
        calls = _samples(found, known_as, place, not record.keys().isdisjoint(WHOLE))
        if isinstance(code, str):
            own = Sample(known_as, code, "", place, key=known_as if known else "")
            return [own, *(each for each in calls if each.content != code)]
        if found.told:
            return calls
        reason = "is not text" if self.fields.code in record else "is missing"
        return [Sample(known_as, raw, f"the field {self.fields.code!r} {reason}", place)]


class Transcript:
    """Joins samples that follow each other and name a session to series; others stand alone."""

    def __init__(self) -> None:
        self._waiting: list[Sample] = []
        self._size = 0
        self._broken = False

    def add(self, samples: Iterable[Sample]) -> Iterator[Series]:
        """Take the samples of the next record; gives the series that are complete."""
        for sample in samples:
            if sample.session is None and not self._waiting:
                self._broken = self._broken or bool(sample.problem)
                yield single(sample)
                continue
            self._waiting.append(sample)
            self._size += len(sample.content)
            if len(self._waiting) >= MOST or self._size > LARGEST:
                yield from self.finish()
                self._broken = True

    def finish(self) -> Iterator[Series]:
        """The series that nothing more is added to."""
        if self._waiting:
            yield Series(tuple(self._waiting), self._broken)
        self._waiting, self._size = [], 0


def decode(text: str | bytes) -> JsonValue:
    """JSON whose objects have no key twice; raises ValueError or RecursionError."""
    value: JsonValue = json.loads(text, object_pairs_hook=_object)
    return value


def _object(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    """An object whose keys differ; with two of a name, the next reader might run the other one."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _samples(found: Calls, name: str, place: Place, whole: bool) -> list[Sample]:
    # A record that holds a whole conversation shares its names with no other record.
    scope = f"{place.file} {name}" if whole else place.file
    return [
        Sample(
            f"{name}#{each.pointer}",
            each.code,
            each.problem,
            replace(place, part=f"{place.part}{each.pointer}"),
            each.language,
            None if each.session is None else f"{scope} {each.session}",
        )
        for each in found.calls
    ]
