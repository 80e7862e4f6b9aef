"""The state of one look at a command: variables, functions, files written, and the uses seen so far."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from validator.analyse.shell.text import HOLE, decode
from validator.analyse.shell.tree import Node, Script
from validator.model.catalog import Catalog
from validator.model.fact import NO_ROLES, Kind
from validator.model.known import Known
from validator.model.limits import Limits

DEEPEST: Final = 30
MOST_USES: Final = 2_000
STEPS_PER_COMMAND: Final = 10
PIPES: Final = "/dev/fd/"
CHARACTERS_PER_STEP: Final = 64

DEVICES: Final = (
    "/dev/null",
    "/dev/zero",
    "/dev/std",
    "/dev/tty",
    "/dev/fd/",
    "/dev/full",
    "/dev/random",
    "/dev/urandom",
)


class OutOfStepsError(Exception):
    """The look used up its steps; caught once, where it starts, and made a use."""


@dataclass(frozen=True, slots=True)
class Use:
    """One thing that a command does; `code` is Python source to be analysed in turn."""

    kind: Kind
    capability: str
    name: str
    roles: Mapping[str, Known] = field(default_factory=lambda: NO_ROLES)
    code: str | None = None


@dataclass(slots=True)
class Scope:
    """What a subshell keeps to itself; `arguments` is None where they are not known."""

    variables: dict[str, tuple[str, ...]] = field(default_factory=dict)
    functions: dict[str, tuple[Node, ...]] = field(default_factory=dict)
    exported: set[str] = field(default_factory=set)
    odd: set[str] = field(default_factory=set)  # variables that do not simply take what is assigned to them
    unsure: set[str] = field(default_factory=set)  # functions that may not be defined
    arguments: tuple[str, ...] | None = ()
    folder: str = ""

    def copy(self) -> "Scope":
        """A scope that starts out the same."""
        names = set(self.exported), set(self.odd), set(self.unsure)
        return Scope(dict(self.variables), dict(self.functions), *names, self.arguments, self.folder)

    def child(self, arguments: tuple[str, ...]) -> "Scope":
        """The scope of another shell: it knows no functions, and of variables surely only those exported."""
        variables = {name: held if name in self.exported else (HOLE,) for name, held in self.variables.items()}
        return Scope(variables, exported=set(self.exported), arguments=arguments, folder=self.folder)


Feed: TypeAlias = str | None
"""What a command reads from its standard input: marked text, or None where nothing feeds it."""


@dataclass(frozen=True, slots=True)
class Verbs:
    """The verbs that need each other, handed over so that no module imports another in a circle."""

    walk: "Callable[[Shell, Node | Script, Feed], str]"
    run: "Callable[[Shell, list[str], Feed], str]"
    launch: "Callable[[Shell, list[str], Feed], str]"
    line: "Callable[[Shell, str, Feed], str]"


@dataclass(slots=True)
class Shell:
    """One look at one command. Every text in it is marked text (`shell_text`)."""

    catalog: Catalog
    limits: Limits
    verbs: Verbs
    scope: Scope = field(default_factory=Scope)
    uses: list[Use] = field(default_factory=list)
    written: dict[str, str] = field(default_factory=dict)
    ran: list[str] = field(default_factory=list)
    calling: dict[str, int] = field(default_factory=dict)
    bodies: list[Node] = field(default_factory=list)  # of functions that nothing has called yet
    left: int = 0  # how often a function or loop may have been left early
    depth: int = 0
    nested: int = 0
    conditional: int = 0
    parallel: int = 0
    steps: int = 0

    def spend(self, steps: int = STEPS_PER_COMMAND) -> None:
        """Pay for one command, or for a part of one."""
        self.steps += steps
        if self.steps > self.limits.steps or len(self.uses) > MOST_USES:
            raise OutOfStepsError

    def emit(self, capability: str, name: str, roles: Mapping[str, Known] = NO_ROLES, code: str | None = None) -> None:
        """Note that the command does this."""
        self.uses.append(Use(Kind.CALL, capability, name, roles, code))

    def unresolved(self, name: str, text: str, capability: str = "unresolved.command", role: str = "command") -> None:
        """Note that something could not be worked out; from now on it may be in any file."""
        self.forget()
        self.uses.append(Use(Kind.UNRESOLVED, capability, name, {role: decode(text)}))

    def assign(self, name: str, values: tuple[str, ...]) -> None:
        """Set a variable; one that may or may not be set again is unknown."""
        scope = self.scope
        changed = scope.variables.get(name, values) != values
        scope.variables[name] = (HOLE,) if name in scope.odd or (self.conditional and changed) else values

    def define(self, name: str, body: Node) -> None:
        """Define a function; where that is not sure, what the name meant before may still be meant."""
        scope = self.scope
        self.bodies.append(body)
        if self.conditional and name not in scope.functions:
            scope.unsure.add(name)
        elif not self.conditional:
            scope.unsure.discard(name)
        scope.functions[name] = (*(scope.functions.get(name, ()) if self.conditional else ()), body)

    def write(self, path: str, content: str) -> None:
        """Remember what a file holds; one that may not be written holds anything."""
        self.written[path] = HOLE if self.conditional else self.cap(content)

    def forget(self) -> None:
        """Take every file to hold anything; the ends of pipes cannot be changed."""
        for path in self.written:
            if not path.startswith(PIPES):
                self.written[path] = HOLE

    def cap(self, text: str) -> str:
        """The text, or nothing known of it if it is too long."""
        return text if len(text) <= self.limits.folded else HOLE

    def place(self, path: str) -> str:
        """A path as seen from where the script started."""
        folder = self.scope.folder
        if HOLE not in path:
            path = path.removeprefix("./") or "."
        if not folder or path.startswith(("/", "~", HOLE)) or "://" in path:
            return path
        return f"{folder.rstrip('/')}/{path.removeprefix('./')}"

    @contextmanager
    def subshell(self, inner: Scope | None = None) -> Iterator[None]:
        """Keep variables, functions and the folder to what runs inside."""
        outer, self.scope = self.scope, inner or self.scope.copy()
        yield
        self.scope = outer

    @contextmanager
    def maybe(self, sure: bool = False) -> Iterator[None]:
        """What runs inside may not run at all."""
        self.conditional += not sure
        yield
        self.conditional -= not sure
