"""The careful policy in front of the real server: every attack is stopped for the right reason, honest work passes."""

import inspect
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import anyio
import pytest

from tests.e2e.sequences import Case, load_attacks, load_honest
from tests.e2e.world import CAREFUL, SECRET, Front, World, make_world, proof_of, run_cases
from validator.cli.proxy import proxy

Try: TypeAlias = Callable[[Front, str], World]
ATTACKS, HONEST = load_attacks(), load_honest()
# What a server remembers of one group must not decide on another.
GROUPS = {"writing": "writing", "sessions": "sessions", "flood": "flood", "honest": "honest"}
LISTENS = "listen" in inspect.signature(proxy).parameters
FRONTS = [
    "stdio",
    pytest.param("http", marks=pytest.mark.skipif(not LISTENS, reason="THE PROXY CANNOT LISTEN: HTTP is not tested")),
]


@pytest.fixture(scope="module")
def attempt(plotting_upstream: Path, tmp_path_factory: pytest.TempPathFactory) -> Try:
    """Try the cases that share a server, once, and keep what became of them."""

    @cache
    def attempt(front: Front, part: str) -> World:
        folder = tmp_path_factory.mktemp(f"{front}-{part}")
        cases = [case for case in (*ATTACKS, *HONEST) if _part(case) == part]
        if front == "direct":
            cases = [case for case in cases if case.proof or case.leaves]
        world = make_world(folder, plotting_upstream)
        policy = CAREFUL if part == "flood" else _roomy(folder)
        return anyio.run(run_cases, world, front, policy, cases)

    return attempt


def _part(case: Case) -> str:
    return GROUPS.get(case.group, "others")


def _roomy(folder: Path) -> Path:
    """The careful policy with limits that hundreds of calls do not reach."""
    policy: dict[str, Any] = json.loads(CAREFUL.read_text())
    for rules in (*policy["tools"].values(), policy["all_tools"]):
        for limit in rules.get("limits", ()):
            limit["max"] *= 1000
    (folder / "policy.json").write_text(json.dumps(policy))
    return folder / "policy.json"


@pytest.mark.parametrize("front", FRONTS)
@pytest.mark.parametrize("case", ATTACKS, ids=lambda case: case.id)
def test_an_attack_is_stopped_for_the_right_reason(attempt: Try, front: Front, case: Case) -> None:
    replies = attempt(front, _part(case)).replies[case.id]
    if case.open:
        assert not any(reply.refused for reply in replies), "it is stopped now: take the mark `open` away"
        pytest.xfail(case.open)
    for step, reply in zip(case.steps, replies, strict=True):
        assert reply.refused == bool(step.stopped), reply
        assert step.stopped in f"{reply.rule}\n{reply.text}"


@pytest.mark.parametrize("front", FRONTS)
@pytest.mark.parametrize("part", ["others", "writing", "sessions", "flood"])
def test_no_attack_shows_or_leaves_anything(attempt: Try, front: Front, part: str) -> None:
    world = attempt(front, part)
    stopped = [case for case in ATTACKS if _part(case) == part and not case.open]
    said = [reply.text for case in stopped for reply in world.replies[case.id]]
    assert [text for text in said if SECRET in text or "uid=" in text] == []
    assert not {proof_of(case, world) for case in stopped} & set(world.told)
    assert world.found_outside() == ["home/.ssh/id_rsa", "left.py", "secret.txt", "tree/leaf.txt"]
    assert (world.work / "precious.txt").read_text() == "precious\n"


@pytest.mark.parametrize("front", FRONTS)
@pytest.mark.parametrize("part", ["others", "writing", "sessions", "honest"])
def test_what_was_refused_did_not_reach_the_server_and_all_else_did(attempt: Try, front: Front, part: str) -> None:
    world = attempt(front, part)
    passed = [reply for replies in world.replies.values() for reply in replies if not reply.refused]
    assert len(world.heard()) == len(passed)


@pytest.mark.parametrize("front", FRONTS)
@pytest.mark.parametrize("case", HONEST, ids=lambda case: case.id)
def test_honest_work_is_done(attempt: Try, front: Front, case: Case) -> None:
    replies = attempt(front, "honest").replies[case.id]
    assert [reply.text for reply in replies if reply.refused] == []
    assert proof_of(case, attempt(front, "honest")) in replies[-1].text


@pytest.mark.parametrize("case", [case for case in ATTACKS if case.proof or case.leaves], ids=lambda case: case.id)
def test_the_attack_succeeds_where_nobody_stands_in_front(attempt: Try, case: Case) -> None:
    world = attempt("direct", _part(case))
    said = [*[reply.text for reply in world.replies[case.id]], *(world.told if case.group == "output" else ())]
    assert proof_of(case, world) in "\n".join(said)
    assert not case.leaves or (world.outside / case.leaves).exists()


def test_there_are_enough_of_both_and_every_tool_is_attacked() -> None:
    assert len({case.id for case in ATTACKS}) == len(ATTACKS) >= 60
    assert len({case.id for case in HONEST}) == len(HONEST) >= 20
    tools = json.loads(CAREFUL.read_text())["tools"]
    assert set(tools) <= {step.tool for case in ATTACKS for step in case.steps if step.stopped}
    assert set(tools) == {step.tool for case in HONEST for step in case.steps}
