"""Names that outlive a call: what an earlier argument bound is known to the next one of the same session.

A session is a frozen value. An argument is walked over a copy of it, and only an argument that was forwarded replaces
it; so a refused argument leaves no trace.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from validator.analyse.run import Run
from validator.analyse.values import (
    Applied,
    Class,
    Either,
    Function,
    Instance,
    Method,
    Namespace,
    Object,
    Scope,
    Sequence,
    Table,
    Value,
)

MOST_NAMES: Final = 2_000
MOST_SOURCE: Final = 262_144


@dataclass(frozen=True, slots=True)
class Session:
    """What earlier arguments left behind.

    `complete` is False once an argument of this session ran that was never analysed: from then on an unknown name
    may be anything. `sources` are the forwarded arguments in order, enough to build the session again.
    """

    module: Scope = field(default_factory=lambda: Scope({}))
    patches: Mapping[str, Value] = field(default_factory=dict)
    functions: frozenset[int] = frozenset()
    sources: tuple[str, ...] = ()
    complete: bool = True


NO_SESSION: Final = Session()


def resume(run: Run, session: Session) -> None:
    """Start a run with a copy of what the session knows."""
    copier = _Copier(session.module, run.module, run.branch)
    run.module.names.update({name: copier.copy(value) for name, value in session.module.names.items()})
    run.module.stars.extend(session.module.stars)
    run.patches.update({name: copier.copy(value) for name, value in session.patches.items()})
    run.earlier = session.functions
    run.complete = session.complete


def suspend(run: Run, session: Session, source: str) -> Session:
    """The session after this run; one that has grown too large starts to forget, and says so."""
    sources = (*session.sources, source)
    if len(run.module.names) > MOST_NAMES or sum(map(len, sources)) > MOST_SOURCE:
        return forget()
    return Session(run.module, dict(run.patches), run.earlier | run.defined, sources, session.complete)


def forget() -> Session:
    """The session after an argument that was never analysed: its names may be anything now."""
    return replace(NO_SESSION, complete=False)


class _Copier:
    """Copies the mutable objects of a session, and the scopes that functions close over."""

    def __init__(self, old: Scope, new: Scope, branch: object) -> None:
        self.made: dict[int, Value] = {}
        self.scopes: dict[int, Scope] = {id(old): new}
        self.branch = branch

    def copy(self, value: Value) -> Value:
        """A copy of a value; one object stays one object."""
        if id(value) in self.made:
            return self.made[id(value)]
        made = self._copy(value)
        self.made[id(value)] = made
        return made

    def _copy(self, value: Value) -> Value:
        match value:
            case Sequence():
                sequence = Sequence(value.kind, [], None, self.branch)
                self.made[id(value)] = sequence
                sequence.items.extend(map(self.copy, value.items))
                sequence.rest = None if value.rest is None else self.copy(value.rest)
                return sequence
            case Table():
                table = Table({}, None, self.branch)
                self.made[id(value)] = table
                table.items.update({key: self.copy(held) for key, held in value.items.items()})
                table.rest = None if value.rest is None else self.copy(value.rest)
                table.keys = None if value.keys is None else self.copy(value.keys)
                return table
            case Object():
                made = Object(self._class(value.made_from))
                self.made[id(value)] = made
                made.attributes.update({name: self.copy(held) for name, held in value.attributes.items()})
                return made
            case Class():
                return self._class(value)
            case _:
                return self._copy_frozen(value)

    def _copy_frozen(self, value: Value) -> Value:
        match value:
            case Function():
                owner = None if value.owner is None else self._class(value.owner)
                function = Function(value.node, self._scope(value.scope), self._all(value.defaults), owner)
                self.made[id(value)] = function
                function.attributes.update(self._all(value.attributes))
                return function
            case Applied():
                given = tuple(map(self.copy, value.positional))
                return Applied(self.copy(value.callee), given, self._all(value.keywords))
            case Method():
                return Method(self.copy(value.receiver), value.name)
            case Instance():
                made = Instance(value.type, self._all(value.roles), value.sources)
                self.made[id(value)] = made
                made.attributes.update(self._all(value.attributes))
                return made
            case Either():
                return Either(tuple(map(self.copy, value.options)))
            case Namespace():
                return Namespace(self.copy(value.owner))
            case _:
                return value

    def _all(self, held: Mapping[str, Value]) -> Mapping[str, Value]:
        return {name: self.copy(value) for name, value in held.items()}

    def _class(self, value: Class) -> Class:
        known = self.made.get(id(value))
        if isinstance(known, Class):
            return known
        made = Class(value.name, tuple(map(self.copy, value.bases)), Scope({}, None, is_class=True))
        self.made[id(value)] = made
        self._fill(made.scope, value.scope)
        return made

    def _scope(self, scope: Scope) -> Scope:
        known = self.scopes.get(id(scope))
        if known is not None:
            return known
        made = Scope({}, None, scope.is_class, scope.is_comprehension)
        self._fill(made, scope)
        return made

    def _fill(self, made: Scope, scope: Scope) -> None:
        self.scopes[id(scope)] = made
        made.parent = None if scope.parent is None else self._scope(scope.parent)
        made.outer.update({name: self._scope(outer) for name, outer in scope.outer.items()})
        made.stars.extend(scope.stars)
        made.fields.extend(scope.fields)
        made.names.update({name: self.copy(value) for name, value in scope.names.items()})
