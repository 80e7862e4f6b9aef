from collections.abc import Callable

import pytest

from tests.scan.stand_in import judge as stand_in
from validator.model.argument import Argument
from validator.model.verdict import Verdict
from validator.rulebook.load import Rulebook, load_rulebook

Judge = Callable[[Argument], Verdict]


@pytest.fixture
def judge() -> Judge:
    """The judge that knows a few words."""
    return stand_in


@pytest.fixture(scope="session")
def book() -> Rulebook:
    """The rules that ship."""
    return load_rulebook()
