"""A quick first look: code that mentions no door needs no deeper one.

A power must be mentioned to be acquired: a builtin by its name, a library function by its own name and that of its
module. So an argument whose words hold no door of the builtins, nor of any module it names, has no power, whatever it
does with its words. What the screen passes, the full analysis would find to be nothing but imports; it may say "look
deeper" as often as it likes, for then the full analysis decides.
"""

import ast
import re
import unicodedata
from collections.abc import Mapping, Set
from typing import Final

from validator.analyse.large import speaks_of_much
from validator.model.catalog import Catalog, Doors
from validator.model.fact import Fact, Kind, Span

LONGEST: Final = 32_768  # the expressions below are bounded, but not free
NO_WORDS: Final[Set[str]] = frozenset()
WORD: Final = re.compile(r"[^\W\d]\w*")
SPACED: Final = bytes(code if (chr(code).isalnum() and code < 128) or code == 95 else 32 for code in range(256))
# What may stand between two words: blanks, a line that goes on, a comment; brackets that open or that close.
OPENING: Final = r"(?:[\s\\(\[*]|#[^\n]*+\n)*"
CLOSING: Final = r"(?:[\s\\)\]]|#[^\n]*+\n)*"
TRUE: Final = r"[\d.\"'bBrRuU\[{]"
# What the words of a text cannot show, each with what a text must have for it to be looked for: looking is not free.
HIDDEN: Final = {
    # Attributes in format fields, and characters and line ends that are written as something else, in fields perhaps.
    "ormat": re.compile(r"\{[^{}.\[]*+[.\[]|\\(?:[xuU0-7]|\n)"),
    "while": re.compile(rf"while\b{OPENING}(?:True|{TRUE}|not\b{OPENING}(?:False|None|{TRUE}))"),
    # Targets of comprehensions that are attributes or items: `[0 for module.name in values]`.
    # And several loops in one comprehension, of which one may only repeat the others.
    "for": re.compile(
        rf"for\b{OPENING}\w+(?:{CLOSING},{OPENING}\w+)*{CLOSING}"
        r"(?:[.\[(]|in\b[^:\n]{1,200}?(?:\n\s*)?\bfor\b[^:\n]{1,99}\bin\b)"
    ),
}
# A chain so long that the full analysis may run out of budget on it has many of these signs: on one line, or on many
# that begin or end with one.
LINKS: Final = "-.([{+~*/%@&|^<>=!)]}"
MOST_LINKS: Final = 60
STARTS: Final = tuple(LINKS)
ENDS: Final = (".", "(", "[", "\\")
LONGEST_LINE: Final = 120
MOST_LINES: Final = 20
TABS: Final = re.compile(r"^[ ]*\t", re.MULTILINE)
SPACES: Final = re.compile(r"^\t*[ ]", re.MULTILINE)
BLANK_START: Final = re.compile(r"^[ \t]*\\$", re.MULTILINE)
ODD: Final = re.compile("[\u00b7\u0387\u1369-\u1371\u19da\u2118\u212e\u30fb\uff65]")  # in names, but not in words
# The bodies of every statement that has some; expressions are not looked into.
BLOCKS: Final[Mapping[type[ast.AST], tuple[str, ...]]] = {
    ast.FunctionDef: ("body",),
    ast.AsyncFunctionDef: ("body",),
    ast.ClassDef: ("body",),
    ast.If: ("orelse", "body"),
    ast.For: ("orelse", "body"),
    ast.AsyncFor: ("orelse", "body"),
    ast.While: ("orelse", "body"),
    ast.With: ("body",),
    ast.AsyncWith: ("body",),
    ast.Try: ("finalbody", "orelse", "handlers", "body"),
    ast.TryStar: ("finalbody", "orelse", "handlers", "body"),
    ast.ExceptHandler: ("body",),
}
SIMPLE: Final = frozenset({ast.Return, ast.Expr, ast.Assign, ast.AugAssign, ast.AnnAssign})
STORING: Final = frozenset(
    {
        ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Delete, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith,
        ast.Match,
    }
)  # fmt: skip


def names_no_door(text: str, doors: Doors, earlier: Set[str] = NO_WORDS, guarded: Set[str] = NO_WORDS) -> bool:
    """Whether nothing that a text says can open a door, nor a name of `guarded`, after one with the `earlier` words."""
    if len(text) > LONGEST or "\f" in text:  # a form feed alone on a line is unreadable to the parser behind us
        return False
    if "\t" in text and TABS.search(text) and SPACES.search(text):
        return False  # some mixes of tabs and spaces are unreadable to the parser behind us
    if "\\\n" in text and BLANK_START.search(text):
        return False  # so is a statement whose first line is empty but for `\`
    plain = plain_text(text)
    if not plain.isascii() and ODD.search(plain):
        return False
    words = words_of(plain)
    if doors.mentioned(words | earlier if earlier else words) or "__" in plain or "\\N{" in plain:
        return False
    if guarded and not guarded.isdisjoint(words):
        return False
    if any(mark in plain and hidden.search(plain) is not None for mark, hidden in HIDDEN.items()):
        return False
    if speaks_of_much(plain) or _has_chain(plain):
        return False
    return all(_only_looked_into(name, plain) for name in words & doors.powerful)


