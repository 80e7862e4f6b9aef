"""The other end of a pipe: blocks in, what is said of their samples out, in a process of its own."""

import gc
import signal
import sys
from multiprocessing.connection import Connection
from resource import RLIM_INFINITY, RLIMIT_AS, RLIMIT_CORE, getrlimit, setrlimit
from time import monotonic
from typing import Final, TypeAlias, cast

from validator.model.errors import ValidatorError
from validator.scan.block import Bench, Block, Preparation, inspect_block
from validator.scan.judged import Judged

PATIENCE: Final = 0.1  # seconds for which answers may be kept back, to send several at once
READY: Final = "ready"
Order: TypeAlias = tuple[Block, bool]
Answer: TypeAlias = list[Judged] | str


def work(pipe: "Connection[Answer, object]", memory: int) -> None:
    """Take a recipe, then judge blocks until the pipe is closed; True beside a block: send every answer at once."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears of it, and ends us
    _bound(memory)
    try:
        recipe = cast(Preparation, pipe.recv())
        # Nothing of the rules is garbage, and looking for some is a sixth of reading them.
        gc.disable()
        bench = recipe.prepare()
        gc.freeze()
        gc.enable()
        pipe.send(READY)
        while True:
            _answer(pipe, cast(Order, pipe.recv()), bench)
    except ValidatorError as error:
        pipe.send(str(error))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return


def _answer(pipe: "Connection[Answer, object]", order: Order, bench: Bench) -> None:
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
