"""The functions that a program calls, and the attributes that it reads, reached by another road."""

import ast
import builtins
import re
import unicodedata
from collections.abc import Callable
from functools import partial
from typing import Final

import libcst as cst
from libcst.helpers import get_full_name_for_node

from tests.rules.disguises.imports import bound_otherwise, imports_of

BY_NAME_ONLY: Final = {"super"}
"""The compiler looks for this name."""

OF_ITS_FRAME: Final = {"exec", "eval", "locals", "vars", "globals", "dir", "super", "input"}
"""These work on the frame that calls them, so a function around them is something else."""

INLINE: Final = {
    "calls through a lambda": "(lambda held: held)(FUNC)",
    "calls through a default": "(lambda held=FUNC: held)()",
    "calls through a tuple": "(FUNC, None)[0]",
    "calls through a list": "[None, FUNC][-1]",
    "calls through a dictionary": "({'go': FUNC})['go']",
    "calls through a walrus": "(held := FUNC)",
    "calls through a condition": "(FUNC if True else None)",
    "calls through an or": "(None or FUNC)",
    "calls through partial": "__import__('functools').partial(FUNC)",
    "calls through an iterator": "next(iter([FUNC]))",
    "calls through a made class": "type('Held', (), {'go': staticmethod(FUNC)}).go",
}
AHEAD: Final = {
    "calls of a name": ("held_N = FUNC", "held_N"),
    "calls of an unpacked name": ("held_N, rest_N = FUNC, None", "held_N"),
    "calls of a class attribute": ("class Held_N:\n    go = staticmethod(FUNC)", "Held_N.go"),
    "calls of an instance attribute": (
        "class Held_N:\n    def __init__(self, go):\n        self.go = go",
        "Held_N(FUNC).go",
    ),
    "calls of what a function returns": ("def held_N():\n    return FUNC", "held_N()"),
    "calls of a list item": ("held_N = []\nheld_N.append(FUNC)", "held_N[0]"),
    "calls of a dictionary item": ("held_N = {}\nheld_N['go'] = FUNC", "held_N['go']"),
    "calls of a loop's name": ("for held_N in [FUNC]:\n    pass", "held_N"),
    "calls of an attribute set": ("class Held_N:\n    pass\nsetattr(Held_N, 'go', staticmethod(FUNC))", "Held_N.go"),
}
AROUND: Final = {
    "calls through a function": ("def held_N(*given, **named):\n    return FUNC(*given, **named)", "held_N"),
    "calls through a starred lambda": ("held_N = lambda *given, **named: FUNC(*given, **named)", "held_N"),
    "calls through a decorator": (
        "def at_once_N(held):\n    return FUNC\n@at_once_N\ndef held_N():\n    pass",
        "held_N",
    ),
    "calls through a subclass": (
        "class Base_N:\n    def go(self, *given, **named):\n        return FUNC(*given, **named)\n"
        "class Held_N(Base_N):\n    pass",
        "Held_N().go",
    ),
}
ATTRIBUTES: Final = {
    "attributes by getattr": "getattr(VALUE, 'ATTR')",
    "attributes by attrgetter": "__import__('operator').attrgetter('ATTR')(VALUE)",
    "attributes by getattr in two": "getattr(VALUE, 'A' + 'TTR')",
}


class _Inline(cst.CSTTransformer):
    """Puts an expression in the place of every function that is called by its dotted name."""

    def __init__(self, template: str) -> None:
        self.template = template
        self.comprehensions = 0

    def visit_CompFor(self, node: cst.CompFor) -> None:
        self.comprehensions += 1

    def leave_CompFor(self, original_node: cst.CompFor, updated_node: cst.CompFor) -> cst.CompFor:
        self.comprehensions -= 1
        return updated_node

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.Call:
        name = get_full_name_for_node(original_node.func)
        if not _is_dotted(original_node.func) or name in BY_NAME_ONLY:
            return updated_node
        if ":=" in self.template and self.comprehensions:
            return updated_node
        return updated_node.with_changes(func=_filled(self.template, updated_node.func))


class _Ahead(cst.CSTTransformer):
    """Puts a statement ahead of each line that calls what is imported or builtin, and calls its name instead."""

    def __init__(self, statement: str, expression: str, roots: set[str], first: int) -> None:
        self.statement = statement
        self.expression = expression
        self.roots = roots
        self.count = first
        self.ahead: list[cst.BaseStatement] = []
        self.in_line = 0

    def visit_SimpleStatementLine(self, node: cst.SimpleStatementLine) -> None:
        self.in_line += 1

    def leave_SimpleStatementLine(
        self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
    ) -> cst.FlattenSentinel[cst.BaseStatement]:
        self.in_line -= 1
        ahead, self.ahead = self.ahead, []
        return cst.FlattenSentinel([*ahead, updated_node])

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.Call:
        func = original_node.func
        if not self.in_line or not _is_dotted(func) or _root(func) not in self.roots:
            return updated_node
        code = cst.Module([]).code_for_node(func)
        number = str(self.count)
        self.count += 1
        self.ahead += cst.parse_module(self.statement.replace("FUNC", code).replace("_N", f"_{number}")).body
        return updated_node.with_changes(
            func=cst.parse_expression(self.expression.replace("FUNC", code).replace("_N", f"_{number}"))
        )


