"""The state of one analysis: scopes, budget, and the events seen so far.

The interpreter is spread over several modules that need each other: an expression calls a function, whose body
is statements, which hold expressions. They meet in `Run`, which is handed the three verbs (evaluate, execute, call), so
no module has to import another in a circle.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import libcst as cst

from validator.analyse.joins import dull
from validator.analyse.large import speaks_of_much
from validator.analyse.surroundings import Surroundings
from validator.analyse.values import NOTHING, Class, Function, Instance, Method, Origin, Scope, Symbol, Value
from validator.model.catalog import Catalog, Entry
from validator.model.fact import NO_ROLES, Kind
from validator.model.known import UNKNOWN, Known
from validator.model.limits import Limits

CHARACTERS_PER_STEP: Final = 2
ROUNDS: Final = 64
DECODING: Final = ("chr", "byte", "ord(", "%c", ":c}")  # what makes a letter of a number
MAKING_TEXT: Final = (*DECODING, "getattr", "exec", "eval", "import_", "__")
Names: TypeAlias = dict[str, Value]
MOST_EVENTS: Final = 4_000
MOST_VARIANTS: Final = 24
DEEPEST: Final = 120
FLOWS: Final = ("from", "to")  # roles of a flow that say what it is, however many there are
UNSEEN: Final = "unresolved.code"

NO_KEYWORDS: Final[Mapping[str, Value]] = MappingProxyType({})


class OutOfBudgetError(Exception):
    """The analysis used up its steps; caught once, where the walk starts, and made a fact."""


@dataclass(frozen=True, slots=True)
class Event:
    """A fact that does not know its place yet, only its node."""

    kind: Kind
    capability: str
    name: str
    roles: Mapping[str, Known]
    node: cst.CSTNode
    steps: tuple[str, ...]
    origin: Origin | None = None  # of a flow: where its data was read


@dataclass(frozen=True, slots=True)
class Arguments:
    """The arguments of one call; `open_ended` if there may be more than are listed (`*x`, `**x`).

    `unnamed` says that what may come besides has no names: only `*x` is not known.
    """

    positional: tuple[Value, ...] = ()
    keywords: Mapping[str, Value] = field(default_factory=lambda: NO_KEYWORDS)
    open_ended: bool = False
    unnamed: bool = False

    def all(self) -> tuple[Value, ...]:
        """Every argument, however it is passed."""
        return (*self.positional, *self.keywords.values()) if self.keywords else self.positional


NO_ARGUMENTS: Final = Arguments()


@dataclass(frozen=True, slots=True)
class Result:
    """What a call gave; it keeps alive what its key names by identity, so that no later value takes that identity."""

    given: Value
    function: Function
    arguments: Arguments


class Run:
    """One analysis of one argument."""

    # Counters; everything that can change in place is made anew for every run.
    spent = 0
    depth = 0
    jumped = 0
    version = 0  # changes whenever something changes that a function may see
    made = 0  # how often text was made of a number, or picked by one
    breaks = 0  # how often a `break` was seen that leaves the loop we are in
    leaves = 0  # how often something was seen that leaves it by leaving the function, or pauses it
    boundless = 0  # how often a comprehension was seen to go through what has no end
    grown = 0  # how often something was added to a container or a file

    def __init__(self, catalog: Catalog, limits: Limits, verbs: "Verbs", source: str) -> None:
        """Start with an empty module scope, and a budget that grows with the source."""
        self.budget = limits.steps + len(source) // CHARACTERS_PER_STEP
        self.rounds = ROUNDS + len(source) // 4
        self.makes_text, self.decodes = (any(word in source for word in words) for words in (MAKING_TEXT, DECODING))
        self.catalog = catalog
        self.limits = limits
        self.verbs = verbs
        self.module = Scope({})
        self.scope = self.module
        self.branch: object = self  # a new object for every branch that may not be taken
        self.anchor: cst.CSTNode | None = None  # the outer node while code in a string is walked
        self.nested_steps: tuple[str, ...] = ()
        self.nested_sources: dict[str | bytes, int] = {}
        self.nested_modules: dict[str | bytes, cst.Module | str] = {}  # or why one cannot be read
        self.stack: list[tuple[Function, tuple[object, ...]]] = []
        self.results: dict[tuple[object, ...], Result] = {}
        self.pending: dict[int, Function] = {}
        self.earlier: set[int] = set()  # functions of earlier arguments: their nodes have no place here
        self.before: Names = {}  # what an earlier argument of the session has left
        self.complete = True
        self.followed: dict[int, int] = {}
        self.swept: dict[int, int] = {}
        self.instances: dict[Class, Value] = {}
        self.classes: list[Class] = []
        self.returned: list[Value] = []
        self.raised: list[Value] = []  # objects that were raised, for the handlers to find
        self.jumps: list[Names] = []  # the names at each `break` and `continue` of the loop we are in
        self.tried: Names | None = None  # every value that a name was given since a `try` began
        self.binds_in_expressions = ":=" in source
        self.measures = speaks_of_much(source)
        self.repeated: list[tuple[cst.CompFor, str]] = []  # the long loops of the comprehension we are in
        self.unending: dict[int, frozenset[int]] = {}  # by function: its calls of itself that nothing ends
        self.source = source
        self.words: frozenset[str] | None = None  # of the source; found when something asks for them
        self.patches: dict[str, Value] = {}
        self.around = Surroundings()
        self.events: dict[tuple[object, ...], Event] = {}
        self.variants: dict[tuple[object, ...], int] = {}

    def spend(self, steps: int = 1) -> None:
        """Use up budget; raises OutOfBudgetError when there is none left."""
        self.spent += steps
        if self.spent > self.budget:
            raise OutOfBudgetError

    def may_unroll(self, items: list[Value]) -> bool:
        """Whether a loop over these items is worth following item by item, and affordable.

        Numbers matter only where code makes text of them, as decoders do.
        """
        if not self.makes_text and all(map(dull, items[:8])):
            return False
        self.rounds -= len(items)
        return self.rounds >= 0

    def pays(self, items: list[Value], made: int) -> bool:
        """Whether to go on item by item after the first: text always may matter, numbers where text is made of them."""
        return self.made != made or not all(map(dull, items[:8]))

    def evaluate(self, node: cst.CSTNode) -> Value:
        """The value of an expression; taking a powerful thing as a value is recorded."""
        value = self.resolve(node)
        kind = type(value)
        if kind is Symbol or kind is Instance or kind is Method:
            self.mention(value, node)
        return value

    def resolve(self, node: cst.CSTNode) -> Value:
        """The value of an expression that is about to be called or looked into."""
        self.spent += 1
        if self.spent > self.budget:
            raise OutOfBudgetError
        handler = self.verbs.expressions.get(type(node))
        if handler is None:
            return NOTHING
        self.depth += 1
        if self.depth > DEEPEST:
            raise OutOfBudgetError
        value = handler(self, node)
        self.depth -= 1
        return value

    def execute(self, body: cst.BaseSuite | cst.Module) -> bool:
        """Run a body; False when its end is never reached."""
        return self.verbs.execute(self, body)

    def call(self, callee: Value, arguments: Arguments, node: cst.CSTNode) -> Value:
        """Call a value and give what comes back."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise OutOfBudgetError
        value = self.verbs.call(self, callee, arguments, node)
        self.depth -= 1
        return value

    def evaluate_argument(self, node: cst.CSTNode) -> Value:
        """The value of an argument: a module is not handed on yet, for the call may be followed."""
        value = self.resolve(node)
        if not (type(value) is Symbol and value.name in self.catalog.modules):
            self.mention(value, node)
        return value

    def mention(self, value: Value, node: cst.CSTNode) -> None:
        """Record that a powerful thing was taken, called or not; taking `os.environ` is reading it."""
        entry = self._entry_of(value)
        if entry is not None and type(value) is Symbol:
            self.around.remember_class(entry)
        if entry is None or entry.capability is None:
            if isinstance(value, Symbol) and value.name in self.catalog.doors:
                # A module handed on whole: what becomes of it may be out of sight.
                self.record(Kind.UNRESOLVED, "unresolved.call", value.name, {"object": value.name}, node)
            return
        capability = worst(entry)
        if not capability or capability == "console.output":
            return
        kind = Kind.MENTION if entry.call else Kind.CALL
        if capability.startswith("unresolved."):
            kind = Kind.UNRESOLVED
        self.record(kind, capability, entry.name, NO_ROLES, node)

    def _entry_of(self, value: Value) -> Entry | None:
        """The catalogue's entry of a thing that is taken as a value."""
        match value:
            case Symbol(name=name):
                return self.catalog.entries.get(name)
            case Instance(roles={"read": Symbol(name=name)}):
                return self.catalog.entries.get(name)
            case Method(receiver=Instance(type=kind), name=name):
                return self.catalog.entry(self.catalog.canonical(f"{kind}.{name}"))
            case _:
                return None

    def record(self, kind: Kind, capability: str, name: str, roles: Mapping[str, Known], node: cst.CSTNode) -> None:
        """Keep an event once for each place and each set of values."""
        self.keep(Event(kind, capability, name, roles, self.anchor or node, self.nested_steps))

    def keep(self, event: Event) -> None:
        """Keep an event; after many at one place, one with unknown values stands for the rest."""
        where = (event.kind, event.capability, event.name, id(event.node))
        key: tuple[object, ...] = (where, tuple(event.roles.items()))
        if key in self.events:
            return
        seen = self.variants.get(where, 0)
        self.variants[where] = seen + 1
        if event.capability == UNSEEN:
            self.complete = False  # it may have bound any name
        if len(self.events) > MOST_EVENTS:
            raise OutOfBudgetError
        if seen > MOST_VARIANTS:
            kept = {role: event.roles[role] for role in FLOWS if role in event.roles}
            event = replace(event, roles={**dict.fromkeys(event.roles, UNKNOWN), **kept})
            key = (where, tuple(kept.items()))
        self.events[key] = event


