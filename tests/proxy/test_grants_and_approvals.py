"""Grants and approvals as a person and a client meet them: the real commands, one after the other."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from tests.proxy.conftest import STUB, call

Run: TypeAlias = Callable[..., subprocess.CompletedProcess[str]]
Serve: TypeAlias = Callable[..., dict[str, Any]]
DOUBTFUL = "import shutil\nshutil.rmtree('build')\n"
POLICY = {"version": "1", "default": "deny", "code": {}, "tools": {"run_python_code": {}}}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a command with a state folder of its own."""

    def run(*arguments: str, told: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "validator", *arguments]
        environment = {**os.environ, "VALIDATOR_STATE": str(tmp_path / "state"), "COLUMNS": "200"}
        return subprocess.run(
            command, input=told, capture_output=True, text=True, timeout=60, env=environment, check=False
        )

    return run


@pytest.fixture
def policy(tmp_path: Path) -> str:
    file = tmp_path / "policy.json"
    file.write_text(json.dumps(POLICY))
    return str(file)


@pytest.fixture
def serve(run: Run, tmp_path: Path) -> Serve:
    """Make one call through the proxy; gives the result that the client sees."""

    def serve(*options: str, code: str = DOUBTFUL) -> dict[str, Any]:
        told = call(1, "run_python_code", code=code).decode() + "\n"
        done = run("proxy", *options, "--", sys.executable, str(STUB), str(tmp_path / "heard.jsonl"), told=told)
        assert done.stdout, done.stderr
        result: dict[str, Any] = json.loads(done.stdout)["result"]
        return result

    return serve


def test_a_person_approves_a_call_which_then_passes_once(run: Run, serve: Serve, policy: str) -> None:
    refused = serve("--policy", policy)
    identifier = refused["structuredContent"]["approval"]
    text = refused["content"][0]["text"]
    assert f"pending, approve with `validator approvals approve {identifier}`, then retry" in text
    assert text.endswith("Retry unchanged once a person has approved it; nothing else will change the answer.")
    assert identifier in run("approvals", "list").stdout
    shown = run("approvals", "show", identifier).stdout
    assert "    2 | shutil.rmtree('build')\n      | ^ " in shown
    assert run("approvals", "approve", identifier).returncode == 0
    assert run("approvals", "list").stdout == ""
    assert serve("--policy", policy, code=DOUBTFUL.replace("build", "src"))["isError"] is True
    assert serve("--policy", policy)["isError"] is False
    assert serve("--policy", policy)["isError"] is True


def test_a_denied_call_says_why(run: Run, serve: Serve, policy: str) -> None:
    identifier = serve("--policy", policy)["structuredContent"]["approval"]
    assert run("approvals", "deny", identifier, "--reason", "keep it").returncode == 0
    assert "a person has denied this call: keep it" in serve("--policy", policy)["content"][0]["text"]


def test_approved_facts_let_other_code_pass(run: Run, serve: Serve, policy: str) -> None:
    identifier = serve("--policy", policy)["structuredContent"]["approval"]
    assert run("approvals", "approve", identifier, "--capabilities").returncode == 0
    assert serve("--policy", policy, code=f"# once more\n{DOUBTFUL}")["isError"] is False


def test_a_client_calls_under_the_policy_of_its_grant(run: Run, serve: Serve, policy: str) -> None:
    created = run("grants", "create", "agent", "--policy", policy)
    assert created.stdout.startswith("validator_")
    assert created.stdout.strip() not in run("grants", "list").stdout
    assert serve("--grant", "agent", code="print(1)")["isError"] is False
    run("grants", "bind", "agent")
    assert serve("--grant", "agent", code="print(1)")["structuredContent"]["rule"] == "(no policy)"
    assert run("grants", "rotate", "agent").stdout != created.stdout


def test_a_revoked_grant_opens_no_proxy_whatever_the_policy(run: Run, serve: Serve, policy: str) -> None:
    run("grants", "create", "agent", "--server", "here", "--policy", policy)
    assert serve("--policy", policy, "--grant", "agent", code="print(1)")["isError"] is False
    run("grants", "revoke", "agent")
    done = run("proxy", "--policy", policy, "--grant", "agent", "--", "cat")
    assert done.returncode == 2
    assert "grant 'agent': the grant was revoked (name another grant, or make it anew with" in done.stderr
    assert serve("--policy", policy, "--grant", "other", code="print(1)")["isError"] is False


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["proxy", "--", "cat"], "grant 'default': there is no such grant"),
        (["proxy", "--grant", "agent", "--server", "there", "--", "cat"], "is bound to the server 'here', not 'there'"),
        (["grants", "create", "agent"], "exists already"),
        (["grants", "create", "b", "--policy", "missing.json"], "missing.json: cannot be read"),
        (["grants", "revoke", "nobody"], "there is no such grant"),
        (["approvals", "show", "none"], "there is no such request"),
        (["approvals", "approve", "none", "--approvals", "mysql://h/d"], "is neither sqlite:///FILE nor postgresql://"),
        (["proxy", "--policy", "POLICY", "--webhook", "https://h/", "--", "cat"], "set VALIDATOR_WEBHOOK_SECRET"),
        (["proxy", "--policy", "POLICY", "--store", "memroy", "--", "cat"], "'memroy' is no store of counters"),
    ],
)
def test_wrong_use_is_told_and_ends_with_2(run: Run, policy: str, arguments: list[str], problem: str) -> None:
    run("grants", "create", "agent", "--server", "here", "--policy", policy)
    done = run(*[policy if each == "POLICY" else each for each in arguments])
    assert done.returncode == 2
    assert problem in done.stderr
    assert "Traceback" not in done.stderr
