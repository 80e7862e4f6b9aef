"""Shell text in, compound commands out: groups, branches, loops, cases, tests and functions."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from validator.analyse.shell.reader import BrokenError, Reader
from validator.analyse.shell.simple import gap, redirect
from validator.analyse.shell.tree import (
    Branch,
    Case,
    Each,
    Function,
    Group,
    Literal,
    Loop,
    Node,
    Redirect,
    Redirected,
    Script,
    Test,
    Word,
)

_KEYWORD = re.compile(
    r"(?:if|then|elif|else|fi|while|until|for|select|do|done|case|esac|function|coproc|time|in|\[\[|[{}!])"
    r"(?=[ \t\n;&|()<>]|\\\n|$)"
)
_FUNCTION = re.compile(r"([^ \t\n|&;()<>\\'\"$`{}=]+)[ \t]*\([ \t]*\)")
_FUNCTION_NAME = re.compile(r"[ \t]+([^ \t\n|&;()<>\\'\"$`]+)[ \t]*(?:\([ \t]*\))?")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ARM_END = re.compile(r";;&|;;|;&")


def keyword(reader: Reader) -> str:
    """The reserved word that stands here, or nothing."""
    match = _KEYWORD.match(reader.text, reader.position)
    return match[0] if match is not None else ""


def _demand(reader: Reader, word: str) -> None:
    """Pass over this keyword, which must be next."""
    gap(reader)
    if keyword(reader) != word:
        raise BrokenError
    reader.position += len(word)


def compound(reader: Reader) -> Node | None:
    """The compound command that stands here with its redirections, if one does."""
    reader.deeper()
    node = _opened(reader)
    if node is not None and not isinstance(node, Function):
        redirects: list[Redirect] = []
        reader.skip()
        while found := redirect(reader):
            redirects.append(found)
            reader.skip()
        node = Redirected(node, tuple(redirects)) if redirects else node
    reader.depth -= 1
    return node


def _opened(reader: Reader) -> Node | None:
    if reader.at("((") and (inside := reader.arithmetic("((")) is not None:
        return Test((inside,))
    if reader.at("("):
        reader.position += 1
        return Group(reader.nested(")"), subshell=True)
    word = keyword(reader)
    if word in _COMPOUNDS:
        reader.position += len(word)
        return _COMPOUNDS[word](reader, word)
    if word:
        raise BrokenError
    if match := reader.take(_FUNCTION):
        return Function(match[1], _function_body(reader))
    return None


def _group(reader: Reader, _word: str) -> Node:
    body = reader.read(reader)
    _demand(reader, "}")
    return Group(body, subshell=False)


def _branch(reader: Reader, _word: str) -> Node:
    scripts = [reader.read(reader)]
    _demand(reader, "then")
    scripts.append(reader.read(reader))
    while (word := keyword(reader)) in ("elif", "else"):
        reader.position += len(word)
        scripts.append(reader.read(reader))
        if word == "elif":
            _demand(reader, "then")
            scripts.append(reader.read(reader))
    _demand(reader, "fi")
    return Branch(tuple(scripts))


def _loop(reader: Reader, word: str) -> Node:
    test = reader.read(reader)
    return Loop(word, test, _body(reader))


def _body(reader: Reader) -> Script:
    gap(reader)
    opening = keyword(reader)
    _demand(reader, "{" if opening == "{" else "do")
    body = reader.read(reader)
    _demand(reader, "}" if opening == "{" else "done")
    return body


def _each(reader: Reader, _word: str) -> Node:
    reader.skip()
    if reader.at("(("):
        control = reader.arithmetic("((")
        if control is None:
            raise BrokenError
        _semicolon(reader)
        return Each("", (control,), _body(reader))
    name = reader.take(_VARIABLE)
    if name is None:
        raise BrokenError
    gap(reader)
    words: list[Word] | None = None
    if keyword(reader) == "in":
        reader.position += 2
        words = []
        reader.skip()
        while word := reader.word():
            words.append(word)
            reader.skip()
    _semicolon(reader)
    return Each(name[0], None if words is None else tuple(words), _body(reader))


def _semicolon(reader: Reader) -> None:
    gap(reader)
    if reader.at(";"):
        reader.position += 1


def _case(reader: Reader, _word: str) -> Node:
    reader.skip()
    subject = reader.word()
    _demand(reader, "in")
    patterns: list[Word] = []
    bodies: list[Script] = []
    gap(reader)
    while keyword(reader) != "esac":
        if reader.at("("):
            reader.position += 1
        reader.skip()
        while pattern := reader.word():
            patterns.append(pattern)
            reader.skip()
            if reader.at("|"):
                reader.position += 1
                reader.skip()
        reader.expect(")")
        bodies.append(reader.read(reader))
        reader.take(_ARM_END)
        gap(reader)
    _demand(reader, "esac")
    return Case(subject, tuple(patterns), tuple(bodies))


def _function(reader: Reader, _word: str) -> Node:
    name = reader.take(_FUNCTION_NAME)
    if name is None:
        raise BrokenError
    return Function(name[1], _function_body(reader))


def _function_body(reader: Reader) -> Node:
    gap(reader)
    body = compound(reader)
    if body is None:
        raise BrokenError
    return body


def _test(reader: Reader, _word: str) -> Node:
    words: list[Word] = []
    while True:
        gap(reader)
        if reader.position >= len(reader.text):
            raise BrokenError
        word = reader.word()
        if word == (Literal("]]", False),):
            return Test(tuple(words))
        words.append(word)
        if not word:
            # Brackets and operators of the test itself.
            reader.position += 1


_COMPOUNDS: Final[Mapping[str, Callable[[Reader, str], Node]]] = {
    "{": _group,
    "if": _branch,
    "while": _loop,
    "until": _loop,
    "for": _each,
    "select": _each,
    "case": _case,
    "function": _function,
    "[[": _test,
}
