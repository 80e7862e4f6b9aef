"""What each operator says of arguments, and of what the code names."""

from collections.abc import Callable
from typing import Any, TypeAlias

import pytest

from validator.model.fact import Fact, Kind, Span
from validator.model.known import UNKNOWN, Choice, Known, Partial
from validator.policy.conditions import Answer, ask
from validator.policy.scene import Scene
from validator.policy.terms import Policy

Load: TypeAlias = Callable[..., Policy]
Judged: TypeAlias = Callable[..., Scene]
ABSENT = object()


def answer(load: Load, scene: Scene, path: str, op: str, value: Any) -> Answer:
    policy = load({"deny_if": [{"conditions": [{"path": path, "op": op, "value": value}]}]})
    return ask(policy.tools["t"].deny_if[0].conditions[0], scene)


@pytest.mark.parametrize(
    ("found", "op", "value", "holds"),
    [
        (5, "eq", 5.0, True),
        (5, "eq", "5", True),
        ("5", "eq", 5, True),
        ("5.0", "eq", 5, False),
        (5.0, "eq", "5", True),
        (True, "eq", 1, False),
        (True, "eq", "true", True),
        ("a", "neq", "b", True),
        ("a", "neq", "a", False),
        ([1, 2], "eq", [1, 2], True),
        ([True], "eq", [1], False),
        (None, "eq", None, True),
        (2, "in", ["1", "2"], True),
        (3, "in", [1, 2], False),
        (3, "not_in", [1, 2], True),
        (4, "lt", 5, True),
        (5, "lt", 5, False),
        (5, "lte", 5, True),
        (5.5, "gt", 5, True),
        (5, "gte", 6, False),
        ("4", "lt", 5, False),
        (True, "lte", 5, False),
        ("xabx", "regex", "ab", True),
        ("xabx", "regex", "^ab", False),
        (12, "regex", "1", False),
        ("abc", "contains", "b", True),
        ("a5c", "contains", 5, True),
        (["a", 5], "contains", "5", True),
        (["ab"], "contains", "a", False),
        ({"a": 1}, "contains", "a", False),
        ("x", "exists", True, True),
        (None, "exists", True, False),
        (None, "exists", False, True),
        ([], "exists", True, True),
    ],
)
def test_an_operator_compares_an_argument(
    load: Load, judged: Judged, found: Any, op: str, value: Any, holds: bool
) -> None:
    assert (answer(load, judged(a=found), "args.a", op, value) is Answer.YES) is holds


@pytest.mark.parametrize(
    ("op", "value"),
    [
        ("eq", None),
        ("neq", "x"),
        ("in", [None]),
        ("not_in", ["x"]),
        ("lt", 5),
        ("lte", 5),
        ("gt", -5),
        ("gte", -5),
        ("regex", ""),
        ("contains", ""),
        ("exists", True),
    ],
)
def test_a_path_that_leads_nowhere_fails_every_operator(load: Load, judged: Judged, op: str, value: Any) -> None:
    assert answer(load, judged(), "args.a", op, value) is Answer.NO


def test_only_exists_false_holds_for_a_path_that_leads_nowhere(load: Load, judged: Judged) -> None:
    assert answer(load, judged(a={"b": 1}), "args.a.c", "exists", False) is Answer.YES


@pytest.mark.parametrize("path", ["args.a.b", "args.a.b.c", "args.a.0"])
def test_a_path_goes_into_objects_only(load: Load, judged: Judged, path: str) -> None:
    expected = Answer.YES if path == "args.a.b" else Answer.NO
    assert answer(load, judged(a={"b": "x"}), path, "exists", True) is expected


def test_a_pattern_that_explodes_elsewhere_answers_at_once(load: Load, judged: Judged) -> None:
    assert answer(load, judged(a="a" * 50_000), "args.a", "regex", "^(a+)+$x") is Answer.NO


def host(value: Known, line: int = 1) -> Fact:
    return Fact(Kind.CALL, "network.connect", "requests.get", {"host": value}, Span(line, 1, line, 2))


DOOR = Fact(Kind.UNRESOLVED, "unresolved.attribute", "os.{…}")
TAKEN = Fact(Kind.MENTION, "network.connect", "requests.get")


