"""What a program can be handed on to: text that is run, another Python, a pickle; and what must then be said of it."""

import base64
import shlex
from collections.abc import Callable

from tests.analyse.evasions.recipe import Deed, Power, Powers, Program, power


def literal(text: str) -> str:
    """Code as an expression. Only in bytes does Python heed a declared encoding."""
    return repr(text.encode("ascii")) if text.startswith("# -*- coding") else repr(text)


def value(text: str) -> str | bytes:
    return text.encode("ascii") if text.startswith("# -*- coding") else text


def inner(program: Program, code: str | bytes | None = None) -> Powers:
    """What must be said of a program that was found in a string: its powers, or that it cannot be read."""
    held = value(program.text) if code is None else code
    return program.powers if program.fault is None else (power("unresolved.code", code=held),)


def cell(program: Program) -> Program:
    """What only IPython reads is handed to IPython."""
    return Program(f"get_ipython().run_cell({program.text!r})\n", program.powers) if program.cells else program


def running(program: Program) -> Deed:
    """`exec` of a program, as a deed that other techniques can hide."""
    program = cell(program)
    done = power("code.execute", "builtins.exec", code=value(program.text))
    return Deed("builtins", "exec", "text", (done, *inner(program)), before=f"text = {literal(program.text)}\n")


def one_line(program: Program) -> tuple[str, Powers]:
    """A program as a line without quotes of two kinds, line ends, braces and dollars, and what must be said of it."""
    packed = program.text.encode("utf-8", "surrogatepass")
    line = f"import base64; exec(base64.b64decode('{base64.b64encode(packed).decode()}'))"
    done = power("code.execute", "builtins.exec", code=packed)
    return line, (power("code.execute", "python", code=line), done, *inner(program, packed))


Template = Callable[[str], tuple[str, Power]]


def process(template: Template, *, words: bool = False, cells: bool = False) -> Callable[[Program], Program]:
    """A carrier: another Python is started with the program."""

    def carry(program: Program) -> Program:
        line, powers = one_line(cell(program))
        command = line if words else f"python3 -c {shlex.quote(line)}"
        text, started = template(command)
        return Program(text, (started, *powers), cells=cells)

    return carry


def by_system(command: str) -> tuple[str, Power]:
    return f"import os\nos.system({command!r})\n", power("process.shell", "os.system", command=command)


def by_run(command: str) -> tuple[str, Power]:
    started = power("process.shell", "subprocess.run", command=command, shell=True)
    return f"import subprocess\nsubprocess.run({command!r}, shell=True)\n", started


def by_c_library(command: str) -> tuple[str, Power]:
    held = command.encode()
    started = power("process.shell", "ctypes.CDLL.system", command=held)
    return f"import ctypes\nctypes.CDLL(None).system({held!r})\n", started


def by_magic(command: str) -> tuple[str, Power]:
    return f"!{command}\n", power("process.shell", "IPython.InteractiveShell.system", command=command)


def by_notebook(command: str) -> tuple[str, Power]:
    started = power("process.shell", "IPython.InteractiveShell.system", command=command)
    return f"get_ipython().system({command!r})\n", started


def by_coroutine(command: str) -> tuple[str, Power]:
    started = power("process.shell", "asyncio.create_subprocess_shell", command=command)
    return f"import asyncio\nasyncio.run(asyncio.create_subprocess_shell({command!r}))\n", started


def by_spawn(line: str) -> tuple[str, Power]:
    words = ("python3", "-c", line)
    started = power("process.spawn", "os.posix_spawn", path="/usr/bin/python3", command=words)
    return f"import os\nos.posix_spawn('/usr/bin/python3', {list(words)!r}, {{}})\n", started


FORK_REST = "True, (), None, None, -1, -1, -1, -1, -1, -1, -1, -1, False, False, 0, None, None, None, -1, None, False"


def by_fork(line: str) -> tuple[str, Power]:
    words = (b"python3", b"-c", line.encode())
    started = power("process.spawn", "_posixsubprocess.fork_exec", command=words)
    text = f"import _posixsubprocess\n_posixsubprocess.fork_exec({list(words)!r}, [b'/usr/bin/python3'], {FORK_REST})\n"
    return text, started


def evaluate(program: Program) -> Program:
    """`eval` runs statements, too, when they come compiled."""
    program = cell(program)
    text = f"code = compile({literal(program.text)}, 'given', 'exec')\neval(code)\n"
    return Program(text, (power("code.execute", "builtins.eval"), *inner(program)))


def unpickle(program: Program) -> Program:
    """A pickle that calls `exec`."""
    program = cell(program)
    code = program.text.encode("utf-8", "surrogatepass")
    data = b"\x80\x04cbuiltins\nexec\nX" + len(code).to_bytes(4, "little") + code + b"\x85R."
    loaded = power("code.deserialize", "pickle.loads", data=data)
    done = power("code.execute", "builtins.exec", code=program.text)
    return Program(f"import pickle\npickle.loads({data!r})\n", (loaded, done, *inner(program, program.text)))
