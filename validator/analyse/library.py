"""A call of a catalogued name: its roles, its capability, what it gives back, and what flows into it."""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

import libcst as cst

from validator.analyse.capability import capability_of, is_buffer
from validator.analyse.containers import one_held
from validator.analyse.hidden import RUNS, mark_hidden
from validator.analyse.joins import either, kept, known, opaque, options, origins, pieces_of, text
from validator.analyse.operators import slash
from validator.analyse.paths import locate_paths, matched
from validator.analyse.run import Arguments, Event, Run
from validator.analyse.values import (
    NOTHING,
    Constant,
    Instance,
    Namespace,
    Opaque,
    Origin,
    Origins,
    Sequence,
    Symbol,
    Table,
    Text,
    Value,
)
from validator.model.catalog import Entry, Signature
from validator.model.fact import Kind
from validator.model.known import UNKNOWN, Choice, Known, Partial

SOURCES: Final = ("env.read", "fs.read", "network.", "secret.", "system.i", "user.input", "process.", "fs.list")
SINKS: Final = (
    "console.",
    "network.",
    "process.s",
    "code.execute",
    "code.deserialize",
    "fs.write",
    "fs.delete",
    "persist.",
)
UNTOLD: Final = frozenset({"read", "held"})  # roles by which the analyser itself goes on
ODD: Final = re.compile(r"[\s\\\x00-\x1f]")
MOST_KEPT: Final = 4
QUIET: Final = "console.output"  # printing is no power; what is printed may be a flow
TUPLES: Final = frozenset({"callback_arguments", "command", "part", "names"})


def assign_roles(signature: Signature, arguments: Arguments) -> dict[str, Value]:
    """Which argument plays which role; what `*x` may hold is unknown, not absent."""
    roles: dict[str, Value] = {}
    spill: list[Value] = []
    for position, value in enumerate(arguments.positional):
        if position < len(signature.positional):
            role = signature.positional[position]
            if role is not None:
                roles[role] = value
        else:
            spill.append(value)
    if signature.rest is not None and spill:
        alone = len(spill) == 1 and signature.rest not in TUPLES
        roles[signature.rest] = spill[0] if alone else Sequence("tuple", spill)
    for name, value in arguments.keywords.items():
        role = signature.keywords.get(name)
        if role is not None:
            roles[role] = value
    if arguments.open_ended:
        named = () if arguments.unnamed else signature.keywords.values()
        for role in (*signature.positional, signature.rest, *named):
            if role is not None:
                roles.setdefault(role, NOTHING)
    for role, stated in signature.fixed.items():
        roles.setdefault(role, Constant(stated))
    return roles


def derive(roles: dict[str, Known]) -> dict[str, Known]:
    """Add host, port and scheme where a role holds an address."""
    url = roles.get("url", roles.get("path"))
    if isinstance(url, Choice):
        url = next((option for option in url.options if "://" in str(option)), url)
    if isinstance(url, (str, Partial)) and "://" in str(url):
        roles = {**split_url(url), **roles}
    address = roles.get("address")
    if isinstance(address, tuple) and len(address) >= 2:
        roles = {**roles, "host": address[0], "port": address[1]}
    elif isinstance(address, str):
        roles = {"scheme": "unix", "host": "", "path": address, **roles}  # a socket that is a file
    elif "address" in roles:
        roles = {"host": UNKNOWN, "port": UNKNOWN, **roles}
    elif "url" in roles:
        roles = {"host": UNKNOWN, **roles}
    return roles


def split_url(url: str | Partial) -> dict[str, Known]:
    """Scheme, host and port of an address whose beginning is known."""
    if isinstance(url, str):
        start, complete = url, True
    else:
        first = url.pieces[0]
        start, complete = (first, False) if isinstance(first, str) else ("", False)
    if ODD.search(start):
        return {"host": UNKNOWN}  # libraries disagree where the host of such an address ends
    try:
        split = urlsplit(start)
        host, port = split.hostname, split.port
    except ValueError:
        return {"host": UNKNOWN}
    if not complete and not (split.path or split.query or split.fragment):
        return {"scheme": split.scheme, "host": UNKNOWN}
    found: dict[str, Known] = {"scheme": split.scheme, "host": host or ""}
    return found if port is None else {**found, "port": port}


