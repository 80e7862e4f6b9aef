"""What a call of a catalogued name can do, decided from its arguments: one capability, or none after all."""

from collections.abc import Mapping
from typing import Final

from validator.analyse.joins import options, pieces_of
from validator.analyse.values import (
    NONE,
    NOTHING,
    Applied,
    Class,
    Constant,
    Function,
    Instance,
    Method,
    Opaque,
    Symbol,
    Table,
    Text,
    Value,
)
from validator.model.catalog import Entry

BUFFERS: Final = frozenset({"io.StringIO", "io.BytesIO", "_io.StringIO", "_io.BytesIO"})


def capability_of(entry: Entry, roles: Mapping[str, Value]) -> str | None:
    """The capability of this very call; None if it turns out to have none."""
    when = entry.signature.when
    if when and not all(_decides(roles.get(role), wanted) for role, wanted in when.items()):
        return None
    match entry.capability:
        case "by.mode":
            return None if is_buffer(roles.get("path")) else _by_mode(roles.get("mode"))
        case "by.shell":
            return "process.shell" if _may_be_true(roles.get("shell")) else "process.spawn"
        case "by.location.read":
            return _by_location(roles.get("path"), "fs.read")
        case "by.location.write":
            return _by_location(roles.get("path"), "fs.write")
        case "by.handle.write":
            return "fs.write" if any(map(_is_open_file, options(roles.get("path", NOTHING)))) else None
        case "by.variables.read":
            return None if isinstance(roles.get("key"), (Constant, Text)) else "env.read"
        case "by.variables.write":
            return None if _names_all(roles.get("value")) else "env.write"
        case "by.callable":
            return None if all(map(is_callable, options(roles.get("code", NONE)))) else "code.execute"
        case "by.descriptor":
            return _by_mode(roles.get("mode")) if _is_number(roles.get("path")) else None
        case "by.text":
            return "code.execute" if any(map(_may_be_text, options(roles.get("expression", NOTHING)))) else None
        case capability:
            return capability


def _names_all(variables: Value | None) -> bool:
    """Whether each variable that is set is known by name, so that each is a fact of its own."""
    return variables is None or (isinstance(variables, Table) and variables.rest is None)


def is_callable(value: Value) -> bool:
    """Whether what may be code in a string is certainly something to call."""
    return isinstance(value, (Function, Applied, Method, Class))


def _is_number(value: Value | None) -> bool:
    """Whether a descriptor is a number that stands in the code, as those of the streams of the host are."""
    return value is not None and any(type(one) is Constant and isinstance(one.value, int) for one in options(value))


def _may_be_text(value: Value) -> bool:
    """Whether a value is text or comes from outside; a symbol of algebra, of which we know nothing, is neither."""
    if isinstance(value, Constant):
        return isinstance(value.value, str)
    return isinstance(value, Text) or (isinstance(value, Opaque) and bool(value.sources))


def is_buffer(path: Value | None) -> bool:
    """Whether what stands for a file lives in memory only."""
    return isinstance(path, Instance) and path.type in BUFFERS


def _is_open_file(value: Value) -> bool:
    return isinstance(value, Instance) and "path" in value.roles and value.type not in BUFFERS


def _by_mode(mode: Value | None) -> str:
    for option in options(mode) if mode is not None else ():
        if isinstance(option, Symbol) and option.name.endswith(".O_RDONLY"):
            continue
        if isinstance(option, Constant) and option.value == 0:
            continue  # the flags of `os.open` for reading only
        if not isinstance(option, Constant) or not isinstance(option.value, str):
            return "fs.write"
        if set(option.value.partition(":")[0].partition("|")[0]) & set("wax+"):
            return "fs.write"
    return "fs.read"


def _may_be_true(value: Value | None) -> bool:
    if value is None:
        return False
    return any(not isinstance(option, Constant) or bool(option.value) for option in options(value))


def _decides(value: Value | None, wanted: bool) -> bool:
    """Whether an argument lets the act happen: one that is or may be true, or one that is not certainly true."""
    if wanted or value is None:
        return _may_be_true(value) is wanted
    return any(not isinstance(option, Constant) or not option.value for option in options(value))


def _by_location(path: Value | None, capability: str) -> str | None:
    if path is None:
        return None
    if isinstance(path, Instance) and (path.type in BUFFERS or ("path" not in path.roles and not path.sources)):
        return None
    if isinstance(path, Instance) and "url" in path.roles:
        return None  # the reply of a request: asking for it was the act
    start = pieces_of(path)[0]
    if start is None:
        return capability
    if start == ":memory:":
        return None
    return "network.connect" if "://" in start[:12] and not start.startswith("file:") else capability
