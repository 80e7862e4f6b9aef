"""One YAML file in, its checked section out, or every problem of it with file and line."""

from collections.abc import Collection
from pathlib import Path
from typing import Final, TypeVar

from pydantic import ValidationError

from validator.model.errors import Problem
from validator.rulebook.pages import Page, place_of, read_page
from validator.rulebook.schema import KEYS, Section
from validator.rulebook.vocabulary import suggestion

Shape = TypeVar("Shape", bound=Section)
RULES: Final = "rules/README.md"


def read_section(
    path: Path, shape: type[Shape], problems: list[Problem], keys: Collection[str] = KEYS, guide: str = RULES
) -> tuple[Page, Shape] | None:
    """Read one file of this shape; what is wrong with it is added to the problems."""
    page = read_page(path, str(path))
    if not isinstance(page, Page):
        problems += page
        return None
    try:
        return page, shape.model_validate(page.data)
    except ValidationError as error:
        for found in error.errors():
            where = ".".join(str(step) for step in found["loc"])
            place = place_of(page, found["loc"])
            if found["type"] == "extra_forbidden":
                advice = suggestion(str(found["loc"][-1]), keys) or f"see {guide}"
                problems.append(Problem(place, f"unknown key {where!r}", advice))
            else:
                reason = found["msg"].removeprefix("Value error, ")
                problems.append(Problem(place, f"{where}: {reason}" if where else reason, f"see {guide}"))
        return None
