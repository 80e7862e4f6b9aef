"""Lists, dictionaries and namespaces of the argument's own: reading, writing, iterating, their methods."""

from functools import reduce
from typing import Final

import libcst as cst

from validator.analyse.attributes import attribute, receives
from validator.analyse.classes import contents, is_enumeration, members
from validator.analyse.joins import dull, either, kept, known, opaque, options, parts
from validator.analyse.run import NO_ARGUMENTS, Arguments, Run
from validator.analyse.values import (
    LOCALS,
    NOTHING,
    Class,
    Constant,
    Either,
    Instance,
    Namespace,
    Object,
    Opaque,
    Scope,
    Sequence,
    Symbol,
    Table,
    Text,
    Value,
)
from validator.model.fact import Kind

MOST_ITEMS: Final = 4_096
RECORDS: Final = frozenset({"builtins.tuple", "typing.NamedTuple"})
ITERATION: Final = ("__next__", "__aiter__", "__anext__", "__getitem__")


def item(run: Run, value: Value, key: Value, node: cst.CSTNode) -> Value:
    """`value[key]` for a value that holds others; anything else gives an unknown with the same origins."""
    match value:
        case Sequence():
            return of_sequence(value, key)
        case Table():
            return _of_table(value, key)
        case Namespace():
            return of_namespace(run, value, key, node)
        case Class() if is_enumeration(value):
            return any_of(Sequence("list", members(value)))
        case Object():
            return _of_object(run, value, key, node)
        case Instance():
            return one_held(value, opaque(value))
        case Opaque() if run.around.put:
            name = _place(key)
            return either(value, run.around.put[name]) if name in run.around.put else opaque(value)
        case Either():
            found: Value | None = None
            for option in value.options:
                one = item(run, option, key, node)
                found = one if found is None else either(found, one)
            return found or NOTHING
        case _:
            return opaque(value)


def _of_object(run: Run, value: Object, key: Value, node: cst.CSTNode) -> Value:
    inner = contents(value)
    if inner is not None:
        return item(run, inner, key, node)
    return of_sequence(Sequence("tuple", list(value.attributes.values())), key) if is_record(value) else opaque(value)


def _place(key: Value) -> str:
    """Under which name an item of an unknown object is remembered."""
    return f"[{key.value!r}]" if isinstance(key, Constant) else "[]"


def of_sequence(value: Sequence, key: Value) -> Value:
    """The item of a list that stands at a place, or any of them."""
    if isinstance(key, Constant) and isinstance(key.value, int) and value.rest is None:
        if -len(value.items) <= key.value < len(value.items):
            return value.items[key.value]
        return NOTHING
    return any_of(value)


def _of_table(value: Table, key: Value) -> Value:
    if isinstance(key, Constant):
        held = value.items.get(key.value)
        if held is None:
            return NOTHING if value.rest is None else value.rest
        return held if value.rest is None else either(held, value.rest)
    return any_of(value)


def of_namespace(run: Run, value: Namespace, key: Value, node: cst.CSTNode) -> Value:
    """`vars(os)["system"]`, `globals()[name]`: an attribute by a name that may have been made up."""
    if isinstance(key, Constant) and isinstance(key.value, str):
        if isinstance(value.owner, Symbol) and value.owner.name == "__main__":
            found = _in_scopes(run, key.value) if value.owner is LOCALS else run.module.names.get(key.value)
            if found is not None:
                return found
            if key.value == "__builtins__":
                return Namespace(Symbol("builtins"))
            return NOTHING
        return attribute(run, value.owner, key.value, node)
    run.record(
        Kind.UNRESOLVED, "unresolved.attribute", "namespace", {"object": known(value.owner), "name": known(key)}, node
    )
    return opaque(key)


def _in_scopes(run: Run, name: str) -> Value | None:
    """What a name is for `locals()`, here or in a function around."""
    found: Value | None = None
    scope: Scope | None = run.scope
    while scope is not None:
        held = scope.names.get(name)
        if held is not None:
            found = held if found is None else either(found, held)
        scope = scope.parent
    return found


def any_of(value: Value) -> Value:
    """One of the values that a container holds."""
    held: tuple[Value, ...] = ()
    if isinstance(value, Sequence):
        held = tuple(value.items[:64])
        rest = value.rest
    elif isinstance(value, Table):
        held = tuple(value.items.values())[:64]
        rest = value.rest
    elif isinstance(value, Either):
        return reduce(either, map(any_of, value.options))
    else:
        return opaque(value)
    found = rest
    for one in held:
        found = one if found is None else either(found, one)
    return NOTHING if found is None else found


def one_held(value: Instance, otherwise: Value) -> Value:
    """One of the things that an array or a table of a library was given, where they can do something."""
    for given in (value.roles.get("held"), value.attributes.get("held")):
        if given is not None:
            inner = [one for part in parts(given) for one in kept(part)]
            otherwise = reduce(either, (*kept(given), *inner), otherwise)
    return otherwise


