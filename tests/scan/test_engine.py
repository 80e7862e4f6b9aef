"""Promises of the engine: an answer for every sample, in order, whatever becomes of a worker."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.scan.stand_in import NeverReady, StandIn
from validator.model.errors import EngineError
from validator.model.verdict import Outcome
from validator.scan.engine import SAMPLES, WINDOW, Bounds, Engine, Said
from validator.scan.sample import Sample, Series, single


def run(contents: Iterable[str], jobs: int = 1, deadline: float = 30.0) -> list[Said]:
    series = (single(Sample(str(number), content)) for number, content in enumerate(contents))
    with Engine(Bounds(jobs, deadline)) as engine:
        return list(engine.judge(StandIn(), series))


def test_answers_keep_the_order_of_the_samples_with_any_number_of_workers() -> None:
    contents = ["bad" if number % 7 == 0 else f"{number}" for number in range(300)]
    said = run(contents, jobs=3)
    assert [sample.id for sample, _ in said] == list(map(str, range(300)))
    assert [judged.outcome is Outcome.DENY for _, judged in said] == [content == "bad" for content in contents]


@pytest.mark.parametrize(("hostile", "rule"), [("crash", "unreadable.crash"), ("die", "unreadable.crash")])
def test_a_sample_that_ends_its_worker_is_denied_and_no_other_is_lost(hostile: str, rule: str) -> None:
    said = run(["1", hostile, "odd", hostile, "2"], jobs=2)
    assert [judged.outcome.value for _, judged in said] == ["allow", "deny", "review", "deny", "allow"]
    assert [[found.rule for found in judged.findings] for _, judged in said] == [[], [rule], ["no-odd"], [rule], []]
    assert [judged.read for _, judged in said] == [True, False, True, False, True]


def test_the_reason_of_a_death_is_told() -> None:
    ((_, judged),) = run(["die"])
    assert "killed by signal 9" in judged.findings[0].message


def test_a_sample_that_takes_too_long_is_denied_and_no_other_is_lost() -> None:
    said = run(["1", "hang", "2"], deadline=1.0)
    assert [judged.outcome.value for _, judged in said] == ["allow", "deny", "allow"]
    assert said[1][1].findings[0].rule == "unreadable.deadline"
    assert "longer than 1 seconds" in said[1][1].findings[0].message


def test_after_a_death_in_a_series_the_rest_of_it_is_judged() -> None:
    series = Series(tuple(Sample(str(number), code, session="s") for number, code in enumerate(["1", "die", "bad"])))
    with Engine(Bounds(1)) as engine:
        said = list(engine.judge(StandIn(), iter([series, single(Sample("last", "odd"))])))
    assert [judged.outcome.value for _, judged in said] == ["allow", "deny", "deny", "review"]


def test_no_more_is_read_than_a_few_blocks_ahead_of_what_was_answered() -> None:
    taken = 0

    def endless() -> Iterator[Series]:
        nonlocal taken
        while True:
            taken += 1
            yield single(Sample(str(taken), "1"))

    with Engine(Bounds(1)) as engine:
        said = engine.judge(StandIn(), endless())
        for number in range(1, 1000):
            next(said)
            assert taken - number <= (WINDOW + 1) * SAMPLES


def test_a_broken_source_ends_the_scan_and_its_workers() -> None:
    def broken() -> Iterator[Series]:
        yield single(Sample("1", "1"))
        raise KeyboardInterrupt

    with Engine(Bounds(2)) as engine, pytest.raises(KeyboardInterrupt):
        list(engine.judge(StandIn(), broken()))
    assert all(worker.pipe.closed for worker in engine._workers)


def test_workers_that_never_become_ready_end_the_scan_with_advice() -> None:
    with Engine(Bounds(1)) as engine, pytest.raises(EngineError, match="before they are ready"):
        list(engine.judge(NeverReady(), iter([single(Sample("1", "1"))])))


def test_no_worker_imports_what_lies_in_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("multiprocessing", "signal", "struct"):
        (tmp_path / f"{name}.py").write_text("open('imported', 'w')")
    monkeypatch.chdir(tmp_path)
    assert len(run(["1"])) == 1
    assert not (tmp_path / "imported").exists()


def test_an_empty_source_gives_nothing() -> None:
    assert run([]) == []
