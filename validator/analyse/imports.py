"""Actions that lead to modules, and to what stands in them, by a name that may have been made up."""

from collections.abc import Mapping
from typing import Final

import libcst as cst

from validator.analyse.attributes import attribute
from validator.analyse.joins import either, known, options, parts
from validator.analyse.names import identifier, import_module, import_unknown
from validator.analyse.run import Action, Arguments, Roles, Run
from validator.analyse.values import NOTHING, Constant, Instance, Sequence, Symbol, Table, Value

FACTORIES: Final = ("()", "class")  # keys of a logging configuration whose value is the name of something to call
MOST_LEVELS: Final = 8


def _import(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`__import__(name)`, `import_module(name)`: a module by a name that may have been made up."""
    found: Value | None = None
    for option in options(roles.get("module", NOTHING)):
        if isinstance(option, Constant) and isinstance(option.value, str):
            one: Value = import_module(run, identifier(option.value), node)
        else:
            one = import_unknown(run, known(option), node)
        found = one if found is None else either(found, one)
    return found or NOTHING


def _import_top(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`__import__("a.b")` gives `a`, unless it is told what to take from `a.b`."""
    found = _import(run, roles, arguments, node)
    taken = roles.get("fromlist")
    if isinstance(found, Symbol) and "." in found.name and (taken is None or known(taken) in ((), None)):
        top = roles["module"]
        if isinstance(top, Constant) and isinstance(top.value, str):
            return Symbol(run.catalog.canonical(top.value.partition(".")[0]))
    return found


def _resolve(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`pkgutil.resolve_name("os:system")`: a dotted name to the thing itself."""
    name = next(iter(arguments.positional), roles.get("module", NOTHING))
    if not isinstance(name, Constant) or not isinstance(name.value, str):
        return import_unknown(run, known(name), node)
    words = name.value.replace(":", ".").split(".")
    import_module(run, words[0], node)
    found: Value = Symbol(run.catalog.canonical(words[0]))
    for word in words[1:]:
        found = attribute(run, found, word, node)
    if isinstance(found, Symbol):
        run.mention(found, node)
    return found


def _reload(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`reload(module)`: what was replaced in it is what it was again."""
    module = arguments.positional[0] if arguments.positional else NOTHING
    if isinstance(module, Symbol):
        for name in [name for name in run.patches if name.startswith(f"{module.name}.")]:
            del run.patches[name]
    return module


def _module_of_spec(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`module_from_spec(find_spec("os"))` is a module by name; one from a file is whatever the file says."""
    spec = roles.get("module")
    if isinstance(spec, Instance) and "module" in spec.roles and "path" not in spec.roles:
        return _import(run, {**spec.roles}, arguments, node)
    return NOTHING


def _modules(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`sys.modules[name]`."""
    return _import(run, {"module": roles.get("key", NOTHING)}, arguments, node)


def _configure(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`dictConfig(settings)`: what stands under `()` or `class` is the dotted name of something to call."""
    _make_settings(run, roles.get("settings", NOTHING), node)
    return NOTHING


def _make_settings(run: Run, value: Value, node: cst.CSTNode, depth: int = 0) -> None:
    if not isinstance(value, (Table, Sequence)) or depth > MOST_LEVELS:
        return
    if isinstance(value, Table):
        for key in FACTORIES:
            if key in value.items:
                callee = _resolve(run, {}, Arguments((value.items[key],)), node)
                given = {name: held for name, held in value.items.items() if isinstance(name, str) and name != key}
                run.call(callee, Arguments((), given), node)
    for part in parts(value):
        _make_settings(run, part, node, depth + 1)


IMPORTS: Final[Mapping[str, Action]] = {
    "import": _import,
    "import-top": _import_top,
    "resolve": _resolve,
    "modules": _modules,
    "reload": _reload,
    "module-of-spec": _module_of_spec,
    "configure": _configure,
}