# A handler takes the node type that its key in the table promises, which a type cannot say.
Expression: TypeAlias = Callable[[Run, Any], Value]
Statement: TypeAlias = Callable[[Run, Any], bool]
Roles: TypeAlias = dict[str, Value]
Action: TypeAlias = Callable[[Run, Roles, Arguments, cst.CSTNode], Value]


@dataclass(frozen=True, slots=True)
class Verbs:
    """How to evaluate each type of expression, execute a body and call a value."""

    expressions: Mapping[type[cst.CSTNode], Expression]
    execute: Callable[[Run, cst.BaseSuite | cst.Module], bool]
    call: Callable[[Run, Value, Arguments, cst.CSTNode], Value]


WORST: Final[Mapping[str, str]] = MappingProxyType(
    {
        "by.mode": "fs.write",
        "by.shell": "process.shell",
        "by.location.read": "fs.read",
        "by.location.write": "fs.write",
        "by.handle.write": "fs.write",
        "by.variables.read": "env.read",
        "by.variables.write": "env.write",
        "by.callable": "code.execute",
        "by.descriptor": "",
        "by.text": "",  # a function of algebra: text is the exception
    }
)


def worst(entry: Entry) -> str:
    """The capability of an entry when nothing is known of the call."""
    capability = entry.capability or ""
    return WORST.get(capability, capability)
