"""What is kept of a grant, who knows its token, and what two who change the file at once leave behind."""

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from validator.model.errors import GrantError
from validator.policy.grant import GrantFile, identify


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "grants.json"


@pytest.fixture
def grants(file: Path) -> GrantFile:
    return GrantFile(file)


def test_a_token_is_its_grants_and_nobody_elses(grants: GrantFile) -> None:
    tokens = {name: grants.create(name, "s", "", 1.0) for name in ("a", "b")}
    found = {name: identify(grants.read(), token) for name, token in tokens.items()}
    assert {name: grant.name for name, grant in found.items() if grant is not None} == {"a": "a", "b": "b"}


@pytest.mark.parametrize("token", ["", "validator_", "a", "\ud800"])
def test_no_other_token_is_anybodys(grants: GrantFile, token: str) -> None:
    made = grants.create("a", "s", "", 1.0)
    assert identify(grants.read(), token) is None
    assert identify(grants.read(), made[:-1]) is None
    assert identify(grants.read(), grants.find("a").token) is None


def test_a_token_has_256_bits_and_is_never_written_down(grants: GrantFile, file: Path) -> None:
    tokens = {grants.create(f"g{number}", "s", "", 1.0) for number in range(20)}
    assert len(tokens) == 20
    assert all(len(token.removeprefix("validator_")) == 43 for token in tokens)
    assert not any(token in file.read_text() for token in tokens)


def test_only_its_owner_can_read_the_file(grants: GrantFile, file: Path) -> None:
    grants.create("a", "s", "", 1.0)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_rotating_ends_the_old_token(grants: GrantFile) -> None:
    old = grants.create("a", "s", "/p.json", 1.0)
    new = grants.rotate("a", 2.0)
    assert identify(grants.read(), old) is None
    assert identify(grants.read(), new) == grants.find("a")
    assert (grants.find("a").policy, grants.find("a").created, grants.find("a").rotated) == ("/p.json", 1.0, 2.0)


def test_a_revoked_grant_is_gone(grants: GrantFile) -> None:
    token = grants.create("a", "s", "", 1.0)
    grants.revoke("a")
    assert identify(grants.read(), token) is None
    with pytest.raises(GrantError, match="the grant was revoked"):
        grants.find("a")


def test_a_grant_can_be_put_under_another_policy(grants: GrantFile) -> None:
    token = grants.create("a", "s", "", 1.0)
    grants.bind("a", "/p.json")
    found = identify(grants.read(), token)
    assert found is not None
    assert found.policy == "/p.json"


@pytest.mark.parametrize("name", ["", "a b", "../a", "-a", "a" * 65, "a\n"])
def test_a_strange_name_is_refused(grants: GrantFile, name: str) -> None:
    with pytest.raises(GrantError, match="is not a name"):
        grants.create(name, "s", "", 1.0)


def test_a_name_is_given_once(grants: GrantFile) -> None:
    grants.create("a", "s", "", 1.0)
    with pytest.raises(GrantError, match="exists already"):
        grants.create("a", "s", "", 1.0)


@pytest.mark.parametrize("change", ["rotate", "bind", "revoke"])
def test_what_is_not_there_cannot_be_changed(grants: GrantFile, change: str) -> None:
    rest = {"rotate": (1.0,), "bind": ("/p",), "revoke": ()}[change]
    with pytest.raises(GrantError, match="there is no such grant"):
        getattr(grants, change)("a", *rest)


def test_changes_made_at_once_are_all_kept(grants: GrantFile) -> None:
    with ThreadPoolExecutor(16) as pool:
        tokens = list(pool.map(lambda n: grants.create(f"g{n}", "s", "", 1.0), range(32)))
    found = [identify(grants.read(), token) for token in tokens]
    assert [grant.name for grant in found if grant is not None] == [f"g{number}" for number in range(32)]


def entry(**changes: Any) -> dict[str, Any]:
    return {"name": "a", "server": "s", "policy": "", "token": "0" * 64, "created": 1.0, "rotated": 1.0, **changes}


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "is damaged"),
        ("[]", "is damaged"),
        ({"version": "2", "grants": []}, "#/version"),
        ({"version": "1", "grants": [], "more": 1}, "#/more"),
        ({"version": "1", "grants": [entry(token="0")]}, "#/grants/0/token"),
        ({"version": "1", "grants": [entry(name="a/b")]}, "#/grants/0/name"),
        ({"version": "1", "grants": [entry(policy=None)]}, "#/grants/0/policy"),
        ({"version": "1", "grants": [entry(), entry()]}, "names a grant twice"),
    ],
)
def test_a_damaged_file_is_told_and_not_written_over(grants: GrantFile, file: Path, content: Any, problem: str) -> None:
    file.parent.mkdir()
    text = content if isinstance(content, str) else json.dumps(content)
    file.write_text(text)
    for change in (grants.read, lambda: grants.create("b", "s", "", 1.0)):
        with pytest.raises(GrantError, match=problem):
            change()
    assert file.read_text() == text


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    with pytest.raises(GrantError, match="cannot be written: File exists"):
        GrantFile(tmp_path / "plain" / "grants.json").create("a", "s", "", 1.0)
