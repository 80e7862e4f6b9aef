"""A folder of rules in, one rulebook or every problem out."""

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from validator.model.errors import RuleError
from validator.rulebook.load import load_rulebook

CATALOG = {"about": "test", "modules": ["os"], "calls": {"process.shell": {"os.system": "command timeout"}}}
PROFILE = {"about": "test", "review_at": 30, "deny_at": 70}


@pytest.fixture
def folder(tmp_path: Path, fields: dict[str, object]) -> Path:
    """A small rules folder that has nothing wrong."""
    write(tmp_path / "capabilities.yaml", {"process.shell": "a shell", "import": "a module", "env.read": "a variable"})
    write(tmp_path / "catalog" / "os.yaml", CATALOG)
    write(tmp_path / "profiles" / "balanced.yaml", PROFILE)
    write(tmp_path / "pack" / "a-rule.yaml", fields)
    return tmp_path


def write(path: Path, page: object) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(page if isinstance(page, str) else yaml.safe_dump(page, sort_keys=False), encoding="utf-8")


def problems(folder: Path, **extra: Any) -> str:
    with pytest.raises(RuleError) as caught:
        load_rulebook(folder, **extra)
    return str(caught.value).replace(str(folder), "")


def test_a_folder_becomes_a_rulebook(folder: Path) -> None:
    book = load_rulebook(folder)
    assert [rule.id for rule in book.rules] == ["a-rule"]
    assert book.profiles["balanced"].deny_at == 70
    assert book.catalog.entry("os.system") is not None
    assert book.capabilities["process.shell"] == "a shell"


def test_a_rule_is_found_by_its_id(folder: Path) -> None:
    book = load_rulebook(folder)
    assert book.rule("a-rule") is book.rules[0]
    assert book.rule("another") is None


def test_further_packs_are_loaded_after_the_shipped_ones(folder: Path, fields: dict[str, object]) -> None:
    site = folder.parent / f"{folder.name}-site"
    write(site / "a-site-rule.yaml", fields)
    assert [rule.id for rule in load_rulebook(folder, extra=[site]).rules] == ["a-rule", "a-site-rule"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"wieght": 3}, "unknown key 'wieght' (did you mean 'weight'?)"),
        ({"weight": "60"}, "weight: Input should be a valid integer"),
        ({"weight": 101}, "weight: Input should be less than or equal to 100"),
        ({"status": "done"}, "status: Input should be 'draft', 'stable' or 'retired'"),
        ({"attack": ["1059"]}, "attack.0: String should match pattern"),
        ({"capability": "process.shel"}, "there is no capability 'process.shel' (did you mean 'process.shell'?)"),
        ({"message": "{nmae} x"}, "no call has a role 'nmae' (did you mean 'name'?)"),
        ({"message": "{source.comand}"}, "no call has a role 'source.comand' (did you mean 'command'?)"),
        ({"match": {"call": "process.pipe"}}, "there is no capability 'process.pipe'"),
        ({"match": {"call": "process", "where": {"comand": {"known": True}}}}, "no call has a role 'comand'"),
        ({"match": {"call": "process", "unless": {"where": {"cmd": {"in": "a"}}}}}, "no call has a role 'cmd'"),
        ({"match": {"any": [{"any": [{"call": "proc"}]}]}}, "there is no capability 'proc'"),
        ({"match": {"flow": {"from": "env", "to": "net"}}}, "there is no capability 'net'"),
        ({"match": {"unresolved": "process.shell"}}, "'process.shell' is never unresolved"),
        ({"match": {}}, "give exactly one of all, any, call"),
        ({"match": {"call": "process", "mention": "process"}}, "give exactly one of all, any, call"),
        ({"match": {"any": [{"call": "process"}], "name": "x"}}, "name and where belong to a single kind"),
        ({"match": {"import": "os", "where": {"name": {"in": "a"}}}}, "an import has only a module"),
        ({"match": {"import": ["os", "import.unknown"]}}, "modules or the capability import.unknown, not both"),
        ({"match": {"call": "process", "unless": {}}}, "an empty guard would excuse everything"),
        (
            {"match": {"call": "process", "unless": {"where": {"command": {"known": False}}}}},
            "what is not known excuses nothing",
        ),
        ({"match": {"call": "process", "where": {"command": {}}}}, "an empty test"),
        ({"match": {"call": "process", "where": {"command": {"in": "$allowed"}}}}, "'$allowed' is no setting"),
        ({"match": {"call": "process", "where": {"command": {"host": "10.0.0.0/99"}}}}, "neither a host name"),
        ({"match": {"call": "process", "where": {"command": {"matches": "("}}}}, "is not a regular expression"),
        ({"match": {"call": "process", "where": {"command": {"matches": "(a+)+b"}}}}, "repeats something that repeats"),
        ({"match": {"call": "process", "where": {"command": {"matches": "a" * 500}}}}, "is longer than 400"),
        ({"examples": {"bad": [], "good": []}}, "examples.bad: List should have at least 2 items"),
        ({"why": ""}, "why: String should have at least 1 character"),
    ],
)
def test_a_wrong_rule_is_refused_with_the_reason(folder: Path, fields: Any, change: Any, message: str) -> None:
    write(folder / "pack" / "a-rule.yaml", {**fields, **change})
    told = problems(folder)
    assert "/pack/a-rule.yaml:" in told
    assert message in told


