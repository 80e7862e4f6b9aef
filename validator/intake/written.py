"""Judged code that went to a file in, the same code out when that file is run; what is not certain is forgotten.

The memory is that of the gate, not of the disk: whatever may have changed a file, or may do so yet, makes the gate
forget it, and a file is not remembered while a call that may change it is open.
"""

import posixpath
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Final

from validator.intake.effects import ALL, NONE, Names, effects_of, folded, names_of_path
from validator.intake.tools import CodeTool
from validator.model.argument import Argument
from validator.model.call import Call
from validator.model.fact import Fact
from validator.model.known import JsonValue

MOST: Final = 4_000_000  # characters that are remembered
MOST_OPEN: Final = 1_000  # calls that may still change files, and names that code may write to at any time
CHANGED: Final = (
    "the file that this call runs may have been changed while the call was looked at; write it again, then run it"
)


@dataclass(frozen=True, slots=True)
class Passing:
    """A call that is about to go on: the ways in which its code was read, the code, and what that does.

    `profiles` is what is known of its tool, which may write files that hold none of the code that was read.
    """

    call: Call
    ways: Sequence[CodeTool] = ()
    profiles: Sequence[CodeTool] = ()
    arguments: Sequence[Argument] = ()
    facts: Sequence[Fact] = ()


@dataclass(frozen=True, slots=True)
class Writing:
    """A call that was let through: the files that it may change until it ends, and the code that it writes to one."""

    number: int
    changed: Names = NONE
    argument: Argument | None = None


@dataclass(slots=True)
class WrittenFiles:
    """Code by the path it was written to, the latest last; safe to share between threads."""

    most: int = MOST
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _files: OrderedDict[str, Argument] = field(default_factory=OrderedDict)
    _size: int = 0
    _number: int = 0
    _open: dict[int, Names] = field(default_factory=dict)
    _disturbed: set[int] = field(default_factory=set)
    _lasting: Names = NONE

    def recall(self, call: Call, ways: Sequence[CodeTool]) -> tuple[Argument, ...]:
        """The code of the file that a call runs, or nothing if it was not judged when it was written."""
        with self._lock:
            return self._recall(call, ways)

    def begin(self, passing: Passing) -> Writing | None:
        """A call goes on: forget what it may change. None if the file that it runs is no longer what was judged."""
        changed, lasting = _changes(passing)
        runs = any(way.runs is not None for way in passing.ways)
        with self._lock:
            if runs and passing.arguments and self._recall(passing.call, passing.ways) != tuple(passing.arguments):
                return None
            self._number += 1
            writing = Writing(self._number, changed, _kept(passing))
            self._disturb(changed | lasting)
            if changed:
                self._open[writing.number] = changed
            self._lasting = self._bounded(self._lasting | lasting)
            self._forget(self._changing())
            return writing

    def end(self, writing: Writing, *, done: bool, over: bool = True) -> None:
        """What became of a call: `done` as it was told, and `over`, so that it changes nothing any more.

        The code it wrote is remembered unless another call may have changed the file meanwhile, or may do so yet.
        """
        with self._lock:
            alone = writing.number not in self._disturbed
            self._disturb(writing.changed)
            self._forget(writing.changed)
            if over:
                self._open.pop(writing.number, None)
                self._disturbed.discard(writing.number)
            if done and over and alone and writing.argument is not None:
                self._put(writing.argument)

    def _recall(self, call: Call, ways: Sequence[CodeTool]) -> tuple[Argument, ...]:
        paths = [_path(call, way.runs) for way in ways if way.runs is not None]
        found = [self._files.get(folded(path)) for path in paths if path]
        same = tuple(each for each in found if each is not None and each.origin in paths)
        return same if len(same) == len(paths) else ()

    def _disturb(self, changed: Names) -> None:
        """Of calls that change the same file at once, nobody knows which was the last."""
        if changed:
            self._disturbed |= {number for number, names in self._open.items() if _meet(names, changed)}

    def _changing(self) -> Names:
        """What may change at any time."""
        if len(self._open) > MOST_OPEN:
            self._lasting = ALL
            self._open.clear()
            self._disturbed.clear()
        return reduce(Names.__or__, self._open.values(), self._lasting)

    def _bounded(self, lasting: Names) -> Names:
        return ALL if lasting.any or len(lasting.parts) + len(lasting.tails) > MOST_OPEN else lasting

    def _forget(self, changed: Names) -> None:
        for key in [key for key in self._files if changed.cover(key)]:
            self._drop(key)

    def _put(self, argument: Argument) -> None:
        key = folded(argument.origin)
        if self._changing().cover(key):
            return
        if key in self._files:
            self._drop(key)
        self._files[key] = argument
        self._size += len(argument.content)
        while self._size > self.most:
            self._drop(next(iter(self._files)))

    def _drop(self, key: str) -> None:
        self._size -= len(self._files.pop(key).content)


def _changes(passing: Passing) -> tuple[Names, Names]:
    """What a call may change until it ends, and what even after."""
    if not passing.profiles:
        # A tool that nobody has described may do anything.
        return ALL, ALL
    places = [place for way in passing.profiles for place in (way.file, way.saves) if place is not None]
    paths = [path for place in places if (path := _path(passing.call, place)) is not None]
    named = reduce(Names.__or__, map(names_of_path, paths), NONE)
    # What is only written down does nothing yet.
    effects = effects_of(() if _writes(passing) else passing.facts)
    return named | effects.ended | effects.lasting, effects.lasting


def _writes(passing: Passing) -> bool:
    """Whether the code that was read goes to a file, and is not run."""
    return bool(passing.ways) and all(way.file is not None for way in passing.ways)


def _kept(passing: Passing) -> Argument | None:
    """The code that is in a file once the call has succeeded, if that is certain."""
    places = {way.file for way in passing.ways} | {way.saves for way in passing.profiles if way.saves is not None}
    certain = len(passing.arguments) == len(places) == 1 and all(_overwrites(passing.call, way) for way in passing.ways)
    if not certain or not _writes(passing):
        return None
    path = _path(passing.call, next(iter(places)) or "")
    return replace(passing.arguments[0], origin=path) if path else None


def _meet(one: Names, other: Names) -> bool:
    """Whether a file may be among both."""
    if one.any or other.any or one.tails & other.tails:
        return bool(one) and bool(other)
    return any(other.cover(part) for part in one.parts) or any(one.cover(part) for part in other.parts)


def _overwrites(call: Call, way: CodeTool) -> bool:
    """Whether the tool writes in any case, even if there is a file of that name."""
    return way.overwrites is None or call.arguments.get(way.overwrites.removeprefix("args.")) is True


def _path(call: Call, place: str) -> str | None:
    """The path at a place of the arguments, None if there is none, and empty if it cannot be compared."""
    found: JsonValue = call.arguments.get(place.removeprefix("args."))
    if found is None:
        return None
    if not isinstance(found, str) or not found or found.startswith("~") or "\\" in found or "\0" in found:
        return ""
    # Through links, `..` may lead elsewhere than it seems to.
    return "" if ".." in found.split("/") else posixpath.normpath(found)
