"""Promises of the Python interface: one call, one verdict."""

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
