"""Arguments in, facts out, analysed by other processes: at the most a few at once, each by a deadline.

A process that takes too long, or too much memory, or dies, is replaced by the next argument that needs one; its own
argument is unreadable, which denies it. Whoever asks waits in a thread of its own.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Final

from validator.analyse.session import Session, forget
from validator.model.argument import Argument
from validator.model.errors import BusyError, Problem
from validator.model.fact import Fact, Kind
from validator.worker.apart import spawning
from validator.worker.carry import pack, pack_session, unpack
from validator.worker.serve import NO_MEMORY, READY, serve

# Threads that think at once only take turns, and an event loop beside them would wait for every one.
TURN: Final = threading.Lock()
START: Final = 60.0  # seconds in which a process must have read its rules


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many `processes` there are at the most, and how many may wait for one, each for `patience` seconds.

    One analysis may take `deadline` seconds, and `memory` bytes.
    """

    processes: int = 2
    waiting: int = 64
    patience: float = 30.0
    deadline: float = 30.0
    memory: int = 1_500_000_000


DEFAULT_BOUNDS: Final = Bounds()


@dataclass(frozen=True, slots=True)
class _Worker:
    process: BaseProcess
    connection: Connection


class Pool:
    """Processes that are started when they are first needed; safe to share between threads."""

    def __init__(self, bounds: Bounds = DEFAULT_BOUNDS) -> None:
        """Start nothing yet."""
        self.bounds = bounds
        self._slots = threading.BoundedSemaphore(bounds.processes)
        self._places = threading.BoundedSemaphore(bounds.processes + bounds.waiting)
        self._idle: list[_Worker] = []
        self._lock = threading.Lock()
        self._closed = False

    def observe(self, argument: Argument, session: Session | None) -> tuple[tuple[Fact, ...], Session | None]:
        """The facts of an argument, and its session afterwards; raises BusyError where there is no room to wait."""
        request = pack((argument, pack_session(session)))
        with self._slot():
            answer = self._ask(request)
        if isinstance(answer, Fact):
            return (answer,), None if session is None else forget()
        with TURN:
            facts, raw = unpack(answer)
            return facts, unpack(raw)

    def processes(self) -> list[int]:
        """The process numbers of those that wait for work."""
        with self._lock:
            return [worker.process.pid or 0 for worker in self._idle]

    def close(self) -> None:
        """End every process; one that works ends when it has answered."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for worker in idle:
            _end(worker)

    @contextmanager
    def _slot(self) -> Iterator[None]:
        if not self._places.acquire(blocking=False):
            raise _busy("too many pieces of code wait to be analysed", self.bounds.patience)
        try:
            if not self._slots.acquire(timeout=self.bounds.patience):
                raise _busy(f"other code was analysed for {self.bounds.patience:g} seconds", self.bounds.patience)
            try:
                yield
            finally:
                self._slots.release()
        finally:
            self._places.release()

    def _ask(self, request: bytes) -> bytes | Fact:
        """The answer of a process; or why there is none."""
        worker = self._take()
        answer: bytes | Fact = _unreadable("could not be analysed: the process that did so ended")
        healthy = False
        try:
            worker.connection.send_bytes(request)
            if not worker.connection.poll(self.bounds.deadline):
                answer = _unreadable(f"could not be analysed within {self.bounds.deadline:g} seconds")
            elif (raw := worker.connection.recv_bytes()) == NO_MEMORY:
                answer = _unreadable(f"could not be analysed with {self.bounds.memory // 1_000_000} MB of memory")
            else:
                answer, healthy = raw, True
        except (EOFError, OSError):
            pass  # it ended; the answer says so already
        finally:
            self._give_back(worker, healthy)
        return answer

    def _take(self) -> _Worker:
        with self._lock:
            while self._idle:
                worker = self._idle.pop()
                if worker.process.is_alive():
                    return worker
                _end(worker)
        return self._start()

    def _start(self) -> _Worker:
        context = spawning()
        ours, theirs = context.Pipe()
        process = context.Process(target=serve, args=(theirs, self.bounds.memory), daemon=True)
        process.start()
        theirs.close()
        worker = _Worker(process, ours)
        try:
            ready = ours.poll(START) and ours.recv_bytes() == READY
        except (EOFError, OSError):
            ready = False
        if not ready:
            _end(worker)
            raise _busy("the process that analyses code does not start", self.bounds.patience)
        return worker

    def _give_back(self, worker: _Worker, healthy: bool) -> None:
        with self._lock:
            kept = healthy and not self._closed
            if kept:
                self._idle.append(worker)
        if not kept:
            _end(worker)


def _end(worker: _Worker) -> None:
    worker.connection.close()
    worker.process.kill()
    worker.process.join()
    worker.process.close()


def _busy(reason: str, seconds: float) -> BusyError:
    return BusyError(Problem("analysis", f"{reason}; try again in {seconds:g} seconds"))


def _unreadable(reason: str) -> Fact:
    return Fact(Kind.UNREADABLE, "unreadable.shape", reason)
