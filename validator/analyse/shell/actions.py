"""What some programs do that no table can say: they run, or arrange to run, what their words hold."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from validator.analyse.shell.interpreters import other_code, python_code, shell_code, source
from validator.analyse.shell.programs import Line
from validator.analyse.shell.state import Shell
from validator.analyse.shell.text import HOLE, decode

MOST_SCRIPT: Final = 4_096
MOST_ROWS: Final = 8

_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)", re.DOTALL)
_PROGRAM_IN_AWK = re.compile(r"""\bsystem\s*\(|\bgetline\b|@load|/inet|\bprintf?\b(?:"[^"]*"|[^;}\n"])*[>|]""")
_COMMAND_IN_SED = re.compile(r"(?:^|[;{}\n\d/$!])[ \t]*[eEwW](?:[ \t\n]|$)")
_REPLACE_IN_SED = re.compile(r"(?:^|[;{}\n\d/$!])[ \t]*s([^\w\s\\])")
_FLAGS_IN_SED = re.compile(r"[gpiImM0-9]*[ew]")
_COMMAND_SETTING = re.compile(
    r"pager|command|fsmonitor|alias|editor|external|helper|hook|askpass|program|textconv|filter|driver|cmd",
    re.IGNORECASE,
)
_QUOTES: Final = frozenset("'\"\\")
_OTHER_ENDS: Final = frozenset({"-0", "--null", "-d", "--delimiter", "-a", "--arg-file", "-E"})
_RUNS: Final = frozenset({"-exec", "-execdir", "-ok", "-okdir"})
_FIND_WRITES: Final = frozenset({"-fprint", "-fprintf", "-fls", "-fprint0"})


def run_words(shell: Shell, line: Line) -> str:
    """The words are another program with its own words, as for `sudo`; assignments before it are for it alone."""
    words = list(line.values.get("command", ()))
    while words and (match := _ASSIGNMENT.fullmatch(words[0])):
        shell.emit("env.write", line.program, {"key": match[1], "value": decode(match[2])})
        words = words[1:]
    if words:
        return shell.verbs.launch(shell, words, line.feed)
    # Without words many of them start a shell, which takes the input for commands.
    return HOLE if line.feed is None else run_line(shell, line)


def run_environment(shell: Shell, line: Line) -> str:
    """`env`: a program with other variables, or a listing of them all."""
    split = [word for name, text in line.options if name in ("-S", "--split-string") for word in text.split()]
    if not split and all(word == "-" or _ASSIGNMENT.fullmatch(word) for word in line.values.get("command", ())):
        shell.emit("env.read", line.program)
        return HOLE
    line.values["command"] = split + [word for word in line.values.get("command", ()) if word != "-"]
    return run_words(shell, line)


def run_line(shell: Shell, line: Line) -> str:
    """The words, or else the input, are a line for another shell."""
    with shell.subshell(shell.scope.child(())):
        return evaluate(shell, line)


def evaluate(shell: Shell, line: Line) -> str:
    """The words, or else the input, are a line for this shell."""
    words = line.values.get("command")
    text = " ".join(words) if words else line.feed
    return shell.verbs.line(shell, text.removeprefix("exec="), line.feed if words else None) if text else HOLE


def run_for_input(shell: Shell, line: Line) -> str:
    """`xargs` and `parallel`: the input becomes words of a program."""
    words = line.values.get("command")
    if not words and line.program == "parallel":
        return run_line(shell, line)
    words = words or ["echo"]
    # Quotes, and options that say where a word ends, are not followed.
    known = line.feed is not None and _QUOTES.isdisjoint(line.feed) and _OTHER_ENDS.isdisjoint(line.flags)
    given = line.feed if known and line.feed is not None else HOLE
    mark = next((value for name, value in line.options if name in ("-I", "-J", "--replace")), "{}")
    if not any(mark in word for word in words):
        return shell.verbs.launch(shell, words + given.split(), None)
    rows = given.splitlines()
    for row in rows if len(rows) <= MOST_ROWS else [HOLE]:
        shell.verbs.launch(shell, [word.replace(mark, row.strip()) for word in words], None)
    return HOLE


def run_found(shell: Shell, line: Line) -> str:
    """`find`: what it lists, and what it runs, deletes or writes for each file."""
    words = [word for word in line.values.get("argument", ()) if word not in ("-H", "-L", "-P")]
    first = next((place for place, word in enumerate(words) if word[:1] in ("-", "(", "!")), len(words))
    paths = [decode(shell.place(path)) for path in words[:first]] or ["."]
    for path in paths:
        shell.emit("fs.list", line.program, {"path": path})
        if "-delete" in words:
            shell.emit("fs.delete", line.program, {"path": path})
    place = first
    while place < len(words):
        if words[place] in _RUNS:
            end = next((i for i in range(place, len(words)) if words[i] in (";", "+")), len(words))
            command = [word.replace("{}", HOLE) for word in words[place + 1 : end]]
            if command:
                shell.verbs.launch(shell, command, None)
            place = end
        elif words[place] in _FIND_WRITES and place + 1 < len(words):
            shell.emit("fs.write", line.program, {"path": decode(shell.place(words[place + 1]))})
        place += 1
    return HOLE


def run_awk(shell: Shell, line: Line) -> str:
    """`awk`: its programs can start others, and write files."""
    for text in line.values.get("code", ()):
        if HOLE in text or len(text) > MOST_SCRIPT or _PROGRAM_IN_AWK.search(text):
            shell.unresolved(line.program, text)
    return HOLE


def run_sed(shell: Shell, line: Line) -> str:
    """`sed`: its scripts can start programs, and write files."""
    for text in line.values.get("code", ()):
        if HOLE in text or len(text) > MOST_SCRIPT or _COMMAND_IN_SED.search(text) or _replaces_and_runs(text):
            shell.unresolved(line.program, text)
    return HOLE


def _replaces_and_runs(text: str) -> bool:
    """Whether the script has an `s/…/…/e` or `s/…/…/w file`."""
    for match in _REPLACE_IN_SED.finditer(text):
        middle = text.find(match[1], match.end())
        end = text.find(match[1], middle + 1) if middle >= 0 else -1
        while end >= 0:
            if _FLAGS_IN_SED.match(text, end + 1):
                return True
            end = text.find(match[1], end + 1) if text[end - 1] == "\\" else -1
    return False


def run_setting(shell: Shell, line: Line) -> str:
    """`git -c key=value`, `ssh -o key=value`: some settings are commands."""
    for text in line.values.get("value", ()):
        key, _, value = text.partition("=")
        if HOLE in key or _COMMAND_SETTING.search(key):
            shell.emit("process.shell", line.program, {"command": decode(value)})
            shell.verbs.line(shell, value.lstrip("!"), None)
    return HOLE


def join_ends(shell: Shell, line: Line) -> str:
    """`socat`: two ends, each a host, a port, a file or a program."""
    for text in line.words:
        kind, _, rest = text.partition(":")
        kind, address = kind.lower(), rest.partition(",")[0]
        if kind in ("exec", "system", "shell"):
            shell.emit("process.shell", line.program, {"command": decode(address)})
            shell.verbs.line(shell, address, None)
        elif "listen" in kind:
            shell.emit("network.listen", line.program, {"port": decode(address)})
        elif kind in ("open", "file", "create", "gopen"):
            shell.emit("fs.write", line.program, {"path": decode(shell.place(address))})
        elif rest or HOLE in kind:
            host, _, port = address.rpartition(":")
            shell.emit("network.connect", line.program, {"host": decode(host or HOLE), "port": decode(port)})
    return HOLE


def change_folder(shell: Shell, line: Line) -> str:
    """`cd`: relative paths are now seen from there."""
    path = shell.place(line.values.get("path", ["~"])[-1])
    old = shell.scope.folder
    # The second change of folder may fail, and leave the script in the first.
    shell.scope.folder = HOLE if path == "-" or old not in ("", path) else path
    return HOLE if path == "-" else ""


def set_arguments(shell: Shell, line: Line) -> str:
    """`set -- words`: new arguments; `set` alone lists every variable."""
    if not line.words and not line.flags:
        shell.emit("env.read", line.program)
        return HOLE
    if line.words:
        shell.scope.arguments = None if shell.conditional else tuple(line.words)
    return ""


def shift_arguments(shell: Shell, line: Line) -> str:
    """`shift`: the first arguments are gone."""
    count = line.words[0] if line.words else "1"
    arguments = shell.scope.arguments
    known = arguments is not None and count.isascii() and count.isdigit() and len(count) < 4 and not shell.conditional
    shell.scope.arguments = arguments[int(count) :] if known and arguments is not None else None
    return ""


def read_variables(shell: Shell, line: Line) -> str:
    """`read` and its like: variables from the input."""
    names = line.values.get("key") or ["REPLY"]
    for name in names:
        value = HOLE if line.feed is None or len(names) > 1 or HOLE in line.feed else line.feed.strip()
        shell.assign(name, (value if "\n" not in value else HOLE,))
    return ""


def unset_variables(shell: Shell, line: Line) -> str:
    """`unset`: variables that are empty from now on."""
    for name in line.words:
        if name in shell.scope.functions:
            shell.scope.unsure.add(name)
        shell.assign(name, ("",))
    return ""


def forget_variables(shell: Shell, line: Line) -> str:
    """`getopts` and `wait -p`: variables that hold what is not followed."""
    for name in line.values.get("key", ()):
        shell.assign(name, (HOLE,))
    return ""


def set_alias(shell: Shell, line: Line) -> str:
    """`alias name=line`: looked at where it is made."""
    for word in line.words:
        _, equals, text = word.partition("=")
        if equals:
            shell.verbs.line(shell, text, None)
    return HOLE if line.flags or not all("=" in word for word in line.words) else ""


ACTIONS: Final[Mapping[str, Callable[[Shell, Line], str]]] = {
    "!words": run_words,
    "!environment": run_environment,
    "!line": run_line,
    "!evaluate": evaluate,
    "!input": run_for_input,
    "!find": run_found,
    "!awk": run_awk,
    "!sed": run_sed,
    "!shell": shell_code,
    "!python": python_code,
    "!code": other_code,
    "!source": source,
    "!setting": run_setting,
    "!ends": join_ends,
    "!folder": change_folder,
    "!arguments": set_arguments,
    "!shift": shift_arguments,
    "!read": read_variables,
    "!unset": unset_variables,
    "!forget": forget_variables,
    "!alias": set_alias,
}