def test_a_problem_names_the_line(folder: Path, fields: dict[str, object]) -> None:
    write(folder / "pack" / "a-rule.yaml", {"wrong": 1, **fields})
    assert problems(folder).startswith("/pack/a-rule.yaml:1: unknown key 'wrong'")


def test_a_problem_inside_a_match_names_the_line_of_the_key(folder: Path, fields: dict[str, object]) -> None:
    text = yaml.safe_dump({key: value for key, value in fields.items() if key != "match"}, sort_keys=False)
    write(folder / "pack" / "a-rule.yaml", f"match:\n  any:\n    - call: process\n      nmae: x\n{text}")
    assert "/pack/a-rule.yaml:4: unknown key 'match.any.0.nmae' (did you mean 'name'?)" in problems(folder)


def test_a_missing_key_is_named(folder: Path, fields: dict[str, object]) -> None:
    del fields["remedy"]
    write(folder / "pack" / "a-rule.yaml", fields)
    assert "remedy: Field required" in problems(folder)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: a\nname: b\n", ":2: key 'name' stands twice (keep one)"),
        ("name: [a\n", "is not YAML"),
        ("name: \x07\n", "is not YAML"),
        ("name: &a [*a]\n", "is nested without end"),
        ("name: 2020-20-20\n", "holds a value that cannot be"),
        ("", "Input should be"),
        ("- a\n", "Input should be"),
    ],
)
def test_a_file_that_is_no_rule_at_all_is_refused(folder: Path, text: str, message: str) -> None:
    write(folder / "pack" / "a-rule.yaml", text)
    assert message in problems(folder)


def test_a_file_that_is_not_text_is_refused(folder: Path) -> None:
    (folder / "pack" / "a-rule.yaml").write_bytes(b"\xff\xfe")
    assert "cannot be read" in problems(folder)


def test_every_problem_of_every_file_is_told_at_once(folder: Path, fields: dict[str, object]) -> None:
    write(folder / "pack" / "b-rule.yaml", {**fields, "weight": -1, "version": 0})
    write(folder / "other" / "c-rule.yaml", {**fields, "capability": "x"})
    write(folder / "profiles" / "odd.yaml", {**PROFILE, "review_at": 80})
    told = problems(folder)
    assert all(word in told for word in ("weight", "version", "'x'", "review_at is above deny_at"))


def test_two_rules_with_one_id_are_refused(folder: Path, fields: dict[str, object]) -> None:
    write(folder / "second" / "a-rule.yaml", fields)
    assert "second/a-rule: the id is taken by pack/a-rule (rename one file)" in problems(folder)


def test_an_empty_pack_is_refused(folder: Path) -> None:
    (folder / "empty").mkdir()
    assert "/empty: holds no rules" in problems(folder)


def test_a_folder_without_packs_is_refused(folder: Path) -> None:
    (folder / "pack" / "a-rule.yaml").unlink()
    (folder / "pack").rmdir()
    assert "holds no rule packs" in problems(folder)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert problems(tmp_path / "nowhere") == ": is no folder (check the path)"


def test_a_further_pack_that_is_not_there_is_refused(folder: Path) -> None:
    assert "/site: is no folder" in problems(folder, extra=[folder / "site"])


def test_a_profile_may_only_weigh_rules_that_exist(folder: Path) -> None:
    write(folder / "profiles" / "odd.yaml", {**PROFILE, "weights": {"a-role": 3}})
    assert "odd.yaml:5: there is no rule 'a-role' (did you mean 'a-rule'?)" in problems(folder)


def test_a_folder_without_profiles_is_refused(folder: Path) -> None:
    (folder / "profiles" / "balanced.yaml").unlink()
    assert "holds no profiles" in problems(folder)


def test_a_catalogue_may_only_name_capabilities_of_the_tree(folder: Path) -> None:
    page = copy.deepcopy(CATALOG)
    page["calls"] = {"process.shall": {"os.system": "command"}}
    write(folder / "catalog" / "os.yaml", page)
    assert "os.system: there is no capability 'process.shall' (did you mean 'process.shell'?)" in problems(folder)


@pytest.mark.parametrize("content", ["- a\n", "a: {b: c}\n", "a: [\n"])
def test_a_capability_tree_that_is_no_table_is_refused(folder: Path, content: str) -> None:
    write(folder / "capabilities.yaml", content)
    assert "/capabilities.yaml" in problems(folder)
