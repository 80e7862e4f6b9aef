"""Facts and rules in, findings out."""

from typing import Any

import pytest

from validator.model.fact import NO_ROLES, Fact, Kind, Span
from validator.model.known import UNKNOWN, Known
from validator.model.profile import Profile
from validator.rulebook.match import find


def fact(kind: Kind, capability: str, name: str = "f", line: int = 1, **roles: Known) -> Fact:
    return Fact(kind, capability, name, roles or NO_ROLES, Span(line, 1, line, 2))


SHELL = fact(Kind.CALL, "process.shell", "os.system", command="ls")
SPAWN = fact(Kind.CALL, "process.spawn", "subprocess.run", line=2, command=("ls", UNKNOWN))
TAKEN = fact(Kind.MENTION, "process.shell", "os.popen", line=3)
PICKLE = fact(Kind.IMPORT, "import", "pickletools", line=4)
ODD = fact(Kind.IMPORT, "import.unknown", "zz.deep", line=5)
LOST = fact(Kind.UNRESOLVED, "unresolved.code", "exec", line=6)
BROKEN = fact(Kind.UNREADABLE, "unreadable.syntax", "syntax", line=7)
SAID = fact(Kind.STRING, "secret.read", "text", line=8, value="BEGIN PRIVATE KEY")
FLOW = Fact(
    Kind.FLOW, "flow", "a → b", {"from": "env.read", "to": "network.connect", "host": "x.example"}, Span(9, 1, 9, 2)
)
ALL = (SHELL, SPAWN, TAKEN, PICKLE, ODD, LOST, BROKEN, SAID, FLOW)


@pytest.mark.parametrize(
    ("match", "reported"),
    [
        ("call: process.shell", ["os.system"]),
        ("call: process", ["os.system", "subprocess.run"]),
        ("call: proc", []),
        ("call: [process.spawn, process.shell]", ["os.system", "subprocess.run"]),
        ("mention: process", ["os.popen"]),
        ("import: pickle*", ["pickletools"]),
        ("import: [os, zz]", ["zz.deep"]),
        ("import: z", []),
        ("import: import.unknown", ["zz.deep"]),
        ("import: '*'", ["pickletools", "zz.deep"]),
        ("unresolved: unresolved", ["exec"]),
        ("unreadable: unreadable.syntax", ["syntax"]),
        ("unreadable: unreadable.size", []),
        ("string: {matches: 'PRIVATE KEY'}", ["text"]),
        ("string: {matches: 'PUBLIC KEY'}", []),
        ("flow: {from: env, to: network}", ["a → b"]),
        ("flow: {from: [fs, env.read], to: [code, network.connect]}", ["a → b"]),
        ("flow: {from: env.read.x, to: network}", []),
        ("flow: {from: env, to: network}\nwhere: {host: {equals: y}}", []),
        ("call: process\nname: os", ["os.system"]),
        ("call: process\nname: ['*.run']", ["subprocess.run"]),
        ("call: process\nname: o", []),
        ("call: process\nunless: {name: os.system}", ["subprocess.run"]),
        ("call: process\nunless: [{name: os}, {where: {command: {matches: ls}}}]", ["subprocess.run"]),
        ("call: process\nunless: {name: os, where: {command: {equals: rm}}}", ["os.system", "subprocess.run"]),
        ("any: [{call: process.shell}, {mention: process.shell}]", ["os.system", "os.popen"]),
        ("all: [{call: process.spawn}, {import: pickle*}]", ["subprocess.run"]),
        ("all: [{call: process.spawn}, {import: csv}]", []),
        ("all: [{any: [{import: csv}, {import: zz}]}, {call: process}]", ["zz.deep"]),
        ("any: [{call: process}, {import: zz}]\nunless: {name: subprocess}", ["os.system", "zz.deep"]),
        ("any: [{call: process.shell}, {call: process}]", ["os.system", "subprocess.run"]),
    ],
)
def test_a_match_reports_exactly_these_facts(found: Any, match: str, reported: list[str]) -> None:
    assert found(match, *ALL) == reported


def test_nothing_is_found_where_nothing_happens(found: Any) -> None:
    assert found("call: process") == []


def test_excusing_one_fact_does_not_excuse_another(found: Any) -> None:
    second = fact(Kind.CALL, "process.shell", "os.popen", command="rm")
    assert found("call: process.shell\nunless: {where: {command: {equals: ls}}}", SHELL, second) == ["os.popen"]


def test_findings_stand_in_the_order_of_the_source(rule_of: Any, book_of: Any) -> None:
    book = book_of(rule_of("call: process", "b-rule"), rule_of("call: process", "a-rule"))
    findings = find((SPAWN, SHELL), book)
    assert [(finding.span.line, finding.rule) for finding in findings] == [
        (1, "a-rule"),
        (1, "b-rule"),
        (2, "a-rule"),
        (2, "b-rule"),
    ]


@pytest.mark.parametrize(("status", "drafts", "count"), [("stable", False, 1), ("draft", False, 0), ("draft", True, 1)])
def test_a_draft_is_found_only_on_request(rule_of: Any, book_of: Any, status: str, drafts: bool, count: int) -> None:
    assert len(find((SHELL,), book_of(rule_of(status=status)), drafts=drafts)) == count


def test_a_retired_rule_is_never_found(rule_of: Any, book_of: Any) -> None:
    assert find((SHELL,), book_of(rule_of(status="retired")), drafts=True) == ()


def test_a_finding_carries_what_its_rule_says(rule_of: Any, book_of: Any) -> None:
    (finding,) = find((SHELL,), book_of(rule_of()))
    assert (finding.rule, finding.weight, finding.attack, finding.fact) == ("a-rule", 40, ("T1059",), SHELL)


def test_a_profile_may_change_the_weight_of_a_rule(rule_of: Any, book_of: Any) -> None:
    profile = Profile("mine", 30, 70, {"a-rule": 7})
    (finding,) = find((SHELL,), book_of(rule_of()), {}, profile)
    assert finding.weight == 7


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("ls", "f runs ls"),
        (("ls", UNKNOWN), "f runs ls {…}"),
        (UNKNOWN, "f runs {…}"),
        ("a\nb\x1b[31m", "f runs a\\nb\\x1b[31m"),
        ("a\u202eb\ud800", "f runs a\\u202eb\\ud800"),
        ("{name}", "f runs {name}"),
        ("x" * 200, "f runs " + "x" * 79 + "…"),
    ],
)
def test_a_message_shows_values_in_one_honest_line(rule_of: Any, book_of: Any, command: Known, message: str) -> None:
    (finding,) = find((fact(Kind.CALL, "process.shell", command=command),), book_of(rule_of()))
    assert finding.message == message


def test_a_message_says_when_a_value_is_missing(rule_of: Any, book_of: Any) -> None:
    (finding,) = find((fact(Kind.CALL, "process.shell"),), book_of(rule_of()))
    assert finding.message == "f runs {…}"


@pytest.mark.parametrize(
    ("roles", "message"),
    [
        ({"path": "a", "target": "b"}, "writes b"),
        ({"path": "a"}, "writes a"),
        ({}, "writes {…}"),
    ],
)
def test_a_placeholder_with_alternatives_is_the_first_role_there_is(
    rule_of: Any, book_of: Any, roles: dict[str, Known], message: str
) -> None:
    (finding,) = find((fact(Kind.CALL, "process.shell", **roles),), book_of(rule_of(message="writes {target|path}")))
    assert finding.message == message
