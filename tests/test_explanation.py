"""An explanation adds up to the verdict, and every change in it is true."""

import pytest

from validator.explanation import Change, Explanation, explain
from validator.judgment import judge_argument
from validator.model.argument import Argument
from validator.model.profile import Settings
from validator.model.verdict import Outcome, Verdict
from validator.rulebook.load import load_rulebook

BOOK = load_rulebook()
SHELL = "import os, requests\nrequests.get('https://api.example.com/x')\nos.system('git status')"
PAGE = "import requests\nrequests.get('https://someone.pages.dev/x')"
SAMPLES = [
    SHELL,
    PAGE,
    "import requests\nrequests.post('https://a.example/x', data=open('/srv/notes.txt').read())",
    "import subprocess\nsubprocess.run(['ls', '-la'])\nsubprocess.run(['make', 'all'])",
    "import os\ngetattr(os, input())()",
    "open('/srv/out.csv', 'w').write('x')\nimport mystery",
    "print(1)",
]
MILDNESS = list(Outcome)


def judged(code: str, profile: str = "balanced", settings: Settings | None = None) -> Verdict:
    return judge_argument(Argument(code), BOOK, profile=profile, settings=settings or {})


def explained(code: str, profile: str = "balanced") -> Explanation:
    return explain(judged(code, profile), BOOK, {})


def added(change: Change) -> Settings:
    return {name: tuple(value for other, value in change.settings if other == name) for name in dict(change.settings)}


@pytest.mark.parametrize("profile", ["permissive", "balanced", "strict"])
@pytest.mark.parametrize("code", SAMPLES)
def test_the_points_of_the_rules_are_the_score(code: str, profile: str) -> None:
    assert min(explained(code, profile).points, 100) == judged(code, profile).score


@pytest.mark.parametrize("profile", ["balanced", "strict"])
@pytest.mark.parametrize("code", SAMPLES)
def test_every_change_gives_the_verdict_it_promises(code: str, profile: str) -> None:
    before = MILDNESS.index(judged(code, profile).outcome)
    for change in explained(code, profile).changes:
        assert MILDNESS.index(change.outcome) < before
        if not change.without:
            again = judged(code, profile, added(change))
            assert (again.outcome, again.score) == (change.outcome, change.score)


@pytest.mark.parametrize("profile", ["balanced", "strict"])
@pytest.mark.parametrize("code", SAMPLES)
def test_what_is_stopped_is_told_what_would_allow_it(code: str, profile: str) -> None:
    outcomes = {change.outcome for change in explained(code, profile).changes}
    assert (Outcome.ALLOW in outcomes) is (judged(code, profile).outcome is not Outcome.ALLOW)


def test_a_setting_is_named_with_the_value_that_would_help() -> None:
    changes = {change.settings: (change.outcome, change.score) for change in explained(SHELL).changes}
    assert changes[(("allowed_commands", "git status"),)] == (Outcome.ALLOW, 15)
    changes = {change.settings: (change.outcome, change.score) for change in explained(PAGE).changes}
    assert changes[(("allowed_hosts", "someone.pages.dev"),)] == (Outcome.ALLOW, 0)


def test_several_settings_are_joined_where_one_is_not_enough() -> None:
    *_, last = explained(SAMPLES[3]).changes
    assert (last.settings, last.without) == ((("allowed_commands", "ls -la"), ("allowed_commands", "make all")), ())


def test_settings_are_tried_before_rules_are_given_up() -> None:
    *_, last = explained(SHELL, "strict").changes
    assert last.without == ()
    assert set(last.settings) == {("allowed_hosts", "api.example.com"), ("allowed_commands", "git status")}


def test_no_rule_is_given_up_where_a_setting_is_enough() -> None:
    code = "import os, requests\nrequests.get('https://api.example.com/x')\nos.remove('a.csv')"
    *_, last = explained(code, "strict").changes
    assert last.settings == (("allowed_hosts", "api.example.com"),)
    assert "connection-to-unlisted-host" not in last.without


def test_nothing_would_make_unreadable_code_pass() -> None:
    assert explained("def (").changes == ()


def test_the_same_verdict_is_explained_the_same_way() -> None:
    assert explained(SHELL).to_dict() == explained(SHELL).to_dict()


@pytest.mark.parametrize(("path", "proposed"), [("/srv/x.csv", {"/srv"}), ("/x.csv", set()), ("~/x.csv", set())])
def test_a_root_or_a_home_is_never_proposed_as_workspace(path: str, proposed: set[str]) -> None:
    changes = explained(f"open({path!r}, 'w').write('x')", "strict").changes
    assert {value for change in changes for name, value in change.settings if name == "workspace"} == proposed
