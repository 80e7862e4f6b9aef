"""A program and its words in, uses out: functions of the script first, then the command table, then what it runs."""

from typing import Final

from validator.analyse.shell.actions import ACTIONS
from validator.analyse.shell.grammar import read
from validator.analyse.shell.output import printed
from validator.analyse.shell.programs import Line, entries, note, sort_words
from validator.analyse.shell.state import DEEPEST, Feed, Shell
from validator.analyse.shell.text import HIDDEN, HOLE, decode
from validator.analyse.shell.tree import Node
from validator.model.known import Known

LEAVES: Final = frozenset({"return", "break", "continue"})
# Built-ins that take a word for the name of a variable with an index.
READ_AS_INDEX: Final = frozenset(
    {"test", "[", "printf", "read", "unset", "let", "wait", "mapfile", "readarray", "getopts"}
)
# What changes no file, or only the one that it names.
KEEPING: Final = frozenset(
    {None, "process.spawn", "process.shell", "process.signal", "fs.read", "fs.list", "fs.permission", "env.read"}
    | {"env.write", "system.info", "system.user", "network.resolve"}
)
WRITES_ONE: Final = frozenset({"tee", "touch", "mkdir", "rm", "rmdir"})


def run(shell: Shell, words: list[str], feed: Feed) -> str:
    """Run what stands first in a command: a function of the script, or else a program."""
    bodies = shell.scope.functions.get(words[0], ())
    if not bodies:
        return launch(shell, words, feed)
    outputs = [_call(shell, words[0], body, words[1:], feed) for body in bodies]
    if words[0] in shell.scope.unsure:
        outputs.append(launch(shell, words, feed))
    return outputs[0] if len(outputs) == 1 else HOLE


def launch(shell: Shell, words: list[str], feed: Feed) -> str:
    """Run a program: note that it starts and what it does; gives what it prints, as far as that is known."""
    shell.spend()
    if HOLE in words[0].rpartition("/")[2]:
        return _unknown(shell, words, feed)
    if shell.depth >= DEEPEST:
        shell.unresolved("sh", " ".join(words))
        return HOLE
    shell.depth += 1
    output = _program(shell, words, feed)
    shell.depth -= 1
    return output


def _program(shell: Shell, words: list[str], feed: Feed) -> str:
    program, arguments = words[0], words[1:]
    name, found = entries(shell, program)
    shell.ran.append(name)
    shell.left += name in LEAVES
    if name in READ_AS_INDEX and any(HIDDEN.search(word) for word in arguments):
        shell.unresolved(name, " ".join(words))
    if all(entry.capability is not None for entry in found):
        shell.emit("process.spawn", name, {"command": _command(words)})
    if "/" in program and shell.place(program) in shell.written:
        return _file(shell, words, feed)
    output: str | None = None
    files_kept = bool(found)
    for entry in found:
        line = sort_words(entry, arguments)
        if line is None:
            continue
        line.program, line.feed = name, feed
        note(shell, entry, line)
        files_kept &= entry.capability in KEEPING or name in WRITES_ONE
        if entry.action is not None:
            output = ACTIONS[entry.action](shell, line)
    if not files_kept:
        shell.forget()
    return printed(shell, name, arguments, Line(name, feed=feed)) if output is None else output


def _command(words: list[str]) -> Known:
    return tuple(decode(word) for word in words)


def _unknown(shell: Shell, words: list[str], feed: Feed) -> str:
    """A program that cannot be named; one that takes `-m` or `-c` may well be the running interpreter."""
    shell.unresolved("sh", " ".join(words))
    if words[0] == HOLE and words[1:2] in (["-m"], ["-c"]):
        launch(shell, ["python", *words[1:]], feed)
    return HOLE


def _call(shell: Shell, name: str, body: Node, arguments: list[str], feed: Feed) -> str:
    """Call a function of the script; one that calls itself is not followed again."""
    if name in shell.calling:
        if shell.parallel > shell.calling[name]:
            shell.emit("resource.fork", name)
        elif not shell.conditional:
            shell.emit("resource.loop", name)
        return HOLE
    if len(shell.calling) >= shell.limits.calls:
        shell.unresolved(name, " ".join((name, *arguments)))
        return HOLE
    shell.bodies = [other for other in shell.bodies if other is not body]
    outer, shell.scope.arguments = shell.scope.arguments, tuple(arguments)
    left, shell.calling[name] = shell.left, shell.parallel
    output = shell.verbs.walk(shell, body, feed)
    del shell.calling[name]
    shell.left, shell.scope.arguments = left, outer
    return output


def _file(shell: Shell, words: list[str], feed: Feed) -> str:
    """Run a file that was written a moment ago."""
    head = shell.written[shell.place(words[0])].partition("\n")[0]
    interpreter = "python" if head.startswith("#!") and "python" in head else "sh"
    return launch(shell, [interpreter, *words], feed)


def line(shell: Shell, text: str, feed: Feed) -> str:
    """Read a line of shell and follow it; an unknown piece may hold any command."""
    if shell.nested > shell.limits.nested:
        shell.unresolved("sh", text)
        return HOLE
    script = read(text)
    if HOLE in text or script.broken:
        shell.unresolved("sh", text)
    shell.nested += 1
    output = shell.verbs.walk(shell, script, feed)
    shell.nested -= 1
    return output
