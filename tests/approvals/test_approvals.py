"""Who may use an approval, when, how often, and for what."""

import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.approvals.conftest import Ask
from validator.model.errors import ApprovalError
from validator.model.fact import Fact, Kind
from validator.model.known import UNKNOWN, Choice, Known, Partial
from validator.policy.approval import Permission, State
from validator.policy.approval_store import ApprovalStore

THREADS = 16
FACT = Fact(Kind.CALL, "fs.delete", "shutil.rmtree", {"path": "build"})
OTHER = Fact(Kind.CALL, "fs.delete", "shutil.rmtree", {"path": "src"})


def fact(capability: str, **roles: Known) -> Fact:
    return Fact(Kind.CALL, capability, "n", roles)


def filed(store: ApprovalStore, petition: Any, now: float = 0.0) -> str:
    request = store.file(petition, now).request
    assert request is not None
    return request.id


def test_what_was_not_approved_does_not_pass(store: ApprovalStore, ask: Ask) -> None:
    assert store.look(ask(), 1.0) is None
    filed(store, ask())
    assert store.look(ask(), 1.0) is None


def test_an_approved_call_passes_once(store: ApprovalStore, ask: Ask) -> None:
    identifier = filed(store, ask())
    assert store.approve(identifier, "me", 1.0).state is State.APPROVED
    permission = store.look(ask(), 2.0)
    assert permission == Permission(identifier, single=True)
    assert store.take(permission, 2.0) is True
    assert store.take(permission, 2.0) is False
    assert store.look(ask(), 2.0) is None


CHANGES = [
    {"grant": "h"},
    {"policy": "q"},
    {"code": "2"},
    {"timeout_seconds": 5},
    {"timeout_seconds": True},
]


@pytest.mark.parametrize("change", CHANGES)
def test_an_approval_holds_for_nothing_else(store: ApprovalStore, ask: Ask, change: dict[str, Any]) -> None:
    store.approve(filed(store, ask()), "me", 1.0)
    assert store.look(ask(**change), 2.0) is None
    assert store.look(ask(), 2.0) is not None


@pytest.mark.parametrize("field", ["grant", "server", "tool", "policy", "arguments", "rest"])
def test_every_part_of_the_binding_counts(store: ApprovalStore, ask: Ask, field: str) -> None:
    petition = ask()
    store.approve(filed(store, petition), "me", 1.0)
    other = replace(petition, binding=replace(petition.binding, **{field: "other"}))
    assert store.look(other, 2.0) is None


def test_what_a_file_holds_counts_where_the_arguments_only_name_it(ask: Ask) -> None:
    one, other = ask("1"), ask("2")
    assert one.binding.arguments != other.binding.arguments
    assert one.binding.rest == other.binding.rest


def test_one_and_true_are_different_arguments(ask: Ask) -> None:
    assert ask(n=1).binding.arguments != ask(n=True).binding.arguments


@pytest.mark.parametrize(("asked_at", "approved_at", "used_at", "passes"), [(0, 99, 198, True), (0, 99, 199, False)])
def test_an_approval_expires(
    store: ApprovalStore, ask: Ask, asked_at: float, approved_at: float, used_at: float, passes: bool
) -> None:
    store.approve(filed(store, ask(), asked_at), "me", approved_at)
    assert (store.look(ask(), used_at) is not None) is passes


def test_an_approval_that_expires_between_look_and_take_is_not_used(store: ApprovalStore, ask: Ask) -> None:
    store.approve(filed(store, ask()), "me", 1.0)
    permission = store.look(ask(), 2.0)
    assert permission is not None
    assert store.take(permission, 101.0) is False


def test_a_request_that_has_expired_cannot_be_approved(store: ApprovalStore, ask: Ask) -> None:
    identifier = filed(store, ask())
    with pytest.raises(ApprovalError, match="it is expired"):
        store.approve(identifier, "me", 100.0)


