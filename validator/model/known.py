"""What is known of a value that a fact mentions: all of it, pieces of it, one of a few, or nothing."""

from dataclasses import dataclass
from enum import Enum
from math import isfinite
from typing import Final, TypeAlias


class Unknown(Enum):
    """The one value that stands for every value we could not work out."""

    UNKNOWN = "unknown"

    def __repr__(self) -> str:
        """Read as `UNKNOWN` in test output."""
        return "UNKNOWN"


UNKNOWN: Final = Unknown.UNKNOWN


@dataclass(frozen=True, slots=True)
class Partial:
    """Text of which some pieces are known: `("https://x.example/", UNKNOWN)`."""

    pieces: tuple[str | Unknown, ...]

    def __str__(self) -> str:
        """Show the unknown pieces as an ellipsis in braces."""
        return "".join(piece if isinstance(piece, str) else "{…}" for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few known possibilities, for instance the two sides of a branch."""

    options: tuple["Known", ...]

    def __str__(self) -> str:
        """Show the possibilities in the order they were found."""
        return " | ".join(show(option) for option in self.options)


Plain: TypeAlias = str | bytes | int | float | bool | None
Known: TypeAlias = "Plain | Partial | Choice | Unknown | tuple[Known, ...]"
JsonValue: TypeAlias = "str | int | float | bool | list[JsonValue] | dict[str, JsonValue] | None"


def show(value: Known) -> str:
    """The value as a person reads it in a message; unknown text is `{…}`."""
    if value is UNKNOWN:
        return "{…}"
    if isinstance(value, tuple):
        return " ".join(show(item) for item in value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return str(value)


def to_json(value: Known) -> JsonValue:
    """The value as JSON; what is not known is an object with one telling key."""
    if isinstance(value, Unknown):
        return {"unknown": True}
    if isinstance(value, Partial):
        return {"pieces": [None if isinstance(piece, Unknown) else piece for piece in value.pieces]}
    if isinstance(value, Choice):
        return {"one_of": [to_json(option) for option in value.options]}
    if isinstance(value, tuple):
        return [to_json(item) for item in value]
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, float) and not isfinite(value):
        return str(value)  # JSON has no number for it
    return value
