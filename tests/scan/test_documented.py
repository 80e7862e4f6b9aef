"""Promises of the documentation: it names every key of a configuration file, with the default that holds."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from validator.cli import make_app

GUIDE = Path(__file__).parents[2] / "docs" / "SCAN.md"
ROW = re.compile(r"^\| `([a-z-]+)` \| [a-z ]+ \| `([^`]+)` \|", re.MULTILINE)


def test_every_key_stands_in_the_guide_with_its_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    shown = CliRunner().invoke(make_app(["scan"]), ["scan", "--show-config"]).output
    held = dict(line.removesuffix("  # default").split(" = ") for line in shown.splitlines())
    assert dict(ROW.findall(GUIDE.read_text("utf-8").partition("## Configuration file")[2])) == held
