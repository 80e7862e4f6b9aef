"""Classes of the argument's own: what they and their bases bind, and the members of an enumeration."""

from collections.abc import Iterable
from typing import Final

import libcst as cst

from validator.analyse.joins import either, opaque, options
from validator.analyse.run import Arguments, Run
from validator.analyse.values import (
    Applied,
    Class,
    Constant,
    Function,
    Instance,
    Method,
    Object,
    Sequence,
    Symbol,
    Table,
    Value,
)

ENUMERATIONS: Final = frozenset({"enum.Enum", "enum.Flag"})
CONTAINERS: Final = frozenset(
    {f"builtins.{name}" for name in ("list", "tuple", "set", "dict")}
    | {f"collections.{name}" for name in ("deque", "OrderedDict", "UserList", "UserDict", "defaultdict")}
)
CONTENTS: Final = "!contents"  # an attribute that no program can name
METACLASS: Final = "!metaclass"  # nor this name in the body of a class, which holds what makes the class
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


def fill_contents(run: Run, made: Object, arguments: Arguments, node: cst.CSTNode) -> None:
    """Give a new object what it holds from the start, if its class extends a list or a dictionary."""
    kind = _container_of(made.made_from)
    if kind is None:
        return
    held = run.call(kind, arguments, node)
    if not isinstance(held, (Sequence, Table)):
        rest = opaque(*arguments.all()) if arguments.positional else None
        held = Table({}, rest, run.branch) if "ict" in kind.name else Sequence("list", [], rest, run.branch)
    made.attributes[CONTENTS] = held


def _container_of(owner: Class) -> Symbol | None:
    pending: list[Value] = [owner]
    for _ in range(MOST_BASES):
        if not pending:
            break
        one = pending.pop(0)
        if isinstance(one, Symbol) and one.name in CONTAINERS:
            return one
        if isinstance(one, Class):
            pending += () if one.scope.fields else one.bases  # a tuple whose places have names is a record
    return None


def contents(value: Object) -> Value | None:
    """What an object holds whose class extends a list or a dictionary."""
    return value.attributes.get(CONTENTS)


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


def fields(made_from: Class) -> Iterable[str]:
    """The names that arguments without a name go to, where no `__init__` says otherwise."""
    if made_from.scope.fields:
        return made_from.scope.fields
    inherited = [base.scope.fields for base in made_from.bases if isinstance(base, Class) and base.scope.fields]
    return inherited[0] if inherited else made_from.scope.names


def powerful(value: Value) -> bool:
    """Whether what a hook gives in the place of an object may do something that the object does not."""
    return isinstance(value, (Symbol, Instance, Method, Applied))


def called(run: Run, made_from: Class, arguments: Arguments, node: cst.CSTNode) -> Value | None:
    """What calling a class gives where its metaclass says so; None if that has no say, or only makes an object."""
    metaclass = in_class(run, made_from, METACLASS)
    hook = in_class(run, metaclass, "__call__") if isinstance(metaclass, Class) else None
    if not isinstance(hook, Function):
        return None
    found = run.call(Applied(hook, (made_from,)), arguments, node)
    return found if powerful(found) else None
