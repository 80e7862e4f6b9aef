"""Library functions whose meaning the analyser carries out itself: import, getattr, map, type and more.

The catalogue says which name has which action (`-> !import`), so the names stand there and only the meaning here.
"""

import posixpath
from collections.abc import Mapping
from typing import Final

import libcst as cst

from validator.analyse.attributes import attribute, receives
from validator.analyse.classes import contents
from validator.analyse.containers import any_of, forget_item, item, iterate, store_item
from validator.analyse.examples import run_examples
from validator.analyse.formats import read_fields, read_percent
from validator.analyse.functions import parameters
from validator.analyse.higher_order import HIGHER_ORDER
from validator.analyse.holders import HOLDERS
from validator.analyse.imports import IMPORTS
from validator.analyse.iterators import ITERATORS
from validator.analyse.joins import either, known, opaque, options, pieces_of, text
from validator.analyse.magics import run_magic
from validator.analyse.names import identifier
from validator.analyse.operators import binary, joined_path
from validator.analyse.paths import PATHS
from validator.analyse.pickles import PICKLES
from validator.analyse.reflection import read_attribute, write_attribute
from validator.analyse.run import NO_ARGUMENTS, Action, Arguments, Roles, Run
from validator.analyse.values import (
    HERE,
    LOCALS,
    NONE,
    NOTHING,
    Class,
    Constant,
    Function,
    Instance,
    Method,
    Namespace,
    Object,
    Scope,
    Sequence,
    Symbol,
    Table,
    Value,
)
from validator.analyse.variables import VARIABLES


def _namespace(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`vars(x)`; without an argument the local names."""
    return Namespace(arguments.positional[0] if arguments.positional else LOCALS)


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
            own = _first_of(run, function)
            if bases:
                attributes = own.attributes if isinstance(own, Object) else {}
                return Object(Class("super", tuple(bases), Scope({}, None, is_class=True)), attributes)
            held = contents(own) if isinstance(own, Object) else None
            if held is not None:
                return held
            library = [base for base in function.owner.bases if isinstance(base, Symbol)]
            return Instance(library[0].name) if library else NOTHING
    return NOTHING


def _first_of(run: Run, function: Function) -> Value:
    """What the first parameter of a running method holds, whatever it is called."""
    first = next(parameters(function.node.params), None)
    return NOTHING if first is None else run.scope.names.get(identifier(first.name.value), NOTHING)


def _by_name(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`frame.agg("to_csv", ...)`: a method by its name; a function has been followed already."""
    receiver = roles["self"]
    named = {name: held for name, held in arguments.keywords.items() if name not in ("func", "args")}
    items = iterate(arguments.keywords["args"])[0] if "args" in arguments.keywords else None
    for option in options(roles.get("callback", NOTHING)):
        if isinstance(option, Constant) and isinstance(option.value, str):
            method = attribute(run, receiver, option.value, node)
            if isinstance(method, Method):
                run.call(method, Arguments((*arguments.positional[1:], *(items or ())), named), node)
    return receiver


def _expression_text(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """A method that turns text it is given into an expression by evaluating it as Python."""
    for one in arguments.all():
        if isinstance(one, Constant) and isinstance(one.value, str):
            run.call(Symbol("builtins.eval"), Arguments((one,)), node)
    return roles["self"]


def _next(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    found = any_of(arguments.positional[0]) if arguments.positional else NOTHING
    return either(found, arguments.positional[1]) if len(arguments.positional) > 1 else found


def _path(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """A path object made of parts."""
    return Instance("pathlib.Path", {"path": joined_path(roles.get("path", HERE))})


def _join_path(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`path.joinpath(part, ...)`."""
    parts = roles.get("part")
    added = parts.items if isinstance(parts, Sequence) else [parts] if parts is not None else []
    whole = joined_path(Sequence("tuple", [roles.get("path", NOTHING), *added]))
    return Instance("pathlib.Path", {**roles, "path": whole})


def _sibling(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`path.with_name(name)`: another name in the same folder."""
    path, name = roles.get("path", NOTHING), roles.get("name", NOTHING)
    folder = posixpath.dirname(path.value) if isinstance(path, Constant) and isinstance(path.value, str) else None
    whole = name if folder == "" else joined_path(Sequence("tuple", [Constant(folder) if folder else path, name]))
    return Instance("pathlib.Path", {**roles, "path": whole})


def _some_path(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """A path made from another one in a way that is not followed."""
    return Instance("pathlib.Path", {**roles, "path": opaque(roles.get("path", NOTHING))})


def _divide(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`operator.truediv(folder, name)`."""
    if len(arguments.positional) < 2:
        return NOTHING
    return binary(run, cst.Divide, arguments.positional[0], arguments.positional[1])


def _update(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`patch.dict(mapping, values)` updates the mapping; to take that back, it empties it and fills it again."""
    receives(run, roles.get("object", NOTHING), "update", Arguments((roles.get("value", NOTHING),)), node)
    receives(run, roles.get("object", NOTHING), "clear", NO_ARGUMENTS, node)
    return NOTHING


def _set_item(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`operator.setitem(container, key, value)`."""
    if len(arguments.positional) >= 3:
        holder, key, value = arguments.positional[:3]
        if receives(run, holder, "__setitem__", Arguments((key, value)), node) is None:
            store_item(run, holder, key, value)
    return NONE


def _delete_item(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`operator.delitem(container, key)`."""
    if len(arguments.positional) >= 2:
        holder, key = arguments.positional[:2]
        receives(run, holder, "__delitem__", Arguments((key,)), node)
        forget_item(holder)
    return NONE


def _format(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`string.Formatter().format(template, ...)` reads what the fields of the template read."""
    if arguments.positional:
        inner = Arguments(arguments.positional[1:], arguments.keywords)
        read_fields(run, arguments.positional[0], inner, node)
    return opaque(*arguments.all())


def _format_listed(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`vformat(template, positional, keywords)`."""
    template, *given = arguments.positional or (NOTHING,)
    items = iterate(given[0])[0] if given else None
    read_fields(run, template, Arguments(tuple(items or ())), node)
    return opaque(*arguments.all())


def _percent(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`logging.info(template, values)` fills its template as `%` does."""
    if len(arguments.positional) > 1:
        read_percent(run, arguments.positional[0], arguments.positional[1], node)
    return NONE


def _field(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`get_field(name, positional, keywords)`: one field without its braces."""
    name, *given = arguments.positional or (NOTHING,)
    template = text(("{", *pieces_of(name), "}"))
    return _format_listed(run, roles, Arguments((template, *given)), node)


def _home(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    return Instance("pathlib.Path", {"path": Constant("~")})


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
    "attribute": read_attribute,
    "set-attribute": write_attribute,
    "namespace": _namespace,
    "globals": _globals,
    "locals": _namespace,
    "type": _type,
    "super": _super,
    "next": _next,
    "path": _path,
    "join-path": _join_path,
    "sibling": _sibling,
    "some-path": _some_path,
    "divide": _divide,
    "update": _update,
    "setitem": _set_item,
    "delitem": _delete_item,
    "format": _format,
    "vformat": _format_listed,
    "percent": _percent,
    "examples": run_examples,
    "field": _field,
    "magic": run_magic,
    "home": _home,
    "getitem": _get_item,
    "dict": _dict,
    "by-name": _by_name,
    "expression-text": _expression_text,
    **HIGHER_ORDER,
    **ITERATORS,
    **HOLDERS,
    **IMPORTS,
    **PATHS,
    **PICKLES,
    **VARIABLES,
}
