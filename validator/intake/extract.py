"""A tool call and the ways its tool may take code in, the arguments to judge out, or why there are none."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from validator.intake.tools import CodeTool
from validator.intake.unwrap import join_notebook, unwrap_fence
from validator.model.argument import Argument, Language
from validator.model.call import Call
from validator.model.known import JsonValue

ALL = ""
_NOTEBOOK = ".ipynb"
_SOURCE_ENDINGS = (".py", ".pyw", ".pth", _NOTEBOOK)


@dataclass(frozen=True, slots=True)
class Extraction:
    """What a call carries: arguments to judge, the session it names, and what stands in the way.

    `problem` says why a call of a code tool cannot be read; `unseen` why its code is out of sight.
    """

    arguments: tuple[Argument, ...] = ()
    session: str | None = None
    problem: str = ""
    unseen: str = ""


class _UnreadableError(ValueError):
    """An argument is not what the tool takes."""


def extract(call: Call, ways: Sequence[CodeTool]) -> Extraction:
    """Take the code out of a call in every way that fits it; with no ways the tool carries no code."""
    fitting = [way for way in ways if way.arguments and _find(call, way.arguments[0]) is not None]
    if fitting:
        return _read(call, fitting)
    unseen = next((way.unseen for way in ways if way.unseen), "")
    if unseen or not ways:
        return Extraction(unseen=unseen)
    names = " or ".join(dict.fromkeys(way.arguments[0] for way in ways))
    return Extraction(problem=f"the tool {call.tool!r} takes code in {names}, which is missing")


def _read(call: Call, ways: Sequence[CodeTool]) -> Extraction:
    try:
        arguments = [argument for way in ways for argument in _arguments(call, way)]
        sessions = [_session(call, way) for way in ways]
    except _UnreadableError as error:
        return Extraction(problem=f"the call of {call.tool!r} cannot be read: {error}")
    return Extraction(_distinct(arguments), next((name for name in sessions if name is not None), None))


def _distinct(arguments: Iterable[Argument]) -> tuple[Argument, ...]:
    """Each text once per place and language, and with its session where one of the ways knows it."""
    result: dict[tuple[object, ...], Argument] = {}
    for argument in sorted(arguments, key=lambda each: each.session is None):
        result.setdefault((argument.origin, argument.language, argument.content), argument)
    return tuple(result.values())


def _arguments(call: Call, way: CodeTool) -> list[Argument]:
    file = _text(call, way.file).rstrip(" .").lower() if way.file is not None else None
    if file is not None and not file.endswith(_SOURCE_ENDINGS):
        return []
    language = _language(call, way)
    session = None if language is Language.SHELL else _kept_in(call, way)
    pieces = [piece for path in way.arguments for piece in _pieces(call, path)]
    if file is not None and file.endswith(_NOTEBOOK):
        return [Argument(_notebook(origin, text), origin, session, Language.IPYTHON) for origin, text in pieces]
    return [
        Argument(text if language is Language.SHELL else unwrap_fence(text), origin, session, language)
        for origin, text in pieces
    ]


def _notebook(origin: str, text: str) -> str:
    code = join_notebook(text)
    if code is None:
        raise _UnreadableError(f"{origin} is not a notebook, though it goes to a file with the name of one")
    return code


def _pieces(call: Call, path: str) -> list[tuple[str, str]]:
    """The texts at a path with the place of each."""
    if not path.endswith("[]"):
        return [(path, _text(call, path))]
    plain = path.removesuffix("[]")
    found = _find(call, path)
    if not isinstance(found, list):
        raise _UnreadableError(f"{plain} is {_sort(found)}, not a list")
    return [(f"{plain}.{index}", _as_text(f"{plain}.{index}", item)) for index, item in enumerate(found)]


def _language(call: Call, way: CodeTool) -> Language:
    if way.chooser is None:
        return way.language
    chosen = _text(call, way.chooser)
    if chosen not in way.languages:
        raise _UnreadableError(
            f"{way.chooser} asks for a language that is not judged here; {', '.join(way.languages)} are"
        )
    return way.languages[chosen]


def _session(call: Call, way: CodeTool) -> str | None:
    if way.session is None or _find(call, way.session) is None:
        return way.default_session
    return _text(call, way.session)


def _kept_in(call: Call, way: CodeTool) -> str | None:
    """The session whose names the code meets, ALL for whatever session there is, None where nothing outlives a call."""
    if is_apart(call, way):
        return None
    return ALL if way.shared else _session(call, way) or ALL


def is_apart(call: Call, way: CodeTool) -> bool:
    """Whether what this call runs meets no name of another call."""
    return way.apart or any(_find(call, path) == value for path, value in way.apart_if.items())


def cleared(call: Call, ways: Iterable[CodeTool]) -> tuple[str, ...]:
    """The sessions whose names a call makes the server forget."""
    named = [_find(call, way.clears) or way.default_session for way in ways if way.clears is not None]
    return tuple(name for name in named if isinstance(name, str))


def _text(call: Call, path: str) -> str:
    return _as_text(path, _find(call, path))


def _as_text(path: str, value: JsonValue) -> str:
    if not isinstance(value, str):
        raise _UnreadableError(f"{path} is {_sort(value)}, not text")
    return value


def _find(call: Call, path: str) -> JsonValue:
    """The value at a path such as `args.code`; None where there is none."""
    found: JsonValue = dict(call.arguments)
    for key in path.removesuffix("[]").split(".")[1:]:
        found = found.get(key) if isinstance(found, dict) else None
    return found


def _sort(value: JsonValue) -> str:
    match value:
        case None:
            return "missing"
        case bool():
            return "a truth value"
        case str():
            return "text"
        case list():
            return "a list"
        case dict():
            return "an object"
    return "a number"
