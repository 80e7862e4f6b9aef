"""Plain data in, what its parts say against each other out.

It reads the data as it was written, so that these problems are told together with those of its form; what has not the
form that it should have is passed over here.
"""

from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

from validator.model.errors import Problem
from validator.policy.coherence_rules import Take, check_rules, taken_by_rules
from validator.policy.fields import SECONDS
from validator.policy.places import Parts, as_mapping, as_sequence, place

_HOSTED: Final = frozenset(
    {"require", "deny_if", "approve_if", "limits", "rate_limit", "action", "reason"}
)  # keys of a tool that stand against `rules`
Found: TypeAlias = tuple[Parts, str, str]


def check_coherence(file: str, document: object) -> Iterator[Problem]:
    """Report what is wrong between the parts of a policy, with the place of each."""
    policy = as_mapping(document)
    tools = as_mapping(policy.get("tools"))
    for where, reason, advice in (
        *_check_hidden(policy.get("hide")),
        *_check_thresholds(as_mapping(policy.get("code"))),
        *(found for name, tool in tools.items() for found in _check_tool(name, as_mapping(tool), tools)),
        *_check_counters(tools, as_mapping(policy.get("all_tools"))),
    ):
        yield Problem(place(file, where), reason, advice)


def _check_hidden(hidden: object) -> Iterator[Found]:
    seen: set[str] = set()
    for index, name in enumerate(as_sequence(hidden)):
        if not isinstance(name, str):
            continue
        if not name.strip():
            yield ("hide", index), "is empty", 'name a tool, or "*" for all of them'
        elif name in seen:
            yield ("hide", index), f"{name!r} stands twice", "keep one of the two"
        seen.add(name)


def _check_thresholds(code: Mapping[str, object]) -> Iterator[Found]:
    review, deny = code.get("review_at"), code.get("deny_at")
    if isinstance(review, int) and isinstance(deny, int) and review > deny:
        yield ("code", "review_at"), "is above `deny_at`", "review must begin at or below the score that denies"
    if "ask" in code and code.get("on_review", "ask") != "ask":
        yield ("code", "ask"), "nobody is asked about a review", "write `on_review: ask`, or leave it out"


def _check_tool(name: str, tool: Mapping[str, object], tools: Mapping[str, object]) -> Iterator[Found]:
    where = ("tools", name)
    if not name.strip():
        yield where, "a tool has a name", "name it as the server does"
    if "rules" not in tool:
        if name == "*":
            yield where, "`*` is not a tool", "write what holds for all of them under `all_tools`"
        return
    for key in sorted(_HOSTED & tool.keys()):
        yield (
            (*where, key),
            "is of another dialect than the `rules` of the same tool",
            "write all of the tool as `rules`, or none of it",
        )
    yield from check_rules(where, as_sequence(tool["rules"]), tools)


def _check_counters(tools: Mapping[str, object], every: Mapping[str, object]) -> Iterator[Found]:
    """One call may take from a counter only once per window, or it would be counted twice."""
    common = [*_taken("*", tools.get("*"), tools), *_taken_by_limits(("all_tools",), every)]
    reported: set[Parts] = set()
    for name in [*(name for name in tools if name != "*"), None]:
        seen: set[Take] = set()
        for where, take in [*(_taken(name, tools[name], tools) if name is not None else []), *common]:
            if take in seen and where not in reported:
                reported.add(where)
                reason = f"the counter {take.counter!r} is limited twice in this window and scope for one tool"
                yield where, reason, "keep the smaller limit, or name another counter"
            seen.add(take)


def _taken(name: str, tool: object, tools: Mapping[str, object]) -> list[tuple[Parts, Take]]:
    where, parts = ("tools", name), as_mapping(tool)
    return [
        *taken_by_rules(where, as_sequence(parts.get("rules")), tools),
        *_taken_by_limits(where, parts),
        *_taken_by_rate(where, as_mapping(parts.get("rate_limit"))),
    ]


def _taken_by_rate(where: Parts, rate: Mapping[str, object]) -> list[tuple[Parts, Take]]:
    window = rate.get("window")
    take = Take(f"{where[-1]}_rate_limit", window if isinstance(window, int) else 0, "grant", "calendar")
    return [((*where, "rate_limit"), take)] if rate else []


def _taken_by_limits(where: Parts, part: Mapping[str, object]) -> list[tuple[Parts, Take]]:
    return [
        ((*where, "limits", index), take)
        for index, limit in enumerate(as_sequence(part.get("limits")))
        if (take := _take(as_mapping(limit))) is not None
    ]


def _take(limit: Mapping[str, object]) -> Take | None:
    window = SECONDS.get(str(limit.get("window")))
    counter = limit.get("counter")
    if window is None or not isinstance(counter, str):
        return None
    return Take(counter, window, str(limit.get("scope", "grant")), str(limit.get("kind", "calendar")))
