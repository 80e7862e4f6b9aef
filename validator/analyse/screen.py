"""A quick first look: code that mentions no door needs no deeper one.

A power must be mentioned to be acquired: a builtin by its name, a library function by its own name and that of its
module. So an argument whose words hold no door of the builtins, nor of any module it names, has no power, whatever it
does with its words. What the screen passes, the full analysis would find to be nothing but imports; it may say "look
deeper" as often as it likes, for then the full analysis decides.
"""

import ast
import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from validator.model.catalog import Catalog, Doors
from validator.model.fact import Fact, Kind, Span

LONGEST: Final = 32_768  # the expressions below are bounded, but not free
WORD: Final = re.compile(r"[^\W\d]\w*")
# What the words of a text cannot show: attributes in format fields, endless loops, dunders, names by their number.
HIDDEN: Final = re.compile(r"__|\{[^{}\n]{0,200}[.\[][^{}\n]{0,200}\}|\bwhile[\s(\\]*(?:True|\d|[\"'bBrRuU])|\\N\{")
# The targets of loops and comprehensions, which may be attributes: `[0 for module.name in values]`.
TARGET: Final = re.compile(r"\bfor\b(.{0,300}?)\bin\b", re.DOTALL)
# A chain so long that the full analysis may run out of budget on it, and what only a text with one can have.
CHAIN: Final = re.compile(r"(?:[\w\])}\"']{0,40}+[\s\\]{0,40}+[-.(\[{+~*/%@&|^<>=!]){60}")
LONG: Final = re.compile(r"[^\n]{120}|(?:\n[ \t]*+[-.(\[{+~*/%@&|^<>=!)\]}][^\n]*+){20}")
TABS: Final = re.compile(r"^[ ]*\t", re.MULTILINE)
SPACES: Final = re.compile(r"^\t*[ ]", re.MULTILINE)


def names_no_door(text: str, doors: Doors) -> bool:
    """Whether nothing that a text says can open a door."""
    if len(text) > LONGEST:
        return False
    if "\t" in text and TABS.search(text) and SPACES.search(text):
        return False  # some mixes of tabs and spaces are unreadable to the parser behind us
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    words = frozenset(WORD.findall(plain))
    if doors.mentioned(words) or HIDDEN.search(plain) is not None:
        return False
    if any("." in target for target in TARGET.findall(plain)):
        return False
    if LONG.search(plain) is not None and CHAIN.search(plain) is not None:
        return False
    return all(_only_looked_into(name, plain) for name in words & doors.powerful)


def _only_looked_into(module: str, text: str) -> bool:
    """Whether a powerful module is imported by its own name and used with a dot, never handed on whole."""
    whole = re.findall(rf"\b{module}\b(?!\s*\.\s*\w)", text)
    imports = re.findall(rf"^\s*(?:from\s+{module}\s+import\b|import\s+{module}\s*$)", text, re.MULTILINE)
    return len(whole) <= len(imports)


def find_imports(tree: ast.Module, catalog: Catalog) -> tuple[Fact, ...] | None:
    """The facts of code that names no door; None if a statement of it needs a deeper look all the same."""
    facts: list[Fact] = []
    for statement in _statements(tree.body):
        if isinstance(statement, ast.Import | ast.ImportFrom):
            found = _imports(statement, catalog)
            if found is None:
                return None
            facts += found
        elif _stores_attribute(statement):
            return None
    return tuple(facts)


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Every statement, however deep; expressions are not looked into."""
    for statement in body:
        yield statement
        for part in ("body", "orelse", "finalbody"):
            inner = getattr(statement, part, None)
            if inner:
                yield from _statements(inner)
        for part in ("handlers", "cases"):
            for branch in getattr(statement, part, ()):
                yield from _statements(branch.body)


def _imports(statement: ast.Import | ast.ImportFrom, catalog: Catalog) -> list[Fact] | None:
    """The facts of an import statement; None for a form that only the interpreter understands."""
    if isinstance(statement, ast.ImportFrom):
        if statement.level or not statement.module or statement.names[0].name == "*":
            return None
        inner = [f"{statement.module}.{alias.name}" for alias in statement.names]
        names = [statement.module, *(name for name in inner if catalog.canonical(name) in catalog.modules)]
    else:
        names = [alias.name for alias in statement.names]
    if not all(name.isascii() for name in names):
        return None
    end_line, end_column = statement.end_lineno or 0, statement.end_col_offset or 0
    span = Span(statement.lineno, statement.col_offset + 1, end_line, end_column + 1)
    return [
        Fact(Kind.IMPORT, "import" if catalog.described(name) else "import.unknown", name, span=span) for name in names
    ]


def _stores_attribute(statement: ast.stmt) -> bool:
    """Whether the statement gives something else's attribute a value, which may change a library for everybody."""
    match statement:
        case ast.Assign(targets=targets) | ast.Delete(targets=targets):
            return any(map(_is_foreign, targets))
        case ast.AugAssign(target=target) | ast.AnnAssign(target=target) | ast.For(target=target):
            return _is_foreign(target)
        case ast.With(items=items) | ast.AsyncWith(items=items):
            return any(item.optional_vars is not None and _is_foreign(item.optional_vars) for item in items)
        case ast.Match():
            return True
        case _:
            return False


def _is_foreign(target: ast.expr) -> bool:
    match target:
        case ast.Attribute(value=ast.Name(id="self")):
            return False
        case ast.Attribute():
            return True
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            return any(map(_is_foreign, elements))
        case ast.Starred(value=value):
            return _is_foreign(value)
        case _:
            return False