class _Attributes(cst.CSTTransformer):
    """Reads every attribute by its name; what is bound, deleted or imported is left alone."""

    def __init__(self, template: str) -> None:
        self.template = template
        self.bound: list[cst.CSTNode] = []

    def visit_AssignTarget(self, node: cst.AssignTarget) -> bool:
        return False

    def visit_AugAssign(self, node: cst.AugAssign) -> None:
        self.bound.append(node.target)

    def visit_AnnAssign(self, node: cst.AnnAssign) -> bool:
        return False

    def visit_For(self, node: cst.For) -> None:
        self.bound.append(node.target)

    def visit_CompFor(self, node: cst.CompFor) -> None:
        self.bound.append(node.target)

    def visit_AsName(self, node: cst.AsName) -> bool:
        return False

    def visit_Del(self, node: cst.Del) -> bool:
        return False

    def visit_Import(self, node: cst.Import) -> bool:
        return False

    def visit_ImportFrom(self, node: cst.ImportFrom) -> bool:
        return False

    def visit_MatchCase_pattern(self, node: cst.MatchCase) -> None:
        self.bound += [node.pattern]

    def visit_MatchValue(self, node: cst.MatchValue) -> bool:
        return False

    def visit_MatchClass(self, node: cst.MatchClass) -> bool:
        return False

    def leave_Attribute(self, original_node: cst.Attribute, updated_node: cst.Attribute) -> cst.BaseExpression:
        name = _plain(original_node.attr)
        if original_node in self.bound or name.startswith("__") or len(name) < 2:
            return updated_node
        value = cst.Module([]).code_for_node(updated_node.value)
        filled = self.template.replace("A' + 'TTR", f"{name[0]}' + '{name[1:]}").replace("ATTR", name)
        return cst.parse_expression(filled.replace("VALUE", value))


class _Arguments(cst.CSTTransformer):
    """Gives all arguments of a call out of a list and a dictionary."""

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.Call:
        if not updated_node.args or any(argument.star for argument in updated_node.args):
            return updated_node
        code = cst.Module([]).code_for_node
        if isinstance(original_node.args[0].value, cst.GeneratorExp):
            return updated_node
        plain = [code(argument.value) for argument in updated_node.args if argument.keyword is None]
        named = [f"'{_plain(each.keyword)}': {code(each.value)}" for each in updated_node.args if each.keyword]
        starred = (f"*[{', '.join(plain)}]" if plain else "", f"**{{{', '.join(named)}}}" if named else "")
        call = cst.parse_expression(f"f({', '.join(filter(None, starred))})")
        assert isinstance(call, cst.Call)
        return updated_node.with_changes(args=call.args)


class _Map(cst.CSTTransformer):
    """Lets `map` make every call that has one plain argument."""

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        if len(updated_node.args) != 1 or not _is_dotted(original_node.func):
            return updated_node
        (argument,) = updated_node.args
        plain = not argument.star and not argument.keyword and not isinstance(argument.value, cst.GeneratorExp)
        if not plain or get_full_name_for_node(original_node.func) in OF_ITS_FRAME:
            return updated_node
        code = cst.Module([]).code_for_node
        return cst.parse_expression(f"next(map({code(updated_node.func)}, [{code(argument.value)}]))")


def _is_dotted(node: cst.BaseExpression) -> bool:
    return isinstance(node, cst.Name) or (isinstance(node, cst.Attribute) and _is_dotted(node.value))


def _plain(name: cst.Name) -> str:
    """The name as Python compares it; in a text it is not brought into that form."""
    return unicodedata.normalize("NFKC", name.value)


def _root(node: cst.BaseExpression) -> str:
    name = get_full_name_for_node(node) or ""
    return unicodedata.normalize("NFKC", name.partition(".")[0])


def _filled(template: str, func: cst.BaseExpression) -> cst.BaseExpression:
    return cst.parse_expression(template.replace("FUNC", cst.Module([]).code_for_node(func)))


def _inline(template: str, module: cst.Module) -> str:
    return module.visit(_Inline(template)).code


def _ahead(pair: tuple[str, str], module: cst.Module, *, but: frozenset[str]) -> str:
    program = ast.parse(module.code)
    known = {each.bound for each in imports_of(program)} | set(dir(builtins))
    # A rewrite upon a rewrite must not take a name that the first one has made.
    taken = [int(number) for number in re.findall(r"eld_(\d+)", unicodedata.normalize("NFKC", module.code))]
    first = max(taken, default=-1) + 1
    return module.visit(_Ahead(*pair, known - bound_otherwise(program) - but, first)).code


def _attributes(template: str, module: cst.Module) -> str:
    return module.visit(_Attributes(template)).code


def _transformed(transformer: type[cst.CSTTransformer], module: cst.Module) -> str:
    return module.visit(transformer()).code


CALLS: Final[dict[str, Callable[[cst.Module], str | None]]] = {
    **{name: partial(_inline, template) for name, template in INLINE.items()},
    **{name: partial(_ahead, pair, but=frozenset(BY_NAME_ONLY)) for name, pair in AHEAD.items()},
    **{name: partial(_ahead, pair, but=frozenset(OF_ITS_FRAME)) for name, pair in AROUND.items()},
    **{name: partial(_attributes, template) for name, template in ATTRIBUTES.items()},
    "arguments unpacked": partial(_transformed, _Arguments),
    "calls by map": partial(_transformed, _Map),
}
