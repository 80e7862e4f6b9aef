"""Words in, fields out: parameters, substitutions, quoting, braces and wildcards as a shell expands them."""

import re
from collections.abc import Iterable
from typing import Final

from validator.analyse.shell.state import CHARACTERS_PER_STEP, Shell
from validator.analyse.shell.text import BREAK, HIDDEN, HOLE, QUOTE, decode, fields, plain, split, unquoted
from validator.analyse.shell.tree import Arithmetic, Assignment, Literal, Parameter, Part, Quoted, Substitution, Word

_SPECIAL: Final = re.compile(
    r"[#?$!_0-]|S?RANDOM|SECONDS|EPOCHSECONDS|LINENO|E?UID|PPID|BASHPID|HOSTNAME|OSTYPE|MACHTYPE|SHLVL|BASH(?:_VERSION)?|"
    r"OPTARG|OPTIND|REPLY|FUNCNAME|BASH_SOURCE|PIPESTATUS|BASH_REMATCH|COLUMNS|LINES|GROUPS"
)
_WATCHED: Final = re.compile(
    r"PATH|LD_(?:PRELOAD|LIBRARY_PATH|AUDIT)|DYLD_INSERT_LIBRARIES|BASH_ENV|ENV|PROMPT_COMMAND|PS4|PYTHON(?:PATH|STARTUP|HOME)|"
    r"PERL5(?:LIB|OPT)|RUBYOPT|NODE_OPTIONS|GIT_SSH_COMMAND|PAGER|EDITOR"
)
_SPAN = re.compile(r"\s*(-?\d+)\s*(?::\s*(-?\d+)\s*)?")
_RUNS = re.compile(r"\$\(|`")
_WILD = re.compile(r"[*?\[]")
_PROMPT = re.compile(r"PS[0-9]|PROMPT_COMMAND")
_KEYED = re.compile(r"\[[^\]]*\]\+?=")


