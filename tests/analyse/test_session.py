"""Names that an earlier argument bound are known to the next one of the same session."""

import pytest

from validator.analyse.observe import observe_next
from validator.analyse.session import NO_SESSION, forget
from validator.model.argument import Argument
from validator.model.catalog import Catalog
from validator.model.limits import DEFAULT_LIMITS

SPLIT = {
    "module alias": ("import os as tool", "tool.system('id')"),
    "function": ("import os\ndef go(text): os.system(text)", "go('id')"),
    "function object": ("import os\ngo = os.system", "go('id')"),
    "list": ("import os\ntools = [os]", "tools[0].system('id')"),
    "object": (
        "import os\nclass Made:\n    def __init__(self): self.tool = os\nmade = Made()",
        "made.tool.system('id')",
    ),
    "star import": ("from os import *", "system('id')"),
    "monkeypatch": ("import json, os\njson.loads = os.system", "import json\njson.loads('id')"),
    "closure": ("import os\ndef make():\n    tool = os\n    return lambda: tool.system('id')\ngo = make()", "go()"),
    "text": ("name = 'sys' + 'tem'", "import os\ngetattr(os, name)('id')"),
}


def powers(catalog: Catalog, *codes: str) -> set[str]:
    session = NO_SESSION
    for code in codes:
        facts, session = observe_next(Argument(code), catalog, DEFAULT_LIMITS, session)
    return {fact.capability for fact in facts}


@pytest.mark.parametrize("name", SPLIT)
def test_a_power_spread_over_two_calls_is_found_in_the_second(name: str, catalog: Catalog) -> None:
    assert "process.shell" in powers(catalog, *SPLIT[name])


def test_a_refused_argument_leaves_no_trace(catalog: Catalog) -> None:
    _, session = observe_next(Argument("tools = []"), catalog, DEFAULT_LIMITS, NO_SESSION)
    observe_next(Argument("import os\ntools.append(os)"), catalog, DEFAULT_LIMITS, session)
    facts, _ = observe_next(Argument("for tool in tools: tool.system('id')"), catalog, DEFAULT_LIMITS, session)
    assert "process.shell" not in {fact.capability for fact in facts}


def test_after_an_argument_that_was_never_analysed_unknown_names_are_unresolved(catalog: Catalog) -> None:
    facts, _ = observe_next(Argument("print(leftover)"), catalog, DEFAULT_LIMITS, forget())
    assert "unresolved.name" in {fact.capability for fact in facts}


def test_a_fact_of_an_earlier_function_stands_where_it_is_called(catalog: Catalog) -> None:
    _, session = observe_next(Argument("import os\n\n\ndef go(): os.system('id')"), catalog, DEFAULT_LIMITS, NO_SESSION)
    facts, _ = observe_next(Argument("x = 1\ngo()"), catalog, DEFAULT_LIMITS, session)
    assert [fact.span.line for fact in facts if fact.capability == "process.shell"] == [2]
