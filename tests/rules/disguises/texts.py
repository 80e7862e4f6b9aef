"""Every text constant of a program, spelled so that it has to be worked out."""

import base64
from collections.abc import Callable
from functools import partial
from typing import Final

import libcst as cst

Spelling = Callable[[str], str | None]


def _halves(text: str) -> tuple[str, str]:
    middle = (len(text) + 1) // 2
    return text[:middle], text[middle:]


def _in_two(text: str) -> str:
    left, right = _halves(text)
    return f"({left!r} + {right!r})"


def _in_pieces(text: str) -> str:
    return f"''.join({[text[start : start + 3] for start in range(0, len(text), 3)]!r})"


def _in_a_format_string(text: str) -> str | None:
    left, right = _halves(text)
    return None if "\\" in repr(text) or '"' in repr(text) else f'f"""{{{left!r}}}{{{right!r}}}"""'


def _by_percent(text: str) -> str:
    return f"('%s%s' % {_halves(text)!r})"


def _by_format(text: str) -> str:
    left, right = _halves(text)
    return f"'{{}}{{last}}'.format({left!r}, last={right!r})"


def _backwards(text: str) -> str:
    return f"{text[::-1]!r}[::-1]"


def _by_numbers(text: str) -> str:
    return f"''.join(map(chr, {list(map(ord, text))}))"


def _in_hexadecimal(text: str) -> str:
    return f"bytes.fromhex({text.encode().hex()!r}).decode()"


def _in_base64(text: str) -> str:
    return f"__import__('base64').b64decode({base64.b64encode(text.encode())!r}).decode()"


def _with_a_stranger(text: str) -> str | None:
    left, right = _halves(text)
    return None if "§" in text else f"{left + '§' + right!r}.replace('§', '')"


class _Spell(cst.CSTTransformer):
    """Leaves alone what has to be a constant: docstrings, patterns, parts of other texts."""

    def __init__(self, spelling: Spelling) -> None:
        self.spelling = spelling

    def visit_Expr(self, node: cst.Expr) -> bool:
        return not isinstance(node.value, cst.SimpleString)

    def visit_ConcatenatedString(self, node: cst.ConcatenatedString) -> bool:
        return False

    def visit_FormattedString(self, node: cst.FormattedString) -> bool:
        return False

    def visit_MatchCase(self, node: cst.MatchCase) -> bool:
        return False

    def leave_SimpleString(self, original_node: cst.SimpleString, updated_node: cst.SimpleString) -> cst.BaseExpression:
        text = original_node.evaluated_value
        if not isinstance(text, str) or len(text) < 2 or not text.isprintable():
            return updated_node
        spelled = self.spelling(text)
        return updated_node if spelled is None else cst.parse_expression(spelled)


def _spell(spelling: Spelling, module: cst.Module) -> str:
    return module.visit(_Spell(spelling)).code


def _through_names(module: cst.Module) -> str:
    names: dict[str, str] = {}

    def name_of(text: str) -> str:
        return names.setdefault(text, f"text_{len(names)}")

    rest = _spell(name_of, module)
    return "".join(f"{name} = {text!r}\n" for text, name in names.items()) + rest


TEXTS: Final[dict[str, Callable[[cst.Module], str | None]]] = {
    "texts in two": partial(_spell, _in_two),
    "texts in pieces": partial(_spell, _in_pieces),
    "texts in format strings": partial(_spell, _in_a_format_string),
    "texts by percent": partial(_spell, _by_percent),
    "texts by format": partial(_spell, _by_format),
    "texts backwards": partial(_spell, _backwards),
    "texts by numbers": partial(_spell, _by_numbers),
    "texts in hexadecimal": partial(_spell, _in_hexadecimal),
    "texts in base64": partial(_spell, _in_base64),
    "texts with a stranger": partial(_spell, _with_a_stranger),
    "texts through names": _through_names,
}
