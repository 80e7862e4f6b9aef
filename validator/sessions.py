"""Calls in, what they may leave for the next call of the same session out; what is not certain is unknown, never empty.

The names of a session are those of all its calls that were let through. They become unknown where calls overlap,
where something runs that was not judged, and where there is no room for them.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from math import inf
from typing import Final, TypeAlias

from validator.analyse.session import NO_SESSION, Session, clear, forget, meet, share
from validator.intake.extract import cleared, is_apart
from validator.intake.tools import CodeTool
from validator.model.argument import Argument
from validator.model.call import Call
from validator.model.decision import Action, Decision
from validator.model.verdict import Verdict

MOST: Final = 200  # sessions whose names are kept
MOST_CHARACTERS: Final = 1_000_000  # of source that they were made from
MOST_DROPPED: Final = 100_000
MOVED: Final = Decision(
    Action.REFUSE,
    "(unreadable call)",
    "other calls of this session ran while this one was looked at; wait for their answers, then send it again",
)
Judge: TypeAlias = Callable[[Argument], Verdict]
JudgeNext: TypeAlias = Callable[[Argument, Session], tuple[Verdict, Session]]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a turn saw of a session: its version, what the process was like, and what the session may hold after it."""

    version: int
    process: Session
    session: Session


@dataclass(slots=True)
class Turn:
    """One call: the sessions that it meets, as they were when it was judged, and as they may be when it has run.

    `cleared` are the sessions that it empties; `outlives` says that a session never heard of may hold something. With
    `unseen` the call runs what was not judged, which may belong to any session.
    """

    connection: str = ""
    outlives: bool = False
    cleared: tuple[str, ...] = ()
    unseen: bool = False
    number: int = 0
    seen: dict[str, _Seen] = field(default_factory=dict)

    def key(self, session: str) -> str:
        """What a session is kept under: the connection, and its name there if it has one."""
        return f"{self.connection}={session}" if session else f"~{self.connection}"


def make_turn(call: Call, profiles: Sequence[CodeTool]) -> Turn:
    """The turn of a call of a tool of which this is known."""
    return Turn(
        call.connection,
        outlives=any(profile.outlives for profile in profiles),
        cleared=cleared(call, profiles),
        unseen=any(profile.unseen and not is_apart(call, profile) for profile in profiles),
    )


@dataclass(slots=True)
class _State:
    """One session: what it holds, its version, and the calls that run in it, each with its latest end."""

    session: Session
    version: int
    open: dict[int, float] = field(default_factory=dict)
    mixed: bool = False


@dataclass(slots=True)
class Sessions:
    """The sessions of one grant at one server, at the `most` so many; safe to share between threads."""

    most: int = MOST
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _states: OrderedDict[str, _State] = field(default_factory=OrderedDict)
    _dropped: set[int] = field(default_factory=set)
    _start: Session = NO_SESSION
    _process: Session = NO_SESSION
    _roundabout: dict[int, float] = field(default_factory=dict)
    _number: int = 0
    _size: int = 0

    def judge(self, turn: Turn, argument: Argument, judge: JudgeNext, now: float) -> Verdict:
        """Judge an argument of a turn by what its session holds now, or holds after the arguments before it."""
        key = turn.key(argument.session or "")
        with self._lock:
            seen = turn.seen.get(key) or self._look(key, turn, now)
        verdict, after = judge(argument, seen.session)
        turn.seen[key] = replace(seen, session=after)
        return verdict

    def begin(self, turn: Turn) -> bool:
        """A call goes on; False if what it was judged by has changed since."""
        with self._lock:
            states = [(self._find(key, turn), seen.version) for key, seen in turn.seen.items()]
            if any(state.version != version for state, version in states):
                return False
            turn.number = self._next()
            if turn.unseen:
                self._lose()
                self._roundabout[turn.number] = inf
            emptied = [self._find(turn.key(name), turn) for name in turn.cleared]
            for state in (*(state for state, _ in states), *emptied):
                state.mixed = state.mixed or bool(state.open)
                state.open[turn.number] = inf
                state.version = self._next()
            return True

    def end(self, turn: Turn, *, ran: bool, done: bool, until: float | None = None) -> None:
        """What became of a call: whether it may have `ran`, and whether it is `done` as it was told.

        One that may run on without an answer does so `until` a moment in seconds since the epoch.
        """
        seen = dict(turn.seen) if ran else {}
        turn.seen.clear()
        with self._lock:
            if turn.unseen and ran:
                self._lose()
            emptied = {turn.key(name) for name in turn.cleared} if done else set()
            for key, state in self._opened(turn.number):
                self._advance(state, NO_SESSION if key in emptied else seen[key].session if key in seen else None)
            for each in seen.values():
                self._keep_process(each)
            self._close(turn.number, until)
            self._make_room()

    def lose(self) -> None:
        """Whatever there is may be something else now, and so may what nobody has heard of yet."""
        with self._lock:
            self._lose()

    def finish(self, turn: Turn) -> None:
        """A call that might have run on has ended."""
        with self._lock:
            self._close(turn.number, None)

    def _look(self, key: str, turn: Turn, now: float) -> _Seen:
        state = self._find(key, turn)
        held = (self._roundabout, state.open)
        for number in [number for each in held for number, until in each.items() if until <= now]:
            self._close(number, None)
        session = forget() if state.open or self._roundabout else state.session
        return _Seen(state.version, self._process, share(session, self._process))

    def _find(self, key: str, turn: Turn) -> _State:
        state = self._states.get(key)
        if state is None:
            lost = turn.outlives or hash(key) in self._dropped or len(self._dropped) > MOST_DROPPED
            state = self._states[key] = _State(forget() if lost else self._start, self._next())
        self._states.move_to_end(key)
        return state

    def _opened(self, number: int) -> list[tuple[str, _State]]:
        return [(key, state) for key, state in self._states.items() if number in state.open]

    def _advance(self, state: _State, after: Session | None) -> None:
        before = state.session.size
        if state.mixed or self._roundabout:
            state.session = forget()
        elif after is not None:
            state.session = after
        self._size += state.session.size - before
        state.version = self._next()

    def _keep_process(self, seen: _Seen) -> None:
        """Keep what a call has changed for every session; beside another one, what either has changed."""
        if seen.session.touches_process():
            alone = seen.process is self._process
            self._process = clear(seen.session) if alone else meet(self._process, seen.session)

    def _close(self, number: int, until: float | None) -> None:
        """A call runs no more, or only until a moment."""
        for held in (self._roundabout, *(state.open for _, state in self._opened(number))):
            if number in held and until is not None:
                held[number] = until
            else:
                held.pop(number, None)
        for state in self._states.values():
            state.mixed = state.mixed and bool(state.open)

    def _lose(self) -> None:
        self._start, self._size = forget(), 0
        for state in self._states.values():
            state.session, state.version = forget(), self._next()

    def _make_room(self) -> None:
        """Drop the sessions that were used longest ago, rather those in which nothing runs."""
        while len(self._states) > self.most or self._size > MOST_CHARACTERS:
            key = next((key for key, state in self._states.items() if not state.open), next(iter(self._states)))
            self._size -= self._states.pop(key).session.size
            self._dropped.add(hash(key))

    def _next(self) -> int:
        self._number += 1
        return self._number
