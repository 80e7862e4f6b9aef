"""Code and commands inside strings, and functions handed to a library, are followed in turn."""

from collections.abc import Mapping
from typing import Final

import libcst as cst

from validator.analyse.capability import capability_of, is_callable
from validator.analyse.containers import iterate, one_held
from validator.analyse.functions import parameters
from validator.analyse.guard import weigh
from validator.analyse.joins import known, options, pieces_of
from validator.analyse.large import speaks_of_much
from validator.analyse.library import derive, record_flows
from validator.analyse.parse import Parsed, parse
from validator.analyse.pickles import follow_pickle
from validator.analyse.run import Arguments, Run
from validator.analyse.shell.observe import observe
from validator.analyse.sql import destroys, find_uses
from validator.analyse.text import decode
from validator.analyse.values import (
    LOCALS,
    NOTHING,
    Applied,
    Class,
    Constant,
    Function,
    Instance,
    Method,
    Namespace,
    Object,
    Origin,
    Scope,
    Sequence,
    Symbol,
    Table,
    Value,
)
from validator.analyse.variables import record_variables
from validator.model.argument import Argument
from validator.model.catalog import Entry
from validator.model.fact import Kind
from validator.model.known import Known, show

MOST_TIMES: Final = 3
MICROSECONDS_PER_STEP: Final = 10
WRITES: Final = frozenset({"fs.write", "by.mode", "by.handle.write"})
CODE: Final = frozenset({"code", "setup"})


def follow(
    run: Run, entry: Entry, roles: Mapping[str, Value], given: frozenset[str], node: cst.CSTNode
) -> Value | None:
    """Follow what a call was given to run; gives the value of an `eval`, else None.

    `given` are the roles of this very call: what its receiver was made with was followed when it was made.
    """
    found: Value | None = None
    for role in CODE & given:
        found = _follow_with_names(run, roles[role], roles.get("names"), node)
    if "environment" in given:
        record_variables(run, entry.name, roles["environment"], node)
    if "command" in given:
        follow_command(run, entry, roles, node)
    if "callback" in given:
        held = Sequence("tuple", [one_held(Instance("", roles), NOTHING)]) if "held" in roles else None
        follow_callback(run, roles["callback"], roles.get("callback_arguments", held), node)
    if "query" in given:
        _follow_query(run, entry, roles, node)
    if "data" in given and entry.capability in WRITES and _is_python(roles.get("path")):
        follow_code(run, roles["data"], node)
    if "data" in given and entry.capability == "code.deserialize" and "marshal" not in entry.name:
        follow_pickle(run, roles["data"], node)
    return found


def _follow_query(run: Run, entry: Entry, roles: Mapping[str, Value], node: cst.CSTNode) -> None:
    """Files, addresses and programs that SQL names, and what it destroys in a database that is a file."""
    path = known(roles["path"]) if "path" in roles else ":memory:"
    for option in options(roles["query"]):
        if entry.capability is None and path != ":memory:" and destroys(pieces_of(option)):
            lost: dict[str, Known] = {"path": path, "query": known(option), "operation": "delete"}
            run.record(Kind.CALL, "fs.write", entry.name, lost, node)
        for capability, named in find_uses(pieces_of(option)):
            run.record(Kind.CALL, capability, entry.name, derive(named), node)
            if "command" in named:
                record_command(run, named["command"], option, node)


def _follow_with_names(run: Run, code: Value, names: Value | None, node: cst.CSTNode) -> Value | None:
    """`exec(code, {"o": os})`: the code sees these names first, and leaves its own there."""
    match names:
        case Table(items=held):
            scope = Scope({str(name): one for name, one in held.items()}, run.scope)
            found = _follow_in(run, scope, code, node)
            held.update(scope.names)
            return found
        case Namespace(owner=Instance(attributes=attributes)):
            scope = Scope(dict(attributes))
            found = _follow_in(run, scope, code, node)
            attributes.update(scope.names)
            return found
        case Namespace(owner=Symbol(name="__main__") as owner) if owner is not LOCALS:
            return _follow_in(run, run.module, code, node)
        case _:
            return follow_code(run, code, node)


def _follow_in(run: Run, scope: Scope, code: Value, node: cst.CSTNode) -> Value | None:
    outer, run.scope = run.scope, scope
    found = follow_code(run, code, node)
    run.scope = outer
    return found


def _is_python(path: Value | None) -> bool:
    return path is not None and show(known(path)).endswith((".py", ".pth", ".pyw", ".ipynb"))


