"""Judged code that went to a file in, the same code out when that file is run; what is not certain is forgotten.

The memory is that of the gate, not of the disk: whatever may have changed a file makes the gate forget it.
"""

import posixpath
import threading
import unicodedata
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from validator.intake.tools import CodeTool
from validator.model.argument import Argument
from validator.model.call import Call
from validator.model.fact import Fact
from validator.model.known import JsonValue

MOST: Final = 4_000_000  # characters that are remembered
# What may run on after its call and change any file at any time: nothing is remembered from then on.
_WILD: Final = (
    *("process", "native", "code", "unresolved", "unreadable", "package", "persist", "introspect", "thread"),
    "resource.fork",
)
_CHANGING: Final = ("fs.write", "fs.delete", "fs.link", "fs.permission")


@dataclass(frozen=True, slots=True)
class Writing:
    """A call that was let through: the file it writes, if it does, and what else its code may change."""

    path: str | None
    argument: Argument | None
    facts: tuple[Fact, ...]
    turn: int


@dataclass(slots=True)
class WrittenFiles:
    """Code by the path it was written to, the latest last; safe to share between threads."""

    most: int = MOST
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _files: OrderedDict[str, tuple[str, Argument]] = field(default_factory=OrderedDict)
    _size: int = 0
    _turn: int = 0
    _wild: bool = False

    def recall(self, call: Call, ways: Sequence[CodeTool]) -> tuple[Argument, ...]:
        """The code of the file that a call runs, or nothing if it was not judged when it was written."""
        paths = [_path(call, way.runs) for way in ways if way.runs is not None]
        with self._lock:
            entries = [self._files.get(_folded(path)) for path in paths if path]
        found = [entry[1] for entry in entries if entry is not None and entry[0] in paths]
        return tuple(found) if len(found) == len(paths) else ()

    def begin(
        self, call: Call, ways: Sequence[CodeTool], arguments: Sequence[Argument], facts: Sequence[Fact]
    ) -> Writing:
        """A call goes through: forget what it changes, and give what `end` wants to know."""
        places = [place for way in ways for place in (way.file, way.saves) if place is not None]
        paths = list(dict.fromkeys(path for place in places if (path := _path(call, place)) is not None))
        certain = len(arguments) == len(paths) == 1 and all(_overwrites(call, way) for way in ways)
        writes = [way for way in ways if way.file is not None]
        # What is only written down does nothing yet.
        facts = () if writes else facts
        with self._lock:
            self._forget(paths, facts)
            kept = replace(arguments[0], origin=paths[0]) if certain and writes and paths[0] else None
            return Writing(paths[0] if paths else None, kept, tuple(facts), self._turn)

    def end(self, writing: Writing, *, done: bool) -> None:
        """A call was answered: remember the code it wrote, unless another one may have changed the file meanwhile."""
        with self._lock:
            alone = writing.turn == self._turn
            self._forget([] if writing.path is None else [writing.path], writing.facts)
            if done and alone and writing.argument is not None and not self._wild:
                self._put(writing.argument)

    def _forget(self, paths: Sequence[str], facts: Sequence[Fact]) -> None:
        """Forget every file that may change now; an empty path may be any."""
        changing = [fact for fact in facts if fact.capability in _CHANGING]
        self._wild = self._wild or any(f"{fact.capability}.".startswith(_DOTTED) for fact in facts)
        self._turn += bool(paths or changing)
        names = {_folded(posixpath.basename(path)) for path in paths}
        for fact in changing:
            names |= _names(fact)
        if self._wild or "" in names:
            self._files.clear()
            self._size = 0
        # A relative path depends on where the code runs, so whatever has a part of the same name may be meant.
        for key in [key for key in self._files if names & {*key.split("/")}]:
            self._drop(key)

    def _put(self, argument: Argument) -> None:
        self._files[_folded(argument.origin)] = (argument.origin, argument)
        self._size += len(argument.content)
        while self._size > self.most:
            self._drop(next(iter(self._files)))

    def _drop(self, key: str) -> None:
        self._size -= len(self._files.pop(key)[1].content)


_DOTTED: Final = tuple(f"{name}." for name in _WILD)


def _names(fact: Fact) -> set[str]:
    """The last parts of the paths that a fact names, the empty one if it does not say which."""
    named = [fact.roles[role] for role in ("path", "target") if role in fact.roles]
    texts = [value if isinstance(value, str) else "" for value in named] or [""]
    return {_folded(posixpath.basename(text.replace("\\", "/").rstrip("/"))) for text in texts}


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


def _folded(path: str) -> str:
    """The path as a disk that cares for neither case nor forms of letters would take it."""
    return unicodedata.normalize("NFKC", path).casefold()
