"""Classes of the argument's own: what they and their bases bind, and the members of an enumeration."""

from typing import Final

from validator.analyse.joins import either, options
from validator.analyse.run import Run
from validator.analyse.values import Class, Constant, Function, Instance, Method, Object, Symbol, Value

ENUMERATIONS: Final = frozenset({"enum.Enum", "enum.Flag"})
MOST_BASES: Final = 64


def in_class(run: Run, owner: Class, name: str) -> Value | None:
    """What a class or its bases bind to a name; None if nothing in sight does.

    Where several bases bind it, any of them may be meant: which one, the order of resolution says, and we do not.
    """
    found: Value | None = None
    pending: list[Value] = [owner]
    seen: set[int] = set()
    while pending:
        one = pending.pop(0)
        if id(one) in seen or len(seen) > MOST_BASES:
            continue
        seen.add(id(one))
        held: Value | None = None
        if isinstance(one, Class):
            held = one.scope.names.get(name)
            if held is None:
                pending += [option for base in one.bases for option in options(base)]
        elif isinstance(one, Symbol) and run.catalog.entry(f"{one.name}.{name}") is not None:
            held = Method(Instance(one.name), name)
        if held is not None:
            found = held if found is None else either(found, held)
    return found


def unwrap(value: Value) -> Value:
    """A class attribute read from the class itself: `staticmethod(f)` is `f`."""
    if isinstance(value, Instance) and value.type in ("!static", "!class", "!property"):
        return value.roles["callback"]
    return value


def is_enumeration(owner: Class) -> bool:
    """Whether the attributes of a class are the members of an enumeration."""
    return any(isinstance(base, Symbol) and base.name in ENUMERATIONS for base in owner.bases)


def members(owner: Class) -> list[Value]:
    """The members of an enumeration."""
    return [member_of(owner, name, held) for name, held in owner.scope.names.items()]


def member_of(owner: Class, name: str, value: Value) -> Value:
    """A member of an enumeration is an object that has the value; any other class attribute is the value."""
    if isinstance(value, Function) or not is_enumeration(owner):
        return value
    return Object(owner, {"value": value, "name": Constant(name)})
