"""IPython magics: `%sx`, `%%bash`, `%pip`, `%%writefile` and their kind, as the Python that they stand for."""

from typing import Final

import libcst as cst

from validator.analyse.joins import opaque, options, pieces_of, text
from validator.analyse.run import Arguments, Roles, Run
from validator.analyse.values import NONE, NOTHING, Constant, Method, Symbol, Value

SHELLS: Final = frozenset({"sx", "sc", "system", "bash", "sh", "script", "zsh", "ksh", "dash", "cmd", "!"})
PYTHON: Final = frozenset({"time", "timeit", "capture", "prun", "python", "python3", "pypy", "debug", "memit"})
INSTALLERS: Final = frozenset({"pip", "conda", "mamba", "micromamba", "uv"})
INTERPRETERS: Final = frozenset({"perl", "ruby", "javascript", "js", "node"})


def run_magic(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """Do what a line or cell magic does; one that is not known here does what the catalogue says of its call."""
    line = roles.get("line", Constant(""))
    body = roles.get("cell", line)
    for option in options(roles.get("magic", NOTHING)):
        if isinstance(option, Constant) and isinstance(option.value, str):
            _named(run, option.value, (line, body), node)
    return NONE


def _named(run: Run, name: str, given: tuple[Value, Value], node: cst.CSTNode) -> None:
    line, body = given
    if name in SHELLS:
        run.call(Symbol("os.system"), Arguments((body,)), node)
    elif name in INSTALLERS or name in INTERPRETERS:
        command = text((name, " ", *pieces_of(line))) if name in INSTALLERS else opaque(body)
        run.call(Symbol("os.system"), Arguments((command,)), node)
    elif name in PYTHON:
        run.call(Symbol("builtins.exec"), Arguments((body,)), node)
    elif name in ("writefile", "file"):
        file = run.call(Symbol("builtins.open"), Arguments((line, Constant("w"))), node)
        run.call(Method(file, "write"), Arguments((body,)), node)
    elif name in ("run", "load"):
        run.call(Symbol("runpy.run_path"), Arguments((line,)), node)
