"""The methods of lists, dictionaries and namespaces of the argument's own."""

from collections.abc import Mapping
from typing import Final

import libcst as cst

from validator.analyse.concrete import abstract, concrete
from validator.analyse.containers import add, any_of, forget_name, item, iterate, of_sequence, smear, store_item
from validator.analyse.fold import FAILURES
from validator.analyse.joins import dull, either, known, opaque, origins
from validator.analyse.names import bind, identifier
from validator.analyse.run import NO_ARGUMENTS, Arguments, Run
from validator.analyse.values import (
    NONE,
    NOTHING,
    Constant,
    Namespace,
    Object,
    Sequence,
    Symbol,
    Table,
    Value,
)
from validator.model.fact import Kind
from validator.model.known import UNKNOWN

# Methods that a `bytearray` has and `bytes` has not.
IN_PLACE: Final = frozenset({"reverse", "append", "extend", "insert", "remove", "pop", "clear"})

QUEUES: Final = frozenset({"put", "put_nowait", "set", "get", "get_nowait", "insert"})


def call_container(run: Run, receiver: Value, name: str, arguments: Arguments, node: cst.CSTNode) -> Value | None:
    """Call a method of a list, dictionary or namespace; None if it is not one that matters."""
    given = arguments.positional
    if isinstance(receiver, Sequence) and name in ("send", "throw") and given:
        return _send(run, receiver, name, given[0], node)
    if isinstance(receiver, Sequence):
        return _call_sequence(run, receiver, name, given)
    if isinstance(receiver, (Namespace, Table)) and name in ("get", "__getitem__", "pop", "setdefault") and given:
        found = item(run, receiver, given[0], node)
        if name == "pop":
            forget_name(run, receiver, given[0])
        if name == "setdefault" and len(given) > 1 and isinstance(receiver, Table):
            store_item(run, receiver, given[0], given[1])
        return either(found, given[1]) if len(given) > 1 else found
    if isinstance(receiver, Table):
        return _call_table(run, receiver, name, arguments)
    if isinstance(receiver, Namespace) and name == "update":
        return _update_namespace(run, receiver, arguments)
    if isinstance(receiver, Namespace) and name in ("values", "items", "copy", "popitem"):
        return receiver if name == "copy" else _all_of_namespace(run, receiver, name, node)
    return None


def _send(run: Run, receiver: Sequence, name: str, new: Value, node: cst.CSTNode) -> Value:
    """`generator.send(x)`: what a `yield` gives or raises from here on; which generator it was is not kept."""
    if not dull(new):
        if name == "send":
            run.around.sent = either(run.around.sent, new)
        else:
            run.raised.append(new)
        run.version += 1
        for function, key in list(run.around.generators.values()):
            before = run.results.get(key)
            run.call(function, Arguments(open_ended=True) if before is None else before.arguments, node)
    return any_of(receiver)


