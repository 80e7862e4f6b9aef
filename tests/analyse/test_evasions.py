"""Every known way to hide a power is reported with the power it hides, alone and with any other.

`evasions/rows.py` says which rows of the corpus end at a door that cannot be seen through; nowhere else is a door enough.
"""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from tests.analyse.evasions.rows import DOORS, ROWS
from validator.model.fact import Fact

Row = dict[str, Any]
Facts = Callable[[str | bytes], tuple[Fact, ...]]
Powers = Callable[[str | bytes], set[str]]
CORPUS: Final = Path(__file__).parents[2] / "corpus" / "bypasses.jsonl"
BYPASSES: Final[list[Row]] = [json.loads(line) for line in CORPUS.read_text("utf-8").splitlines()]
BY_NUMBER: Final = {row["id"].split("-")[1]: row for row in BYPASSES if row["id"].split("-")[1] in ROWS}
READABLE = [row for row in BYPASSES if not any(name.startswith("unreadable") for name in row["capabilities"])]
PYTHON = [row for row in READABLE if not row["family"].startswith(("ipython", "unreadable"))]
# One technique of each family: every one of them is paired with every other.
TECHNIQUES = list({row["family"]: row for row in reversed(PYTHON)}.values())
CARRIERS: dict[str, Callable[[str], str]] = {
    "exec": lambda code: f"exec({code!r})\n",
    "alias of exec": lambda code: f"run = exec\nrun({code!r})\n",
    "base64": lambda code: (
        f"import base64\nexec(base64.b64decode({base64.b64encode(code.encode('utf-8', 'surrogatepass'))!r}))\n"
    ),
    "map": lambda code: f"list(map(exec, [{code!r}]))\n",
    "decorator": lambda code: f"@exec\n@(lambda made: {code!r})\nclass Made: pass\n",
    "compile": lambda code: f"exec(compile({code!r}, 'name', 'exec'))\n",
    "timeit": lambda code: f"import timeit\ntimeit.timeit({code!r}, number=1)\n",
    "builtins by name": lambda code: f"__builtins__.__dict__['ex' + 'ec']({code!r})\n",
    "reversed": lambda code: f"exec({code[::-1]!r}[::-1])\n",
    "numbers": lambda code: f"exec(''.join(chr(number) for number in {[ord(c) for c in code]}))\n",
    "function": lambda code: f"def hidden(text):\n    exec(text)\nhidden({code!r})\n",
    "class hook": lambda code: f"class Hook:\n    __class_getitem__ = exec\nHook[{code!r}]\n",
    "partial": lambda code: f"import functools\nfunctools.partial(exec, {code!r})()\n",
    "format": lambda code: "exec('{}'.format(" + repr(code) + "))\n",
    "method": lambda code: f"class Made:\n    def go(self, text):\n        eval('exec')(text)\nMade().go({code!r})\n",
}
# It asks its own module for a name that stays inside the function when its text is run there.
LOCAL: Final = {(carrier, "bypass-alias-of-alias-02"): "unresolved.attribute" for carrier in ("function", "method")}


def lost(row: Row, found: set[str], door: str | None) -> list[str]:
    """The powers of a row that are not named; the door, where they are behind one."""
    wanted = row["capabilities"] if door is None else [door]
    return [want for want in wanted if not any(have == want or have.startswith(f"{want}.") for have in found)]


def door_inside(carrier: str, row: Row) -> str | None:
    """The door of a row that is carried in a string: there, text that cannot be read is code that is not known."""
    door = LOCAL.get((carrier, row["id"]), DOORS.get(row["id"]))
    return "unresolved.code" if door is not None and door.startswith("unreadable.") else door


@pytest.mark.parametrize("number", ROWS)
def test_a_technique_is_reported_with_its_functions_and_their_arguments(number: str, facts: Facts) -> None:
    found = facts(BY_NUMBER[number]["code"])
    assert [power for power in ROWS[number] if not power.named(found)] == []


@pytest.mark.parametrize("row", BYPASSES, ids=lambda row: row["id"])
def test_a_technique_is_reported_with_the_power_it_hides(row: Row, powers: Powers) -> None:
    assert lost(row, powers(row["code"]), DOORS.get(row["id"])) == []


def test_a_door_stands_only_for_a_power_that_is_not_named(powers: Powers) -> None:
    doors = [row for row in BYPASSES if row["id"] in DOORS]
    assert [row["id"] for row in doors if set(row["capabilities"]) <= powers(row["code"])] == []
    assert len(doors) == len(DOORS)


@pytest.mark.parametrize("carrier", CARRIERS)
def test_code_in_a_string_hides_no_technique(carrier: str, powers: Powers) -> None:
    carry = CARRIERS[carrier]
    missing = [row["id"] for row in PYTHON if lost(row, powers(carry(row["code"])), door_inside(carrier, row))]
    assert missing == []


@pytest.fixture(scope="module")
def alone(powers: Powers) -> dict[str, set[str]]:
    return {row["id"]: powers(row["code"]) for row in TECHNIQUES}


@pytest.mark.parametrize("first", TECHNIQUES, ids=lambda row: row["id"])
def test_a_technique_hides_no_other_in_the_same_argument(
    first: Row, powers: Powers, alone: dict[str, set[str]]
) -> None:
    missing = [
        second["id"]
        for second in TECHNIQUES
        if not alone[first["id"]] | alone[second["id"]] <= powers(f"{first['code']}\n{second['code']}")
    ]
    assert missing == []


@pytest.mark.parametrize("outer", CARRIERS)
@pytest.mark.parametrize("inner", CARRIERS)
def test_code_in_a_string_in_a_string_is_still_read(outer: str, inner: str, powers: Powers) -> None:
    code = CARRIERS[outer](CARRIERS[inner]("import os\nos.system('id')\n"))
    assert "process.shell" in powers(code)
