"""Heavy code is analysed by other processes: by a deadline, in bounds, and whatever happens to them denies one call."""

import json
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import pytest

from validator.analyse.observe import observe, observe_next
from validator.analyse.session import NO_SESSION
from validator.analyse.values import HERE, LOCALS, NONE, NOTHING
from validator.gate import Gate
from validator.judgment import judge_argument, judge_next
from validator.live import make_base
from validator.model.argument import Argument
from validator.model.call import Call
from validator.model.decision import Action
from validator.model.errors import BusyError
from validator.model.limits import DEFAULT_LIMITS
from validator.opening import open_policy
from validator.rulebook.load import load_rulebook
from validator.worker.carry import pack, unpack
from validator.worker.judging import Judging, is_light
from validator.worker.pool import Bounds, Pool

BOOK: Final = load_rulebook()
CORPUS: Final = Path(__file__).parents[2] / "corpus"
LINES: Final = "".join(f"a{n} = open('f{n}').read() + str({n})\n" for n in range(3_000))
HEAVY: Final = "import os\n" + "".join(f"x{n} = [{n}, str({n})]\n" for n in range(150)) + "os.kill(1, 9)\n"
LINUX: Final = pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps the limit of memory")


@pytest.fixture
def pool() -> Iterator[Callable[..., Pool]]:
    opened: list[Pool] = []

    def open_pool(**bounds: Any) -> Pool:
        opened.append(Pool(Bounds(**bounds)))
        return opened[-1]

    yield open_pool
    for each in opened:
        each.close()


@pytest.fixture
def build(tmp_path: Path) -> Callable[[Pool], Gate]:
    def build(pool: Pool) -> Gate:
        file = tmp_path / "policy.json"
        file.write_text(json.dumps({"version": "1", "default": "deny", "tools": {"run_python_code": {}}, "code": {}}))
        base = make_base("me", "mcp-python-interpreter", None)
        return open_policy(file, base, BOOK, base.clock, pool).gate

    return build


def look(gate: Gate, code: str) -> Any:
    return gate.inspect(Call("run_python_code", {"code": code}))


def names(facts: Any) -> list[tuple[str, str]]:
    return [(fact.capability, fact.name) for fact in facts]


def test_another_process_finds_the_same_facts_and_the_same_session(pool: Callable[..., Pool]) -> None:
    here = there = NO_SESSION
    workers = pool(processes=1)
    for code in (HEAVY, "import os as o\ndef go(c, m=[o]): m[0].kill(c, 9)", "go(1)", "x = go", "def ("):
        expected, here = observe_next(Argument(code), BOOK.catalog, DEFAULT_LIMITS, here)
        found, after = workers.observe(Argument(code), there)
        assert after is not None
        there = after
        assert found == expected
    assert workers.observe(Argument(HEAVY), None) == (observe(Argument(HEAVY), BOOK.catalog), None)


def test_a_process_is_started_when_it_is_needed_and_kept(pool: Callable[..., Pool]) -> None:
    workers = pool()
    assert workers.processes() == []
    workers.observe(Argument("1"), None)
    first = workers.processes()
    workers.observe(Argument("2"), None)
    assert workers.processes() == first
    assert len(first) == 1


def test_code_that_takes_too_long_is_denied_and_says_so(
    pool: Callable[..., Pool], build: Callable[[Pool], Gate]
) -> None:
    workers = pool(deadline=0.05)
    gate = build(workers)
    decision = look(gate, LINES).decision
    assert decision.action is Action.REFUSE
    assert "could not be analysed within 0.05 seconds" in decision.message
    assert workers.processes() == []
    assert look(gate, "print(1)").decision.action is Action.FORWARD


@LINUX
def test_code_that_takes_too_much_memory_is_denied_and_says_so(
    pool: Callable[..., Pool], build: Callable[[Pool], Gate]
) -> None:
    workers = pool(memory=20_000_000)
    decision = look(build(workers), LINES).decision
    assert decision.action is Action.REFUSE
    assert "could not be analysed" in decision.message
    assert workers.processes() == []


def test_a_process_that_is_killed_while_it_judges_denies_that_call_and_no_other(
    pool: Callable[..., Pool], build: Callable[[Pool], Gate]
) -> None:
    workers = pool(processes=1)
    gate = build(workers)
    look(gate, HEAVY)
    (number,) = workers.processes()
    killed = threading.Thread(target=_kill_when_busy, args=(workers, number))
    killed.start()
    decision = look(gate, LINES).decision
    killed.join()
    assert decision.action is Action.REFUSE
    assert "the process that did so ended" in decision.message
    assert "process.signal" in look(gate, HEAVY).decision.verdict.capabilities


