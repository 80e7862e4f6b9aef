"""Promises of the extra `tune`: without its packages the command says what to install, and nothing else is asked."""

import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from validator.cli.tuning import NEEDED

MISSING = [name for name in NEEDED if find_spec(name) is None]


@pytest.mark.skipif(bool(MISSING), reason=f"THE EXTRA tune IS NOT INSTALLED ({', '.join(MISSING)}): it is not tested")
def test_the_packages_of_the_extra_are_there() -> None:
    assert MISSING == []


@pytest.mark.parametrize("command", ["measure", "compare", "fit", "report"])
def test_without_a_package_one_line_says_what_to_install(
    run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: str
) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)
    sides = {"compare": ("strict", "balanced"), "report": ("--output", "page.html")}.get(command, ())
    done = run("tune", command, *sides, tmp_path)
    assert done.code == 2
    assert "sklearn" in done.err
    assert done.err.endswith("(pip install 'mcp-code-validator[tune]')\n")


def test_other_commands_need_no_package_of_the_extra(run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NEEDED:
        monkeypatch.setitem(sys.modules, name, None)
    assert run("--help").code == 0
