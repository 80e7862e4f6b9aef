"""What a proxy keeps when nobody says where: counters and an audit that outlive it, for its user alone."""

import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from tests.proxy.conftest import POLICY, STUB, call

Serve: TypeAlias = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "home" / "state"


@pytest.fixture
def serve(tmp_path: Path, state: Path) -> Serve:
    """Call the tool that may be called once, through a proxy that is started for it."""
    (tmp_path / "policy.json").write_text(json.dumps(POLICY))

    def serve(*options: str) -> subprocess.CompletedProcess[str]:
        proxy = [sys.executable, "-m", "validator", "proxy", "--policy", str(tmp_path / "policy.json"), *options]
        return subprocess.run(
            [*proxy, "--", sys.executable, str(STUB), str(tmp_path / "heard.jsonl")],
            input=call(1, "scarce").decode() + "\n",
            capture_output=True,
            text=True,
            timeout=60,
            env={**os.environ, "VALIDATOR_STATE": str(state)},
            check=False,
        )

    return serve


def passed(done: subprocess.CompletedProcess[str]) -> bool:
    result: dict[str, Any] = json.loads(done.stdout)["result"]
    return not result["isError"]


def test_counters_outlive_the_proxy(serve: Serve) -> None:
    assert [passed(serve()), passed(serve())] == [True, False]


def test_counters_in_memory_end_with_it(serve: Serve, state: Path) -> None:
    options = ("--store", "memory", "--audit", "none")
    assert [passed(serve(*options)), passed(serve(*options))] == [True, True]
    assert not state.exists()


def test_every_decision_is_kept_and_the_audit_is_sound(serve: Serve, state: Path) -> None:
    serve()
    serve()
    command = [sys.executable, "-m", "validator", "audit", "verify", str(state / "audit.db")]
    told = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    assert told == "3 records, nothing is wrong\n"


def test_what_is_kept_is_for_its_owner_alone(serve: Serve, state: Path) -> None:
    before = os.umask(0)
    try:
        serve()
    finally:
        os.umask(before)
    assert stat.S_IMODE(state.stat().st_mode) == 0o700
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in state.iterdir()}
    assert {"counters.db", "audit.db", "audit.db.key", "audit.db.head"} <= modes.keys()
    assert set(modes.values()) == {0o600}


@pytest.mark.parametrize(("options", "instead"), [((), "--audit FILE"), (("--audit", "none"), "--store URL")])
def test_a_state_folder_that_cannot_be_made_is_told(
    serve: Serve, state: Path, options: tuple[str, ...], instead: str
) -> None:
    state.parent.write_text("no folder")
    done = serve(*options)
    assert done.returncode == 2
    assert done.stderr.startswith(f"{state}: cannot be made: ")
    assert instead in done.stderr


def test_a_proxy_that_asks_nobody_does_not_wait_for_sqlalchemy(tmp_path: Path) -> None:
    policy, modules = tmp_path / "policy.json", tmp_path / "modules"
    policy.write_text(json.dumps(POLICY))
    code = (
        "import atexit, pathlib, sys, validator.cli as cli\n"
        "keep = pathlib.Path(sys.argv.pop(1))\n"
        "atexit.register(lambda: keep.write_text(' '.join(sys.modules)))\n"
        "cli.main()"
    )
    command = [sys.executable, "-c", code, str(modules), "proxy", "--policy", str(policy)]
    environment = {**os.environ, "VALIDATOR_STATE": str(tmp_path / "state")}
    server = ["--", sys.executable, str(STUB), str(tmp_path / "heard.jsonl")]
    subprocess.run([*command, *server], input=call(1, "scarce"), env=environment, timeout=60, check=False)
    assert (tmp_path / "state" / "counters.db").exists()
    assert {"sqlalchemy", "mcp", "rich"}.isdisjoint(modules.read_text().split())