def change_in_place(run: Run, receiver: Constant, name: str, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`data.reverse()` on a `bytearray`: the variable that stands before the dot holds other bytes from here on."""
    held: Value = opaque(receiver, *arguments.all())
    try:
        changed = bytearray(receiver.value) if isinstance(receiver.value, bytes) else bytearray()
        getattr(changed, name)(*(concrete(run, one) for one in arguments.positional))
        held = abstract(run, changed, origins(receiver, *arguments.all()))
    except FAILURES:
        pass
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and isinstance(node.func.value, cst.Name):
        bind(run, identifier(node.func.value.value), held)
    return held if name == "pop" else NONE


def _as_table(names: Mapping[str, Value]) -> Table:
    table = Table({})
    table.items.update(names)
    return table


def _update_namespace(run: Run, receiver: Namespace, arguments: Arguments) -> Value | None:
    """`globals().update(names)`, `self.__dict__.update(names)`; None if what is put there is not known."""
    given = Table({}, None, run.branch)
    merge(run, given, arguments)
    for key, held in given.items.items():
        store_item(run, receiver, Constant(key), held)
    return None if given.rest is not None else NONE


def _all_of_namespace(run: Run, receiver: Namespace, name: str, node: cst.CSTNode) -> Value:
    """Every attribute of a thing at once: which of them is used cannot be told."""
    if isinstance(receiver.owner, Object):
        return _call_table(run, _as_table(receiver.owner.attributes), name, NO_ARGUMENTS) or NOTHING
    if isinstance(receiver.owner, Symbol) and receiver.owner.name == "__main__":
        return _call_table(run, _as_table(run.module.names), name, NO_ARGUMENTS) or NOTHING
    roles = {"object": known(receiver.owner), "name": UNKNOWN}
    run.record(Kind.UNRESOLVED, "unresolved.attribute", "namespace", roles, node)
    return Sequence("list", [], NOTHING)


def _call_sequence(run: Run, receiver: Sequence, name: str, given: tuple[Value, ...]) -> Value | None:
    if name in QUEUES:
        return _call_queue(run, receiver, name, given)
    match name, given:
        case ("append" | "add" | "appendleft", (new,)):
            add(run, receiver, new)
        case ("extend" | "update" | "__iadd__", (other,)):
            items, rest = iterate(other)
            for one in items if items is not None else [rest]:
                add(run, receiver, one)
            if items is None:
                receiver.rest = rest if receiver.rest is None else either(receiver.rest, rest)
        case ("__getitem__", (key,)):
            return of_sequence(receiver, key)
        case ("pop" | "popleft" | "__next__", _):
            taken = of_sequence(receiver, given[0]) if given else any_of(receiver)
            smear(receiver)
            return taken
        case ("remove" | "sort" | "rotate" | "clear", _):
            smear(receiver)
        case ("copy", ()):
            return Sequence(receiver.kind, list(receiver.items), receiver.rest, run.branch)
        case ("reverse", ()):
            if receiver.birth is run.branch:
                receiver.items.reverse()
            else:
                smear(receiver)
        case _:
            return None
    return Constant(None)


def _call_queue(run: Run, receiver: Sequence, name: str, given: tuple[Value, ...]) -> Value:
    """Things come out of a queue in an order that is not followed."""
    if name in ("get", "get_nowait"):
        return any_of(receiver)
    if given:
        smear(receiver)
        add(run, receiver, given[-1] if name == "insert" else given[0])
    return NONE


def _call_table(run: Run, receiver: Table, name: str, arguments: Arguments) -> Value | None:
    match name:
        case "keys":
            others = None if receiver.rest is None else _other_keys(receiver)
            return Sequence("list", [Constant(key) for key in receiver.items], others)
        case "values":
            return Sequence("list", list(receiver.items.values()), receiver.rest)
        case "items":
            pairs: list[Value] = [Sequence("tuple", [Constant(key), held]) for key, held in receiver.items.items()]
            rest = None if receiver.rest is None else Sequence("tuple", [_other_keys(receiver), receiver.rest])
            return Sequence("list", pairs, rest)
        case "popitem":
            keys: list[Value] = [Constant(key) for key in receiver.items]
            return Sequence("tuple", [any_of(Sequence("list", keys, _other_keys(receiver))), any_of(receiver)])
        case "update" | "__ior__":
            merge(run, receiver, arguments)
            return Constant(None)
        case "copy":
            return Table(dict(receiver.items), receiver.rest, run.branch, receiver.keys)
        case _:
            return None


def _other_keys(table: Table) -> Value:
    return NOTHING if table.keys is None else table.keys


def merge(run: Run, receiver: Table, arguments: Arguments) -> None:
    """`dict.update` with dictionaries and keywords."""
    for other in arguments.positional:
        if isinstance(other, Table):
            for key, held in other.items.items():
                store_item(run, receiver, Constant(key), held)
            other_rest = other.rest
            if other.keys is not None:
                receiver.keys = other.keys if receiver.keys is None else either(receiver.keys, other.keys)
        else:
            other_rest = opaque(other)
        if other_rest is not None:
            receiver.rest = other_rest if receiver.rest is None else either(receiver.rest, other_rest)
    for name, held in arguments.keywords.items():
        store_item(run, receiver, Constant(name), held)
