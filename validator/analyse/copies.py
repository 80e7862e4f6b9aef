"""Values of one run in, the same values apart from it out: what outlives a run changes with it no more."""

from collections.abc import Iterable, Mapping
from typing import Final

import libcst as cst

from validator.analyse.surroundings import Surroundings
from validator.analyse.values import (
    Applied,
    Class,
    Constant,
    Either,
    Function,
    Instance,
    Method,
    Namespace,
    Object,
    Opaque,
    Origin,
    Origins,
    Scope,
    Sequence,
    Table,
    Text,
    Value,
)

MOST_VALUES: Final = 50_000
DEEPEST: Final = 60


class TooMuchError(Exception):
    """More values, or deeper ones, than are kept from one argument to the next."""


class Copier:
    """Copies values from one module scope to another; one object stays one object.

    `functions` are the nodes of the functions it came across. Where something was read is kept, but not the node:
    that belongs to another text.
    """

    def __init__(self, old: Scope, new: Scope, branch: object) -> None:
        """Copy from the module `old` to `new`, where containers count as made in `branch`."""
        self.functions: dict[int, cst.CSTNode] = {}
        self._made: dict[int, Value] = {}
        self._scopes: dict[int, Scope] = {id(old): new}
        self._origins: dict[int, Origin] = {}
        self._branch = branch
        self._depth = 0

    def copy(self, value: Value) -> Value:
        """A copy of a value; raises TooMuchError."""
        made = self._made.get(id(value))
        if made is not None:
            return made
        if len(self._made) >= MOST_VALUES or self._depth >= DEEPEST:
            raise TooMuchError
        self._depth += 1
        made = self._copy(value)
        self._depth -= 1
        self._made[id(value)] = made
        return made

    def copy_all(self, held: Mapping[str, Value]) -> dict[str, Value]:
        """The same names with copies of their values."""
        return {name: self.copy(value) for name, value in held.items()}

    def copy_around(self, around: Surroundings) -> Surroundings:
        """What outlives an argument of what it changed around it."""
        folders = [self.copy(folder) for folder in around.folders]
        return Surroundings(folders, dict(around.links), self.copy_all(around.put))

    def _copy(self, value: Value) -> Value:
        match value:
            case Constant(sources=()) | Opaque(sources=()) | Text(sources=()):
                return value
            case Constant():
                return Constant(value.value, self._sources(value.sources))
            case Opaque():
                return Opaque(self._sources(value.sources))
            case Text():
                return Text(value.pieces, self._sources(value.sources))
            case Sequence() | Table() | Object() | Class():
                return self._copy_changing(value)
            case _:
                return self._copy_frozen(value)

    def _copy_changing(self, value: Sequence | Table | Object | Class) -> Value:
        match value:
            case Sequence():
                sequence = Sequence(value.kind, [], None, self._branch)
                self._made[id(value)] = sequence
                sequence.items.extend(map(self.copy, value.items))
                sequence.rest = self._maybe(value.rest)
                return sequence
            case Table():
                table = Table({}, None, self._branch)
                self._made[id(value)] = table
                table.items.update({key: self.copy(held) for key, held in value.items.items()})
                table.rest, table.keys = self._maybe(value.rest), self._maybe(value.keys)
                return table
            case Object():
                made = Object(self._class(value.made_from))
                self._made[id(value)] = made
                made.attributes.update(self.copy_all(value.attributes))
                return made
            case Class():
                return self._class(value)

    def _copy_frozen(self, value: Value) -> Value:
        match value:
            case Function():
                owner = None if value.owner is None else self._class(value.owner)
                function = Function(value.node, self._scope(value.scope), self.copy_all(value.defaults), owner)
                self._made[id(value)] = function
                self.functions[id(value.node)] = value.node
                function.attributes.update(self.copy_all(value.attributes))
                return function
            case Applied():
                given = tuple(map(self.copy, value.positional))
                return Applied(self.copy(value.callee), given, self.copy_all(value.keywords))
            case Method():
                return Method(self.copy(value.receiver), value.name)
            case Instance():
                made = Instance(value.type, self.copy_all(value.roles), self._sources(value.sources))
                self._made[id(value)] = made
                made.attributes.update(self.copy_all(value.attributes))
                return made
            case Either():
                return Either(tuple(map(self.copy, value.options)))
            case Namespace():
                return Namespace(self.copy(value.owner))
            case _:
                return value

    def _maybe(self, value: Value | None) -> Value | None:
        return None if value is None else self.copy(value)

    def _sources(self, sources: Iterable[Origin]) -> Origins:
        return tuple(map(self._origin, sources))

    def _origin(self, origin: Origin) -> Origin:
        made = self._origins.get(id(origin))
        if made is None:
            made = Origin(origin.capability, origin.name, dict(origin.roles)) if origin.node is not None else origin
            self._origins[id(origin)] = made
        return made

    def _class(self, value: Class) -> Class:
        known = self._made.get(id(value))
        if isinstance(known, Class):
            return known
        made = Class(value.name, tuple(map(self.copy, value.bases)), Scope({}, None, is_class=True))
        self._made[id(value)] = made
        self._fill(made.scope, value.scope)
        return made

    def _scope(self, scope: Scope) -> Scope:
        known = self._scopes.get(id(scope))
        if known is not None:
            return known
        made = Scope({}, None, scope.is_class, scope.is_comprehension)
        self._fill(made, scope)
        return made

    def _fill(self, made: Scope, scope: Scope) -> None:
        self._scopes[id(scope)] = made
        made.parent = None if scope.parent is None else self._scope(scope.parent)
        made.outer.update({name: self._scope(outer) for name, outer in scope.outer.items()})
        made.stars.extend(scope.stars)
        made.fields.extend(scope.fields)
        made.names.update(self.copy_all(scope.names))
