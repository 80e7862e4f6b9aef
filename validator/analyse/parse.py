"""An argument in, its syntax tree out; or the facts that say why there is none.

Two parsers have their say: ours, because the interpreter upstream is much like it, and libcst, whose tree is judged.
What only libcst takes may be the syntax of a newer interpreter, and is judged; what only ours takes is unreadable.
"""

import ast
import warnings
from dataclasses import dataclass, replace
from typing import Final

import libcst

from validator.analyse.guard import weigh
from validator.analyse.ipython import looks_like_ipython, to_python
from validator.analyse.spaced import space_keywords
from validator.analyse.text import decode
from validator.model.argument import Argument, Language
from validator.model.fact import NOWHERE, Fact, Kind, Span
from validator.model.limits import Limits

_MAGIC_IN_PYTHON: Final = Fact(Kind.UNREADABLE, "unreadable.syntax", "IPython syntax in plain Python")


@dataclass(frozen=True, slots=True)
class Parsed:
    """An argument that can be judged.

    `work` is what it took to parse it, in microseconds as foretold, so that whoever parses many texts can keep an
    account.
    """

    text: str
    module: libcst.Module
    work: int
    facts: tuple[Fact, ...] = ()


def parse(argument: Argument, limits: Limits) -> Parsed | tuple[Fact, ...]:
    """Read an argument; magics in plain Python are a fact, but what they would do is judged all the same."""
    text = decode(argument.content, limits)
    if isinstance(text, Fact):
        return (text,)
    if argument.language is Language.IPYTHON:
        return _as_result(_read(to_python(text), limits))
    found = _read_python(text, limits)
    if isinstance(found, Fact) and looks_like_ipython(text):
        translated = _read(to_python(text), limits)
        if isinstance(translated, Parsed):
            return replace(translated, facts=(_MAGIC_IN_PYTHON,))
    return _as_result(found)


def look(text: str, limits: Limits) -> ast.Module | None:
    """The tree that our own interpreter makes of a text; None if it is odd in any way."""
    if isinstance(weigh(text, limits), Fact):
        return None
    tree = _read_tree(text)
    return tree if isinstance(tree, ast.Module) else None


def _as_result(found: Parsed | Fact) -> Parsed | tuple[Fact, ...]:
    return (found,) if isinstance(found, Fact) else found


def _read_python(text: str, limits: Limits) -> Parsed | Fact:
    """Read plain Python; servers try `eval` first, and that takes blanks before an expression."""
    found = _read(text, limits)
    if isinstance(found, Fact) and text.startswith((" ", "\t")):
        stripped = _read(text.lstrip(" \t"), limits)
        if isinstance(stripped, Parsed):
            return stripped
    return found


def _read(text: str, limits: Limits) -> Parsed | Fact:
    work = weigh(text, limits)
    if isinstance(work, Fact):
        return work
    module = _read_module(text)
    if isinstance(module, libcst.Module):
        return Parsed(text, module, work)
    # Only for its reason: what our own interpreter takes and libcst does not is unreadable all the same.
    tree = _read_tree(text)
    return module if isinstance(tree, ast.Module) else tree


def _read_tree(text: str) -> ast.Module | Fact:
    """What the interpreter that we run on makes of the text."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except SyntaxError as error:
        return _unreadable(error.msg, _place(error.lineno or 1, error.offset or 1))
    except (RecursionError, MemoryError):
        return Fact(Kind.UNREADABLE, "unreadable.shape", "nested deeper than Python itself can read")


def _read_module(text: str) -> libcst.Module | Fact:
    try:
        return _read_closely(text)
    except libcst.ParserSyntaxError as error:
        return _unreadable("Python that this parser cannot read", _place(error.editor_line, error.editor_column))
    except libcst.CSTValidationError as error:
        return _unreadable(str(error))
    except libcst.CSTLogicError:
        # This is how libcst 1.9 reports a template string beside another string.
        return _unreadable("strings of different kinds side by side")
    except TypeError:
        return _unreadable("a parenthesis right after a keyword")
    except RecursionError:
        return Fact(Kind.UNREADABLE, "unreadable.shape", "nested deeper than can be judged")


def _read_closely(text: str) -> libcst.Module:
    """Read a text; where a parenthesis follows a keyword at once, which libcst cannot always read, with a blank."""
    try:
        return libcst.parse_module(text)
    except (libcst.CSTValidationError, TypeError):
        spaced = space_keywords(text)
        if spaced == text:
            raise
        return libcst.parse_module(spaced)


def _unreadable(reason: str, span: Span = NOWHERE) -> Fact:
    return Fact(Kind.UNREADABLE, "unreadable.syntax", reason, span=span)


def _place(line: int, column: int) -> Span:
    first = max(column, 1)
    return Span(line, first, line, first + 1)
