"""What the sieve leaves out cannot hold, and it leaves out what is far off."""

from typing import Any

import pytest
import re2
from hypothesis import example, given
from hypothesis import strategies as st

from validator.model.call import Call
from validator.model.fact import Fact, Kind
from validator.model.known import UNKNOWN
from validator.model.verdict import Outcome, Verdict
from validator.policy.conditions import possible
from validator.policy.scene import Scene
from validator.policy.sieve import sift
from validator.policy.terms import Condition, Operator, Rule, ToolRules

VALUES = st.one_of(
    st.sampled_from(["a", "b", "fs", "fs.read", "fs.read.x", "5", "", "true", "1.0", "A"]),
    st.sampled_from([True, False, None, 0, 1, 5, 5.0, 1.5, -1, float("nan"), float("inf")]),
)
# What is no number is compared as a text, so a list or an object may equal a text that looks like it.
TEXTS = ['["a"]', "[5]", "[]", '{"a": 1}', "null", "[[1]]"]
DEEP = [["a"], [5], [], {"a": 1}, [["a"]], [[1]], {}]
ANY = st.one_of(VALUES, st.sampled_from(TEXTS), st.sampled_from(DEEP))
PATTERNS = st.sampled_from(["a", "^fs", "(?i)A", "b$|a", r"\Qa", r"b\E", "(?P<n>a)", "(?P<n>b)", "x", "", "(?s)."])
PATHS = st.sampled_from(
    [("args", "x"), ("args", "none"), ("code", "capabilities"), ("code", "hosts"), ("code", "score")]
)


def pattern(text: str) -> Condition:
    return Condition(("args", "x"), Operator.REGEX, text, re2.compile(text))


@st.composite
def conditions(draw: st.DrawFn) -> Condition:
    path, operator = draw(PATHS), draw(st.sampled_from(Operator))
    if operator is Operator.REGEX:
        pattern = draw(PATTERNS.filter(lambda text: text != r"b\E"))
        return Condition(path, operator, pattern, re2.compile(pattern))
    listed = operator in (Operator.IN, Operator.NOT_IN)
    return Condition(path, operator, draw(st.lists(ANY, max_size=3) if listed else ANY))


def scene(found: Any, names: list[str], hosts: list[Any], *, doors: bool = False) -> Scene:
    facts = tuple(Fact(Kind.CALL, name, name) for name in names)
    facts += (Fact(Kind.UNRESOLVED, "unresolved.code", "exec"),) * doors
    facts += tuple(Fact(Kind.CALL, "network.connect", "httpx.get", {"host": host}) for host in hosts)
    capabilities = tuple(sorted({fact.capability for fact in facts}))
    return Scene(Call("t", {"x": found}), Verdict(Outcome.ALLOW, 5, (), facts, capabilities, "d", "balanced"), 1)


@given(
    st.lists(st.lists(conditions(), max_size=2), max_size=12),
    st.one_of(ANY, st.lists(ANY, max_size=3)),
    st.lists(st.sampled_from(["fs", "fs.read", "fs.read.x"]), max_size=2),
    st.lists(st.sampled_from(["a", "b", UNKNOWN]), max_size=2),
    st.booleans(),
)
@example([[Condition(("args", "x"), Operator.EQ, ["a"])]], '["a"]', [], [], False)
@example([[Condition(("args", "x"), Operator.EQ, {"a": 1})]], '{"a": 1}', [], [], False)
@example([[Condition(("args", "x"), Operator.IN, [["a"]])]], '["a"]', [], [], False)
@example([[Condition(("code", "hosts"), Operator.CONTAINS, "z")]], "", [], [], True)
def test_every_rule_that_may_hold_passes_in_its_place(
    rules: list[list[Condition]], found: Any, names: list[str], hosts: list[Any], doors: bool
) -> None:
    tool = ToolRules(deny_if=tuple(Rule(str(number), tuple(each)) for number, each in enumerate(rules)))
    asked = scene(found, names, hosts, doors=doors)
    passed = list(sift(tool, "deny_if", asked))
    assert [rule for rule in passed if possible(rule.conditions, asked)] == [
        rule for rule in tool.deny_if if possible(rule.conditions, asked)
    ]
    assert [int(rule.name) for rule in passed] == sorted(int(rule.name) for rule in passed)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Condition(("code", "hosts"), Operator.CONTAINS, "z"), Condition(("code", "hosts"), Operator.CONTAINS, "y")),
        (Condition(("code", "score"), Operator.GTE, 5), Condition(("code", "score"), Operator.GTE, 6)),
        (Condition(("code", "score"), Operator.LTE, 5), Condition(("code", "score"), Operator.LTE, 4)),
        (Condition(("code", "score"), Operator.LT, float("nan")), Condition(("code", "score"), Operator.LT, 6)),
        (Condition(("code", "score"), Operator.GT, float("nan")), Condition(("code", "score"), Operator.GT, 4)),
        (pattern("(?i)A"), pattern("z")),
        (pattern("z"), pattern("a|b")),
        (pattern(r"\Qz"), pattern(r"a|\Qc\E")),
        (pattern("(?P<n>z)"), pattern("(?P<n>a)")),
    ],
)
def test_a_rule_is_not_hidden_by_the_others_of_its_group(first: Condition, second: Condition) -> None:
    tool = ToolRules(deny_if=(Rule("first", (first,)), Rule("second", (second,))))
    asked = scene("a", [], [UNKNOWN])
    assert any(possible(rule.conditions, asked) for rule in tool.deny_if)
    assert [rule.name for rule in sift(tool, "deny_if", asked)] == ["first", "second"]


def test_rules_that_are_far_off_are_not_asked() -> None:
    asked = scene("a", ["fs.read"], ["a"])
    far = [
        Condition(("args", "x"), Operator.EQ, "b"),
        Condition(("args", "x"), Operator.IN, ["b", "c"]),
        Condition(("args", "x"), Operator.REGEX, "b", re2.compile("b")),
        Condition(("args", "none"), Operator.GT, 1),
        Condition(("code", "score"), Operator.GT, 60),
        Condition(("code", "score"), Operator.LT, 1),
        Condition(("code", "capabilities"), Operator.CONTAINS, "fs.write"),
        Condition(("code", "hosts"), Operator.REGEX, "z", re2.compile("z")),
    ]
    tool = ToolRules(approve_if=tuple(Rule(str(each), (each,)) for each in far))
    assert list(sift(tool, "approve_if", asked)) == []
