"""Any two techniques in one program: one inside the other wherever they fit, else one after the other."""

from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum

from tests.analyse.evasions.carrying import running
from tests.analyse.evasions.deeds import DEEDS, SYSTEM
from tests.analyse.evasions.hiding import HIDING
from tests.analyse.evasions.recipe import Deed, Program, Recipe, Step, Technique, write
from tests.analyse.evasions.wrapping import WRAPPING, execute

TECHNIQUES = sorted((*DEEDS, *HIDING, *WRAPPING), key=lambda technique: (technique.id[0] != "C", technique.id))


class Nesting(StrEnum):
    """How two techniques came together."""

    FUSED = "both on the way to one power"
    CARRIED = "the first runs the program of the second"
    AFTER = "one after the other"


def alone(technique: Technique, deed: Deed | None = None) -> Program:
    """The technique at work: on the deed that is given, on its own, or on `os.system("id")`."""
    if technique.whole is not None:
        return technique.whole
    if technique.wrap is not None:
        return technique.wrap(write(Recipe(), deed or SYSTEM))
    return write(Recipe().takes(technique), deed or technique.deed or SYSTEM)


def compositions(first: Technique, second: Technique) -> Iterator[tuple[Program, Nesting]]:
    """Programs in which the first technique hides the second, or its power, and what must be said of them."""
    if first.wrap is not None:
        yield first.wrap(alone(second)), Nesting.CARRIED
    elif first.carry is not None:
        yield first.carry(alone(second)), Nesting.CARRIED
    elif first.step is Step.DEED:
        yield _after(alone(first), alone(second)), Nesting.AFTER
    else:
        yield alone(first, running(alone(second))), Nesting.CARRIED
        if _fit(first, second):
            recipe = Recipe().takes(second).takes(first)
            yield write(recipe, second.deed or SYSTEM), Nesting.FUSED


def _fit(first: Technique, second: Technique) -> bool:
    """Whether the first can take what the second gives: its step comes later, or is one that repeats."""
    if second.wrap is not None or second.whole is not None:
        return False
    if first.step is Step.REACH:
        return second.step is Step.DEED
    return first.step > second.step or first.step is second.step is Step.HOLD


def _after(first: Program, second: Program) -> Program:
    """What cannot be read would hide the first program too, so it comes as text that is run."""
    if second.fault is not None:
        second = execute(second)
    return replace(second, text=first.text + second.text, powers=(*first.powers, *second.powers))