def _kill_when_busy(workers: Pool, number: int) -> None:
    while workers.processes():
        pass
    os.kill(number, signal.SIGKILL)


def test_a_process_that_was_killed_while_it_waited_is_replaced(pool: Callable[..., Pool]) -> None:
    workers = pool(processes=1)
    workers.observe(Argument("1"), None)
    (number,) = workers.processes()
    os.kill(number, signal.SIGKILL)
    facts, _ = workers.observe(Argument(HEAVY), None)
    facts, _ = workers.observe(Argument(HEAVY), None) if names(facts)[0][0] == "unreadable.shape" else (facts, None)
    assert "process.signal" in {fact.capability for fact in facts}


def test_two_hundred_at_once_are_all_judged_by_two_processes(pool: Callable[..., Pool]) -> None:
    workers = pool(processes=2, waiting=200, patience=300.0)
    judging = Judging(BOOK, workers)
    with ThreadPoolExecutor(200) as threads:
        verdicts = list(threads.map(judging.judge, [Argument(f"{HEAVY}y = {n}\n") for n in range(200)]))
    assert {verdict.score for verdict in verdicts} == {judge_argument(Argument(HEAVY), BOOK).score}
    assert len(workers.processes()) <= 2


def test_who_finds_no_place_to_wait_is_denied_at_once_and_told_when_to_come_back(
    pool: Callable[..., Pool], build: Callable[[Pool], Gate]
) -> None:
    workers = pool(processes=1, waiting=0, patience=7)
    gate = build(workers)
    with workers._slot():
        decision = look(gate, LINES).decision
        assert decision.action is Action.REFUSE
        assert decision.message == "too many pieces of code wait to be analysed; try again in 7 seconds"
        assert look(gate, "print(1)").decision.action is Action.FORWARD


def test_who_has_waited_too_long_is_denied(pool: Callable[..., Pool]) -> None:
    workers = pool(processes=1, patience=0.01)
    with workers._slot(), pytest.raises(BusyError, match=r"other code was analysed for 0\.01 seconds; try again in"):
        workers.observe(Argument(LINES), None)


def test_light_code_needs_no_process(pool: Callable[..., Pool]) -> None:
    workers = pool()
    judging = Judging(BOOK, workers)
    assert judging.judge(Argument("import os\nos.kill(1, 9)")).score == 90
    _, session = judging.judge_next(Argument("import os as x"), NO_SESSION)
    assert judging.judge_next(Argument("x.kill(1, 9)"), session)[0].score == 90
    assert workers.processes() == []


@pytest.mark.parametrize("code", [LINES, "x = [" + "1," * 2_000 + "]", "# " + "x" * 9_000])
def test_what_parsing_would_stall_on_is_heavy(code: str) -> None:
    assert not is_light(Argument(code))


@pytest.mark.parametrize(
    "code", ["def f(a):\n    return [f(x) for x in a]\n" * 9 + "exec('x = open(1)\\n' * 4_000)", "open(1)\n" * 900]
)
def test_what_turns_out_to_be_heavy_is_begun_again_elsewhere(code: str, pool: Callable[..., Pool]) -> None:
    workers = pool()
    assert Judging(BOOK, workers).judge(Argument(code)) == judge_argument(Argument(code), BOOK)
    assert (len(workers.processes()) == 1) is (len(code) < 8_000)


@pytest.mark.parametrize("file", ["near_misses.jsonl", "found.jsonl"])
def test_the_verdict_is_the_same_wherever_it_is_found(file: str, pool: Callable[..., Pool]) -> None:
    judging = Judging(BOOK, pool())
    codes = [json.loads(line)["code"] for line in (CORPUS / file).read_text().splitlines()][:25]
    for code in codes:
        assert judging.judge(Argument(code)) == judge_argument(Argument(code), BOOK)
        verdict, _ = judging.judge_next(Argument(code), NO_SESSION)
        assert verdict == judge_next(Argument(code), NO_SESSION, BOOK)[0]


def test_values_that_are_told_apart_by_identity_stay_themselves() -> None:
    for value in (NOTHING, NONE, LOCALS, HERE):
        assert unpack(pack([value]))[0] is value


@pytest.mark.parametrize("value", [print, os.kill, Path("a"), threading.Thread])
def test_nothing_but_our_own_values_crosses(value: object) -> None:
    with pytest.raises(pickle.UnpicklingError, match="does not cross between processes"):
        unpack(pickle.dumps(value))
