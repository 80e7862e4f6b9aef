"""Redirections in, files and hosts out: what a command reads from, and where its output goes."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from validator.analyse.shell.expand import expand, expand_text
from validator.analyse.shell.state import DEVICES, Feed, Shell
from validator.analyse.shell.text import HOLE, decode, fields
from validator.analyse.shell.tree import Redirect

_SOCKET = re.compile(r"/dev/(tcp|udp)/([^/]*)/?(.*)", re.DOTALL)
_READS: Final = frozenset({"<", "<>", "<&"})


@dataclass(frozen=True, slots=True)
class Streams:
    """What feeds a command, and the files that take its output; `append` if they keep what they hold."""

    feed: Feed
    outputs: tuple[str, ...] = ()
    append: bool = False


def redirect(shell: Shell, redirects: Iterable[Redirect], feed: Feed) -> Streams:
    """Carry out redirections in their order."""
    outputs: list[str] = []
    append = False
    for item in redirects:
        operator = item.operator
        if item.document is not None:
            feed = expand_text(shell, item.document.body)
        elif operator == "<<<":
            feed = expand_text(shell, item.word) + "\n"
        else:
            path = " ".join(fields(expand(shell, item.word)))
            if operator in ("<&", ">&") and (path.rstrip("-").isdigit() or path == "-"):
                continue
            if operator in _READS:
                feed = read_file(shell, path, operator)
            else:
                append = write_file(shell, path, operator)
                outputs += [shell.place(path)] if item.descriptor in ("", "1") else []
    return Streams(feed, tuple(outputs), append)


def read_file(shell: Shell, path: str, name: str) -> str:
    """Note that a file or socket is read; gives what it holds."""
    if not connect(shell, path) and not path.startswith(DEVICES):
        shell.emit("fs.write" if name == "<>" else "fs.read", name, {"path": decode(shell.place(path))})
    return shell.written.get(shell.place(path), HOLE)


def write_file(shell: Shell, path: str, name: str) -> bool:
    """Note that a file or socket is written; says whether it keeps what it holds."""
    if not connect(shell, path) and not path.startswith(DEVICES):
        shell.emit("fs.write", name, {"path": decode(shell.place(path))})
    return name.endswith(">>")


def connect(shell: Shell, path: str) -> bool:
    """Whether the path stands for a connection, which is then noted."""
    match = _SOCKET.fullmatch(path)
    if match is None:
        return False
    shell.emit("network.connect", f"/dev/{match[1]}", {"host": decode(match[2]), "port": decode(match[3])})
    return True
