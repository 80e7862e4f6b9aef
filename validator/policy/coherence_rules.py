"""The rules of one tool in Intercept's dialect, as plain data, in; what they say against each other out."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from validator.policy.fields import SECONDS
from validator.policy.places import Parts, as_mapping, as_sequence

_BOUNDING: Final = frozenset({"lt", "lte"})


class Take(NamedTuple):
    """One counter that a call takes from, as the file names it."""

    counter: str
    window: int
    scope: str
    kind: str


def check_rules(where: Parts, rules: Sequence[object], tools: Mapping[str, object]) -> Iterator[tuple[Parts, str, str]]:
    """Report what the rules of one tool cannot mean, with the place of each."""
    for index, raw in enumerate(rules):
        rule, here = as_mapping(raw), (*where, "rules", index)
        yield from _check_action(here, rule)
        for number, condition in enumerate(as_sequence(rule.get("conditions"))):
            yield from _check_counter((*here, "conditions", number), rule, as_mapping(condition), tools)


def taken_by_rules(where: Parts, rules: Sequence[object], tools: Mapping[str, object]) -> list[tuple[Parts, Take]]:
    """The counters that the rules of one tool take from or ask for, each with its place."""
    scope = scope_of(str(where[-1]))
    result: list[tuple[Parts, Take]] = []
    for index, raw in enumerate(rules):
        rule, here = as_mapping(raw), (*where, "rules", index)
        own = own_counter(scope, rule)
        asked = dict.fromkeys(
            str(condition["path"])
            for condition in map(as_mapping, as_sequence(rule.get("conditions")))
            if str(condition.get("path", "")).startswith("state.")
        )
        for name, told in {**({own[0]: own[1]} if own else {}), **_windows(asked, tools)}.items():
            result.append((here, Take(name, SECONDS.get(told, 0), "server", "calendar")))
    return result


def scope_of(tool: str) -> str:
    """What stands for a tool in the path of a counter."""
    return "_global" if tool == "*" else tool


def own_counter(scope: str, rule: Mapping[str, object]) -> tuple[str, str] | None:
    """The counter that a rule keeps, with its window; a rate keeps one of its own."""
    rate, state = rule.get("rate_limit"), as_mapping(rule.get("state"))
    if isinstance(rate, str):
        window = rate.rpartition("/")[2]
        return f"{scope}._rate_{window}", window
    counter, told = state.get("counter"), state.get("window")
    return (f"{scope}.{counter}", told) if isinstance(counter, str) and isinstance(told, str) else None


def window_of(path: str, tools: Mapping[str, object]) -> str | None:
    """The window of the counter that a path such as `state.<tool>.<counter>` names, None if nobody keeps it."""
    name = path.removeprefix("state.")
    for tool, raw in tools.items():
        for rule in map(as_mapping, as_sequence(as_mapping(raw).get("rules"))):
            own = own_counter(scope_of(tool), rule)
            if own is not None and own[0] == name:
                return own[1]
    return None


def _windows(paths: Mapping[str, object], tools: Mapping[str, object]) -> dict[str, str]:
    return {path.removeprefix("state."): window for path in paths if (window := window_of(path, tools)) is not None}


def _check_action(where: Parts, rule: Mapping[str, object]) -> Iterator[tuple[Parts, str, str]]:
    action = rule.get("action", "evaluate")
    conditions = bool(as_sequence(rule.get("conditions")))
    if "rate_limit" in rule:
        for key in ("conditions", "state"):
            if key in rule:
                yield (*where, key), "cannot stand beside `rate_limit`", "write two rules"
        if action != "evaluate":
            yield (*where, "rate_limit"), f"cannot stand in a rule that says {action!r}", "write two rules"
    elif action == "evaluate" and not conditions and isinstance(rule.get("conditions", []), list):
        yield (
            (*where, "conditions"),
            "a rule that evaluates has at least one condition",
            "add it, or say `action: deny`",
        )
    if action == "deny" and conditions:
        yield (
            (*where, "conditions"),
            "a rule that denies has no conditions",
            "say `action: evaluate`, or leave them out",
        )
    if action != "evaluate" and "state" in rule:
        yield (*where, "state"), f"a rule that says {action!r} counts nothing", "count in a rule that evaluates"
    if action != "require_approval" and "approval_timeout" in rule:
        yield (*where, "approval_timeout"), "nobody is asked by this rule", "say `action: require_approval`"


def _check_counter(
    where: Parts, rule: Mapping[str, object], condition: Mapping[str, object], tools: Mapping[str, object]
) -> Iterator[tuple[Parts, str, str]]:
    path, value = condition.get("path"), condition.get("value")
    if not isinstance(path, str) or not path.startswith("state."):
        return
    if window_of(path, tools) is None:
        yield (*where, "path"), f"no rule keeps the counter {path!r}", "add `state` to a rule of that tool"
    if condition.get("op") not in _BOUNDING:
        yield (*where, "op"), "a counter can only be bounded from above", "write lt or lte"
    if isinstance(value, int | float) and value < 0:
        yield (*where, "value"), "a counter is never below 0", "write a number from 0 up"
    if rule.get("action", "evaluate") != "evaluate":
        yield where, "a counter is asked by rules that evaluate only", "write two rules"
