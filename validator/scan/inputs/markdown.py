"""Markdown in, the Python in its fences out, each where it stands in the file."""

import re
from collections.abc import Iterator
from typing import Final

from validator.model.argument import Language
from validator.scan.sample import Place, Sample, Series

_FENCE: Final = re.compile(r"(?P<indent>[ \t>]*)(?P<marks>`{3,}|~{3,})[ \t]*(?P<info>[^\n]*)")
_WORD: Final = re.compile(r"[A-Za-z0-9_+-]+")
# What follows the marks, and what the code is then. Pages write examples with a prompt or without.
LANGUAGES: Final = {
    **dict.fromkeys(("python", "py", "python3", "py3", "pycon", "code-cell"), Language.PYTHON),
    **dict.fromkeys(("ipython", "ipython3", "jupyter"), Language.IPYTHON),
}
_PROMPT: Final = re.compile(r"[ \t]*(>>>|\.\.\.)(?: |$)")


def read_markdown(content: bytes, name: str) -> Iterator[Series]:
    """The fences that say they are Python; each stands alone."""
    lines = re.split(r"\r\n?|\n", content.decode("utf-8-sig", "backslashreplace"))
    number = 0
    position = 0
    while position < len(lines):
        opening = _FENCE.fullmatch(lines[position])
        position += 1
        if opening is None or ("`" in opening["info"] and opening["marks"][0] == "`"):
            continue
        end = _end(lines, position, opening["marks"])
        language = _language(opening["info"])
        if language is not None:
            number += 1
            code = "\n".join(_code(line, opening["indent"]) for line in lines[position:end])
            yield Series((_sample(_unprompted(code), language, name, (number, position + 1)),))
        position = end + 1


def _sample(code: str, language: Language, name: str, where: tuple[int, int]) -> Sample:
    number, line = where
    place = Place(name, line, f"fence {number}", inside=True)
    return Sample(f"{name}:{line}", code, "", place, language, None, f"{name} {number}", True)


def _end(lines: list[str], position: int, marks: str) -> int:
    """The line that closes the fence; one that is left open goes on to the end."""
    closing = re.compile(rf"[ \t>]*{re.escape(marks[0])}{{{len(marks)},}}[ \t]*")
    return next((each for each in range(position, len(lines)) if closing.fullmatch(lines[each])), len(lines))


def _language(info: str) -> Language | None:
    word = _WORD.search(info)
    return LANGUAGES.get(word[0].lower()) if word else None


def _code(line: str, indent: str) -> str:
    """The line without the indentation of its fence, or as much of it as it has."""
    shared = 0
    while shared < min(len(line), len(indent)) and line[shared] == indent[shared]:
        shared += 1
    return line[shared:]


def _unprompted(code: str) -> str:
    """A session as the interpreter shows it, without prompts; what was printed becomes a comment."""
    lines = code.split("\n")
    first = next((line for line in lines if line.strip()), "")
    if not first.lstrip().startswith(">>>"):
        return code
    return "\n".join(
        line[match.end() :] if (match := _PROMPT.match(line)) else f"# {line}" if line.strip() else "" for line in lines
    )
