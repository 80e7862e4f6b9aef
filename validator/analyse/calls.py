"""Calling a value, whatever it is: a library function, a method, a function or class of the argument's own."""

import builtins
from dataclasses import dataclass
from typing import Final

import libcst as cst

from validator.analyse.actions import ACTIONS
from validator.analyse.attributes import BASE, bind_method
from validator.analyse.capability import capability_of, is_callable
from validator.analyse.classes import called, fields, fill_contents, in_class, is_enumeration, members, powerful, unwrap
from validator.analyse.container_methods import IN_PLACE, call_container, change_in_place
from validator.analyse.containers import any_of
from validator.analyse.endless import GROWING
from validator.analyse.fold import fold_call, fold_method
from validator.analyse.formats import FORMATTERS, read_fields, read_names
from validator.analyse.functions import invoke
from validator.analyse.joins import either, opaque, options
from validator.analyse.library import act, assign_roles, plain_call, result
from validator.analyse.lost import call_lost
from validator.analyse.nested import follow
from validator.analyse.pure import PURE
from validator.analyse.resources import CONSUMING, weigh_call
from validator.analyse.run import Arguments, Roles, Run
from validator.analyse.values import (
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
from validator.model.catalog import Entry
from validator.model.fact import Kind

MOST_LAYERS: Final = 32
MOST_OBJECTS: Final = 4
EXCEPTIONS: Final = frozenset(
    f"builtins.{name}"
    for name, held in vars(builtins).items()
    if isinstance(held, type) and issubclass(held, BaseException)
)
OF_RECEIVER: Final = frozenset({"!option", "!parsed", "!by-name", "!expression-text", "!add-variables", "!fill"})
BUILT_IN_TYPES: Final = frozenset(f"builtins.{kind}" for kind in ("str", "bytes", "list", "dict", "set", "object"))


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a catalogued name: on what, with what, where."""

    receiver: Value | None
    arguments: Arguments
    node: cst.CSTNode


def call(run: Run, callee: Value, arguments: Arguments, node: cst.CSTNode) -> Value:
    """Call a value and give what comes back; every kind of value has its own way."""
    run.spend()
    match callee:
        case Symbol(name=name):
            if run.measures or name in CONSUMING:
                weigh_call(run, name, arguments, node)
            return _call_symbol(run, name, arguments, node)
        case Function():
            return invoke(run, callee, arguments, node)
        case Method():
            return _call_method(run, callee, arguments, node)
        case Applied():
            return _call_applied(run, callee, arguments, node)
        case Class():
            return _instantiate(run, callee, arguments, node)
        case Object():
            held = in_class(run, callee.made_from, "__call__")
            if held is None:
                return plain_call(run, callee, arguments, node)
            return run.call(bind_method(run, held, callee, node), arguments, node)
        case Either():
            return _call_options(run, callee, arguments, node)
        case Instance():
            return _call_instance(run, callee, arguments, node)
        case _:
            return plain_call(run, callee, arguments, node)


def _call_symbol(run: Run, name: str, arguments: Arguments, node: cst.CSTNode) -> Value:
    entry = run.catalog.entry(name)
    if entry is not None:
        return _call_entry_of(run, entry, arguments, node)
    if name in PURE:
        folded = fold_call(run, name, arguments)
        if folded is not None:
            return folded
    owner, _, method = name.rpartition(".")
    first = arguments.positional[0] if arguments.positional else None
    if isinstance(first, Instance) and run.catalog.entry(f"{first.type}.{method}") is not None:
        # `MutableMapping.update(os.environ, ...)`: a method reached through a base of the type.
        return run.call(Method(first, method), Arguments(arguments.positional[1:], arguments.keywords), node)
    if owner in BUILT_IN_TYPES and arguments.positional:
        inner = Arguments(arguments.positional[1:], arguments.keywords, arguments.open_ended)
        return run.call(Method(arguments.positional[0], method), inner, node)
    if name in EXCEPTIONS and not all(isinstance(one, (Constant, Text, Opaque)) for one in arguments.positional):
        return Instance("builtins.Exception", {}, (), {"args": Sequence("tuple", list(arguments.positional))})
    return plain_call(run, NOTHING, arguments, node)


def _call_entry_of(run: Run, entry: Entry, arguments: Arguments, node: cst.CSTNode) -> Value:
    """Call a name reached through its module or class: `Path.read_text(path)` is `path.read_text()`."""
    first = arguments.positional[0] if arguments.positional else None
    if isinstance(first, Instance) and entry.name.rpartition(".")[0] == first.type:
        inner = Arguments(arguments.positional[1:], arguments.keywords, arguments.open_ended)
        return call_entry(run, entry, first, inner, node)
    return call_entry(run, entry, None, arguments, node)


def call_entry(run: Run, entry: Entry, receiver: Value | None, arguments: Arguments, node: cst.CSTNode) -> Value:
    """Call a catalogued name, on a receiver if it is a method."""
    given = assign_roles(entry.signature, arguments)
    if entry.name in PURE and receiver is None and "callback" not in given:
        folded = fold_call(run, entry.name, arguments)
        if folded is not None:
            return folded
    roles = _with_receiver(entry, receiver, given)
    besides = _act_besides(run, entry, Call(receiver, arguments, node)) if entry.also else None
    origin = act(run, entry, roles, node, besides) or besides
    followed = follow(run, entry, roles, frozenset(given), node)
    if followed is not None:
        return followed
    return _given_back(run, entry, roles, origin, Call(receiver, arguments, node))


def _with_receiver(entry: Entry, receiver: Value | None, given: Roles) -> Roles:
    """The roles of a call, and those that its receiver was made with."""
    if not isinstance(receiver, Instance):
        return given
    own = entry.signature.roles - entry.signature.when.keys()
    kept = {role: held for role, held in receiver.roles.items() if role not in own}
    return {**receiver.attributes, **kept, **given} if receiver.attributes else {**kept, **given}


def _act_besides(run: Run, entry: Entry, made: Call) -> Origin | None:
    """Whatever else a call does: each with its own capability and its own roles."""
    found: Origin | None = None
    for other in entry.also:
        given = assign_roles(other.signature, made.arguments)
        roles = _with_receiver(other, made.receiver, given)
        found = act(run, other, roles, made.node) or found
        if capability_of(other, roles) is not None:
            follow(run, other, roles, frozenset(given), made.node)
    return found


def _given_back(run: Run, entry: Entry, roles: Roles, origin: Origin | None, made: Call) -> Value:
    returns = entry.signature.returns
    if returns is not None and returns.startswith("!"):
        action = ACTIONS.get(returns[1:])
        if action is not None:
            if made.receiver is not None and returns in OF_RECEIVER:
                roles = {**roles, "self": made.receiver}
            given = action(run, roles, made.arguments, made.node)
            return run.around.remember(given) if isinstance(given, Instance) else given
    if entry.name in PURE and returns is None and not any(map(is_callable, made.arguments.keywords.values())):
        kept = fold_call(run, entry.name, Arguments(made.arguments.positional))
        if kept is not None:
            return kept
    if origin is None and entry.capability is None and returns is None:
        return plain_call(run, made.receiver or NOTHING, made.arguments, made.node)
    given = result(run, entry, roles, origin, made.receiver)
    if isinstance(given, Opaque) and made.receiver is not None and "read" not in roles:
        return opaque(given, made.receiver)
    return given


def _call_method(run: Run, method: Method, arguments: Arguments, node: cst.CSTNode) -> Value:
    receiver, name = method.receiver, method.name
    if name in GROWING:
        run.grown += 1
    match receiver:
        case Instance(type=kind):
            entry = run.catalog.entry(run.catalog.canonical(f"{kind}.{name}"))
            if entry is not None:
                return call_entry(run, entry, receiver, arguments, node)
        case Constant(value=bytes()) if name in IN_PLACE:
            return change_in_place(run, receiver, name, arguments, node)
        case Constant() | Text():
            if name in FORMATTERS:
                read_names(run, receiver, arguments, node)
                read_fields(run, receiver, _by_name(arguments) if name == "format_map" else arguments, node)
            return fold_method(run, receiver, name, arguments)
        case Sequence() | Table() | Namespace():
            found = call_container(run, receiver, name, arguments, node)
            if found is not None:
                return found
        case _:
            pass
    entry = run.catalog.entries.get(f"object.{name}")
    if entry is not None and entry.signature.returns is not None and entry.signature.returns.startswith("!"):
        # `object.__setattr__(self, name, value)` names its object, `self.__setattr__(name, value)` is bound to it.
        bound = () if len(arguments.positional) == len(entry.signature.positional) else (receiver,)
        return run.call(Symbol(entry.name), Arguments((*bound, *arguments.positional), arguments.keywords), node)
    if isinstance(receiver, Opaque) and run.around.made:
        return either(plain_call(run, receiver, arguments, node), call_lost(run, name, arguments, node))
    return plain_call(run, receiver, arguments, node)


def _by_name(arguments: Arguments) -> Arguments:
    """`format_map({...})` is `format(**{...})`."""
    table = arguments.positional[0] if arguments.positional else None
    names = table.items.items() if isinstance(table, Table) else ()
    return Arguments((), {str(name): held for name, held in names})


def _call_applied(run: Run, callee: Applied, arguments: Arguments, node: cst.CSTNode) -> Value:
    inner: Value = callee
    layers = 0
    while isinstance(inner, Applied):
        layers += 1
        keywords = {**inner.keywords, **arguments.keywords} if inner.keywords else arguments.keywords
        arguments = Arguments((*inner.positional, *arguments.positional), keywords, arguments.open_ended)
        inner = inner.callee
        if layers > MOST_LAYERS:
            run.record(Kind.UNRESOLVED, "unresolved.budget", "partial", {}, node)
            return NOTHING
    return run.call(inner, arguments, node)


def _call_options(run: Run, callee: Either, arguments: Arguments, node: cst.CSTNode) -> Value:
    found: Value | None = None
    for option in callee.options:
        if isinstance(option, Constant):
            continue  # calling a number or text fails, so that way is never taken
        one = run.call(option, arguments, node)
        found = one if found is None else either(found, one)
    return found or NOTHING


def _call_instance(run: Run, callee: Instance, arguments: Arguments, node: cst.CSTNode) -> Value:
    entry = run.catalog.entry(f"{callee.type}.__call__")
    if entry is not None:
        return call_entry(run, entry, callee, arguments, node)
    if callee.type in ("!static", "!class", "!property"):
        return run.call(unwrap(callee), arguments, node)
    if callee.type in ACTIONS:
        return ACTIONS[callee.type](run, {**callee.roles}, arguments, node)
    return plain_call(run, callee, arguments, node)


def _instantiate(run: Run, made_from: Class, arguments: Arguments, node: cst.CSTNode) -> Value:
    given_instead = called(run, made_from, arguments, node)
    if given_instead is not None:
        return given_instead
    if is_enumeration(made_from):
        return any_of(Sequence("list", members(made_from)))
    made = Object(made_from)
    for name in ("__new__", "__init__", "__post_init__"):
        held = in_class(run, made_from, name)
        if isinstance(held, Function):
            first: Value = made_from if name == "__new__" else made
            given = arguments if name != "__post_init__" else Arguments()
            result = run.call(Applied(held, (first,)), given, node)
            if name == "__new__" and powerful(result):
                return result
        elif isinstance(held, (Symbol, Applied)):
            run.call(held, arguments, node)
    for base in made_from.bases:
        if isinstance(base, Symbol) and run.catalog.entries.get(base.name) is not None:
            made.attributes[BASE + base.name] = run.call(base, arguments, node)
    fill_contents(run, made, arguments, node)
    for name, value in zip(fields(made_from), arguments.positional, strict=False):
        if in_class(run, made_from, "__init__") is None:
            made.attributes.setdefault(name, value)
    made.attributes.update((name, value) for name, value in arguments.keywords.items() if name not in made.attributes)
    _remember(run, made_from, made)
    return made


def _remember(run: Run, made_from: Class, made: Object) -> None:
    """What nothing in sight calls (`run` of a thread, `__del__`) is run with the objects that were made."""
    for owner in (made_from, *(base for base in made_from.bases if isinstance(base, Class))):
        before = run.instances.get(owner)
        if before is None:
            run.instances[owner] = made
        elif len(options(before)) < MOST_OBJECTS:
            run.instances[owner] = either(before, made)
