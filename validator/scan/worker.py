"""The other end of a pipe: blocks in, what is said of their samples out, in a process of its own."""

import gc
import signal
import sys
from multiprocessing.connection import Connection
from resource import RLIM_INFINITY, RLIMIT_AS, RLIMIT_CORE, getrlimit, setrlimit
from time import monotonic
from typing import Final, TypeAlias

from validator.model.errors import ValidatorError
from validator.scan.block import Bench, Block, Preparation, inspect_block
from validator.scan.judged import Judged

PATIENCE: Final = 0.1  # seconds for which answers may be kept back, to send several at once
READY: Final = "ready"
Order: TypeAlias = tuple[Block, bool]
Answer: TypeAlias = list[Judged] | str


def work(pipe: "Connection[Answer, Order]", recipe: Preparation, memory: int) -> None:
    """Judge blocks until the pipe is closed. A block comes with True when every answer is to be sent at once."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears of it, and ends us
    _bound(memory)
    try:
        bench = recipe.prepare()
    except ValidatorError as error:
        pipe.send(str(error))
        return
    gc.freeze()
    pipe.send(READY)
    while True:
        try:
            order: Order = pipe.recv()
            _answer(pipe, order, bench)
        except (EOFError, BrokenPipeError, ConnectionResetError):
            return


def _answer(pipe: "Connection[Answer, Order]", order: Order, bench: Bench) -> None:
    block, careful = order
    answers: list[Judged] = []
    sent = monotonic()
    for judged in inspect_block(block, bench):
        answers.append(judged)
        if careful or monotonic() - sent > PATIENCE:
            pipe.send(answers)
            answers, sent = [], monotonic()
    if answers:
        pipe.send(answers)


def _bound(memory: int) -> None:
    """Let no sample take the machine's memory, and leave no core file where one ends us."""
    setrlimit(RLIMIT_CORE, (0, getrlimit(RLIMIT_CORE)[1]))
    hard = getrlimit(RLIMIT_AS)[1]
    # macOS has no such limit that it would keep.
    if memory and sys.platform != "darwin" and (hard == RLIM_INFINITY or memory <= hard):
        setrlimit(RLIMIT_AS, (memory, hard))
