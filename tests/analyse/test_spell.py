"""A node that is spelled out by hand reads as libcst writes it."""

import json
from pathlib import Path

import libcst as cst
import pytest

from validator.analyse.spell import INDENT, SPELLINGS, spell

CORPUS = Path(__file__).parents[2] / "corpus"
ROWS = [
    json.loads(line) for name in ("benign", "hostile") for line in (CORPUS / f"{name}.jsonl").read_text().splitlines()
]


class Spelled(cst.CSTVisitor):
    """Holds the text of every node of a known kind against what libcst writes, and counts them by kind."""

    def __init__(self, module: cst.Module) -> None:
        self.module = module
        self.kinds: set[type[cst.CSTNode]] = set()
        self.wrong: list[tuple[str, str]] = []

    def on_visit(self, node: cst.CSTNode) -> bool:
        text = spell(node) if type(node) in SPELLINGS and not getattr(node, "lpar", ()) else None
        if text is not None:
            self.kinds.add(type(node))
            text = text.replace(INDENT, "")
            if text != self.module.code_for_node(node):
                self.wrong.append((text, self.module.code_for_node(node)))
        return True


def test_a_node_reads_as_it_is_written() -> None:
    kinds: set[type[cst.CSTNode]] = set()
    for row in ROWS:
        try:
            module = cst.parse_module(row["code"])
        except cst.ParserSyntaxError:
            continue
        seen = Spelled(module)
        module.visit(seen)
        assert not seen.wrong
        kinds |= seen.kinds
    assert kinds == set(SPELLINGS)


@pytest.mark.parametrize(
    "text",
    [
        "[( a )]",
        "f( *x, ** y)",
        "[ 1 , (2), ]",
        "[(1, a, )]",
        "f'{a!r:>{w}}{ b }'",
        "a [ 0 , 1 ]",
        "(a) +(b )",
        "f'''x{a}'''",
        "f(  # x\n\n 1,\n  y\n)",
    ],
)
def test_blanks_and_parentheses_stay(text: str) -> None:
    node = cst.parse_expression(text)
    assert (spell(node) or "").replace(INDENT, "") == text


@pytest.mark.parametrize("text", ["x if y else z", "lambda: 1", "a[1:2]", "f'{a=}'", "a // b", "not a", "{1: 2}"])
def test_what_is_unusual_is_left_to_libcst(text: str) -> None:
    assert spell(cst.parse_expression(text)) is None
