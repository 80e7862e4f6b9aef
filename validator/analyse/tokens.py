"""Text in, the tokens that shape its syntax tree out: brackets, operators, strings, lines; names are skipped.

It splits text where libcst splits it (f-strings by the rules of Python 3.12), because what libcst takes for code must
not look like a string to the guard. Where libcst would refuse the text, anything may follow: nothing gets parsed then.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final

LINK: Final = 1  # an operator, a dot or a keyword that makes the tree one deeper
OPEN: Final = 2
CLOSE: Final = 3
BREAK: Final = 4  # a comma, a semicolon or `=`: what follows stands beside, not inside
COLON: Final = 5
LINE: Final = 6  # line ends up to the next line with something on it, and how that line begins
INDENT: Final = 7  # the part of LINE that is the indentation
CONTINUED: Final = 8  # the part of LINE that is `\` and a line end
FIRST_WORD: Final = 9  # the part of LINE that is `elif` or `case`
STRING: Final = 10
FSTRING: Final = 11  # how an f-string begins; its fields follow as tokens of their own
WORD: Final = 12  # `lambda`, `for` or `del`

_TOKEN: Final = re.compile(
    r"""
    (?: [ \t\f]++ | \\\n | \#[^\n]*+
      | (?! (?:and|or|not|if|in|is|await|lambda|for|del)\b | (?:[fFtT][rR]?|[rR][fFtT])["'] ) [^\W\d]\w*+
      | 0[xX][\da-fA-F_]++ | 0[oObB][\d_]++ | \d[\d_]*+ (?:\.\d[\d_]*+)?+ (?:[eE][-+]?\d++)?+ [jJ]?
    )*+
    (?: ( \. | [-+*/%@&|^~<>!]=? | == | (?:and|or|not|if|in|is|await)\b )
      | ([(\[{])
      | ([)\]}])
      | ([,;=])
      | (:)
      | (\n (?:[ \t\f]*+ (?:\#[^\n]*+)? \n)*+ ([ \t\f]*+) ((?:\\\n[ \t\f]*+)*+) ((?:elif|case)\b)? )
      | ( \"""[^"\\]*+ (?:(?:\\.|"{1,2}(?!"))[^"\\]*+)*+ \"""
        | '''[^'\\]*+ (?:(?:\\.|'{1,2}(?!'))[^'\\]*+)*+ '''
        | "(?!"")[^"\\\n]*+ (?:\\.[^"\\\n]*+)*+ "
        | '(?!'')[^'\\\n]*+ (?:\\.[^'\\\n]*+)*+ ' )
      | ( (?:[fFtT][rR]?|[rR][fFtT]) (?:\"""|'''|"|') )
      | (lambda|for|del)
      | (["'])
      | .
      | \Z )
    """,
    re.VERBOSE | re.DOTALL,
)
_OPEN_END: Final = 13  # a string that never ends: no parser reads past it


@dataclass(slots=True)
class _FString:
    """An f-string that is open: its quote, and how many brackets and format specifications are open in it."""

    quote: str
    raw: bool
    brackets: int = 0
    specifications: int = 0

    def literal(self) -> bool:
        """Whether text follows, not code."""
        return self.brackets <= self.specifications

    def step(self, kind: int) -> None:
        """Pass one bracket or colon."""
        if kind == OPEN:
            self.brackets += 1
        elif kind == CLOSE:
            self.brackets -= 1
            self.specifications = self.specifications if self.brackets else 0
        elif self.brackets - self.specifications == 1:
            self.specifications += 1


def _literal_pattern(quote: str, raw: bool, specification: bool) -> re.Pattern[str]:
    """What the text of an f-string may hold up to its end or the next brace that matters."""
    plain = r"[^\\{" + quote[0] + ("}" if specification else "") + ("" if len(quote) == 3 else r"\n") + "]"
    pieces = [plain]
    if raw:
        pieces.append(r"""\\["'\\]""")
    else:
        pieces.append(r"\\[^{}]" if specification else r"\\N\{|\\[^{]")
    pieces.append(r"\\")
    if not specification:
        pieces.append(r"\{\{")
    if len(quote) == 3:
        pieces.append(f"{quote[0]}(?!{quote[1:]})")
    return re.compile(f"(?:{'|'.join(pieces)})*+", re.DOTALL)


_LITERALS: Final = {
    key: _literal_pattern(*key) for key in product(('"', "'", '"""', "'''"), (False, True), (False, True))
}


def tokens(text: str, position: int = 0) -> Iterator[re.Match[str]]:
    """The tokens from a position on; `lastindex` of each is its kind, or None where there is nothing to say."""
    strings: list[_FString] = []
    while position < len(text):
        for match in _TOKEN.finditer(text, position):
            kind = match.lastindex
            if kind == _OPEN_END:
                return
            yield match
            if kind == FSTRING:
                prefix, quote = _split(match[FSTRING])
                strings.append(_FString(quote, "r" in prefix.lower()))
            elif strings and kind in (OPEN, CLOSE, COLON):
                strings[-1].step(kind)
            if strings and strings[-1].literal():
                position = _skip_literal(text, match.end(), strings)
                break
        else:
            return


def _split(opening: str) -> tuple[str, str]:
    quote = opening.lstrip("fFtTrR")
    return opening[: -len(quote)], quote


def _skip_literal(text: str, position: int, strings: list[_FString]) -> int:
    """Where code goes on: in a field of the innermost f-string, or behind its end."""
    string = strings[-1]
    matched = _LITERALS[string.quote, string.raw, string.specifications > 0].match(text, position)
    end = matched.end() if matched else position
    if text.startswith(("{", "}"), end):
        return end
    strings.pop()
    return end + len(string.quote) if text.startswith(string.quote, end) else len(text)
