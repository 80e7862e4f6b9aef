"""Between abstract values and real Python objects: only plain data, and only small."""

from typing import Final, TypeAlias

from validator.analyse.run import Run
from validator.analyse.values import NOTHING, Constant, Opaque, Origins, Sequence, Table, Value

Data: TypeAlias = "str | bytes | int | float | complex | bool | list[Data] | tuple[Data, ...] | dict[Data, Data] | None"
NUMBER_BITS: Final = 4_096
DEEPEST: Final = 6
MOST_DATA: Final = 131_072  # items and characters in all
MOST_ITEMS: Final = 8_192


class NotConcreteError(Exception):
    """The value is not plain known data, or is too large to fold."""


def concrete(run: Run, value: Value) -> Data:
    """The real object of a value; raises NotConcreteError. Large data costs steps."""
    left = [MOST_DATA]
    found = _concrete(value, 0, left)
    run.spend((MOST_DATA - left[0]) // 64)
    return found


def _concrete(value: Value, depth: int, left: list[int]) -> Data:
    left[0] -= 1
    if isinstance(value, Constant) and value.value is not ...:
        if isinstance(value.value, (str, bytes)):
            left[0] -= len(value.value)
        if left[0] < 0:
            raise NotConcreteError
        return value.value
    if depth < DEEPEST and left[0] > 0:
        if isinstance(value, Sequence) and value.rest is None:
            items = [_concrete(item, depth + 1, left) for item in value.items]
            return tuple(items) if value.kind == "tuple" else items
        if isinstance(value, Table) and value.rest is None:
            return {key: _concrete(held, depth + 1, left) for key, held in value.items.items() if key is not ...}
    raise NotConcreteError


def abstract(run: Run, data: object, sources: Origins = (), depth: int = 0) -> Value:
    """The value of a real object; what is too large or not plain data is opaque."""
    match data:
        case None | bool() | float() | complex():
            return Constant(data, sources)
        case int():
            return Constant(data, sources) if data.bit_length() <= NUMBER_BITS else Opaque(sources)
        case str() | bytes():
            return Constant(data, sources) if len(data) <= run.limits.folded else Opaque(sources)
        case bytearray():
            return abstract(run, bytes(data), sources)
        case list() | tuple() | set() | frozenset() if depth < DEEPEST and len(data) <= MOST_ITEMS:
            kind = "tuple" if isinstance(data, tuple) else "list"
            return Sequence(kind, [abstract(run, one, sources, depth + 1) for one in data], None, run.branch)
        case dict() if depth < DEEPEST and len(data) <= MOST_ITEMS:
            return _table(run, data, sources, depth + 1)
        case _:
            return Opaque(sources) if sources else NOTHING


def _table(run: Run, data: dict[object, object], sources: Origins, depth: int) -> Value:
    made = Table({}, None, run.branch)
    for key, held in data.items():
        if not isinstance(key, str | bytes | int | float | None):
            return NOTHING
        made.items[key] = abstract(run, held, sources, depth)
    return made