def iterate(value: Value) -> tuple[list[Value] | None, Value]:
    """The items a loop over this value sees, if all are known, and one value for any of them."""
    match value:
        case Sequence(items=items, rest=None):
            return items, NOTHING if not items else any_of(value)
        case Table(items=table, rest=None):
            keys: list[Value] = [Constant(key) for key in table]
            return keys, any_of(Sequence("list", keys))
        case Table():
            return None, opaque(value) if value.keys is None else value.keys
        case Class() if is_enumeration(value):
            return None, any_of(Sequence("list", members(value)))
        case Object():
            return _iterate_object(value)
        case Constant(value=str() as text):
            return [Constant(character) for character in text[:MOST_ITEMS]], Text((None,), value.sources)
        case Constant(value=bytes() as data):
            return [Constant(byte) for byte in data[:MOST_ITEMS]], Opaque(value.sources)
        case Sequence():
            return None, any_of(value)
        case Instance():
            return None, one_held(value, opaque(value))
        case Either():
            found: Value = iterate(value.options[0])[1]
            for option in value.options[1:]:
                found = either(found, iterate(option)[1])
            return None, found
        case _:
            return None, opaque(value)


def _iterate_object(value: Object) -> tuple[list[Value] | None, Value]:
    inner = contents(value)
    if inner is not None:
        return iterate(inner)
    held = list(value.attributes.values())
    return (held, any_of(Sequence("tuple", held))) if is_record(value) else (None, opaque(value))


def what_it_returns(generator: Value) -> Value:
    """What a generator returns when it has yielded everything."""
    found: Value = NOTHING
    for option in options(generator):
        if not (isinstance(option, Sequence) and option.kind == "iterator"):
            found = option if found is NOTHING else either(found, option)
    return found


def is_record(value: Object) -> bool:
    """Whether an object is a tuple whose places have names."""
    bases = value.made_from.bases
    below = tuple(one for base in bases if isinstance(base, Class) for one in base.bases)
    return any(isinstance(base, Symbol) and base.name in RECORDS for base in (*bases, *below))


def run_through(run: Run, value: Value, node: cst.CSTNode) -> tuple[list[Value] | None, Value]:
    """What a loop over a value sees: its items, or what the value's own methods for iteration give."""
    own = receives(run, value, "__iter__", NO_ARGUMENTS, node)
    value = value if own is None else own
    if isinstance(value, Object):
        for name in ITERATION:
            given = receives(run, value, name, Arguments((NOTHING,)) if name == "__getitem__" else NO_ARGUMENTS, node)
            if given is not None:
                return None, given
    return iterate(value)


def put(table: Table, key: Value, new: Value) -> None:
    """Put a value under a key that is not known."""
    table.rest = new if table.rest is None else either(table.rest, new)
    table.keys = key if table.keys is None else either(table.keys, key)


def store_item(run: Run, value: Value, key: Value, new: Value) -> None:
    """`value[key] = new`; certain only in the branch where the container was made."""
    if isinstance(value, Table):
        if not isinstance(key, Constant) or len(value.items) >= MOST_ITEMS:
            put(value, key, new)
        elif value.birth is run.branch or key.value not in value.items:
            value.items[key.value] = new
        else:
            value.items[key.value] = either(value.items[key.value], new)
    elif isinstance(value, Sequence):
        if (
            isinstance(key, Constant)
            and isinstance(key.value, int)
            and -len(value.items) <= key.value < len(value.items)
            and value.birth is run.branch
        ):
            value.items[key.value] = new
        else:
            value.rest = new if value.rest is None else either(value.rest, new)
    elif isinstance(value, Namespace):
        _store_name(run, value, key, new)
    elif isinstance(value, Object):
        store_item(run, contents(value) or NOTHING, key, new)
    elif not dull(new):
        _store_unseen(run, value, key, new)
    elif isinstance(value, Either):
        for option in value.options:
            store_item(run, option, key, new)


def _store_unseen(run: Run, value: Value, key: Value, new: Value) -> None:
    """An item of something that is not followed: it is found again under its key, or in any place of an array."""
    if isinstance(value, Instance):
        before = value.attributes.get("held")
        added = new if before is None else either(any_of(before), new)
        value.attributes["held"] = Sequence("list", [], added)
    elif isinstance(value, Opaque):
        name = _place(key)
        run.around.put[name] = either(run.around.put[name], new) if name in run.around.put else new


def _store_name(run: Run, value: Namespace, key: Value, new: Value) -> None:
    if isinstance(value.owner, Object) and isinstance(key, Constant):
        attributes, name = value.owner.attributes, str(key.value)
        attributes[name] = either(attributes[name], new) if name in attributes else new
    if isinstance(key, Constant) and isinstance(key.value, str) and isinstance(value.owner, Symbol):
        if value.owner.name == "__main__":
            run.module.names[key.value] = new
        else:
            run.patches[f"{value.owner.name}.{key.value}"] = new


def add(run: Run, value: Sequence, new: Value) -> None:
    """Put one more item at the end."""
    if value.birth is run.branch and value.rest is None and len(value.items) < MOST_ITEMS:
        value.items.append(new)
    else:
        value.rest = new if value.rest is None else either(value.rest, new)


def smear(value: Sequence) -> None:
    """After a change of places only the items are known, not which stands where."""
    value.rest, value.items = any_of(value), []


def forget_item(value: Value) -> None:
    """`del value[key]`, `value[a:b] = x`: what is left may stand anywhere."""
    if isinstance(value, Sequence):
        smear(value)
    elif isinstance(value, Table):
        value.rest, value.items = any_of(value), {}


def forget_name(run: Run, value: Value, key: Value) -> None:
    """`del globals()["open"]`: the name means again what it meant before."""
    if isinstance(value, Namespace) and isinstance(key, Constant):
        run.module.names.pop(str(key.value), None)
