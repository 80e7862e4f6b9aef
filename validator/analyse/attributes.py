"""What an attribute of a value is: of a library thing, an instance, a class or object of the argument's own."""

import posixpath
from typing import Final

import libcst as cst

from validator.analyse.classes import contents, in_class, member_of, unwrap
from validator.analyse.joins import either, known, opaque
from validator.analyse.lost import lost_method
from validator.analyse.names import member
from validator.analyse.run import NO_ARGUMENTS, Arguments, Run, worst
from validator.analyse.values import (
    HERE,
    NOTHING,
    Applied,
    Class,
    Constant,
    Either,
    Function,
    Instance,
    Method,
    Namespace,
    Object,
    Opaque,
    Origin,
    Sequence,
    Symbol,
    Table,
    Text,
    Value,
)
from validator.model.fact import NO_ROLES, Kind

SAME: Final = frozenset({"__call__", "__func__", "__wrapped__", "__get__"})
BASE: Final = "!base "  # before the name of a library base: the attribute that holds what its constructor made
OWN_CLASS: Final = frozenset({"__subclasses__"})  # of a class of the argument's own: nothing but more of these
DICTIONARY: Final = frozenset(dir(dict))


def attribute(run: Run, value: Value, name: str, node: cst.CSTNode) -> Value:
    """The attribute `name` of a value; reading one that opens a door is recorded."""
    if name.startswith(("_", "f_", "tb_", "gi_", "cr_", "ag_")):
        found = _introspective(run, value, name, node)
        if found is not None:
            return found
    match value:
        case Symbol():
            return of_symbol(run, value, name, node)
        case Instance():
            return _of_instance(run, value, name, node)
        case Object():
            return _of_object(run, value, name, node)
        case Class():
            found = in_class(run, value, name)
            return NOTHING if found is None else member_of(value, name, unwrap(found))
        case Function():
            return value.attributes.get(name, NOTHING)
        case Either():
            return _of_options(run, value, name, node)
        case Opaque():
            return _of_opaque(run, value, name, node)
        case Namespace(owner=Symbol() as owner) if name not in DICTIONARY:
            return of_symbol(run, owner, name, node)
        case Constant() | Text() | Sequence() | Table() | Namespace():
            return Method(value, name)
        case _:
            return NOTHING


def _introspective(run: Run, value: Value, name: str, node: cst.CSTNode) -> Value | None:
    """Attributes that walk from any object to the interpreter behind it."""
    if name == "__self__":
        return _self_of(value)
    if name in SAME and isinstance(value, (Symbol, Function, Method, Applied)):
        return value
    if isinstance(value, (Class, Object)) and name in OWN_CLASS:
        return None
    entry = run.catalog.entries.get(f"object.{name}")
    if entry is None or (isinstance(value, Symbol) and f"{value.name}.{name}" in run.catalog.entries):
        return None
    if isinstance(value, (Object, Class)) and _user_defined(run, value, name) is not None:
        return None
    if entry.capability is not None:
        run.record(Kind.CALL, entry.capability, name, {"object": known(value)}, node)
    match entry.signature.returns:
        case "!globals":
            return Namespace(Symbol("__main__"))
        case "!builtins":
            return Namespace(Symbol("builtins"))
        case "!namespace":
            return Namespace(value)
        case _:
            made = Instance(entry.signature.returns or f"object.{name}", {"object": value})
            return Method(value, name) if entry.call else made


def _self_of(value: Value) -> Value:
    """What a callable is bound to: a method to its object, a builtin function to the module it stands in."""
    match value:
        case Method(receiver=receiver):
            return receiver
        case Applied(positional=(receiver, *_)):
            return receiver
        case Symbol(name=dotted) if "." in dotted:
            return Symbol(dotted.rpartition(".")[0])
        case _:
            return NOTHING


def _user_defined(run: Run, value: Object | Class, name: str) -> Value | None:
    if isinstance(value, Object):
        return value.attributes.get(name) or in_class(run, value.made_from, name)
    return in_class(run, value, name)


def of_symbol(run: Run, value: Symbol, name: str, node: cst.CSTNode) -> Value:
    """An attribute of a library thing; reading some of them is an act (`os.environ`)."""
    if name == "__file__":
        return Text(("/", None, f"/{value.name.replace('.', '/')}.py"))
    if value.name == "__main__":
        return run.module.names.get(name, NOTHING)
    found = member(run, value.name, name)
    if not isinstance(found, Symbol):
        return found
    entry = run.catalog.entries.get(found.name)
    if entry is None or entry.call:
        return found
    return read(run, found.name)


def read(run: Run, name: str) -> Value:
    """The object that a catalogued attribute holds."""
    entry = run.catalog.entries[name]
    sources = () if entry.capability is None else (Origin(entry.capability, name, NO_ROLES),)
    return Instance((entry.signature.returns or name).lstrip("!"), {"read": Symbol(name)}, sources)


