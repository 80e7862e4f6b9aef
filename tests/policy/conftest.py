"""Policies written to a folder, and scenes to hold them against."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from validator.model.call import Call
from validator.model.fact import Fact
from validator.model.verdict import Outcome, Verdict
from validator.policy.load import load_policy
from validator.policy.scene import Scene
from validator.policy.terms import Policy

Load: TypeAlias = Callable[..., Policy]
Judged: TypeAlias = Callable[..., Scene]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Load a policy that says something of the tool `t`, and what else is given."""

    def load(tool: dict[str, Any] | None = None, **rest: Any) -> Policy:
        file = tmp_path / "policy.json"
        tools = {"t": tool} if tool is not None else {}
        file.write_text(json.dumps({"version": "1", "default": "deny", "tools": tools, **rest}))
        return load_policy(file)

    return load


@pytest.fixture
def judged() -> Judged:
    """A call of `t` whose code has these facts and this verdict."""

    def judged(*facts: Fact, outcome: Outcome = Outcome.ALLOW, score: int = 0, **arguments: Any) -> Scene:
        capabilities = tuple(sorted({fact.capability for fact in facts}))
        verdict = Verdict(outcome, score, (), facts, capabilities, "d" * 64, "balanced")
        return Scene(Call("t", arguments), verdict, lines=3)

    return judged