def expand_words(shell: Shell, words: Iterable[Word]) -> list[str]:
    """The fields that the words of a command become."""
    found: list[str] = []
    for word in words:
        text = expand(shell, word)
        shell.spend(len(text) // CHARACTERS_PER_STEP)
        found.extend(fields(text))
    return found


def expand_text(shell: Shell, word: Word) -> str:
    """A word where a shell splits nothing: the value of an assignment, a here-document."""
    return plain(expand(shell, word))


def expand(shell: Shell, word: Word) -> str:
    """A word with its marks."""
    return "".join(_part(shell, part) for part in word)


def assign(shell: Shell, assignment: Assignment, exported: bool) -> None:
    """Carry out an assignment; what reaches the environment of programs is an act of its own."""
    name = assignment.name
    if assignment.index is not None:
        expand(shell, assignment.index)
    if assignment.value is None:
        values = tuple(expand_words(shell, assignment.items))
        values = (HOLE,) if any(_KEYED.match(value) for value in values) else values
    else:
        values = (expand_text(shell, assignment.value),)
    if any(HIDDEN.search(value) or (_PROMPT.fullmatch(name) and _RUNS.search(value)) for value in values):
        shell.unresolved(name, " ".join(values))
    if exported:
        shell.scope.exported.add(name)
    if exported or _WATCHED.fullmatch(name):
        shell.emit("env.write", name, {"key": name, "value": decode(" ".join(values))})
    old = shell.scope.variables.get(name, ())
    if assignment.index is not None:
        values = (HOLE,)
    elif assignment.append:
        values = (*old, *values) if assignment.value is None else ((old[0] if old else HOLE) + values[0],)
    shell.assign(name, tuple(shell.cap(value) for value in values))


def _part(shell: Shell, part: Part) -> str:
    match part:
        case Literal(text, quoted):
            return text + QUOTE if quoted else unquoted(text)
        case Quoted(parts):
            return QUOTE + expand(shell, parts)
        case Parameter():
            return _parameter(shell, part)
        case Substitution(script, quoted, process):
            with shell.subshell():
                output = shell.verbs.walk(shell, script, None)
            if process:
                path = f"/dev/fd/{len(shell.written) + 63}"
                shell.written[path] = output or HOLE
                return path
            return _shown(shell, output.rstrip("\n"), quoted)
        case Arithmetic(inside):
            expand(shell, inside)
            return HOLE


def _shown(shell: Shell, text: str, quoted: bool) -> str:
    if quoted:
        return text + QUOTE
    separators = shell.scope.variables.get("IFS")
    return split(text) if separators is None else split(text, separators[0] if separators else "")


def _parameter(shell: Shell, part: Parameter) -> str:
    index = expand_text(shell, part.index)
    every = index in ("@", "*") or part.name in ("@", "*")
    values = _values(shell, part)
    if part.operator != "length" and index.isascii() and index.isdigit() and len(index) < 6:
        values = values[int(index) : int(index) + 1] if values is not None and HOLE not in values else (HOLE,)
    elif index and not every:
        values = (HOLE,)
    elif values and not every:
        values = values[:1]
    if every and part.operator in (":", "!"):
        # A slice of the list, or the names of variables.
        expand(shell, part.argument)
        values = (HOLE,)
    elif part.operator:
        values = _operated(shell, part, values)
    if values is None:
        values = (HOLE,)
    shown = [_shown(shell, value, part.quoted) for value in values]
    return (BREAK if every and index != "*" else " ").join(shown)


def _values(shell: Shell, part: Parameter) -> tuple[str, ...] | None:
    """What a parameter holds; None if the script has not set it."""
    name, arguments = part.name, shell.scope.arguments
    if name in ("@", "*"):
        return arguments if arguments is not None else (HOLE,)
    if name.isascii() and name.isdigit() and name != "0":
        if arguments is None:
            return (HOLE,)
        return arguments[int(name) - 1 : int(name)] or ("",) if len(name) < 4 else ("",)
    if _SPECIAL.fullmatch(name):
        return (HOLE,)
    if name in shell.scope.variables:
        return shell.scope.variables[name]
    if name == "IFS":
        return (" \t\n",)
    shell.emit("env.read", f"${name}", {"key": name})
    if name == "HOME":
        return ("~",) if not part.operator else ("/" + HOLE,)
    if name in ("PWD", "PATH", "SHELL", "OLDPWD") and part.operator == ":":
        return ("/" + HOLE,)
    return (shell.scope.folder or ".",) if name == "PWD" else None


def _operated(shell: Shell, part: Parameter, values: tuple[str, ...] | None) -> tuple[str, ...] | None:
    operator = part.operator
    argument = expand_text(shell, part.argument) if not (operator in ("-", ":-") and _sure(values)) else ""
    if operator in ("-", ":-", "=", ":="):
        if _sure(values):
            return values
        unset = values is None or not any(values)
        if unset and "=" in operator:
            shell.assign(part.name, (argument,))
        return (argument,) if unset else (HOLE,)
    if operator in ("+", ":+"):
        return (argument,) if values is None or any(values) else ()
    if operator in ("?", ":?"):
        return values
    if operator == "!":
        name = values[0] if values else HOLE
        return _values(shell, Parameter(name, part.quoted)) if name.isidentifier() else (HOLE,)
    if operator == "@":
        shell.unresolved(f"${part.name}", " ".join(values or (HOLE,)))
        return (HOLE,)
    if values is None or operator == "length":
        return (HOLE,)
    return tuple(_edited(operator, value, argument) for value in values)


def _sure(values: tuple[str, ...] | None) -> bool:
    return values is not None and any(values) and not any(HOLE in value for value in values)


def _edited(operator: str, value: str, argument: str) -> str:
    """A value after `${name:1:2}`, `${name/a/b}`, `${name%suffix}` and the like."""
    if operator == ":":
        return _slice(value, argument)
    if HOLE in value or HOLE in argument:
        return HOLE
    if operator in ("^^", ",,", "^", ","):
        head = 1 if len(operator) == 1 else len(value)
        changed = value[:head].upper() if "^" in operator else value[:head].lower()
        return HOLE if argument else changed + value[head:]
    pattern, _, new = argument.partition("/")
    if _WILD.search(argument if operator[0] in "#%" else pattern) or "\\" in argument:
        return HOLE
    if operator[0] == "#":
        return value.removeprefix(argument)
    if operator[0] == "%":
        return value.removesuffix(argument)
    return value.replace(pattern, new, -1 if operator == "//" else 1) if pattern else value


def _slice(value: str, argument: str) -> str:
    span = _SPAN.fullmatch(argument)
    if span is None or len(span[0]) > 12:
        return HOLE
    start, length = int(span[1]), span[2]
    start = max(len(value) + start, 0) if start < 0 else start
    if start < 0 or (HOLE in value and (length is None or HOLE in value[: start + int(length)] or int(length) < 0)):
        return HOLE
    if length is None:
        return value[start:]
    return value[start : start + int(length)] if int(length) >= 0 else value[start : int(length)]
