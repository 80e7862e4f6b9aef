"""The whole program, moved to another place or written with other signs."""

import base64
from collections.abc import Callable
from functools import partial
from typing import Final

import libcst as cst
import libcst.matchers as m

SCOPES = m.FunctionDef() | m.Lambda() | m.ListComp() | m.SetComp() | m.DictComp() | m.GeneratorExp() | m.ClassDef()
STAYS_AT_THE_TOP = (
    m.ImportStar()
    | m.Global()
    | m.Nonlocal()
    | m.ImportFrom(module=m.Name("__future__"))
    | m.Name("globals")
    | m.Name("locals")
    | m.Name("vars")
    | m.Name("__name__")
)
CODE_FROM_TEXT = m.Call(func=m.Name("exec"))
HERE: Final = "HERE"

ANYWHERE: Final = {
    "in a branch": "if True:\n    HERE\n",
    "in a try": "try:\n    HERE\nfinally:\n    pass\n",
    "in a handler": "try:\n    raise LookupError\nexcept LookupError:\n    HERE\n",
    "in a loop": "for turn in range(1):\n    HERE\n",
    "after a loop": "for turn in ():\n    pass\nelse:\n    HERE\n",
    "in a with": "import contextlib\nwith contextlib.nullcontext():\n    HERE\n",
    "in a match": "match 1:\n    case _:\n        HERE\n",
}
CLASSES: Final = {"in a class": "class Wrapped:\n    HERE\n"}
FUNCTIONS: Final = {
    "in a function": "def wrapped():\n    HERE\nwrapped()\n",
    "in a method": "class Wrapped:\n    def run(self):\n        HERE\nWrapped().run()\n",
    "in a constructor": "class Wrapped:\n    def __init__(self):\n        HERE\nWrapped()\n",
    "in an inner function": "def wrapped():\n    def inner():\n        HERE\n    return inner\nwrapped()()\n",
    "in a coroutine": "import asyncio\nasync def wrapped():\n    HERE\nasyncio.run(wrapped())\n",
    "in a generator": "def wrapped():\n    HERE\n    yield\nlist(wrapped())\n",
    "in a decorated function": "def at_once(wrapped):\n    return wrapped()\n@at_once\ndef wrapped():\n    HERE\n",
}


class _Fill(cst.CSTTransformer):
    def __init__(self, body: cst.Module) -> None:
        self.body = body.body

    def leave_SimpleStatementLine(
        self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
    ) -> cst.BaseStatement | cst.FlattenSentinel[cst.BaseStatement]:
        if m.matches(original_node, m.SimpleStatementLine(body=[m.Expr(m.Name(HERE))])):
            return cst.FlattenSentinel(self.body)
        return updated_node


def _move(template: str, module: cst.Module, *, forbidden: m.BaseMatcherNode) -> str | None:
    if m.findall(module, forbidden) or not module.body:
        return None
    return cst.parse_module(template).visit(_Fill(module)).code


def _run_text(spell: Callable[[str], str], module: cst.Module) -> str | None:
    return None if m.findall(module, m.ImportFrom(module=m.Name("__future__"))) else spell(module.code)


def _spell_plainly(code: str) -> str:
    return f"exec({code!r})\n"


def _spell_in_base64(code: str) -> str:
    text = base64.b64encode(code.encode("utf-8", "surrogatepass")).decode()
    return f"import base64\nexec(base64.b64decode({text!r}))\n"


def _end_lines_otherwise(module: cst.Module) -> str:
    return module.code.replace("\n", "\r\n")


class _OneLine(cst.CSTTransformer):
    """Simple statements that follow each other share a line."""

    def leave_Module(self, original_node: cst.Module, updated_node: cst.Module) -> cst.Module:
        return updated_node.with_changes(body=_joined(updated_node.body))

    def leave_IndentedBlock(
        self, original_node: cst.IndentedBlock, updated_node: cst.IndentedBlock
    ) -> cst.IndentedBlock:
        return updated_node.with_changes(body=_joined(updated_node.body))


def _joined(body: tuple[cst.BaseStatement, ...] | list[cst.BaseStatement]) -> list[cst.BaseStatement]:
    joined: list[cst.BaseStatement] = []
    for statement in body:
        before = joined[-1] if joined else None
        if isinstance(statement, cst.SimpleStatementLine) and isinstance(before, cst.SimpleStatementLine):
            joined[-1] = statement.with_changes(
                body=[*before.body, *statement.body], leading_lines=before.leading_lines
            )
        else:
            joined.append(statement)
    return joined


class _OtherLetters(cst.CSTTransformer):
    """Python takes 𝗈𝗌 for os: identifiers are compared in their NFKC form."""

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.Name:
        known = original_node.value
        if known in ("True", "False", "None") or known.startswith("__"):
            return updated_node
        return updated_node.with_changes(value="".join(map(_other_letter, known)))


def _other_letter(letter: str) -> str:
    return chr(0x1D5BA + ord(letter) - ord("a")) if "a" <= letter <= "z" else letter


def _transformed(transformer: type[cst.CSTTransformer], module: cst.Module) -> str:
    return module.visit(transformer()).code


PLACES: Final[dict[str, Callable[[cst.Module], str | None]]] = {
    **{
        name: partial(_move, template, forbidden=m.ImportFrom(module=m.Name("__future__")))
        for name, template in ANYWHERE.items()
    },
    **{name: partial(_move, template, forbidden=SCOPES | STAYS_AT_THE_TOP) for name, template in CLASSES.items()},
    **{
        name: partial(_move, template, forbidden=STAYS_AT_THE_TOP | CODE_FROM_TEXT)
        for name, template in FUNCTIONS.items()
    },
    "run from a text": partial(_run_text, _spell_plainly),
    "run from base64": partial(_run_text, _spell_in_base64),
    "lines that end in CRLF": _end_lines_otherwise,
    "statements on one line": partial(_transformed, _OneLine),
    "names in other letters": partial(_transformed, _OtherLetters),
}
