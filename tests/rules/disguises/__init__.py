"""Programs in, the same programs in other words out: every rewrite keeps what a program does."""

from collections.abc import Callable, Mapping
from functools import cache
from itertools import chain
from typing import Final

import libcst as cst

from tests.rules.disguises.calls import CALLS
from tests.rules.disguises.imports import IMPORTS
from tests.rules.disguises.places import PLACES
from tests.rules.disguises.texts import TEXTS

Disguise = Callable[[cst.Module], str | None]

DISGUISES: Final[Mapping[str, Disguise]] = dict(
    chain.from_iterable(table.items() for table in (PLACES, IMPORTS, CALLS, TEXTS))
)


@cache
def disguise(code: str, *names: str) -> str | None:
    """The program after these rewrites, one upon the other; None if one of them finds nothing to rewrite."""
    for name in names:
        try:
            rewritten = DISGUISES[name](cst.parse_module(code))
        except cst.ParserSyntaxError:
            return None
        if rewritten is None or rewritten == code:
            return None
        code = rewritten
    return code