def test_the_same_call_is_asked_about_once(store: ApprovalStore, ask: Ask) -> None:
    first, second = store.file(ask(), 0.0), store.file(ask(), 1.0)
    assert (first.new, second.new) == (True, False)
    assert first.request == second.request


def test_a_grant_can_only_have_so_many_open_requests(store: ApprovalStore, ask: Ask) -> None:
    for number in range(3):
        filed(store, ask(str(number)))
    assert store.file(ask("3"), 1.0).full
    assert not store.file(ask("2"), 1.0).full
    assert not store.file(ask("3", grant="h"), 1.0).full
    assert not store.file(ask("3"), 100.0).full


def test_a_denied_call_stays_denied_until_it_expires(store: ApprovalStore, ask: Ask) -> None:
    store.deny(filed(store, ask()), "me", "no", 1.0)
    again = store.file(ask(), 2.0)
    assert again.request is not None
    assert (again.new, again.request.state, again.request.reason) == (False, State.DENIED, "no")
    assert store.file(ask(), 101.0).new


def test_an_approval_can_be_taken_back(store: ApprovalStore, ask: Ask) -> None:
    identifier = filed(store, ask())
    store.approve(identifier, "me", 1.0)
    store.deny(identifier, "me", "", 2.0)
    assert store.look(ask(), 3.0) is None


def test_approved_facts_let_other_code_pass_for_a_while(store: ApprovalStore, ask: Ask) -> None:
    identifier = filed(store, ask("1", FACT, OTHER))
    store.approve(identifier, "me", 0.0, permitted_for=50.0)
    wide = Permission(identifier, single=False)
    assert store.look(ask("2", FACT), 1.0) == wide
    assert [store.take(wide, now) for now in (1.0, 1.0, 51.0)] == [True, True, False]
    assert store.look(ask("2", FACT), 50.0) is None


@pytest.mark.parametrize(
    "other",
    [
        {"facts": [fact("fs.delete", path="home")]},
        {"facts": [FACT], "grant": "h"},
        {"facts": [FACT], "policy": "q"},
        {"facts": [FACT], "save_as": "x.py"},
        {"facts": [FACT], "asked": ("r", "another rule")},
    ],
)
def test_approved_facts_hold_for_nothing_more(store: ApprovalStore, ask: Ask, other: dict[str, Any]) -> None:
    store.approve(filed(store, ask("1", FACT)), "me", 0.0, permitted_for=50.0)
    rest = {name: value for name, value in other.items() if name != "facts"}
    assert store.look(ask("2", *other["facts"], **rest), 1.0) is None


def test_approved_facts_can_be_taken_back(store: ApprovalStore, ask: Ask) -> None:
    identifier = filed(store, ask("1", FACT))
    store.approve(identifier, "me", 0.0, permitted_for=5000.0)
    store.deny(identifier, "me", "", 1000.0)
    assert store.look(ask("2", FACT), 1001.0) is None


def test_a_denied_call_does_not_pass_by_its_facts(store: ApprovalStore, ask: Ask) -> None:
    store.deny(filed(store, ask("2", FACT)), "me", "", 0.0)
    store.approve(filed(store, ask("1", FACT)), "me", 0.0, permitted_for=50.0)
    assert store.look(ask("2", FACT), 1.0) is None


@pytest.mark.parametrize(
    "never",
    [
        fact("secret.read"),
        fact("persist.startup"),
        fact("unresolved.code"),
        fact("unreadable.syntax"),
        fact("fs.delete", path=UNKNOWN),
        fact("fs.delete", path=Partial(("a", UNKNOWN))),
        fact("fs.delete", path=Choice(("a", "b"))),
        fact("process.spawn", command=("ls", UNKNOWN)),
        Fact(Kind.FLOW, "flow", "n", {"from": "fs.read", "to": "network.connect"}),
        Fact(Kind.FLOW, "flow", "n", {"from": "secret.read", "to": "console.output"}),
        Fact(Kind.FLOW, "flow", "n", {"from": "env.read", "to": "fs.write"}),
    ],
)
def test_some_facts_are_never_approved_for_other_code(store: ApprovalStore, ask: Ask, never: Fact) -> None:
    identifier = filed(store, ask("1", FACT, never))
    with pytest.raises(ApprovalError, match="cannot be approved for other code"):
        store.approve(identifier, "me", 0.0, permitted_for=50.0)
    store.approve(identifier, "me", 0.0)
    assert store.look(ask("2", FACT, never), 1.0) is None