def follow_code(run: Run, code: Value, node: cst.CSTNode) -> Value | None:
    """Analyse Python in a string; what cannot be worked out is a fact."""
    found: Value | None = None
    for option in options(code):
        if isinstance(option, Instance) and "code" in option.roles:
            found = follow_code(run, option.roles["code"], node)
        elif isinstance(option, Constant) and isinstance(option.value, (str, bytes)):
            found = run_code(run, option.value, node)
        elif is_callable(option):
            follow_callback(run, option, None, node)
        elif not isinstance(option, Constant):
            run.record(Kind.UNRESOLVED, "unresolved.code", "code", {"code": known(option)}, node)
    return found


def run_code(run: Run, source: str | bytes, node: cst.CSTNode) -> Value | None:
    """Walk known code in the scope that is running; its facts stand where the string was used."""
    times = run.nested_sources.get(source, 0)
    if times >= MOST_TIMES:
        return None
    run.nested_sources[source] = times + 1
    if len(run.nested_steps) >= run.limits.nested:
        run.record(Kind.UNRESOLVED, "unresolved.code", "nested too deep", {}, node)
        return None
    module = run.nested_modules.get(source)
    if module is None:
        module = run.nested_modules[source] = _read(run, source)
    if isinstance(module, str):
        run.record(Kind.UNRESOLVED, "unresolved.code", module, {"code": source}, node)
        return None
    return _walk(run, module, node)


def _read(run: Run, source: str | bytes) -> cst.Module | str:
    """Parse code of a string, or say why not; kept, because events are told apart by the identity of its nodes."""
    text = decode(source, run.limits)
    work = weigh(text, run.limits) if isinstance(text, str) else 0
    if isinstance(work, int):
        run.spend(work // MICROSECONDS_PER_STEP)  # before the parser is let loose on it
    run.measures = run.measures or (isinstance(text, str) and speaks_of_much(text))
    parsed = parse(Argument(source), run.limits)
    return parsed.module if isinstance(parsed, Parsed) else ", ".join(fact.name for fact in parsed)


def _walk(run: Run, module: cst.Module, node: cst.CSTNode) -> Value | None:
    anchor = run.anchor
    run.anchor = anchor or node
    run.nested_steps = (*run.nested_steps, "code in a string")
    single = _single_expression(module)
    value = run.evaluate(single) if single is not None else None
    if single is None:
        run.execute(module)
    run.anchor = anchor
    run.nested_steps = run.nested_steps[:-1]
    return value


def _single_expression(module: cst.Module) -> cst.BaseExpression | None:
    if len(module.body) == 1 and isinstance(module.body[0], cst.SimpleStatementLine):
        statements = module.body[0].body
        if len(statements) == 1 and isinstance(statements[0], cst.Expr):
            return statements[0].value
    return None


def follow_command(run: Run, entry: Entry, roles: Mapping[str, Value], node: cst.CSTNode) -> None:
    """Read a shell line or a list of words, and record what the programs in it do."""
    capability = capability_of(entry, roles)
    for option in options(roles["command"]):
        command: Known = _real_program(known(option), roles.get("path"))
        if capability == "process.spawn" and isinstance(command, str):
            command = (command,)
        record_command(run, command, option, node)


def record_command(run: Run, command: Known, value: Value, node: cst.CSTNode) -> None:
    """What the programs of a command would do; the value is what the command was made of."""
    for use in observe(command, run.catalog, run.limits):
        run.record(use.kind, use.capability, use.name, use.roles, node)
        if use.capability.startswith("network."):
            record_flows(run, Origin(use.capability, use.name, use.roles), (value,), node)
        if use.code is not None:
            run_code(run, use.code, node)


def _real_program(command: Known, path: Value | None) -> Known:
    """The first word that `execv(path, words)` shows is free to lie: what runs is the path."""
    if path is None or not isinstance(command, tuple):
        return command
    return (known(path), *command[1:])


def follow_callback(run: Run, callback: Value, given: Value | None, node: cst.CSTNode) -> None:
    """A callable that the library will call, with these arguments or with unknown ones."""
    for option in options(callback):
        if isinstance(option, Function):
            positional = _arguments(given)
            count = sum(1 for _ in parameters(option.node.params))
            run.call(option, Arguments(positional or (NOTHING,) * count, open_ended=not positional), node)
        elif isinstance(option, (Symbol, Applied, Method, Object, Class)):
            positional = _arguments(given)
            run.call(option, Arguments(positional, open_ended=not positional), node)


def _arguments(given: Value | None) -> tuple[Value, ...]:
    if given is None:
        return ()
    items, rest = iterate(given)
    return tuple(items) if items is not None else (rest,)
