"""Shell text in, simple commands out: assignments, words and redirections."""

import re
from typing import Final

from validator.analyse.shell.reader import BrokenError, Reader
from validator.analyse.shell.tree import Assignment, Document, Literal, Redirect, Simple, Word

DECLARATIONS: Final = frozenset({"export", "declare", "typeset", "local", "readonly"})

_REDIRECT = re.compile(r"([0-9]+|\{[A-Za-z_][A-Za-z0-9_]*\})?(<<<|<<-|<<|<>|<&|>>|>\||>&|<(?!\()|>(?!\())|()(&>>|&>)")
_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?:\[([^\]\n]*)\])?(\+)?=")


def gap(reader: Reader) -> None:
    """Pass over blanks, comments and line ends."""
    reader.skip()
    while reader.at("\n"):
        reader.position += 1
        reader.end_line()
        reader.skip()


def simple(reader: Reader) -> Simple:
    """Assignments, words and redirections up to what ends a command."""
    assignments: list[Assignment] = []
    words: list[Word] = []
    redirects: list[Redirect] = []
    while True:
        reader.skip()
        if found := redirect(reader):
            redirects.append(found)
        elif (not words or _declares(words[0])) and (match := reader.take(_ASSIGNMENT)):
            assignments.append(_assignment(reader, match))
        elif word := reader.word():
            words.append(word)
        else:
            break
    if not (assignments or words or redirects):
        raise BrokenError
    return Simple(tuple(assignments), tuple(words), tuple(redirects))


def _declares(word: Word) -> bool:
    part = word[0]
    return len(word) == 1 and isinstance(part, Literal) and part.text in DECLARATIONS


def _assignment(reader: Reader, match: re.Match[str]) -> Assignment:
    name, append = match[1], match[3] is not None
    index = reader.inside(match[2]) if match[2] is not None else None
    if not reader.at("("):
        return Assignment(name, reader.word(), (), append, index)
    reader.position += 1
    items: list[Word] = []
    gap(reader)
    while word := reader.word():
        items.append(word)
        gap(reader)
    reader.expect(")")
    return Assignment(name, None, tuple(items), append, index)


def redirect(reader: Reader) -> Redirect | None:
    """The redirection that stands here, if one does."""
    match = reader.take(_REDIRECT)
    if match is None:
        return None
    operator, descriptor = match[2] or match[4], match[1] or ""
    reader.skip()
    word = reader.word()
    if not word:
        raise BrokenError
    if operator not in ("<<", "<<-"):
        return Redirect(operator, descriptor, word)
    parts = [part for part in word if isinstance(part, Literal)]
    if len(parts) < len(word):
        raise BrokenError
    delimiter = "".join(part.text for part in parts)
    document = Document(delimiter, any(part.quoted for part in parts), operator == "<<-")
    reader.documents.append(document)
    return Redirect(operator, descriptor, word, document)
