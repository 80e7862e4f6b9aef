"""Promises of the house: small modules, small functions, rooms that are strangers, a README that is true."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from validator.policy.load import load_policy

ROOT: Final = Path(__file__).parent.parent
MODULES: Final = sorted((ROOT / "validator").rglob("*.py"))
BROAD_EXCEPTS: Final = {"validator/gate.py", "validator/scan/inspect.py"}
Function = ast.FunctionDef | ast.AsyncFunctionDef
Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def functions(path: Path) -> Iterator[Function]:
    return (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, Function))


def public(body: list[ast.stmt]) -> Iterator[ast.ClassDef | Function]:
    for node in body:
        if isinstance(node, ast.ClassDef | Function) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from public(node.body)


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_no_module_is_longer_than_300_lines(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 300


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_no_function_is_longer_than_40_lines(path: Path) -> None:
    long = [node.name for node in functions(path) if (node.end_lineno or 0) - node.lineno + 1 > 40]
    assert long == []


@pytest.mark.parametrize("path", [path for path in MODULES if "cli" not in path.parts], ids=name)
def test_no_function_takes_more_than_5_parameters(path: Path) -> None:
    """A command takes one parameter for each option, so the roof is left out."""
    wide = [
        node.name
        for node in functions(path)
        if sum(each.arg not in ("self", "cls") for each in [*node.args.args, *node.args.kwonlyargs]) > 5
    ]
    assert wide == []


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_everything_public_has_a_docstring_of_a_short_first_line(path: Path) -> None:
    tree = ast.parse(path.read_text())
    nodes: list[Documented] = [tree, *public(tree.body)]
    texts = {getattr(node, "name", path.stem): ast.get_docstring(node) or "" for node in nodes}
    assert {name: text for name, text in texts.items() if not 1 <= len(text.partition("\n")[0]) <= 120} == {}


def test_a_broad_except_stands_only_where_it_denies() -> None:
    broad = re.compile(r"except( \(?(Base)?Exception\b|:)")
    assert {name(path) for path in MODULES if broad.search(path.read_text())} <= BROAD_EXCEPTS


def test_there_is_nothing_left_to_do() -> None:
    marks = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|type: ignore|# noqa")
    assert [name(path) for path in MODULES if marks.search(path.read_text())] == []


def test_data_flows_one_way_and_siblings_are_strangers(tmp_path: Path) -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-logo", "--cache-dir", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("command", ["check", "scan", "proxy"])
def test_readme_names_every_option_of_a_command_and_no_other(command: str) -> None:
    called = [sys.executable, "-m", "validator", command, "--help"]
    shown = subprocess.run(called, text=True, stdout=subprocess.PIPE, check=True).stdout
    usage = re.search(rf"^### `validator {command}`\n\n(( {{4}}.*\n)+)", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert usage is not None
    assert options(usage[1]) == options(shown) - {"--help"}


@pytest.mark.parametrize("page", ["README.md", "docs/ARCHITECTURE.md", "docs/LIMITS.md"])
def test_every_file_that_the_docs_name_exists(page: str) -> None:
    named = re.findall(r"`([a-z_.]+(?:/[\w.-]+)+)/?`|\]\(([\w./-]+)\)", (ROOT / page).read_text())
    folders = (ROOT, (ROOT / page).parent)
    paths = {inner or linked for inner, linked in named}
    assert {path for path in paths if not any((folder / path).exists() for folder in folders)} == set()


def test_every_policy_of_the_readme_loads(tmp_path: Path) -> None:
    blocks = re.findall(r"^```json\n(.*?)^```$", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    policies = [block for block in blocks if '"version"' in block]
    assert len(policies) >= 2
    for policy in policies:
        (tmp_path / "policy.json").write_text(policy)
        load_policy(tmp_path / "policy.json")


def test_the_python_of_the_readme_runs() -> None:
    (program,) = re.findall(r"^```python\n(.*?)^```$", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, text=True, stdout=subprocess.PIPE, check=True)
    assert done.stdout.splitlines()[0].startswith(("review ", "deny "))


def options(text: str) -> set[str]:
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text))
