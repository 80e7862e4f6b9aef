"""The imports of a program, made in another way, and their names put through the rest of it."""

import ast
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import libcst as cst
from libcst.helpers import get_full_name_for_node


@dataclass(frozen=True, slots=True)
class Imported:
    """One name that an import binds: the module, what is taken from it, and the name it gets."""

    module: str
    taken: str | None
    bound: str
    renamed: bool


@dataclass(slots=True)
class Rewritten:
    """What becomes of one import: statements in its place, and expressions in the place of names."""

    statements: list[str]
    names: dict[str, str] = field(default_factory=dict)


Rewrite = Callable[[Imported, ast.Module], Rewritten | None]


def imports_of(program: ast.AST) -> Iterator[Imported]:
    """Everything that the import statements of a program bind, but for stars."""
    for node in ast.walk(program):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Imported(alias.name, None, alias.asname or alias.name.partition(".")[0], bool(alias.asname))
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level and node.module != "__future__":
            for alias in node.names:
                yield Imported(node.module, alias.name, alias.asname or alias.name, bool(alias.asname))


def bound_otherwise(program: ast.AST) -> set[str]:
    """Every name that a program binds without importing it."""
    found: set[str] = set()
    for node in ast.walk(program):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                found.add(name)
            case ast.arg(arg=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                found.add(name)
            case ast.ClassDef(name=name) | ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
                found.add(name)
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                found.update(names)
    return found


def _renamed(imported: Imported, program: ast.Module) -> Rewritten | None:
    other = f"other_{imported.bound}"
    if imported.taken:
        return Rewritten([f"from {imported.module} import {imported.taken} as {other}"], {imported.bound: other})
    if "." in imported.module and not imported.renamed:
        return None
    return Rewritten([f"import {imported.module} as {other}"], {imported.bound: other})


def _by_builtin(imported: Imported, program: ast.Module) -> Rewritten | None:
    if imported.taken:
        call = f"__import__({imported.module!r}, fromlist=[{imported.taken!r}]).{imported.taken}"
    elif imported.renamed:
        call = f"__import__({imported.module!r}, fromlist=['x'])"
    else:
        call = f"__import__({imported.module!r})"
    return Rewritten([f"{imported.bound} = {call}"])


def _by_importlib(imported: Imported, program: ast.Module) -> Rewritten | None:
    if imported.taken or imported.module.startswith("importlib"):
        return None
    loaded = f"importlib.import_module({imported.module!r})"
    if imported.renamed or "." not in imported.module:
        return Rewritten(["import importlib", f"{imported.bound} = {loaded}"])
    return Rewritten(["import importlib", loaded, f"{imported.bound} = importlib.import_module({imported.bound!r})"])


def _from_the_module(imported: Imported, program: ast.Module) -> Rewritten | None:
    """Only what is used is imported, each by itself."""
    if imported.taken:
        return None
    prefix = imported.bound if imported.renamed else imported.module
    used = {
        name[len(prefix) + 1 :]
        for node in ast.walk(program)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) and (name := dotted(node))
        if name.startswith(f"{prefix}.") and "." not in name[len(prefix) + 1 :]
    }
    starts = sum(isinstance(node, ast.Name) and node.id == imported.bound for node in ast.walk(program))
    whole = sum(
        isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) and dotted(node.value) == prefix
        for node in ast.walk(program)
    )
    if not used or starts != whole:
        return None
    names = {f"{prefix}.{each}": f"{each}_of_{imported.bound}" for each in sorted(used)}
    taken = [f"{each} as {each}_of_{imported.bound}" for each in sorted(used)]
    return Rewritten([f"from {imported.module} import {', '.join(taken)}"], names)


def dotted(node: ast.expr) -> str:
    """The dotted name that an expression is, or nothing."""
    if isinstance(node, ast.Name):
        return node.id
    return f"{dotted(node.value)}.{node.attr}" if isinstance(node, ast.Attribute) and dotted(node.value) else ""


class _Put(cst.CSTTransformer):
    """Puts statements in the place of imports, and expressions in the place of names."""

    def __init__(self, rewrites: dict[Imported, Rewritten]) -> None:
        self.rewrites = rewrites
        self.names = {name: other for each in rewrites.values() for name, other in each.names.items()}

    def visit_Import(self, node: cst.Import) -> bool:
        return False

    def visit_ImportFrom(self, node: cst.ImportFrom) -> bool:
        return False

    def leave_Import(
        self, original_node: cst.Import, updated_node: cst.Import
    ) -> cst.FlattenSentinel[cst.BaseSmallStatement]:
        return self._statements(original_node)

    def leave_ImportFrom(
        self, original_node: cst.ImportFrom, updated_node: cst.ImportFrom
    ) -> cst.FlattenSentinel[cst.BaseSmallStatement]:
        return self._statements(original_node)

    def leave_Attribute(self, original_node: cst.Attribute, updated_node: cst.Attribute) -> cst.BaseExpression:
        return self._other(original_node) or updated_node.with_changes(attr=original_node.attr)

    def leave_Arg(self, original_node: cst.Arg, updated_node: cst.Arg) -> cst.Arg:
        return updated_node.with_changes(keyword=original_node.keyword)

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.BaseExpression:
        return self._other(original_node) or updated_node

    def _other(self, node: cst.Name | cst.Attribute) -> cst.BaseExpression | None:
        other = self.names.get(unicodedata.normalize("NFKC", get_full_name_for_node(node) or ""))
        return cst.parse_expression(other) if other else None

    def _statements(
        self, node: cst.Import | cst.ImportFrom
    ) -> cst.FlattenSentinel[cst.BaseSmallStatement] | cst.BaseSmallStatement:
        line = cst.Module([cst.SimpleStatementLine([node.with_changes(semicolon=cst.MaybeSentinel.DEFAULT)])]).code
        kept: list[str] = []
        found = list(imports_of(ast.parse(line)))
        for imported in found:
            rewritten = self.rewrites.get(imported)
            kept += rewritten.statements if rewritten else [_as_written(imported)]
        if not found:
            return node
        lines = [cst.parse_module(text).body[0] for text in kept]
        return cst.FlattenSentinel([line.body[0] for line in lines if isinstance(line, cst.SimpleStatementLine)])


def _as_written(imported: Imported) -> str:
    name = f" as {imported.bound}" if imported.renamed else ""
    if imported.taken:
        return f"from {imported.module} import {imported.taken}{name}"
    return f"import {imported.module}{name}"


def _rewrite(rewrite: Rewrite, module: cst.Module) -> str | None:
    program = ast.parse(module.code)
    imports = list(imports_of(program))
    often = {name for name, count in Counter(each.bound for each in imports).items() if count > 1}
    left_alone = bound_otherwise(program) | often | {"*"}
    rewrites = {
        each: rewritten
        for each in imports
        if each.bound not in left_alone and (rewritten := rewrite(each, program)) is not None
    }
    return module.visit(_Put(rewrites)).code if rewrites else None


IMPORTS: Final[dict[str, Callable[[cst.Module], str | None]]] = {
    "imports renamed": partial(_rewrite, _renamed),
    "imports by __import__": partial(_rewrite, _by_builtin),
    "imports by importlib": partial(_rewrite, _by_importlib),
    "imports of single names": partial(_rewrite, _from_the_module),
}
