"""Promises of the Python interface: one call, one verdict."""

from pathlib import Path

import pytest

from validator import Verdict, judge
from validator.model.errors import RuleError


def test_judge_gives_a_verdict() -> None:
    verdict = judge("import os\nos.system('rm -rf /')")
    assert isinstance(verdict, Verdict)
    assert verdict.outcome == "deny"
    assert "process.shell" in verdict.capabilities


def test_judge_takes_settings_as_lists_or_as_one_text() -> None:
    code = "import requests\nrequests.get('https://api.example.com/x')"
    scores = [
        judge(code, settings={"allowed_hosts": hosts}).score for hosts in ("api.example.com", ["api.example.com"])
    ]
    assert scores[0] == scores[1] < judge(code).score


def test_judge_names_the_profiles_there_are() -> None:
    with pytest.raises(RuleError, match="balanced, permissive, strict"):
        judge("1", profile="none")


def test_judge_takes_a_settings_file(tmp_path: Path) -> None:
    file = tmp_path / "site.yaml"
    file.write_text("suppress: [{rule: shell-command, command: uptime, reason: it only tells the time}]\n")
    verdict = judge("import os\nos.system('uptime')", settings=file)
    assert "shell-command" not in {finding.rule for finding in verdict.findings}
    assert [each.finding.rule for each in verdict.ignored] == ["shell-command"]


def test_judge_warns_of_what_has_expired(tmp_path: Path) -> None:
    file = tmp_path / "site.yaml"
    file.write_text("suppress: [{rule: shell-command, command: uptime, reason: old, expires: 2001-01-01}]\n")
    with pytest.warns(UserWarning, match="has expired on 2001-01-01"):
        assert judge("import os\nos.system('uptime')", settings=file).ignored == ()
