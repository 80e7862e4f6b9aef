"""Shell text in, words out: quoting, expansions, substitutions and here-documents."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from validator.analyse.shell.text import unescape
from validator.analyse.shell.tree import (
    Arithmetic,
    Document,
    Literal,
    Parameter,
    Part,
    Quoted,
    Script,
    Substitution,
    Word,
)

DEEPEST: Final = 20

_BLANK = re.compile(r"(?:[ \t]|\\\n)+")
_COMMENT = re.compile(r"#[^\n]*")
_NAMED = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!-])")
_PARAMETER = re.compile(r"([!#]?)([A-Za-z_][A-Za-z0-9_]*|[0-9]+|[@*#?$!-])(?:\[((?:[^\[\]]|\[[^\[\]]*\])*)\])?")
_OPERATOR = re.compile(r":[-=?+]|##?|%%?|//?|:|\^\^?|,,?|[-=?+@]|(?=\})")
_ANSI = re.compile(r"\$'((?:[^'\\]|\\.)*)'", re.DOTALL)
_BACKTICK = re.compile(r"`((?:[^`\\]|\\.)*)`", re.DOTALL)
_BRACKET = re.compile(r"[()]|'[^']*'|\\.", re.DOTALL)


class BrokenError(Exception):
    """The text is not shell, or nests too deep; caught where a script is read."""


@dataclass(frozen=True, slots=True)
class Mode:
    """What is special inside one kind of quoting; `closing` is the character that ends it."""

    plain: re.Pattern[str]
    stops: str
    quoted: bool
    closing: str = ""
    single: bool = False
    escapes: str = ""


WORD: Final = Mode(re.compile(r"[^ \t\n|&;()<>\\'\"$`]+"), " \t\n|&;()<>", quoted=False, single=True)
_DOUBLE: Final = Mode(re.compile(r"[^\\\"$`]+"), '"', quoted=True, closing='"', escapes='$`"\\')
_BRACES: Final = Mode(re.compile(r"[^\\'\"$`}]+"), "}", quoted=False, closing="}", single=True)
_QUOTED_BRACES: Final = Mode(re.compile(r"[^\\\"$`}]+"), "}", quoted=True, closing="}", escapes='$`"\\}')
_DOCUMENT: Final = Mode(re.compile(r"[^\\$`]+"), "", quoted=True, escapes="$`\\")
_NUMBERS: Final = Mode(re.compile(r"[^\\$`'\"]+"), "", quoted=False, single=True)


class Reader:
    """A place in a text; `read` is the grammar, which reads commands up to what ends them."""

    def __init__(self, text: str, read: "Callable[[Reader], Script]", depth: int = 0) -> None:
        """Start at the beginning."""
        self.text = text
        self.read = read
        self.depth = depth
        self.position = 0
        self.documents: list[Document] = []

    def skip(self) -> None:
        """Pass over blanks and a comment."""
        for pattern in (_BLANK, _COMMENT):
            if match := pattern.match(self.text, self.position):
                self.position = match.end()

    def at(self, text: str) -> bool:
        """Whether the text goes on like this."""
        return self.text.startswith(text, self.position)

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Pass over what matches here."""
        match = pattern.match(self.text, self.position)
        if match is not None:
            self.position = match.end()
        return match

    def expect(self, text: str) -> None:
        """Pass over exactly this."""
        if not self.at(text):
            raise BrokenError
        self.position += len(text)

    def word(self) -> Word:
        """One word; empty if none stands here."""
        return self.parts(WORD)

    def parts(self, mode: Mode) -> Word:
        """The parts up to the end of this kind of quoting."""
        found: list[Part] = []
        text = self.text
        while self.position < len(text):
            if match := self.take(mode.plain):
                found.append(Literal(match[0], mode.quoted))
                continue
            char = text[self.position]
            if char in mode.stops and not (mode is WORD and self._process()):
                return tuple(found)
            found.append(self._part(char, mode))
        if mode.closing:
            raise BrokenError
        return tuple(found)

    def nested(self, stop: str) -> Script:
        """A script inside this one, up to and including the stop."""
        self.deeper()
        script = self.read(self)
        self.expect(stop)
        self.depth -= 1
        return script

    def deeper(self) -> None:
        """Go one level down, if that is still allowed."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise BrokenError

    def arithmetic(self, opening: str) -> Word | None:
        """The parts of `((…))`; None, and no step further, if the brackets are those of two subshells."""
        depth, start = 2, self.position + len(opening)
        for match in _BRACKET.finditer(self.text, start):
            depth += (match[0] == "(") - (match[0] == ")")
            if depth == 1:
                if self.text[match.end() : match.end() + 1] != ")":
                    return None
                self.position = match.end() + 1
                return self.inside(self.text[start : match.start()])
        return None

    def inside(self, text: str) -> Word:
        """The parts of an arithmetic expression or an index."""
        return self._inner(text, _NUMBERS) if text else ()

    def _inner(self, text: str, mode: Mode) -> Word:
        """The parts of a text that was cut out of this one."""
        self.deeper()
        found = Reader(text, self.read, self.depth).parts(mode)
        self.depth -= 1
        return found

    def end_line(self) -> None:
        """Read the here-documents that the line just ended has announced."""
        waiting, self.documents = self.documents, []
        for document in waiting:
            lines: list[str] = []
            while self.position < len(self.text):
                end = self.text.find("\n", self.position)
                end = len(self.text) if end < 0 else end
                line = self.text[self.position : end]
                line = line.lstrip("\t") if document.tabs else line
                self.position = min(end + 1, len(self.text))
                if line == document.delimiter:
                    break
                lines.append(line + "\n")
            body = "".join(lines)
            document.body = (Literal(body, True),) if document.quoted else self._inner(body, _DOCUMENT)

    def _process(self) -> bool:
        return self.at("<(") or self.at(">(")

    def _part(self, char: str, mode: Mode) -> Part:
        if char == "\\":
            return self._escape(mode)
        if char == "$":
            return self._dollar(mode)
        if char == "`":
            return self._backtick(mode)
        if char in "<>" and mode is WORD:
            self.position += 2
            return Substitution(self.nested(")"), mode.quoted, process=True)
        self.position += 1
        if char == "'" and mode.single:
            end = self.text.find("'", self.position)
            if end < 0:
                raise BrokenError
            start, self.position = self.position, end + 1
            return Literal(self.text[start:end], True)
        if char == '"' and mode is not _DOCUMENT:
            return self._double()
        return Literal(char, mode.quoted)

    def _double(self) -> Part:
        parts = self.parts(_DOUBLE)
        self.expect('"')
        return parts[0] if len(parts) == 1 else Quoted(parts)

    def _escape(self, mode: Mode) -> Part:
        char = self.text[self.position + 1 : self.position + 2]
        self.position += 2
        if char == "\n":
            return Literal("", mode.quoted)
        if mode.escapes and char not in mode.escapes:
            return Literal("\\" + char, True)
        return Literal(char or "\\", True)

    def _dollar(self, mode: Mode) -> Part:
        if not mode.quoted and (match := self.take(_ANSI)):
            return Literal(unescape(match[1]), True)
        if not mode.quoted and self.at('$"'):
            self.position += 2
            return self._double()
        if self.at("$((") and (inside := self.arithmetic("$((")) is not None:
            return Arithmetic(inside)
        if self.at("$("):
            self.position += 2
            return Substitution(self.nested(")"), mode.quoted)
        if self.at("${"):
            return self._braced(mode)
        if self.at("$["):
            return self._old_sum()
        match = self.take(_NAMED)
        if self.at("\\\n") or self.at("$\\\n"):
            # A shell joins the lines before it looks for a name or a bracket: `$\` and `(id)` on the next line run id.
            raise BrokenError
        if match is not None:
            return Parameter(match[1], mode.quoted)
        self.position += 1
        return Literal("$", mode.quoted)

    def _old_sum(self) -> Part:
        end = self.text.find("]", self.position)
        if end < 0:
            raise BrokenError
        inside = self.text[self.position + 2 : end]
        self.position = end + 1
        return Arithmetic(self.inside(inside))

    def _braced(self, mode: Mode) -> Part:
        self.position += 2
        head = self.take(_PARAMETER)
        operator = self.take(_OPERATOR) if head is not None else None
        if head is None or operator is None:
            raise BrokenError
        self.deeper()
        argument = self.parts(_QUOTED_BRACES if mode.quoted else _BRACES)
        self.expect("}")
        self.depth -= 1
        prefix = {"": "", "#": "length", "!": "!"}[head[1]]
        return Parameter(head[2], mode.quoted, self.inside(head[3] or ""), prefix or operator[0], argument)

    def _backtick(self, mode: Mode) -> Part:
        match = self.take(_BACKTICK)
        if match is None:
            raise BrokenError
        inside = re.sub(r'\\([$`\\"])' if mode.quoted else r"\\([$`\\])", r"\1", match[1])
        self.deeper()
        reader = Reader(inside, self.read, self.depth)
        script = self.read(reader)
        if reader.position < len(inside):
            raise BrokenError
        self.depth -= 1
        return Substitution(script, mode.quoted)
