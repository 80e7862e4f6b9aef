"""Series in, what is said of each sample out, in the same order: judged by worker processes of this machine.

A worker that dies or takes too long costs the one sample it was at. To know which one that is, the rest of its block
is judged again with each answer sent at once. However many series come, only a few blocks are held at a time.
"""

from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from time import monotonic
from types import TracebackType
from typing import Final, Self, TypeAlias

from validator.model.errors import EngineError, Problem
from validator.scan.block import Block, Preparation
from validator.scan.inspect import CRASH, DEADLINE, refuse
from validator.scan.judged import Judged, describe
from validator.scan.sample import Sample, Series
from validator.scan.worker import READY, Answer, work
from validator.worker.apart import spawning

Said: TypeAlias = tuple[Sample, Judged]

WINDOW: Final = 4  # blocks that may be held for each worker
SAMPLES: Final = 64  # samples in a block, unless a series alone is longer
CHARACTERS: Final = 262_144  # code in a block, unless a series alone is longer
START: Final = 60.0  # seconds within which a worker is ready
TRIES: Final = 3  # workers in a row that may fail to start
MEMORY: Final = 4 * 1024**3  # bytes of address space of a worker


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many workers there are, and what one sample may cost: seconds, and bytes of address space."""

    jobs: int
    deadline: float = 30.0
    memory: int = MEMORY


@dataclass
class _Task:
    """A block on its way.

    `left` is what of it is not yet answered, but for the first `answered` samples of its first series; a series that is
    begun anew is judged from its start, for names live on in it, and `again` of its answers are known already.
    """

    samples: list[Sample]
    left: deque[Series]
    answers: list[Judged] = field(default_factory=list)
    careful: bool = False
    answered: int = 0
    again: int = 0

    def take(self, judged: Judged) -> None:
        """Add the answer on the next sample."""
        if self.again:
            self.again -= 1
            return
        self.answers.append(judged)
        self.answered += 1
        if self.answered == len(self.left[0].samples):
            self.left.popleft()
            self.answered = 0

    def skip(self, rule: str, reason: str) -> None:
        """Refuse the next sample, with which a worker ended; what it left to those after it is not known."""
        series, sample = self.left.popleft(), self.samples[len(self.answers)]
        rest = series.samples[self.answered + 1 :]
        self.answers.append(describe(sample, refuse(sample, rule, reason), None, ()))
        if rest:
            self.left.appendleft(Series(rest, True))
        self.answered = 0


@dataclass(eq=False)
class _Worker:
    """One process, its pipe, what it is at, and since when."""

    process: SpawnProcess
    pipe: "Connection[object, Answer]"
    since: float
    ready: bool = False
    task: _Task | None = None


class Engine:
    """Worker processes that judge by one recipe."""

    def __init__(self, bounds: Bounds) -> None:
        """Start the workers; they import what they need while their starter finds out by what to judge."""
        self._bounds = bounds
        self._context = spawning()
        self._recipe: Preparation | None = None
        self._again: deque[_Task] = deque()
        self._failures = 0
        self._workers = [self._start() for _ in range(bounds.jobs)]

    def __enter__(self) -> Self:
        """The engine itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the workers, whatever they are at."""
        for worker in self._workers:
            _end(worker)

    def judge(self, recipe: Preparation, source: Iterator[Series]) -> Iterator[Said]:
        """What is said of each sample, in order; raises EngineError when no worker can be started."""
        self._recipe = recipe
        for worker in self._workers:
            self._instruct(worker)
        return self._judge(source)

    def _judge(self, source: Iterator[Series]) -> Iterator[Said]:
        blocks = make_blocks(source)
        held: deque[_Task] = deque()
        following = next(blocks, None)
        while held or following is not None:
            for worker in self._idle():
                if self._again:
                    self._send(worker, self._again.popleft())
                elif following is not None and len(held) < WINDOW * self._bounds.jobs:
                    held.append(_Task([sample for each in following for sample in each.samples], deque(following)))
                    self._send(worker, held[-1])
                    # Read while the workers judge.
                    following = next(blocks, None)
            while held and not held[0].left:
                task = held.popleft()
                yield from zip(task.samples, task.answers, strict=True)
            if not all(map(self._rests, self._workers)):
                self._listen()

    def _idle(self) -> list[_Worker]:
        return [worker for worker in self._workers if worker.ready and worker.task is None]

    def _send(self, worker: _Worker, task: _Task) -> None:
        worker.task, worker.since = task, monotonic()
        try:
            worker.pipe.send((tuple(task.left), task.careful))
        except OSError:
            self._replace(worker, CRASH, "")

    def _listen(self) -> None:
        """Wait for answers, and end what takes too long."""
        soonest = min((self._ends(worker) for worker in self._workers if not self._rests(worker)), default=None)
        timeout = None if soonest is None else max(0.0, soonest - monotonic())
        heard = wait([worker.pipe for worker in self._workers if not self._rests(worker)], timeout)
        for worker in list(self._workers):
            if worker.pipe in heard:
                self._hear(worker)
            elif not self._rests(worker) and monotonic() >= self._ends(worker) and not worker.pipe.poll():
                seconds = self._bounds.deadline
                self._replace(worker, DEADLINE, f"judging it took longer than {seconds:g} seconds and was ended")

    def _hear(self, worker: _Worker) -> None:
        try:
            answer = worker.pipe.recv()
        except (EOFError, OSError):
            worker.process.join()
            self._replace(worker, CRASH, f"the process that judged it ended: {_cause(worker.process.exitcode)}")
            return
        worker.since = monotonic()
        if isinstance(answer, str):
            if answer != READY:
                raise EngineError(Problem("scan", f"a worker process failed: {answer}", "please report this"))
            worker.ready, self._failures = True, 0
        elif worker.task is not None:
            for judged in answer:
                worker.task.take(judged)
            if not worker.task.left:
                worker.task = None

    def _replace(self, worker: _Worker, rule: str, reason: str) -> None:
        """Put a new worker in place of one that is lost, and what it was at where it is done again."""
        self._workers.remove(worker)
        _end(worker)
        task = worker.task
        if task is None:
            self._failures += 1
            if self._failures >= TRIES:
                advice = "check memory and limits of processes, then start again"
                raise EngineError(Problem("scan", "worker processes end before they are ready", advice))
        else:
            if task.careful and reason:
                task.skip(rule, reason)
            task.careful, task.again = True, task.answered
            if task.left:
                self._again.append(task)
        worker = self._start()
        self._workers.append(worker)
        self._instruct(worker)

    def _ends(self, worker: _Worker) -> float:
        return worker.since + (self._bounds.deadline if worker.ready else START)

    def _rests(self, worker: _Worker) -> bool:
        return worker.ready and worker.task is None

    def _start(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        arguments = (theirs, self._bounds.memory)
        process = self._context.Process(target=work, args=arguments, daemon=True, name="validator-scan")
        process.start()
        theirs.close()
        return _Worker(process, ours, monotonic())

    def _instruct(self, worker: _Worker) -> None:
        worker.since = monotonic()
        with suppress(OSError):  # it has ended, which is found out when its answer is waited for
            worker.pipe.send(self._recipe)


def make_blocks(source: Iterator[Series]) -> Iterator[Block]:
    """Series put together, so that sending them is worth while."""
    block: list[Series] = []
    samples = size = 0
    for series in source:
        block.append(series)
        samples += len(series.samples)
        size += series.size()
        if samples >= SAMPLES or size >= CHARACTERS:
            yield tuple(block)
            block, samples, size = [], 0, 0
    if block:
        yield tuple(block)


def _end(worker: _Worker) -> None:
    worker.process.kill()
    worker.process.join()
    worker.process.close()
    worker.pipe.close()


def _cause(code: int | None) -> str:
    return f"killed by signal {-code}" if code is not None and code < 0 else f"exit code {code}"
