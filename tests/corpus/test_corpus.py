"""Promises of the corpus: every line reads the same way, says where it belongs, and teaches something of its own."""

import ast
import io
import json
import tokenize
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

ROOT: Final = Path(__file__).parent.parent.parent
FILES: Final = {
    "benign.jsonl": ({"benign"}, {"pass"}, 600),
    "near_misses.jsonl": ({"near-miss"}, {"pass"}, 200),
    "hostile.jsonl": ({"hostile"}, {"deny", "stop"}, 600),
    "bypasses.jsonl": ({"bypass", "control"}, {"deny", "stop"}, 300),
    "found.jsonl": ({"bypass"}, {"deny", "stop"}, 1),
}
HONEST: Final = ["benign.jsonl", "near_misses.jsonl"]
PROGRAMS: Final = [*HONEST, "hostile.jsonl"]  # The trick of a bypass may lie in a name, a number or a comment.
KEYS: Final = ["id", "label", "outcome", "capabilities", "family", "split", "code"]
# Text that is not Python, or not yet Python for the oldest interpreter we run on.
MAY_NOT_PARSE: Final = {
    "hidden-expression",
    "ipython-commands",
    "ipython-magics-not-python",
    "ipython-roads",
    "lone-surrogate-char-in-source",
    "null-byte-in-source",
    "pep-750-t-string-3-14",
    "pep-758-except-3-14",
    "py2-print-syntax-error-tail",
    "unreadable-syntax",
    "unreadable-text",
}
Line = dict[str, Any]


def lines(name: str) -> list[Line]:
    """The lines of one file of the corpus; a file that is not there is skipped by its name."""
    path = ROOT / "corpus" / name
    if not path.exists():
        pytest.skip(f"there is no corpus/{name}")
    return read(path)


@cache
def read(path: Path) -> list[Line]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def every_line() -> Iterator[Line]:
    return chain.from_iterable(read(path) for path in sorted((ROOT / "corpus").glob("*.jsonl")))


def parses(code: str) -> bool:
    try:
        ast.parse(code)
    except (SyntaxError, UnicodeEncodeError):
        return False
    return True


def bound_names(tree: ast.Module) -> Iterator[str]:
    """The names that the program chose itself."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                yield name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.alias(asname=str(name)):
                yield name


def shape(code: str) -> str:
    """The program without comments, blank lines, numbers and the names it chose."""
    if not parses(code):
        return code
    own = set(bound_names(ast.parse(code)))
    words = []
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        match token.type:
            case tokenize.NAME if token.string in own:
                words.append("name")
            case tokenize.NUMBER:
                words.append("0")
            case tokenize.COMMENT | tokenize.NL:
                continue
            case tokenize.INDENT:
                words.append("indent")
            case _:
                words.append(token.string)
    return " ".join(words)


@pytest.mark.parametrize("name", FILES)
def test_a_line_has_exactly_the_seven_keys_in_their_order(name: str) -> None:
    assert [line.get("id") for line in lines(name) if list(line) != KEYS] == []


@pytest.mark.parametrize("name", FILES)
def test_a_file_keeps_to_its_labels_and_outcomes(name: str) -> None:
    labels, outcomes, _ = FILES[name]
    assert {line["label"] for line in lines(name)} <= labels
    assert {line["outcome"] for line in lines(name)} <= outcomes


@pytest.mark.parametrize("name", FILES)
def test_a_file_holds_as_many_lines_as_it_promises(name: str) -> None:
    assert len(lines(name)) >= FILES[name][2]


@pytest.mark.parametrize("name", FILES)
def test_a_capability_is_a_leaf_or_a_branch_of_the_tree(name: str) -> None:
    tree = yaml.safe_load((ROOT / "rules" / "capabilities.yaml").read_text("utf-8"))
    known = {*tree, *(capability.partition(".")[0] for capability in tree)}
    assert {each for line in lines(name) for each in line["capabilities"]} - known == set()


@pytest.mark.parametrize("name", FILES)
def test_code_parses_unless_its_family_may_not(name: str) -> None:
    broken = [line["id"] for line in lines(name) if not parses(line["code"]) and line["family"] not in MAY_NOT_PARSE]
    assert broken == []


@pytest.mark.parametrize("name", PROGRAMS)
def test_no_two_programs_of_a_file_differ_only_in_names_and_numbers(name: str) -> None:
    alike = defaultdict(list)
    for line in lines(name):
        alike[shape(line["code"])].append(line["id"])
    assert [ids for ids in alike.values() if len(ids) > 1] == []


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_program_is_3_to_60_lines_long(name: str) -> None:
    assert [line["id"] for line in lines(name) if not 3 <= len(line["code"].splitlines()) <= 60] == []


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_id_is_its_family_and_a_number(name: str) -> None:
    wrong = []
    for line in lines(name):
        family, _, number = line["id"].rpartition("-")
        named = family in (line["family"], f"{line['label']}-{line['family']}")
        if not (named and number.isdigit()):
            wrong.append(line["id"])
    assert wrong == []


@pytest.mark.parametrize("name", HONEST)
def test_about_half_of_an_honest_file_is_held_out(name: str) -> None:
    held_out = sum(line["split"] == "held-out" for line in lines(name))
    assert 0.4 <= held_out / len(lines(name)) <= 0.6


def test_an_id_stands_once_in_the_whole_corpus() -> None:
    counts = Counter(line["id"] for line in every_line())
    assert [name for name, count in counts.items() if count > 1] == []


def test_a_program_stands_once_in_the_whole_corpus() -> None:
    alike = defaultdict(list)
    for line in every_line():
        alike[line["code"]].append(line["id"])
    assert [ids for ids in alike.values() if len(ids) > 1] == []


def test_a_family_lies_in_one_split() -> None:
    splits = defaultdict(set)
    for line in every_line():
        splits[line["family"]].add(line["split"])
    assert {family for family, found in splits.items() if found not in ({"tune"}, {"held-out"})} == set()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("total = 1\nprint(total)\n", "amount = 27  # kept\n\nprint(amount)\n"),
        ("def f(a):\n    return a + 1\n", "def g(b):\n    return b + 2\n"),
        ("import numpy as np\nnp.ones(3)\n", "import numpy as n\nn.ones(4)\n"),
    ],
)
def test_names_and_numbers_do_not_make_a_program_new(one: str, other: str) -> None:
    assert shape(one) == shape(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("import os\nos.getcwd()\n", "import os\nos.getpid()\n"),
        ("print('a')\n", "print('b')\n"),
        ("if a:\n    b()\nc()\n", "if a:\n    b()\n    c()\n"),
    ],
)
def test_another_power_text_or_structure_makes_a_program_new(one: str, other: str) -> None:
    assert shape(one) != shape(other)


@pytest.mark.parametrize("name", HONEST)
def test_the_readme_names_every_honest_family(name: str) -> None:
    page = (ROOT / "corpus" / "README.md").read_text("utf-8")
    assert [family for family in {line["family"] for line in lines(name)} if f"`{family}`" not in page] == []
