"""A pickle that stands in the code is followed: what loading it would import and call is named."""

import os
import pickle
from collections.abc import Callable

import pytest

from tests.analyse.evasions.recipe import Power, power
from validator.model.fact import Fact

Facts = Callable[[str | bytes], tuple[Fact, ...]]
SHELL = power("process.shell", "os.system", command="id")
SPAWN = power("process.spawn", "subprocess.run", command=("id", "-u"))
BY_HAND = {
    "reduce": (b"cos\nsystem\n(S'id'\ntR.", SHELL),
    "instance": (b"(S'id'\nios\nsystem\n.", SHELL),
    "object": (b"(cos\nsystem\nS'id'\no.", SHELL),
    "new object": (b"cos\nsystem\n(S'id'\nt\x81.", SHELL),
    "new object with names": (b"cos\nsystem\n(S'id'\nt}\x92.", SHELL),
    "by another name of the module": (b"cposix\nsystem\n(S'id'\ntR.", SHELL),
    "names of Python 2": (
        b"ccommands\ngetstatusoutput\n(S'id'\ntR.",
        power("process.shell", "subprocess.getstatusoutput"),
    ),
    "list": (b"csubprocess\nrun\n(]S'id'\naS'-u'\natR.", SPAWN),
    "list at once": (b"csubprocess\nrun\n(](S'id'\nS'-u'\netR.", SPAWN),
    "from the memo": (b"S'id'\np7\n0cos\nsystem\n(g7\ntR.", SHELL),
    "doubled": (b"S'id'\n2cos\nsystem\nq\x01h\x01S'id'\n\x85R.", SHELL),
    "after what is thrown away": (b"(K\x01K\x021cos\nsystem\n(S'id'\ntR.", SHELL),
    "deep in a dictionary": (b"(dS'a'\ncos\nsystem\n(S'id'\ntRs.", SHELL),
    "named only": (b"cos\nsystem\n.", power("import", "os")),
    "broken off": (b"cos\nsystem\n(S'id'\ntR]]", SHELL),
    "given what a call gave": (
        b"cbuiltins\ngetattr\n(c__builtin__\n__import__\n(S'os'\ntRS'system'\ntR(S'id'\ntR.",
        SHELL,
    ),
}


class Hidden:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("id",)


def missing(data: bytes, wanted: Power, facts: Facts) -> bool:
    return not wanted.named(facts(f"import pickle\npickle.loads({data!r})\n"))


@pytest.mark.parametrize("case", BY_HAND)
def test_what_a_pickle_calls_is_named(case: str, facts: Facts) -> None:
    data, wanted = BY_HAND[case]
    assert not missing(data, wanted, facts)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_every_protocol_is_read(protocol: int, facts: Facts) -> None:
    assert not missing(pickle.dumps([1, {"a": Hidden()}], protocol), SHELL, facts)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_plain_data_has_no_power_but_that_of_being_loaded(protocol: int, powers: Callable[[str], set[str]]) -> None:
    data = pickle.dumps({"a": [1, 2.5, (None, True), b"x", {3}, "long" * 100]}, protocol)
    assert powers(f"import pickle\npickle.loads({data!r})\n") == {"code.deserialize"}


@pytest.mark.parametrize(
    "data", [b"", b"R", b"c", b"(((", b"tttt", b"\x8c\xff", b"g99999999999999999999\n.", b"X\xff\xff\xff\x7f"]
)
def test_what_is_no_pickle_is_still_a_load(data: bytes, powers: Callable[[str], set[str]]) -> None:
    assert "code.deserialize" in powers(f"import pickle\npickle.loads({data!r})\n")


@pytest.mark.parametrize("bomb", ['b")" + b"2\\x86" * 40000', 'b"]" + b"2a" * 40000', 'b"(K\\x01K\\x01t" * 10000'])
def test_a_pickle_costs_no_more_than_its_length(bomb: str, powers: Callable[[str], set[str]]) -> None:
    assert powers(f"import pickle\npickle.loads({bomb})\n") == {"code.deserialize"}