def plain_text(text: str) -> str:
    """The text with its names as the interpreter will see them."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def words_of(text: str) -> frozenset[str]:
    """Every word of a text, wherever it stands."""
    if text.isascii():
        return frozenset(text.encode("ascii").translate(SPACED).decode("ascii").split())
    return frozenset(WORD.findall(text))


def _has_chain(text: str) -> bool:
    lines = text.split("\n")
    if max(map(len, lines)) >= LONGEST_LINE and any(_links(line) >= MOST_LINKS for line in lines):
        return True
    if len(lines) <= MOST_LINES:
        return False
    going_on = [line for line in lines if line.lstrip().startswith(STARTS) or line.rstrip().endswith(ENDS)]
    return len(going_on) >= MOST_LINES and sum(map(_links, going_on)) >= MOST_LINKS


def _links(line: str) -> int:
    return sum(map(line.count, LINKS))


def _only_looked_into(module: str, text: str) -> bool:
    """Whether a powerful module is imported by its own name and used with a dot, never handed on whole."""
    whole = re.findall(rf"\b{module}\b(?![ \t]*\.[ \t]*[^\W\d])", text)
    imports = re.findall(rf"^\s*(?:from\s+{module}\s+import\b|import\s+{module}\s*$)", text, re.MULTILINE)
    return len(whole) <= len(imports)


def find_imports(tree: ast.Module, text: str, catalog: Catalog) -> tuple[Fact, ...] | None:
    """The facts of code that names no door; None if a statement of it needs a deeper look all the same."""
    facts: list[Fact] = []
    lines = text.split("\n")
    waiting: list[ast.AST] = list(reversed(tree.body))
    while waiting:
        statement = waiting.pop()
        kind = type(statement)
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            found = _imports(statement, lines, catalog)
            if found is None:
                return None
            facts += found
        elif (kind in STORING or kind in BLOCKS) and _needs_a_deeper_look(statement, lines):
            return None
        if kind in BLOCKS:
            for part in BLOCKS[kind]:
                waiting += reversed(getattr(statement, part))
    return tuple(facts)


def _imports(statement: ast.Import | ast.ImportFrom, lines: list[str], catalog: Catalog) -> list[Fact] | None:
    """The facts of an import statement; None for a form that only the interpreter understands."""
    if isinstance(statement, ast.ImportFrom):
        if statement.level or not statement.module or statement.names[0].name == "*":
            return None
        inner = [f"{statement.module}.{alias.name}" for alias in statement.names]
        holds_modules = statement.module in catalog.namespaces
        inner = [name for name in inner if holds_modules or catalog.canonical(name) in catalog.modules]
        names = [statement.module, *inner]
    else:
        names = [alias.name for alias in statement.names]
    if not all(name.isascii() for name in names):
        return None
    end_line = statement.end_lineno or statement.lineno
    first = _characters(lines[statement.lineno - 1], statement.col_offset)
    span = Span(statement.lineno, first, end_line, _characters(lines[end_line - 1], statement.end_col_offset or 0))
    return [
        Fact(Kind.IMPORT, "import" if catalog.described(name) else "import.unknown", name, span=span) for name in names
    ]


def _characters(line: str, offset: int) -> int:
    """The column of a place that is given in bytes before it."""
    return offset + 1 if line.isascii() else len(line.encode()[:offset].decode()) + 1


def _needs_a_deeper_look(statement: ast.AST, lines: list[str]) -> bool:
    if type(statement) is ast.Assign and type(statement.targets[0]) is ast.Name:  # as most are
        return len(statement.targets) > 1 and any(map(_is_foreign, statement.targets))
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
        given = statement.args
        taken = (*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg)
        annotations = (statement.returns, *(one.annotation for one in taken if one is not None))
        return any(map(_calls_in_quotes, annotations)) or _may_call_itself(statement, lines)
    if isinstance(statement, ast.AnnAssign) and _calls_in_quotes(statement.annotation):
        return True
    return type(statement) in STORING and (_stores_attribute(statement) or _idles(statement))


def _calls_in_quotes(annotation: ast.expr | None) -> bool:
    """Whether an annotation holds text that calls something, which many a library evaluates."""
    if annotation is None or type(annotation) is ast.Name:
        return False
    strings = (part.value for part in ast.walk(annotation) if isinstance(part, ast.Constant))
    return any(isinstance(held, str) and "(" in held for held in strings)


def _idles(statement: ast.AST) -> bool:
    """Whether the statement is a loop whose rounds may do nothing, or add to what it goes through."""
    match statement:
        case ast.For(iter=walked, body=body):
            return not any(map(_acts, body)) or any(_is_fed(one, walked) for one in body)
        case ast.While(test=ast.Name(id=name), body=body):
            return any(isinstance(one, ast.AugAssign) and getattr(one.target, "id", "") == name for one in body)
        case _:
            return False


def _is_fed(statement: ast.stmt, walked: ast.expr) -> bool:
    """Whether the statement is a call of a method of what the loop around it goes through."""
    match statement, walked:
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name)))), ast.Name(id=other):
            return name == other
        case _:
            return False


def _acts(statement: ast.stmt) -> bool:
    return not isinstance(statement, (ast.Pass, ast.Expr)) or isinstance(getattr(statement, "value", None), ast.Call)


def _may_call_itself(function: ast.FunctionDef | ast.AsyncFunctionDef, lines: list[str]) -> bool:
    """Whether a function may call itself in every case, or with just what it was given."""
    first, *others = function.body
    body = others if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) else function.body
    own = lines[body[0].lineno - 1 : function.end_lineno] if body else []
    code = "\n".join(own)
    if function.name not in code and code.isascii():
        return False
    given = [parameter.arg for parameter in function.args.args]
    return any(
        isinstance(part, ast.Call)
        and isinstance(part.func, ast.Name)
        and part.func.id == function.name
        and (type(statement) in SIMPLE or [getattr(each, "id", None) for each in part.args] == given)
        for statement in body
        for part in ast.walk(statement)
    )


def _stores_attribute(statement: ast.AST) -> bool:
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
        case ast.Name() | ast.Subscript():  # as most are
            return False
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
