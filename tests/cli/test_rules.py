"""Promises of `validator rules`: every rule is listed, explained and proved; what is wrong is told with its place."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from validator.rulebook.load import load_rulebook

Run = Callable[..., Any]
ROOT = Path(__file__).parent.parent.parent
CATALOG = {"about": "test", "modules": ["os"], "calls": {"process.shell": {"os.system": "command timeout"}}}
PROFILE = {"about": "test", "review_at": 30, "deny_at": 70}
RULE = """\
name: A shell
version: 1
status: stable
capability: process.shell
severity: high
confidence: high
weight: 40
attack: [T1059.004]
message: "{name} runs {command}"
why: A shell runs what it is told.
misses: Nothing that we know of.
false_alarms: A command that is needed.
remedy: Use what Python has instead.
match:
  call: process.shell
examples:
  bad:
    - code: |
        import os
        os.system("a")  # <-
    - code: |
        import os
        os.system("b")  # <-
  good:
    - code: |
        print(1)
    - code: |
        print(2)
"""


@pytest.fixture
def folder(tmp_path: Path, run: Run) -> Path:
    """A small folder of rules that has nothing wrong, with its written files."""
    root = tmp_path / "rules"
    for path in ("catalog", "profiles", "pack"):
        (root / path).mkdir(parents=True)
    (tmp_path / "docs" / "rules").mkdir(parents=True)
    capabilities = {"process.shell": "a shell", "import": "a module", "console.output": "prints"}
    (root / "capabilities.yaml").write_text(yaml.safe_dump(capabilities))
    (root / "catalog" / "os.yaml").write_text(yaml.safe_dump(CATALOG))
    (root / "profiles" / "balanced.yaml").write_text(yaml.safe_dump(PROFILE))
    (root / "README.md").write_text("# Ours\n\n<!-- table of rules -->\n<!-- end -->\n")
    (root / "pack" / "a-shell.yaml").write_text(RULE)
    assert run("rules", "check", str(root), "--write").out == "1 rule, no problems\n"
    return root


def test_the_rules_that_ship_have_no_problem_and_what_is_written_from_them_is_up_to_date(run: Run) -> None:
    assert run("rules", "check").out == f"{len(load_rulebook().rules)} rules, no problems\n"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("weight: 40", "weight: 50", ":2: has changed and is still version 1 (set version to 2, then run: "),
        ('os.system("a")  # <-', 'os.system("a")', "a-shell.yaml:18: bad example 1 marks no line"),
        ('os.system("a")  # <-', 'print("a")  # <-', ":18: bad example 1: line 2 is marked and not reported"),
        ("print(1)", 'import os\n        os.system("c")', ":25: good example 1: line 2 is reported (excuse it"),
        ("print(1)", "print(", ":25: good example 1 is not Python: '(' was never closed in line 1"),
        ("T1059.004", "T1059.404", ":8: T1059.404 is not in rules/attack.json (did you mean"),
        ("runs {command}", "runs {path}", ":9: no bad example fills {path} (the facts have the roles capability, com"),
        ("instead.", "instead", ":13: remedy ends without a full stop (write whole sentences)"),
    ],
)
def test_what_is_wrong_is_told_with_file_line_and_advice(run: Run, folder: Path, old: str, new: str, said: str) -> None:
    (folder / "pack" / "a-shell.yaml").write_text(RULE.replace(old, new))
    done = run("rules", "check", str(folder))
    assert done.code == 1
    assert said in done.out


@pytest.mark.parametrize("arguments", [("check", "{}", "--write"), ("new", "lock/some-new-rule", "--rules", "{}")])
def test_what_cannot_be_written_ends_with_2_and_names_the_file(
    run: Run, folder: Path, arguments: tuple[str, ...]
) -> None:
    shutil.rmtree(folder.parent / "docs")
    (folder / "lock").write_text("a file where a folder should be")
    (folder / "README.md").unlink()
    (folder / "README.md").symlink_to("README.md")
    (folder / "lock.json").unlink()
    (folder / "lock.json").symlink_to("nowhere/lock.json")
    done = run("rules", *(argument.format(folder) for argument in arguments))
    assert done.code == 2
    assert "lock" in done.err
    assert "(name a folder you can write)" in done.err


def test_two_rules_that_look_for_the_same_are_told(run: Run, folder: Path) -> None:
    (folder / "pack" / "b-shell.yaml").write_text(RULE)
    said = run("rules", "check", str(folder)).out
    assert "b-shell.yaml:14: looks for the same as pack/a-shell (make them one rule, or tell them apart)" in said


@pytest.mark.parametrize("path", ["rules/lock.json", "rules/README.md", "docs/rules/README.md", "docs/rules/pack.md"])
def test_a_written_file_that_is_stale_is_told_and_written_anew(run: Run, folder: Path, path: str) -> None:
    file = folder.parent / path
    text = file.read_text()
    file.write_text(text.replace("a-shell", "b-shell"))
    assert run("rules", "check", str(folder)).code == 1
    assert run("rules", "check", str(folder), "--write").code == 0
    assert file.read_text() == text


def test_a_missing_lock_is_told_once(run: Run, folder: Path) -> None:
    (folder / "lock.json").unlink()
    done = run("rules", "check", str(folder))
    assert (
        done.out
        == f"{folder / 'lock.json'}: is missing or empty (run: validator rules check --write)\n1 rule, 1 problem\n"
    )


def test_the_page_of_a_pack_that_is_gone_is_told_and_removed(run: Run, folder: Path) -> None:
    page = folder.parent / "docs" / "rules" / "old.md"
    page.write_text("# Rules of the pack old\n")
    assert "old.md: differs from the rules" in run("rules", "check", str(folder)).out
    assert run("rules", "check", str(folder), "--write").code == 0
    assert not page.exists()


def test_a_change_without_a_version_is_never_written_into_the_lock(run: Run, folder: Path) -> None:
    (folder / "pack" / "a-shell.yaml").write_text(RULE.replace("weight: 40", "weight: 50"))
    before = (folder / "lock.json").read_text()
    assert run("rules", "check", str(folder), "--write").code == 1
    assert (folder / "lock.json").read_text() == before


def test_a_folder_that_does_not_load_ends_with_2(run: Run, folder: Path) -> None:
    (folder / "pack" / "a-shell.yaml").write_text(RULE.replace("weight", "wieght"))
    done = run("rules", "check", str(folder))
    assert done.code == 2
    assert "a-shell.yaml:7: unknown key 'wieght' (did you mean 'weight'?)" in done.err


def test_a_new_rule_loads_and_is_sent_back_until_it_is_written(run: Run, folder: Path) -> None:
    assert run("rules", "new", "other/some-new-rule", "--rules", str(folder)).code == 0
    assert load_rulebook(folder).rule("some-new-rule") is not None
    done = run("rules", "check", str(folder))
    assert done.code == 1
    for said in ("name is still that of the scaffold", "bad example 1: line 1 is marked and not reported"):
        assert said in done.out


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("a-rule", "is no place for a rule"),
        ("pack/rule", "is no place for a rule"),
        ("catalog/a-rule", "is no place for a rule"),
        ("../pack/a-rule", "is no place for a rule"),
        ("other/a-shell", "there is a rule 'a-shell' (choose another id, or edit that rule)"),
    ],
)
def test_a_place_that_cannot_be_is_refused(run: Run, folder: Path, place: str, said: str) -> None:
    done = run("rules", "new", place, "--rules", str(folder))
    assert done.code == 2
    assert said in done.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("explain", "shell-comand"), "rule 'shell-comand': there is no such rule (did you mean 'shell-command'?)"),
        (("explain", "xyz"), "see: validator rules list"),
        (("list", "--pack", "shells"), "pack 'shells': there is no such pack (one of: "),
        (("check", "nowhere"), "nowhere: is no folder"),
        (("list", "--rules", "nowhere"), "nowhere: is no folder"),
        (("explain",), "ID"),
    ],
)
def test_wrong_use_ends_with_2_and_says_what_to_do(run: Run, arguments: tuple[str, ...], said: str) -> None:
    done = run("rules", *arguments)
    assert (done.code, done.out) == (2, "")
    assert said in done.err


def test_every_rule_is_listed_with_its_pack_severity_and_points(run: Run) -> None:
    lines = [line.split() for line in run("rules", "list").out.splitlines()]
    assert lines == [
        [rule.pack, rule.id, rule.severity, str(rule.weight), rule.status] for rule in load_rulebook().rules
    ]


def test_the_list_of_one_pack_as_json_names_its_rules_only(run: Run) -> None:
    rows = json.loads(run("rules", "list", "--pack", "subprocess", "--format", "json").out)
    assert {row["pack"] for row in rows} == {"subprocess"}
    assert "shell-command" in {row["id"] for row in rows}


def test_the_page_of_a_rule_says_all_there_is_to_know(run: Run) -> None:
    page = run("rules", "explain", "shell-command").out
    for said in ("## shell-command", "Severity medium, confidence high", "`process.shell`, hands a command to a shell"):
        assert said in page
    for said in ("**Why.**", "**Misses.**", "**False alarms.**", "**Instead.**", "- mention: process.shell", "# <-"):
        assert said in page
    assert "[T1059.004](https://attack.mitre.org/techniques/T1059/004/) Unix Shell" in page


def test_a_page_shows_what_would_hide_text(run: Run, folder: Path) -> None:
    (folder / "pack" / "a-shell.yaml").write_text(RULE.replace("print(1)", 'print("\u202e")'))
    assert 'print("\\u202e")' in run("rules", "explain", "a-shell", "--rules", str(folder)).out


def test_the_readme_names_every_option_of_every_command(run: Run) -> None:
    usage = re.search(r"^### `validator rules`\n\n(( {4}.*\n)+)", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert usage is not None
    shown = "".join(run("rules", command, "--help").out for command in ("list", "explain", "check", "new"))
    assert options(usage[1]) == options(shown) - {"--help"}


def options(text: str) -> set[str]:
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text))