def _of_instance(run: Run, value: Instance, name: str, node: cst.CSTNode) -> Value:
    if value.type.startswith("module:"):
        return of_symbol(run, Symbol(value.type[7:]), name, node)
    if name in value.attributes:
        return value.attributes[name]
    dotted = run.catalog.canonical(f"{value.type}.{name}")
    entry = run.catalog.entry(dotted)
    if entry is None:
        return Symbol(value.type) if name == "__class__" else _by_hook(run, value, name, node)
    if entry.call:
        return Method(value, name)
    if entry.capability is not None:
        roles = {role: known(held) for role, held in value.roles.items()}
        run.record(Kind.CALL, worst(entry), entry.name, roles, node)
    returns = entry.signature.returns
    if returns == "!table":
        return value.attributes.setdefault(name, Table({}, None, run.branch))
    if returns == "!parent":
        return Instance(value.type, {**value.roles, "path": _parent(value.roles.get("path", NOTHING))}, value.sources)
    return Instance(returns, value.roles, value.sources) if returns else opaque(value)


def _by_hook(run: Run, value: Instance, name: str, node: cst.CSTNode) -> Value:
    """An attribute that nobody described: the act of the type's `__getattr__`, where it has one (`CDLL(...).name`)."""
    hook = run.catalog.entry(f"{value.type}.__getattr__")
    if hook is None or hook.capability is None:
        unknown = Opaque(value.sources) if value.sources else NOTHING
        return lost_method(run, unknown, name)
    roles = {role: held for role, held in value.roles.items() if role != "read"}
    roles.update(dict.fromkeys(hook.signature.roles, Constant(name)))
    run.record(Kind.CALL, hook.capability, hook.name, {role: known(held) for role, held in roles.items()}, node)
    returns = hook.signature.returns
    return Instance(returns, roles, value.sources) if returns else Opaque(value.sources)


def _parent(path: Value) -> Value:
    if path is HERE:
        return Constant("..")
    if isinstance(path, Constant) and isinstance(path.value, str):
        folder, name = posixpath.split(path.value)
        return Constant(f"{path.value}/.." if name == ".." else folder or ".", path.sources)
    return opaque(path)


def _of_object(run: Run, value: Object, name: str, node: cst.CSTNode) -> Value:
    held = value.attributes.get(name)
    shared = in_class(run, value.made_from, name)
    if shared is None:
        if held is not None:
            return held
        mangled, mark, rest = name[1:].partition("__")
        if mark and mangled and name[0] == "_" != name[1]:
            return _of_object(run, value, f"__{rest}", node)  # `_Box__path` is `__path` outside the class
        hook = in_class(run, value.made_from, "__getattr__")
        if hook is not None:
            return run.call(unwrap(hook), Arguments((value, Constant(name))), node)
        inner = contents(value)
        return NOTHING if inner is None else Method(inner, name)
    bound = bind_method(run, shared, value, node)
    return bound if held is None else either(held, bound)


def bind_method(run: Run, held: Value, receiver: Value, node: cst.CSTNode) -> Value:
    """A class attribute read from an instance: functions are bound, properties are called."""
    if isinstance(held, Function):
        return Applied(held, (receiver,))
    if isinstance(held, Instance):
        inner = held.roles.get("callback")
        if inner is not None:
            match held.type:
                case "!static":
                    return inner
                case "!class":
                    return Applied(inner, (receiver.made_from if isinstance(receiver, Object) else receiver,))
                case "!property":
                    return run.call(inner, Arguments((receiver,)), node)
    if isinstance(held, Method) and isinstance(held.receiver, Instance) and isinstance(receiver, Object):
        return Method(receiver.attributes.get(BASE + held.receiver.type, held.receiver), held.name)
    if isinstance(held, Object):
        getter = in_class(run, held.made_from, "__get__")
        if getter is not None:
            return run.call(getter, Arguments((held, receiver, NOTHING)), node)
    return held


def _of_options(run: Run, value: Either, name: str, node: cst.CSTNode) -> Value:
    found: Value | None = None
    for option in value.options:
        one = attribute(run, option, name, node)
        found = one if found is None else either(found, one)
    return found or NOTHING


def _of_opaque(run: Run, value: Opaque, name: str, node: cst.CSTNode) -> Value:
    """On something unknown, a telling name (`.system`) is a door we cannot see through."""
    if f"unknown.{name}" in run.catalog.entries:
        return Symbol(f"unknown.{name}")
    found = either(value, run.around.put[name]) if name in run.around.put else value
    return lost_method(run, found, name) if run.around.made else found


def receives(run: Run, value: Value, name: str, arguments: Arguments, node: cst.CSTNode) -> Value | None:
    """Call a special method that syntax calls (`x[0]`, `with x`); None if the value has none of its own."""
    if isinstance(value, Object):
        held = in_class(run, value.made_from, name)
        if held is not None:
            return run.call(bind_method(run, held, value, node), arguments, node)
    elif isinstance(value, Instance) and run.catalog.entry(f"{value.type}.{name}") is not None:
        return run.call(Method(value, name), arguments, node)
    elif isinstance(value, Class) and name == "__getitem__":
        held = in_class(run, value, "__class_getitem__")
        if held is not None:
            return run.call(unwrap(held), _as_class_method(held, value, arguments), node)
    elif isinstance(value, Either):
        results = [receives(run, option, name, arguments, node) for option in value.options]
        found: Value | None = None
        for one in results:
            found = found if one is None else one if found is None else either(found, one)
        return found
    return None


def _as_class_method(held: Value, owner: Class, arguments: Arguments) -> Arguments:
    if isinstance(held, Function):
        return Arguments((owner, *arguments.positional), arguments.keywords)
    return arguments


def touch(run: Run, value: Value, name: str, node: cst.CSTNode) -> None:
    """Call a special method for its effects only."""
    receives(run, value, name, NO_ARGUMENTS, node)
