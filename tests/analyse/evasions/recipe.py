"""What a technique is: one way of doing one step on the road from a module to a power, and what must be said of it.

A program that uses a power takes these steps: a `road` to the module, the `member` in it, a place to `hold` it, the
`call`, and a `wrap` of text around it all. A technique has its own way for one of them; the others are done plainly.
Techniques for different steps therefore fit into one program.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import IntEnum

from validator.model.fact import Fact, Kind

KINDS = {
    "import": Kind.IMPORT,
    "flow": Kind.FLOW,
    "unresolved": Kind.UNRESOLVED,
    "unreadable": Kind.UNREADABLE,
}
ANY_NAME = ""


class Step(IntEnum):
    """The steps, inner ones first. `REACH` does the work of `ROAD` and `MEMBER` at once."""

    DEED = 0
    ROAD = 1
    MEMBER = 2
    REACH = 3
    HOLD = 4
    CALL = 5
    WRAP = 6


@dataclass(frozen=True)
class Power:
    """A fact that has to be there: its capability, its resolved name, and the value of each role that is given."""

    capability: str
    name: str = ANY_NAME
    roles: tuple[tuple[str, object], ...] = ()

    def named(self, facts: Iterable[Fact]) -> bool:
        kind = KINDS.get(self.capability.partition(".")[0], Kind.CALL)
        return any(
            fact.kind is kind
            and fact.capability == self.capability
            and self.name in (ANY_NAME, fact.name)
            and all(fact.roles.get(role) == value for role, value in self.roles)
            for fact in facts
        )


def power(capability: str, name: str = ANY_NAME, /, **roles: object) -> Power:
    return Power(capability, name, tuple(roles.items()))


Powers = tuple[Power, ...]


@dataclass(frozen=True)
class Deed:
    """A function and what it is called with; `around` is the expression that the call stands in."""

    module: str
    name: str
    arguments: str
    powers: Powers
    around: str = "{}"
    before: str = ""

    @property
    def path(self) -> str:
        return f"{self.module}.{self.name}"


@dataclass(frozen=True)
class Program:
    """A text and what must be said of it; `fault` says why it cannot be read, `cells` that only IPython can."""

    text: str
    powers: Powers
    fault: Power | None = None
    cells: bool = False


@dataclass(frozen=True)
class Piece:
    """Statements, and the expression that they make possible."""

    before: str
    expression: str


Road = Callable[[str], Piece]
Member = Callable[[str, str], Piece]
Hold = Callable[[str], Piece]
Call = Callable[[str, Deed], str]
Wrap = Callable[[Program], Program]
# A process that is handed the words of a Python program runs that program in its turn.
Carry = Callable[[Program], Program]


def nothing_else(deed: Deed) -> Powers:
    return ()


@dataclass(frozen=True)
class Technique:
    """One row: the step it is about, its way of doing that step, and the traces it leaves beside the deed itself."""

    id: str
    title: str
    step: Step
    road: Road | None = None
    member: Member | None = None
    reach: Member | None = None
    hold: Hold | None = None
    call: Call | None = None
    wrap: Wrap | None = None
    deed: Deed | None = None
    whole: Program | None = None
    carry: Carry | None = None
    traces: Callable[[Deed], Powers] = nothing_else


@dataclass(frozen=True)
class Recipe:
    """The techniques that do the steps of one program, at most one for each but `HOLD`."""

    road: Technique | None = None
    member: Technique | None = None
    reach: Technique | None = None
    holds: tuple[Technique, ...] = ()
    call: Technique | None = None

    def takes(self, technique: Technique) -> "Recipe":
        match technique.step:
            case Step.ROAD:
                return replace(self, road=technique)
            case Step.MEMBER:
                return replace(self, member=technique)
            case Step.REACH:
                return replace(self, reach=technique)
            case Step.HOLD:
                return replace(self, holds=(*self.holds, technique))
            case Step.CALL:
                return replace(self, call=technique)
            case _:
                return self

    def techniques(self) -> Iterable[Technique]:
        return filter(None, (self.road, self.member, self.reach, *self.holds, self.call))


def _reach(recipe: Recipe, deed: Deed) -> Piece:
    if recipe.reach is not None and recipe.reach.reach is not None:
        return recipe.reach.reach(deed.module, deed.name)
    road = recipe.road.road if recipe.road is not None else None
    way = road(deed.module) if road is not None else Piece(f"import {deed.module}\n", deed.module)
    member = recipe.member.member if recipe.member is not None else None
    last = member(way.expression, deed.name) if member is not None else Piece("", f"{way.expression}.{deed.name}")
    return Piece(way.before + last.before, last.expression)


def write(recipe: Recipe, deed: Deed) -> Program:
    """The program that does the deed in the recipe's ways."""
    piece = _reach(recipe, deed)
    before, function = piece.before, piece.expression
    for technique in recipe.holds:
        if technique.hold is not None:
            held = technique.hold(function)
            before, function = before + held.before, held.expression
    call = recipe.call.call if recipe.call is not None else None
    last = call(function, deed) if call is not None else deed.around.format(f"{function}({deed.arguments})")
    traces = (trace for technique in recipe.techniques() for trace in technique.traces(deed))
    return Program(f"{deed.before}{before}{last}\n", (*deed.powers, *traces))
