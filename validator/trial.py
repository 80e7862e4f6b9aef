"""A policy tried out on calls that nobody makes: why each would be decided as it is, and whether that is expected."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from validator.gate import UNREADABLE, Gate
from validator.hearing import hear
from validator.intake.tools import known_profiles, load_tools
from validator.judgment import judge_argument
from validator.model.call import Call
from validator.model.decision import Action, Decision
from validator.model.errors import Problem
from validator.opening import open_policy
from validator.policy.cases import Case, Cases
from validator.policy.evaluate import decide_tool
from validator.policy.explain import Explanation, explain, refused
from validator.policy.memory import MemoryStore
from validator.policy.scene import Scene
from validator.policy.terms import NO_RULES, Policy
from validator.rulebook.load import load_rulebook


def open_trial(file: Path, now: float, *, server: str = "default", grant: str = "default") -> Gate:
    """A gate under a policy for which time stands still; raises ValidatorError with all that is wrong."""
    book = load_rulebook()
    base = Gate(
        Policy("", False),
        partial(judge_argument, book=book),
        load_tools(),
        clock=lambda: now,
        grant=grant,
        server=server,
    )
    return open_policy(file, base, book, base.clock).gate


def explain_call(gate: Gate, call: Call) -> Explanation:
    """Why a call would be decided as it is, as if every counter stood at zero."""
    call = replace(call, grant=gate.grant, server=gate.server)
    if decide_tool(gate.policy, call.tool) is not None:
        return explain(gate.policy, Scene(call))
    heard = hear(call, gate.policy, gate.tools, gate.judge)
    if heard.obstacle:
        return refused(Decision(Action.REFUSE, UNREADABLE, heard.obstacle, verdict=heard.scene.verdict))
    placed = gate.policy.tools.get(call.tool, NO_RULES).place is not None
    described = placed or bool(known_profiles(gate.tools, gate.server, call.tool))
    return explain(gate.policy, heard.scene, described=described)


def try_cases(gate: Gate, file: Path, cases: Cases) -> Iterator[Problem]:
    """The cases that end otherwise than expected; each begins with every counter at zero."""
    for index, case in enumerate(cases.cases):
        difference = case.difference(_decide(gate, case))
        if difference:
            yield Problem(f"{file}#/cases/{index} ({case.name})", difference)


def _decide(gate: Gate, case: Case) -> Decision:
    fresh = replace(gate, store=MemoryStore())
    for _ in range(case.before):
        fresh.inspect(case.call)
    return fresh.inspect(case.call).decision
