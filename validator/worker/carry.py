"""What crosses between processes in, bytes out, and back: only nouns of ours and nodes of libcst come out of bytes."""

import io
import pickle
from types import MappingProxyType
from typing import Any, Final

from validator.analyse import values
from validator.analyse.session import Session, forget

# Told apart by their identity, so a copy would be another value.
SINGLE: Final = {id(getattr(values, name)): name for name in ("NOTHING", "NONE", "LOCALS", "HERE")}
PACKAGES: Final = frozenset({"validator", "libcst"})
PLAIN: Final = frozenset({"bytearray", "complex", "dict", "frozenset", "object", "set"})


class _Pickler(pickle.Pickler):
    def reducer_override(self, value: Any) -> Any:
        """Values of which there is but one stay that one; a view of a dictionary becomes a dictionary."""
        if id(value) in SINGLE:
            return SINGLE[id(value)]
        if isinstance(value, MappingProxyType):
            return dict, (), None, None, iter(value.items())
        return NotImplemented


class _Unpickler(pickle.Unpickler):
    """Whoever has taken over the other process by some fault of a parser gains nothing here."""

    def find_class(self, module: str, name: str) -> Any:
        """Only what our own values are made of."""
        ours = module.partition(".")[0] in PACKAGES and "." not in name
        if ours or (module == "builtins" and name in PLAIN):
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} does not cross between processes")


def pack(value: object) -> bytes:
    """A value as bytes; raises RecursionError for one that is too deep."""
    buffer = io.BytesIO()
    _Pickler(buffer, pickle.HIGHEST_PROTOCOL).dump(value)
    return buffer.getvalue()


def unpack(raw: bytes) -> Any:
    """The value of these bytes; raises UnpicklingError if they hold anything but what crosses here."""
    return _Unpickler(io.BytesIO(raw)).load()


def pack_session(session: Session | None) -> bytes:
    """A session as bytes; one that is too deep to cross is unknown on the other side."""
    try:
        return pack(session)
    except RecursionError:
        return pack(forget())
