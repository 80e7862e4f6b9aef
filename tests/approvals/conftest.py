"""Stores of approvals on every kind of database there is, and petitions to put before them."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from validator.model.argument import Argument
from validator.model.call import Call
from validator.model.decision import Action, Decision
from validator.model.fact import Fact
from validator.model.known import JsonValue
from validator.model.verdict import Outcome, Verdict
from validator.policy.approval import Petition, make_petition
from validator.policy.approval_store import ApprovalStore

Ask: TypeAlias = Callable[..., Petition]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'state' / 'approvals.db'}"
    return str(request.getfixturevalue("postgres"))


@pytest.fixture
def store(url: str) -> Iterator[ApprovalStore]:
    """An empty store."""
    store = ApprovalStore(url, most_open=3)
    with store._begin() as connection:
        connection.exec_driver_sql("DELETE FROM approval_requests")
    yield store
    store.close()


@pytest.fixture
def ask() -> Ask:
    """A petition about a call of the tool `t`."""

    def ask(
        code: str = "1", *facts: Fact, grant: str = "g", policy: str = "p", asked: tuple[str, ...] = ("r",),
        timeout: float = 100.0, **rest: JsonValue,
    ) -> Petition:  # fmt: skip
        call = Call("t", {"code": code, **rest}, grant, "s")
        argument = Argument(code, "args.code")
        verdict = Verdict(Outcome.REVIEW, 40, (), facts, (), argument.digest(), "balanced")
        decision = Decision(Action.ASK, asked[0], "why", verdict=verdict, asked=asked, timeout=timeout)
        return make_petition(call, decision, policy, [(argument, verdict)], frozenset())

    return ask
