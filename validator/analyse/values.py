"""The abstract domain: what an expression may be when the code runs, as far as we can tell.

Most values are frozen. `Sequence`, `Table` and `Object` are the analysed program's own mutable objects: they
have identity, so that two names for one list see the same items. Values compare by identity.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import EllipsisType
from typing import Final, TypeAlias

import libcst as cst

from validator.model.known import Known

Literal: TypeAlias = "str | bytes | int | float | complex | bool | EllipsisType | None"


@dataclass(frozen=True, slots=True, eq=False)
class Origin:
    """Where data came from: the capability and name that read it, and with what."""

    capability: str
    name: str
    roles: Mapping[str, Known]
    node: cst.CSTNode | None = None


Origins: TypeAlias = tuple[Origin, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Opaque:
    """Anything at all."""

    sources: Origins = ()


@dataclass(frozen=True, slots=True, eq=False)
class Constant:
    """Exactly this literal."""

    value: Literal
    sources: Origins = ()


@dataclass(frozen=True, slots=True, eq=False)
class Text:
    """Text of known pieces and unknown ones (None)."""

    pieces: tuple[str | None, ...]
    sources: Origins = ()


@dataclass(frozen=True, slots=True, eq=False)
class Symbol:
    """A thing of a library, by its canonical dotted name: a module, function, class or attribute."""

    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Instance:
    """What a catalogued call returned: its type, the roles it was made with, and what was put on it since."""

    type: str
    roles: Mapping[str, "Value"] = field(default_factory=dict)
    sources: Origins = ()
    attributes: dict[str, "Value"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Method:
    """A method taken from a value, not yet called."""

    receiver: "Value"
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Applied:
    """A callable with some arguments already given: a bound method, a partial."""

    callee: "Value"
    positional: tuple["Value", ...] = ()
    keywords: Mapping[str, "Value"] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Scope:
    """The names of one module, class or function body; `outer` are its `global` and `nonlocal` names."""

    names: dict[str, "Value"]
    parent: "Scope | None" = None
    is_class: bool = False
    is_comprehension: bool = False
    outer: dict[str, "Scope"] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)
    fields: list[str] = field(default_factory=list)  # of a class: the annotated names, in order


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A function or lambda of the argument itself, with the scope it closes over."""

    node: cst.FunctionDef | cst.Lambda
    scope: Scope
    defaults: Mapping[str, "Value"]
    owner: "Class | None" = None
    attributes: dict[str, "Value"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Class:
    """A class of the argument itself."""

    name: str
    bases: tuple["Value", ...]
    scope: Scope


@dataclass(frozen=True, slots=True, eq=False)
class Object:
    """An instance of a class of the argument itself."""

    made_from: Class
    attributes: dict[str, "Value"] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Sequence:
    """A list, tuple, set or iterator: known items, then `rest` for what else it may hold.

    `birth` is the branch it was made in: there, an update is certain.
    """

    kind: str
    items: list["Value"]
    rest: "Value | None" = None
    birth: object = None


@dataclass(slots=True, eq=False)
class Table:
    """A dictionary: known items, then `rest` for the values under other keys, and `keys` for what those keys are."""

    items: dict[Literal, "Value"]
    rest: "Value | None" = None
    birth: object = None
    keys: "Value | None" = None


@dataclass(frozen=True, slots=True, eq=False)
class Namespace:
    """The attributes of a thing as a dictionary: `vars(x)`, `x.__dict__`, `globals()`."""

    owner: "Value"


@dataclass(frozen=True, slots=True, eq=False)
class Either:
    """One of a few values."""

    options: tuple["Value", ...]


Value: TypeAlias = (
    Opaque
    | Constant
    | Text
    | Symbol
    | Instance
    | Method
    | Applied
    | Function
    | Class
    | Object
    | Sequence
    | Table
    | Namespace
    | Either
)

NOTHING: Final = Opaque()
NONE: Final = Constant(None)
LOCALS: Final = Symbol("__main__")  # the names of the function that runs, told from those of the module by its identity
HERE: Final = Constant(".")  # the folder the program started in, told from any other "." by its identity