def test_what_is_written_may_differ_where_the_facts_are_approved(ask: Ask) -> None:
    petition = ask("1", fact("fs.write", path="a.txt", data=UNKNOWN))
    assert petition.obstacles == ()
    assert petition.facts == ask("2", fact("fs.write", path="a.txt", data="x")).facts


@pytest.mark.parametrize("answer", ["approve", "deny"])
def test_an_unknown_request_is_told(store: ApprovalStore, answer: str) -> None:
    arguments = ("me", 0.0) if answer == "approve" else ("me", "", 0.0)
    with pytest.raises(ApprovalError, match="there is no such request"):
        getattr(store, answer)("none", *arguments)


def test_only_those_that_wait_are_listed(store: ApprovalStore, ask: Ask) -> None:
    waiting, used, old = filed(store, ask("1"), 5.0), filed(store, ask("2"), 4.0), filed(store, ask("3", timeout=1.0))
    store.approve(used, "me", 5.0)
    assert [request.id for request in store.requests(6.0)] == [waiting]
    assert {request.id for request in store.requests(6.0, everything=True)} == {waiting, used, old}


def test_of_all_who_use_an_approval_at_once_one_succeeds(store: ApprovalStore, ask: Ask) -> None:
    petition = ask()
    for number in range(5):
        store.approve(filed(store, petition, float(number)), "me", float(number))
        permission = store.look(petition, float(number))
        assert permission is not None
        with ThreadPoolExecutor(THREADS) as pool:
            taken = list(pool.map(store.take, [permission] * THREADS, [float(number)] * THREADS))
        assert taken.count(True) == 1


def test_requests_that_are_made_at_once_are_one_and_the_cap_holds(store: ApprovalStore, ask: Ask) -> None:
    with ThreadPoolExecutor(THREADS) as pool:
        same = list(pool.map(lambda _: store.file(ask(), 0.0), range(THREADS)))
        others = list(pool.map(lambda n: store.file(ask(f"{n}", grant="h"), 0.0), range(THREADS)))
    assert [each.new for each in same].count(True) == 1
    assert [each.new for each in others].count(True) == 3


def test_approvals_survive_a_restart(store: ApprovalStore, url: str, ask: Ask) -> None:
    identifier = filed(store, ask())
    again = ApprovalStore(url)
    again.approve(identifier, "me", 1.0)
    again.close()
    assert store.look(ask(), 2.0) is not None


def test_only_its_owner_can_read_the_file(tmp_path: Path) -> None:
    file = tmp_path / "state" / "approvals.db"
    ApprovalStore(f"sqlite:///{file}").close()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("mysql://me:hunter2@h/d", "is neither sqlite:///FILE nor postgresql://"),
        ("sqlite://", "is neither sqlite:///FILE nor postgresql://"),
        ("nonsense", "approvals cannot be read or kept"),
        ("postgresql://me:hunter2@127.0.0.1:1/d", "approvals cannot be read or kept: .*refused"),
        ("sqlite:////proc/none/x.db", "approvals cannot be read or kept"),
    ],
)
def test_a_database_that_cannot_be_used_is_told_without_its_password(url: str, problem: str) -> None:
    with pytest.raises(ApprovalError, match=problem) as caught:
        ApprovalStore(url)
    assert "hunter2" not in str(caught.value)


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_bytes(b"not a database" * 100)
    with pytest.raises(ApprovalError, match="file is not a database"):
        ApprovalStore(f"sqlite:///{tmp_path / 'a.db'}")
