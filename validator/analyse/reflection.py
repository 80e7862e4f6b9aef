"""Attributes by name: getattr, setattr, and what assigning to an attribute changes."""

import libcst as cst

from validator.analyse.attributes import attribute
from validator.analyse.joins import dull, either, known, opaque, options
from validator.analyse.run import Arguments, Roles, Run
from validator.analyse.values import (
    NONE,
    NOTHING,
    Class,
    Constant,
    Either,
    Function,
    Instance,
    Object,
    Opaque,
    Sequence,
    Symbol,
    Table,
    Value,
)
from validator.model.fact import Kind


def read_attribute(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`getattr(object, name)`: an attribute by a name that may have been made up."""
    owner, name = roles.get("object", NOTHING), roles.get("name", NOTHING)
    found = roles.get("default")
    for option in options(name):
        if isinstance(option, Constant) and isinstance(option.value, str):
            one = attribute(run, owner, option.value, node)
        else:
            one = unknown_attribute(run, owner, option, node)
        found = one if found is None or _certain(one) else either(found, one)
    if isinstance(found, Symbol):
        run.mention(found, node)
    return found or NOTHING


def _certain(value: Value) -> bool:
    return isinstance(value, Symbol)


def unknown_attribute(run: Run, owner: Value, name: Value, node: cst.CSTNode) -> Value:
    """Record that some attribute of a value is read by a name that could not be worked out.

    On an object of the argument's own it can only be something that the argument itself put there.
    """
    if isinstance(owner, (Object, Class)):
        return _any_attribute(owner)
    roles = {"object": known(owner), "name": known(name)}
    run.record(Kind.UNRESOLVED, "unresolved.attribute", "getattr", roles, node)
    return opaque(owner, name)


def _any_attribute(owner: Object | Class) -> Value:
    held = [*(owner.attributes.values() if isinstance(owner, Object) else ())]
    held += (owner.made_from if isinstance(owner, Object) else owner).scope.names.values()
    found: Value = NOTHING
    for value in held:
        found = either(found, value)
    return found


def write_attribute(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`setattr(owner, name, value)`: the name may have been made up."""
    owner, name = roles.get("object", NOTHING), roles.get("name", NOTHING)
    value = roles.get("value", NOTHING)
    if isinstance(name, Constant) and isinstance(name.value, str):
        set_attribute(run, owner, name.value, value, node)
    elif isinstance(owner, Symbol):
        run.record(
            Kind.UNRESOLVED, "unresolved.attribute", "setattr", {"object": owner.name, "name": known(name)}, node
        )
    return NONE


def set_attribute(run: Run, owner: Value, name: str, value: Value, node: cst.CSTNode) -> None:
    """`owner.name = value`; on a library thing this changes what everybody sees."""
    if not dull(value):
        run.version += 1
    match owner:
        case Object():
            before = owner.attributes.get(name)
            owner.attributes[name] = value if before is None else either(before, value)
        case Class():
            before = owner.scope.names.get(name)
            owner.scope.names[name] = value if before is None else either(before, value)
        case Symbol():
            _patch(run, owner, name, value, node)
        case Either():
            for option in owner.options:
                set_attribute(run, option, name, value, node)
        case Instance() if run.catalog.entry(f"{owner.type}.__setattr__") is not None:
            run.call(attribute(run, owner, "__setattr__", node), Arguments((Constant(name), value)), node)
        case Instance(attributes=attributes) | Function(attributes=attributes):
            attributes[name] = value if name not in attributes else either(attributes[name], value)
        case Opaque() if not dull(value):
            run.around.put[name] = either(run.around.put[name], value) if name in run.around.put else value
        case _:
            pass


def _patch(run: Run, owner: Symbol, name: str, value: Value, node: cst.CSTNode) -> None:
    dotted = run.catalog.canonical(f"{owner.name}.{name}")
    entry = run.catalog.entries.get(dotted)
    if isinstance(value, Instance) and known(value.roles.get("read", NOTHING)) == dotted:
        return  # `os.environ |= values` puts back what stood there
    certain = run.branch is run
    run.patches[dotted] = value if certain else either(run.patches.get(dotted, Symbol(dotted)), value)
    if entry is not None or not isinstance(value, (Opaque, Constant, Sequence, Table)):
        run.record(Kind.CALL, "introspect.hook", dotted, {"value": known(value)}, node)