@pytest.mark.parametrize(
    ("facts", "op", "value", "expected"),
    [
        ([host("a.example")], "contains", "a.example", Answer.YES),
        ([host("a.example")], "contains", "b.example", Answer.NO),
        ([host(UNKNOWN)], "contains", "b.example", Answer.MAYBE),
        ([host(Partial(("a", UNKNOWN)))], "contains", "b.example", Answer.MAYBE),
        ([TAKEN], "contains", "b.example", Answer.MAYBE),
        ([host(Choice(("a.example", "b.example")))], "contains", "b.example", Answer.YES),
        ([host("a.example")], "in", ["a.example"], Answer.YES),
        ([host("a.example"), host("b.example")], "in", ["a.example"], Answer.NO),
        ([host("a.example"), host(UNKNOWN)], "in", ["a.example"], Answer.MAYBE),
        ([], "in", ["a.example"], Answer.YES),
        ([host("b.example")], "not_in", ["b.example"], Answer.NO),
        ([host(UNKNOWN)], "not_in", ["b.example"], Answer.MAYBE),
        ([host("x.b.example")], "regex", r"b\.example$", Answer.YES),
        ([], "exists", True, Answer.NO),
        ([host(UNKNOWN)], "exists", False, Answer.MAYBE),
        ([], "exists", False, Answer.YES),
        ([host("a.example")], "eq", ["a.example"], Answer.YES),
        ([host("a.example"), host(UNKNOWN)], "eq", ["a.example"], Answer.MAYBE),
        ([host("b.example")], "neq", ["a.example"], Answer.YES),
        ([host("a.example")], "gt", 1, Answer.NO),
        ([DOOR], "contains", "b.example", Answer.MAYBE),
        ([DOOR, host("a.example")], "contains", "a.example", Answer.YES),
        ([DOOR], "regex", "b", Answer.MAYBE),
        ([DOOR], "exists", True, Answer.MAYBE),
        ([DOOR, host("a.example")], "neq", ["a.example"], Answer.MAYBE),
    ],
)
def test_an_operator_asks_about_what_the_code_names(
    load: Load, judged: Judged, facts: list[Fact], op: str, value: Any, expected: Answer
) -> None:
    assert answer(load, judged(*facts), "code.hosts", op, value) is expected


@pytest.mark.parametrize(("op", "value"), [("in", ["a.example"]), ("not_in", ["b.example"]), ("exists", False)])
def test_a_door_that_nobody_can_follow_leaves_nothing_proven(load: Load, judged: Judged, op: str, value: Any) -> None:
    assert answer(load, judged(DOOR), "code.hosts", op, value) is Answer.MAYBE


def fact(kind: Kind, capability: str, **roles: Known) -> Fact:
    return Fact(kind, capability, "name", roles)


@pytest.mark.parametrize(
    ("given", "path", "value"),
    [
        (fact(Kind.CALL, "fs.read", path="a"), "code.capabilities", "fs.read"),
        (fact(Kind.CALL, "fs.read", path="a"), "code.capabilities", "fs"),
        (Fact(Kind.IMPORT, "import", "os.path"), "code.imports", "os.path"),
        (Fact(Kind.IMPORT, "import", "os.path"), "code.imports", "os"),
        (fact(Kind.IMPORT, "import", module="json"), "code.imports", "json"),
        (fact(Kind.CALL, "fs.read", path="a"), "code.paths_read", "a"),
        (fact(Kind.CALL, "fs.write", path="a"), "code.paths_written", "a"),
        (fact(Kind.CALL, "fs.write", path="a", target="b"), "code.paths_written", "b"),
        (fact(Kind.CALL, "process.spawn", command=("ls", "-l")), "code.commands", "ls -l"),
        (fact(Kind.CALL, "env.read", key="HOME"), "code.env", "HOME"),
    ],
)
def test_what_the_code_uses_is_listed(load: Load, judged: Judged, given: Fact, path: str, value: str) -> None:
    assert answer(load, judged(given), path, "contains", value) is Answer.YES


def test_a_capability_does_not_stand_for_one_that_begins_like_it(load: Load, judged: Judged) -> None:
    scene = judged(fact(Kind.CALL, "fs.read", path="a"))
    assert answer(load, scene, "code.capabilities", "contains", "fs.re") is Answer.NO


def test_a_command_with_an_unknown_word_is_unknown(load: Load, judged: Judged) -> None:
    scene = judged(fact(Kind.CALL, "process.spawn", command=("ls", UNKNOWN)))
    assert answer(load, scene, "code.commands", "contains", "rm") is Answer.MAYBE


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("code.verdict", "allow"),
        ("code.score", 7),
        ("code.unresolved", 1),
        ("code.lines", 3),
        ("code.digest", "d" * 64),
    ],
)
def test_what_judgment_says_can_be_asked(load: Load, judged: Judged, path: str, value: Any) -> None:
    assert answer(load, judged(DOOR, score=7), path, "eq", value) is Answer.YES


@pytest.mark.parametrize(("path", "value"), [("call.tool", "t"), ("call.server", "default"), ("grant.name", "default")])
def test_the_call_and_its_grant_can_be_asked(load: Load, judged: Judged, path: str, value: str) -> None:
    assert answer(load, judged(), path, "eq", value) is Answer.YES
