"""Names: where they are bound, what they stand for, and what an import binds."""

import builtins
import unicodedata
from typing import Final

import libcst as cst

from validator.analyse.joins import dull, either
from validator.analyse.run import Run
from validator.analyse.values import NOTHING, Constant, Namespace, Scope, Symbol, Value
from validator.model.fact import NO_ROLES, Kind
from validator.model.known import Known

CONSTANTS: Final = {
    "True": Constant(True),
    "False": Constant(False),
    "None": Constant(None),
    "__debug__": Constant(True),
    "__name__": Constant("__main__"),
}
BUILTINS: Final[dict[str, Value]] = {
    **{name: Symbol(f"builtins.{name}") for name in (*dir(builtins), "get_ipython", "aiter", "anext", "reload")},
    **CONSTANTS,
    "__builtins__": Symbol("builtins"),
    "__loader__": Symbol("builtins.__loader__"),
    "__spec__": Symbol("builtins.__spec__"),
}


def identifier(text: str) -> str:
    """The name the interpreter will see: identifiers are normalised, so `ｏｓ` is `os`."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def look_up(run: Run, name: str) -> Value:
    """What a name stands for here; NOTHING if nothing in sight binds it."""
    scope: Scope | None = run.scope
    first = True
    while scope is not None:
        if first or not scope.is_class:
            value = scope.names.get(name)
            if value is not None:
                return value
            if scope.stars:
                value = _starred(run, scope, name)
                if value is not None:
                    return value
        first = False
        scope = scope.parent
    if run.patches and f"builtins.{name}" in run.patches:
        return run.patches[f"builtins.{name}"]
    found = BUILTINS.get(name)
    if found is None:
        # A module that nobody in sight imported may have been left by an earlier call.
        if name in run.catalog.modules:
            return Symbol(name)
        # So may a function of the standard library, whose own name tells enough.
        return Symbol(run.catalog.aliases[name]) if name in run.catalog.aliases else NOTHING
    return found


def _starred(run: Run, scope: Scope, name: str) -> Value | None:
    for module in reversed(scope.stars):
        dotted = run.catalog.canonical(f"{module}.{name}")
        if dotted in run.catalog.entries or dotted in run.catalog.modules or not run.catalog.described(module):
            return Symbol(dotted)
    return None


def bind(run: Run, name: str, value: Value) -> None:
    """Give a name of the current scope a value, or one of an outer scope it declared."""
    outer = run.scope.outer.get(name) if run.scope.outer else None
    if run.tried is not None:
        run.tried[name] = either(run.tried[name], value) if name in run.tried else value
    if (outer is not None or run.scope.parent is None) and not dull(value):
        run.version += 1
    if outer is None:
        run.scope.names[name] = value
    else:
        before = outer.names.get(name)
        outer.names[name] = value if before is None else either(before, value)


def dotted_name(node: cst.BaseExpression | None) -> str:
    """`a.b.c` as text."""
    words: list[str] = []
    while type(node) is cst.Attribute:
        words.append(identifier(node.attr.value))
        node = node.value
    if type(node) is cst.Name:
        words.append(identifier(node.value))
    return ".".join(reversed(words))


def import_module(run: Run, name: str, node: cst.CSTNode) -> Value:
    """Record that a module is imported, by whatever road, and give it."""
    if name in run.patches:
        return run.patches[name]
    canonical = run.catalog.canonical(name)
    capability = "import" if run.catalog.described(name) else "import.unknown"
    run.record(Kind.IMPORT, capability, name, NO_ROLES, node)
    entry = run.catalog.entries.get(canonical)
    if entry is not None and entry.capability is not None and not entry.call:
        run.record(Kind.CALL, entry.capability, entry.name, NO_ROLES, node)
    return Symbol(canonical)


def import_unknown(run: Run, name: Known, node: cst.CSTNode) -> Value:
    """Record that some module is imported by a name that could not be worked out."""
    run.record(Kind.UNRESOLVED, "unresolved.import", "import", {"module": name}, node)
    return NOTHING


def import_statement(run: Run, node: cst.Import | cst.LazyImport) -> None:
    """`import a.b as c`."""
    for alias in node.names:
        name = dotted_name(alias.name)
        module = import_module(run, name, node)
        if alias.asname is not None:
            bind(run, dotted_name(_target(alias.asname)), module)
        else:
            top = name.partition(".")[0]
            bind(run, top, Symbol(run.catalog.canonical(top)))


def from_statement(run: Run, node: cst.ImportFrom | cst.LazyImportFrom) -> None:
    """`from a import b as c`, star imports and relative ones included."""
    name = "." * len(node.relative) + dotted_name(node.module)
    if name.strip("."):
        import_module(run, name, node)
    if isinstance(node.names, cst.ImportStar):
        run.scope.stars.append(name)
        return
    for alias in node.names:
        attribute = dotted_name(alias.name)
        value = member(run, name, attribute)
        if name.strip(".") and isinstance(value, Symbol) and _is_module(run, name, value):
            import_module(run, f"{name}.{attribute}", node)
        if isinstance(value, Symbol) and not run.catalog.is_read(value.name):
            run.mention(value, node)
        bind(run, dotted_name(_target(alias.asname)) if alias.asname else attribute, value)


def _is_module(run: Run, package: str, taken: Symbol) -> bool:
    """Whether what is taken from a package is a module; from one that only holds modules it can be nothing else."""
    return taken.name in run.catalog.modules or package in run.catalog.namespaces


def member(run: Run, module: str, name: str) -> Value:
    """What `name` of a library module or class is, by its canonical name.

    A module that some other module happens to hold (`random._os`, `pandas.io.common.os`) is that module.
    """
    dotted = run.catalog.canonical(f"{module}.{name}")
    if run.patches and dotted in run.patches:
        return run.patches[dotted]
    if dotted in run.catalog.names:
        return Symbol(dotted)
    bare = name.lstrip("_")
    if bare in run.catalog.doors and bare != module:
        return Symbol(bare)
    if name in ("__dict__", "__builtins__"):
        return Namespace(Symbol("builtins" if name == "__builtins__" else module))
    return Symbol(dotted)


def _target(asname: cst.AsName) -> cst.BaseExpression:
    return asname.name
