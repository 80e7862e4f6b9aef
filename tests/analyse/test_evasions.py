"""Every known way to hide a power is reported with the power it hides, alone and with any other."""

import base64
import json
from collections.abc import Callable
from pathlib import Path

import pytest

ROWS = [json.loads(line) for line in (Path(__file__).parents[2] / "corpus" / "bypasses.jsonl").read_text().splitlines()]
READABLE = [row for row in ROWS if not any(name.startswith("unreadable") for name in row["capabilities"])]
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


def covered(wanted: list[str], found: set[str]) -> bool:
    """Every power is named; or a door that could not be seen through is, which is just as honest."""
    if any(have.startswith(("unresolved.", "unreadable.")) for have in found):
        return True
    return all(any(have == want or have.startswith(f"{want}.") for have in found) for want in wanted)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_a_technique_is_reported_with_the_power_it_hides(
    row: dict[str, object], powers: Callable[[str], set[str]]
) -> None:
    assert covered(row["capabilities"], powers(row["code"]))


@pytest.mark.parametrize("carrier", CARRIERS)
def test_code_in_a_string_hides_no_technique(carrier: str, powers: Callable[[str], set[str]]) -> None:
    lost = [row["id"] for row in PYTHON if not covered(row["capabilities"], powers(CARRIERS[carrier](row["code"])))]
    assert lost == []


@pytest.mark.parametrize("first", TECHNIQUES, ids=lambda row: row["id"])
def test_a_technique_hides_no_other_in_the_same_argument(
    first: dict[str, object], powers: Callable[[str], set[str]]
) -> None:
    lost = [
        second["id"]
        for second in TECHNIQUES
        if not powers(first["code"]) | powers(second["code"]) <= powers(f"{first['code']}\n{second['code']}")
    ]
    assert lost == []


@pytest.mark.parametrize("outer", CARRIERS)
@pytest.mark.parametrize("inner", CARRIERS)
def test_code_in_a_string_in_a_string_is_still_read(outer: str, inner: str, powers: Callable[[str], set[str]]) -> None:
    code = CARRIERS[outer](CARRIERS[inner]("import os\nos.system('id')\n"))
    assert "process.shell" in powers(code)
