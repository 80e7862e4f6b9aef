"""Interpreters and their words in, the program text they run out: shells, Python, and other languages."""

from typing import Final

from validator.analyse.shell.programs import Line
from validator.analyse.shell.state import Shell
from validator.analyse.shell.text import HOLE, decode
from validator.model.known import Known

STANDARD_INPUT: Final = frozenset({"-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"})
QUESTIONS: Final = frozenset({"--version", "--help", "-V", "-h"})


def shell_code(shell: Shell, line: Line) -> str:
    """`sh`: a line after `-c`, else a script file, else the input."""
    if line.flags & {"--version", "--help"}:
        return HOLE
    words = line.values.get("argument", [])
    if "-c" in line.flags:
        text = words[0] if words else HOLE
        shell.emit("process.shell", line.program, {"command": decode(text)})
        with shell.subshell(shell.scope.child(tuple(words[2:]))):
            return _line(shell, text, line.feed)
    if words and "-s" not in line.flags and words[0] not in STANDARD_INPUT:
        with shell.subshell(shell.scope.child(tuple(words[1:]))):
            return _script(shell, line, words)
    text = HOLE if line.feed is None else line.feed
    with shell.subshell(shell.scope.child(tuple(words))):
        shell.emit("process.shell", line.program, {"command": decode(text)})
        return _line(shell, text, None)


def source(shell: Shell, line: Line) -> str:
    """`source file`: a script in this very shell."""
    words = line.values.get("argument", [])
    if words and words[0] in STANDARD_INPUT:
        return _line(shell, HOLE if line.feed is None else line.feed, None)
    return _script(shell, line, words) if words else ""


def _script(shell: Shell, line: Line, words: list[str]) -> str:
    """A script file: what it holds is known only if it was written a moment ago."""
    path = shell.place(words[0])
    text = _written(shell, path)
    if text is None:
        command: Known = tuple(decode(word) for word in (line.program, *words))
        shell.emit("process.shell", line.program, {"path": decode(path), "command": command, "script": True})
    else:
        shell.emit("process.shell", line.program, {"path": decode(path), "command": decode(text)})
    return _line(shell, text or HOLE, line.feed)


def _written(shell: Shell, path: str) -> str | None:
    """What was written to a file a moment ago; None for a file that lies there already, whatever its name."""
    return shell.written.get(path, HOLE if HOLE in path and shell.written else None)


def _line(shell: Shell, text: str, feed: str | None) -> str:
    if text.strip(HOLE):
        return shell.verbs.line(shell, text, feed)
    shell.forget()
    return HOLE


def python_code(shell: Shell, line: Line) -> str:
    """`python`: code after `-c`, a module after `-m`, else a file, else the input."""
    words = line.values.get("argument", [])
    if code := line.values.get("code"):
        _python(shell, line, code[-1])
    elif module := line.values.get("module"):
        if HOLE in module[-1] or module[-1] in shell.catalog.commands:
            shell.verbs.launch(shell, [module[-1], *words], line.feed)
    elif words and words[0] not in STANDARD_INPUT:
        path = shell.place(words[0])
        text = _written(shell, path)
        shell.emit("fs.read", line.program, {"path": decode(path)})
        shell.forget()
        if text is not None:
            _python(shell, line, text)
    elif line.flags.isdisjoint(QUESTIONS):
        _python(shell, line, HOLE if line.feed is None else line.feed)
    return HOLE


def _python(shell: Shell, line: Line, text: str) -> None:
    shell.forget()
    code = None if HOLE in text else text
    shell.emit("code.execute", line.program, {"code": decode(text)}, code)


def other_code(shell: Shell, line: Line) -> str:
    """An interpreter of a language that is not read here: its code cannot be worked out."""
    words = line.values.get("argument", [])
    texts = list(line.values.get("code", ()))
    if not texts and words and words[0] not in STANDARD_INPUT:
        path = shell.place(words[0])
        texts = [shell.written.get(path, HOLE)] if path in shell.written or HOLE in path else []
    elif not texts and line.flags.isdisjoint(QUESTIONS | {"-v"}):
        texts = [HOLE if line.feed is None else line.feed]
    for text in texts:
        shell.unresolved(line.program, text, "unresolved.code", "code")
    return HOLE