def act(
    run: Run, entry: Entry, roles: dict[str, Value], node: cst.CSTNode, read: Origin | None = None
) -> Origin | None:
    """Record what a catalogued call does, and what flows into it; `read` is what the same call has read besides."""
    capability = capability_of(entry, roles)
    if capability is None or (capability.startswith("fs.") and is_buffer(roles.get("path"))):
        return None
    plain = derive({role: known(value) for role, value in roles.items() if role not in UNTOLD})
    if run.around.folders or run.around.links or "folder" in plain:
        plain = locate_paths(run, capability, roles, plain)
    if capability.startswith(RUNS):
        plain = mark_hidden(run, plain)
    if capability == "network.connect" and plain.get("scheme") == "file":
        run.record(Kind.CALL, "fs.read", entry.name, {"path": _path_of(plain.get("url", UNKNOWN))}, node)
    kind = Kind.UNRESOLVED if capability.startswith("unresolved.") else Kind.CALL
    if capability != QUIET:
        run.record(kind, capability, entry.name, plain, node)
    if capability.startswith(SINKS):
        given = tuple(roles.values()) if read is None else (*roles.values(), Opaque((read,)))
        record_flows(run, Origin(capability, entry.name, plain), given, node)
    return Origin(capability, entry.name, plain, run.anchor or node) if capability.startswith(SOURCES) else None


def _path_of(url: Known) -> Known:
    """The file that a `file:` address names."""
    return urlsplit(url).path if isinstance(url, str) else UNKNOWN


def record_flows(run: Run, sink: Origin, values: tuple[Value, ...], node: cst.CSTNode) -> None:
    """One flow for each source whose data reaches this sink."""
    for origin in origins(*values):
        if origin.name == sink.name and origin.roles == sink.roles:
            continue
        source = {f"source.{role}": value for role, value in origin.roles.items()}
        roles: dict[str, Known] = {"from": origin.capability, "to": sink.capability, **source, **sink.roles}
        place = run.anchor or node
        run.keep(Event(Kind.FLOW, "flow", f"{origin.name} → {sink.name}", roles, place, run.nested_steps, origin))


def result(run: Run, entry: Entry, roles: Mapping[str, Value], origin: Origin | None, receiver: Value | None) -> Value:
    """What the call gives back, with where its data came from."""
    returns = entry.signature.returns
    found = origins(*roles.values()) if roles else ()
    if origin is not None:
        found = (origin, *(other for other in found if other is not origin))
    if returns is None or returns.startswith("!"):
        return Opaque(found) if found else NOTHING
    if returns == "self" and receiver is not None:
        return receiver
    if returns == "str":
        return Text((None,), found)
    if returns.startswith("*"):
        inside = roles if returns == "*matched" else _inside(roles)
        return Sequence("iterator", [], _made(run, returns[1:], inside, found))
    return _made(run, returns, roles, found)


def _made(run: Run, returns: str, roles: Mapping[str, Value], found: Origins) -> Value:
    """A new object of a type, or a tuple of them; `-` is anything, `below` the text of a path in the folder given."""
    if "," in returns:
        return Sequence("tuple", [_made(run, kind.strip(), roles, found) for kind in returns.split(",")])
    if returns == "-":
        return Opaque(found) if found else NOTHING
    if returns == "dict":
        return _dictionary(run, roles, found)
    if returns == "matched":
        return text(matched(pieces_of(roles.get("path", NOTHING))), found)
    if returns == "below":
        return text(pieces_of(roles.get("path", NOTHING)), found)
    return run.around.remember(Instance(run.catalog.canonical(returns), roles, found))


def _dictionary(run: Run, roles: Mapping[str, Value], found: Origins) -> Value:
    """A copy of a mapping that is not known, with what was added to it."""
    added = roles.get("value")
    return Table(dict(added.items) if isinstance(added, Table) else {}, Opaque(found), run.branch)


def _inside(roles: Mapping[str, Value]) -> Mapping[str, Value]:
    """What a folder gives when it is walked: paths below its own, as a pattern says where there is one."""
    path = roles.get("path")
    if path is None:
        return roles
    pattern = pieces_of(roles["pattern"]) if "pattern" in roles else (None,)
    if "recursive" in roles:
        pattern = (None, *pattern)
    return {**roles, "path": slash(path, text(matched(pattern)))}


def plain_call(run: Run, callee: Value, arguments: Arguments, node: cst.CSTNode) -> Value:
    """A call that nobody has described: no power of its own, but a door handed to it is out of sight."""
    values = arguments.all()
    for value in values:
        value = value.owner if isinstance(value, Namespace) else value
        if isinstance(value, Symbol) and value.name in run.catalog.doors:
            run.record(Kind.UNRESOLVED, "unresolved.call", value.name, {"object": value.name}, node)
    held = [one for value in values for one in kept(value)]
    if isinstance(callee, Instance) and "held" in callee.roles:
        held += options(one_held(callee, NOTHING))
    if held:
        return _one_of(held)
    found = origins(callee, *values)
    return opaque(callee, *values) if found else NOTHING


def _one_of(held: list[Value]) -> Value:
    """One of these, or something that holds them."""
    found = held[0]
    for one in held[1:MOST_KEPT]:
        found = either(found, one)
    return either(found, Sequence("iterator", [], found))
