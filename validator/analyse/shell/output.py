"""Simple text programs in, what they print out: enough to read a command that was packed with them."""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from typing import Final

from validator.analyse.shell.programs import Line
from validator.analyse.shell.state import Shell
from validator.analyse.shell.text import HOLE, encode, unescape, unescape_echo

_FORMAT = re.compile(r"%(?:%|[-+ #0]*\d*(?:\.\d+)?([sbdiqcxXo]))")
_TALKS = re.compile(r"^--verbose|^-[a-zA-Z]*[vlp]")
_SPAN = re.compile(r"(.)-(.)", re.DOTALL)
_MOST_SPAN: Final = 256


def printed(shell: Shell, name: str, arguments: list[str], line: Line) -> str:
    """What a program prints when its words and its input are known; HOLE if that takes more than this."""
    fold = _FOLDS.get(name)
    if fold is None:
        talks = any(word.startswith("-") and _TALKS.search(word) for word in arguments)
        return "" if _SILENT.fullmatch(name) and not talks else HOLE
    return fold(shell, arguments, line)


def _echo(_shell: Shell, arguments: list[str], _line: Line) -> str:
    flags = ""
    while arguments and re.fullmatch(r"-[neE]+", arguments[0]):
        flags += arguments[0]
        arguments = arguments[1:]
    text = " ".join(arguments)
    told = unescape_echo(text)
    if "e" not in flags and "E" not in flags and told != text:
        # Shells differ in whether echo reads escapes by itself.
        return HOLE
    return (told if "e" in flags else text) + ("" if "n" in flags else "\n")


def _printf(shell: Shell, arguments: list[str], _line: Line) -> str:
    if arguments[:1] == ["-v"] or (arguments and arguments[0].startswith("-v")):
        name = arguments[0][2:] or "".join(arguments[1:2])
        shell.assign(name, (HOLE,))
        return ""
    pattern, *values = (arguments[1:] if arguments[:1] == ["--"] else arguments) or [""]
    pattern = unescape(pattern)
    if "%" in _FORMAT.sub("", pattern) or "\\c" in pattern:
        return HOLE
    slots = sum(match[1] is not None for match in _FORMAT.finditer(pattern))
    waiting = list(reversed(values))
    text = _FORMAT.sub(lambda match: _formatted(match, waiting), pattern)
    while slots and waiting:
        text += _FORMAT.sub(lambda match: _formatted(match, waiting), pattern)
    return text


def _formatted(match: re.Match[str], waiting: list[str]) -> str:
    if match[1] is None:
        return "%"
    value = waiting.pop() if waiting else ""
    if match[0] == "%s":
        return value
    return unescape_echo(value) if match[0] == "%b" else HOLE


def _cat(shell: Shell, arguments: list[str], line: Line) -> str:
    paths = [word for word in arguments if not word.startswith("-") or word == "-"]
    if not paths:
        return _fed(line)
    return "".join(_fed(line) if path == "-" else shell.written.get(shell.place(path), HOLE) for path in paths)


def _tee(_shell: Shell, _arguments: list[str], line: Line) -> str:
    return _fed(line)


def _fed(line: Line) -> str:
    return HOLE if line.feed is None else line.feed


def _base64(_shell: Shell, arguments: list[str], line: Line) -> str:
    return _decoded(arguments, line, {"-d", "-D", "--decode", "-di", "-id"}, _strict)


def _strict(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _openssl(_shell: Shell, arguments: list[str], line: Line) -> str:
    if not {"base64", "-base64", "-a"}.isdisjoint(arguments):
        return _decoded([word for word in arguments if word == "-d"], line, {"-d"}, _strict)
    return HOLE


def _base32(_shell: Shell, arguments: list[str], line: Line) -> str:
    return _decoded(arguments, line, {"-d", "--decode"}, base64.b32decode)


def _xxd(_shell: Shell, arguments: list[str], line: Line) -> str:
    given = set("".join(word[1:] for word in arguments if word.startswith("-")))
    return _decoded(["-d"] if given >= {"r", "p"} else [], line, {"-d"}, bytes.fromhex)


def _decoded(arguments: list[str], line: Line, flags: set[str], reader: Callable[[str], bytes]) -> str:
    text = _fed(line)
    if HOLE in text or flags.isdisjoint(arguments) or any(not word.startswith("-") for word in arguments):
        return HOLE
    try:
        raw = reader("".join(text.split()))
    except (binascii.Error, ValueError):
        return HOLE
    return encode(raw)


def _rev(_shell: Shell, arguments: list[str], line: Line) -> str:
    text = _fed(line)
    return HOLE if arguments else "\n".join(row[::-1] for row in text.split("\n"))


def _tr(_shell: Shell, arguments: list[str], line: Line) -> str:
    text = _fed(line)
    if HOLE in text:
        return HOLE
    sets = [_set(word) for word in arguments if not word.startswith("-")]
    if arguments[:1] == ["-d"] and len(sets) == 1 and len(arguments) == 2:
        return HOLE if sets[0] is None else "".join(char for char in text if char not in sets[0])
    if len(arguments) != 2 or len(sets) != 2 or not sets[0] or not sets[1]:
        return HOLE
    source, target = sets[0], sets[1]
    return text.translate({ord(a): b for a, b in zip(source, target.ljust(len(source), target[-1]), strict=False)})


def _set(word: str) -> str | None:
    """The characters that a set of `tr` names; None for what is more than characters and ranges."""
    if "[:" in word or "[=" in word or "*" in word or HOLE in word:
        return None
    return _SPAN.sub(
        lambda match: "".join(map(chr, range(ord(match[1]), ord(match[2]) + 1)))[:_MOST_SPAN], unescape(word)
    )


_SILENT: Final = re.compile(
    r"true|false|:|cd|test|\[|set|shift|unset|read|mapfile|readarray|alias|unalias|wait|sleep|let|"
    r"exit|return|break|continue|mkdir|touch|rm|cp|mv|ln|chmod|chown|kill"
)
_FOLDS: Final[Mapping[str, Callable[[Shell, list[str], Line], str]]] = {
    "echo": _echo,
    "printf": _printf,
    "cat": _cat,
    "tee": _tee,
    "base64": _base64,
    "openssl": _openssl,
    "base32": _base32,
    "xxd": _xxd,
    "rev": _rev,
    "tr": _tr,
}
