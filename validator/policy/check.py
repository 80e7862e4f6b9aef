"""Plain data in, the policy file's parts out, or every problem of it at once with advice."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from types import UnionType
from typing import Annotated, Final, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from validator.model.errors import PolicyError, Problem
from validator.policy.coherence import check_coherence
from validator.policy.places import place
from validator.policy.schema import PolicyPart

_ADVICE: Final = {
    "dict_type": "write an object, in braces",
    "greater_than": "write a larger number",
    "greater_than_equal": "write a larger number",
    "int_type": "write a whole number without quotes",
    "less_than_equal": "write a smaller number",
    "list_type": "put it in brackets",
    "missing": "add it",
    "string_pattern_mismatch": "write a number and one of s, m, h, d, such as `10m`",
    "string_too_short": "write at least one character",
    "string_type": "put it in quotes",
    "too_short": "add one, or leave the key out",
}


def check_document(file: str, document: object) -> PolicyPart:
    """Hold plain data against the schema; raises PolicyError with all that is wrong."""
    crossing = tuple(check_coherence(file, document))
    try:
        part = PolicyPart.model_validate(document)
    except ValidationError as error:
        raise PolicyError(*_problems(file, document, error.errors(include_url=False)), *crossing) from error
    if crossing:
        raise PolicyError(*crossing)
    return part


def _problems(file: str, document: object, errors: list[ErrorDetails]) -> Iterator[Problem]:
    for error in errors:
        where = _real(document, error["loc"])
        key = str(where[-1]) if where else ""
        match error["type"]:
            case "policy":
                yield Problem(place(file, where), error["ctx"]["reason"], error["ctx"]["advice"])
            case "extra_forbidden":
                yield Problem(place(file, where), "unknown key", _suggest(key, _keys(where[:-1])))
            case "missing":
                yield Problem(place(file, where), "is required", f"add {key!r}")
            case "literal_error":
                expected = str(error["ctx"]["expected"])
                yield Problem(place(file, where), f"is {error['input']!r}", f"write {expected}")
            case kind:
                yield Problem(place(file, where), error["msg"], _ADVICE.get(kind, "correct the value"))


def _real(document: object, parts: Sequence[str | int]) -> list[str | int]:
    """The parts of a location that the document has, with the last one even if it is missing there."""
    result: list[str | int] = []
    for part in parts:
        result.append(part)
        below = _children(document)
        if part not in below:
            break
        document = below[part]
    return result


def _children(document: object) -> dict[str | int, object]:
    if isinstance(document, dict):
        return document
    return dict(enumerate(document)) if isinstance(document, list) else {}


def _suggest(key: str, known: Sequence[str]) -> str:
    close = get_close_matches(key, known, n=1)
    return f"did you mean {close[0]!r}?" if close else f"one of: {', '.join(known)}"


def _keys(where: Sequence[str | int]) -> Sequence[str]:
    """The keys that the schema knows at a place."""
    found: object = PolicyPart
    for part in where:
        if isinstance(found, type) and issubclass(found, BaseModel):
            found = found.model_fields[str(part)].annotation
        else:
            found = get_args(found)[-1]
        found = _plain(found)
    return tuple(found.model_fields) if isinstance(found, type) and issubclass(found, BaseModel) else ()


def _plain(annotation: object) -> object:
    """The annotation without `| None` and without what pydantic adds."""
    while get_origin(annotation) in (Union, UnionType, Annotated):
        annotation = get_args(annotation)[0]
    return annotation
