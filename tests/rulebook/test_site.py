"""A settings file becomes what the site says, or every problem of it with file and line."""

from datetime import date
from pathlib import Path

import pytest

from validator.model.errors import SettingsError
from validator.model.profile import Suppression
from validator.rulebook.site import read_site

TODAY = date(2030, 5, 17)
RULES = {"program-started", "shell-command"}
ENTRY = "suppress:\n  - rule: {rule}\n    command: git *\n    reason: r\n    expires: {expires}\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "site.yaml"


def told(file: Path, text: str) -> str:
    file.write_text(text)
    with pytest.raises(SettingsError) as caught:
        read_site(file, RULES, TODAY)
    return str(caught.value).replace(str(file), "site.yaml")


def warned(file: Path, text: str) -> list[str]:
    file.write_text(text)
    site, warnings = read_site(file, RULES, TODAY)
    assert len(site.suppressions) + len(warnings) == 1
    return [str(warning).replace(str(file), "site.yaml") for warning in warnings]


def test_a_file_says_settings_and_suppressions(file: Path) -> None:
    file.write_text(
        "settings: {allowed_hosts: a.example, workspace: [/a, /b]}\n"
        + ENTRY.format(rule="shell-command", expires="2030-05-17")
    )
    site, warnings = read_site(file, RULES, TODAY)
    assert site.settings == {"allowed_hosts": ("a.example",), "workspace": ("/a", "/b")}
    assert site.suppressions == (Suppression("shell-command", {"command": "git *"}, "r", "2030-05-17"),)
    assert warnings == ()


def test_what_has_expired_is_a_warning_and_does_not_count(file: Path) -> None:
    (said,) = warned(file, ENTRY.format(rule="shell-command", expires="2030-05-16"))
    assert said.startswith("site.yaml:5: the suppression of 'shell-command' has expired on 2030-05-16")


def test_a_rule_that_is_not_there_is_a_warning_and_does_not_count(file: Path) -> None:
    (said,) = warned(file, ENTRY.format(rule="shell-comand", expires="2031-01-01"))
    assert said.startswith("site.yaml:2: there is no rule 'shell-comand'")
    assert "did you mean 'shell-command'?" in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("setings: {}", "site.yaml:1: unknown key 'setings' (did you mean 'settings'?)"),
        (
            "settings:\n  allowed_host: x",
            "site.yaml:2: unknown key 'settings.allowed_host' (did you mean 'allowed_hosts'?)",
        ),
        ("settings:\n  allowed_hosts: [1]", "site.yaml:2: settings.allowed_hosts.0: Input should be a valid string"),
        ("settings:\n  allowed_hosts: []", "site.yaml:2: settings.allowed_hosts"),
        ("settings:\n  allowed_hosts: 10.0.0.0/99", "site.yaml:2: settings.allowed_hosts.0: '10.0.0.0/99' is neither"),
        ("suppress:\n  - {rule: shell-command, reason: r}", "site.yaml:2: suppress.0: says for nothing in particular"),
        ("suppress:\n  - {rule: shell-command, command: x}", "site.yaml:2: suppress.0.reason: Field required"),
        ("suppress:\n  - {rule: shell-command, command: x, reason: ' '}", "site.yaml:2: suppress.0.reason"),
        (
            "suppress:\n  - {rule: shell-command, command: x, reason: r, expires: soon}",
            "site.yaml:2: suppress.0.expires",
        ),
        ("settings: {}\nsettings: {}", "site.yaml:2: key 'settings' stands twice"),
        ("settings: [", "is not YAML"),
        ("", "Input should be"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(file: Path, text: str, said: str) -> None:
    assert said in told(file, text)


def test_everything_that_is_wrong_is_told_at_once(file: Path) -> None:
    assert told(file, "settings: {a: 1}\nsuppress: [{b: 1}]").count("site.yaml:") >= 3


def test_a_file_that_is_not_there_is_told(file: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        read_site(file, RULES, TODAY)
