"""What the analyser's tests share: the shipped catalogue, and a short way to ask for facts."""

from collections.abc import Callable
from pathlib import Path

import pytest

from validator.analyse.observe import observe
from validator.model.argument import Argument
from validator.model.catalog import Catalog
from validator.model.fact import Fact
from validator.rulebook.catalog import load_catalog

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return load_catalog((ROOT / "rules" / "catalog").glob("*.yaml"))


@pytest.fixture(scope="session")
def facts(catalog: Catalog) -> Callable[[str | bytes], tuple[Fact, ...]]:
    return lambda code: observe(Argument(code), catalog)


@pytest.fixture(scope="session")
def powers(facts: Callable[[str | bytes], tuple[Fact, ...]]) -> Callable[[str | bytes], set[str]]:
    """The capabilities of a program, plain imports and printing left out."""
    quiet = {"import", "console.output"}
    return lambda code: {fact.capability for fact in facts(code)} - quiet
