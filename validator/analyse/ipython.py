"""An IPython cell in, plain Python with as many lines out: magics become the calls that IPython makes of them.

https://ipython.readthedocs.io/en/stable/config/inputtransforms.html tells what a cell may hold. A `%` or `!` inside a
string or an open bracket is no magic, so the text is followed one logical line after the other.
"""

import re
from collections.abc import Iterator
from typing import Final

from validator.analyse.tokens import BREAK, CLOSE, INDENT, LINE, OPEN, tokens

_CELL_MAGIC: Final = re.compile(r"(?:[ \t\f]*\n)*%%([^ \n]*) ?([^\n]*)\n?")
_ESCAPED: Final = re.compile(r"[ \t\f]*(?=[!%?,;/])")
_ASSIGNED: Final = re.compile(r"(?:[ \t]|\\\n)*(?=!|%[ \t]*\w)")
_COMMAND: Final = re.compile(r"(?:[^\\\n]|\\\n?)*+")
_HELP: Final = re.compile(r"([ \t\f]*)(%{0,2}(?!\d)[\w*]+(?:\.(?!\d)[\w*]+|\[-?\d+\])*)(\?\??)[ \t]*(\n?)")


def to_python(text: str) -> str:
    """The cell as IPython would run it; text without magics loses nothing but its common indentation."""
    cell = _dedent(text)
    magic = _CELL_MAGIC.match(cell)
    if magic is None:
        return "".join(_lines(cell))
    before = cell.count("\n", 0, magic.start(1))
    after = cell.count("\n") - before
    body = cell[magic.end() :]
    ended = body if body.endswith("\n") or not body else body + "\n"
    return "\n" * before + _call("run_cell_magic", magic[1], magic[2].rstrip(), ended) + "\n" * after


def looks_like_ipython(text: str) -> bool:
    """Whether there is a magic in it."""
    return to_python(text) != _dedent(text)


def _dedent(text: str) -> str:
    """Take the indentation of the first line with something on it from every line that has it."""
    first = re.match(r"\s*^([ \t]+)\S", text, re.MULTILINE)
    return re.sub(f"^{first[1]}", "", text, flags=re.MULTILINE) if first else text


def _lines(text: str) -> Iterator[str]:
    """Each logical line in turn, with its magic translated."""
    position = 0
    while position < len(text):
        escaped = _ESCAPED.match(text, position)
        if escaped is not None:
            command, end = escaped.end(), _end_of_command(text, escaped.end())
            yield text[position:command] + _translate(text[command:end])
        else:
            command, end = _follow(text, position)
            yield _explain_help(text[position:command]) + _assigned(text[command:end])
        position = end


def _end_of_command(text: str, position: int) -> int:
    command = _COMMAND.match(text, position)
    return command.end() if command is not None else position


def _follow(text: str, position: int) -> tuple[int, int]:
    """Where a logical line ends; first of all where the magic behind its first `=` begins, if there is one."""
    depth = 0
    assigned = False
    for match in tokens(text, position):
        kind = match.lastindex
        depth += (kind == OPEN) - (kind == CLOSE)
        if kind == LINE and depth <= 0:
            return match.start(INDENT), match.start(INDENT)
        if kind == BREAK and depth <= 0 and match[BREAK] == "=" and not assigned:
            assigned = True
            magic = _ASSIGNED.match(text, match.end())
            if magic is not None:
                return magic.end(), _end_of_command(text, magic.end())
    return len(text), len(text)


def _call(method: str, *arguments: str) -> str:
    return f"get_ipython().{method}({', '.join(map(repr, arguments))})"


def _translate(command: str) -> str:
    """The call that one escaped command stands for, and the line ends that it takes up."""
    joined = re.sub(r"[ \t]*\\\n", " ", command).rstrip()
    escape = "!!" if joined.startswith("!!") else "??" if joined.startswith("??") else joined[0]
    rest = joined[len(escape) :]
    name, _, arguments = rest.lstrip().partition(" ")
    match escape:
        case "!":
            call = _call("system", rest)
        case "!!":
            call = _call("getoutput", rest)
        case "%":
            call = _call("run_line_magic", name, arguments.strip())
        case "?" | "??":
            call = _call("run_line_magic", "pinfo" if escape == "?" else "pinfo2", rest.strip())
        case ",":
            call = f"{name}({', '.join(map(repr, arguments.split()))})"
        case ";":
            call = f"{name}({arguments!r})"
        case _:
            call = f"{name}({', '.join(arguments.split())})"
    return call + "\n" * command.count("\n")


def _assigned(command: str) -> str:
    """What stands behind `=`; there `!` gives the output back."""
    return _translate("!" * (command[:1] == "!" and command[:2] != "!!") + command) if command else ""


def _explain_help(line: str) -> str:
    """`name?` asks for help; with anything else on the line it is left for Python to refuse."""
    asked = _HELP.fullmatch(line)
    if asked is None:
        return line
    return asked[1] + _call("run_line_magic", "pinfo" if asked[3] == "?" else "pinfo2", asked[2]) + asked[4]
