"""Library functions whose meaning the analyser carries out itself: import, getattr, map, type and more.

The catalogue says which name has which action (`-> !import`), so the names stand there and only the meaning here.
"""

from collections.abc import Mapping
from typing import Final

import libcst as cst

from validator.analyse.attributes import attribute
from validator.analyse.containers import any_of, item
from validator.analyse.higher_order import HIGHER_ORDER
from validator.analyse.joins import either, known, opaque, options
from validator.analyse.names import identifier, import_module, import_unknown
from validator.analyse.operators import joined_path
from validator.analyse.reflection import read_attribute, write_attribute
from validator.analyse.run import Action, Arguments, Roles, Run
from validator.analyse.values import (
    NOTHING,
    Class,
    Constant,
    Instance,
    Namespace,
    Object,
    Scope,
    Sequence,
    Symbol,
    Table,
    Value,
)


def _import(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`__import__(name)`, `import_module(name)`: a module by a name that may have been made up."""
    found: Value | None = None
    for option in options(roles.get("module", NOTHING)):
        if isinstance(option, Constant) and isinstance(option.value, str):
            one: Value = import_module(run, identifier(option.value), node)
        else:
            one = import_unknown(run, known(option), node)
        found = one if found is None else either(found, one)
    return found or NOTHING


def _import_top(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`__import__("a.b")` gives `a`, unless it is told what to take from `a.b`."""
    found = _import(run, roles, arguments, node)
    taken = roles.get("fromlist")
    if isinstance(found, Symbol) and "." in found.name and (taken is None or known(taken) in ((), None)):
        top = roles["module"]
        if isinstance(top, Constant) and isinstance(top.value, str):
            return Symbol(run.catalog.canonical(top.value.partition(".")[0]))
    return found


def _resolve(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`pkgutil.resolve_name("os:system")`: a dotted name to the thing itself."""
    name = next(iter(arguments.positional), NOTHING)
    if not isinstance(name, Constant) or not isinstance(name.value, str):
        return import_unknown(run, known(name), node)
    words = name.value.replace(":", ".").split(".")
    import_module(run, words[0], node)
    found: Value = Symbol(run.catalog.canonical(words[0]))
    for word in words[1:]:
        found = attribute(run, found, word, node)
    if isinstance(found, Symbol):
        run.mention(found, node)
    return found


def _namespace(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`vars(x)`; without an argument the local names."""
    if not arguments.positional:
        return Namespace(Symbol("__main__"))
    return Namespace(arguments.positional[0])


def _globals(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    return Namespace(Symbol("__main__"))


def _type(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`type(x)` is the class of x; with three arguments it makes one."""
    if len(arguments.positional) == 3:
        name, bases, body = arguments.positional
        names = (
            {key: held for key, held in body.items.items() if isinstance(key, str)} if isinstance(body, Table) else {}
        )
        found = tuple(bases.items) if isinstance(bases, Sequence) else ()
        return Class(str(known(name)), found, Scope(names, None, is_class=True))
    value = arguments.positional[0] if arguments.positional else NOTHING
    match value:
        case Object(made_from=made_from):
            return made_from
        case Constant(value=held):
            return Symbol(f"builtins.{type(held).__name__}")
        case Instance(type=kind) if not kind.startswith("!"):
            return Symbol(kind)
        case _:
            return NOTHING


def _super(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """The bases of the class whose method is running, seen through its instance."""
    for function, _ in reversed(run.stack):
        if function.owner is not None:
            bases = [base for base in function.owner.bases if isinstance(base, Class)]
            own = run.scope.names.get("self", NOTHING)
            if bases:
                attributes = own.attributes if isinstance(own, Object) else {}
                return Object(Class("super", tuple(bases), Scope({}, None, is_class=True)), attributes)
            library = [base for base in function.owner.bases if isinstance(base, Symbol)]
            return Instance(library[0].name) if library else NOTHING
    return NOTHING


def _modules(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`sys.modules[name]`."""
    return _import(run, {"module": roles.get("key", NOTHING)}, arguments, node)


def _next(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    found = any_of(arguments.positional[0]) if arguments.positional else NOTHING
    return either(found, arguments.positional[1]) if len(arguments.positional) > 1 else found


def _path(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """A path object made of parts."""
    return Instance("pathlib.Path", {"path": joined_path(roles.get("path", Constant(".")))})


def _join_path(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`path.joinpath(part, ...)`."""
    parts = roles.get("part")
    added = parts.items if isinstance(parts, Sequence) else [parts] if parts is not None else []
    whole = joined_path(Sequence("tuple", [roles.get("path", NOTHING), *added]))
    return Instance("pathlib.Path", {**roles, "path": whole})


def _home(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    return Instance("pathlib.Path", {"path": Constant("~")})


def _here(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    return Constant(".")


def _get_item(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`operator.getitem(container, key)`."""
    if len(arguments.positional) < 2:
        return NOTHING
    found = item(run, arguments.positional[0], arguments.positional[1], node)
    if isinstance(found, Symbol):
        run.mention(found, node)
    return found


def _dict(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    table = Table({}, None, run.branch)
    if len(arguments.positional) == 1 and isinstance(arguments.positional[0], Namespace):
        return arguments.positional[0]
    for given in arguments.positional:
        if isinstance(given, Table):
            table.items.update(given.items)
            table.rest = given.rest
        else:
            table.rest = opaque(given)
    table.items.update(arguments.keywords)
    return table


ACTIONS: Final[Mapping[str, Action]] = {
    "import": _import,
    "import-top": _import_top,
    "resolve": _resolve,
    "attribute": read_attribute,
    "set-attribute": write_attribute,
    "namespace": _namespace,
    "globals": _globals,
    "locals": _globals,
    "type": _type,
    "super": _super,
    "modules": _modules,
    "next": _next,
    "path": _path,
    "join-path": _join_path,
    "home": _home,
    "here": _here,
    "getitem": _get_item,
    "dict": _dict,
    **HIGHER_ORDER,
}
