"""The rules and limits of one tool as written in, their compiled form out, with problems reported."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import re2

from validator.model.errors import Problem
from validator.model.known import JsonValue
from validator.policy.places import numbered, place, pointer
from validator.policy.scene import CALL_FIELDS, CODE_FIELDS, GRANT_FIELDS
from validator.policy.schema import ConditionPart, LimitPart, RulePart
from validator.policy.terms import Condition, Limit, Operator, Pattern, Rule, Scope

_SECONDS = {"minute": 60, "hour": 3600, "day": 86400}
_FIELDS: Mapping[str, Collection[str]] = {"code": CODE_FIELDS, "call": CALL_FIELDS, "grant": GRANT_FIELDS}
_ORDERING = {Operator.LT, Operator.LTE, Operator.GT, Operator.GTE}
_MEMBERSHIP = {Operator.IN, Operator.NOT_IN}


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the file, with the list that collects what is wrong there."""

    file: str
    parts: tuple[str | int, ...]
    problems: list[Problem]

    def at(self, *parts: str | int) -> "Place":
        """The place below this one."""
        return Place(self.file, (*self.parts, *parts), self.problems)

    def report(self, reason: str, advice: str) -> None:
        """Note what is wrong here."""
        self.problems.append(Problem(str(self), reason, advice))

    def __str__(self) -> str:
        """The file with the JSON pointer."""
        return place(self.file, self.parts)


def compile_rules(where: Place, rules: Sequence[RulePart], reason: str) -> tuple[Rule, ...]:
    """Compile the rules of one list; each is named by what it compares."""
    names = numbered("+".join(f"{part.path}-{part.op}" for part in rule.conditions) for rule in rules)
    return tuple(
        Rule(
            name=pointer((*where.parts, name)),
            conditions=tuple(
                _condition(where.at(index, "conditions", number), part) for number, part in enumerate(rule.conditions)
            ),
            on_deny=rule.on_deny or reason,
        )
        for index, (name, rule) in enumerate(zip(names, rules, strict=True))
    )


def compile_limits(where: Place, limits: Sequence[LimitPart], reason: str) -> tuple[Limit, ...]:
    """Compile the limits of one list; each is named by its counter."""
    names = numbered(limit.counter for limit in limits)
    return tuple(
        Limit(
            name=pointer((*where.parts, name)),
            counter=limit.counter,
            window=_SECONDS[limit.window],
            maximum=limit.max,
            scope=Scope(limit.scope),
            increment=limit.increment,
            increment_from=_path(where.at(index, "increment_from"), limit.increment_from)
            if limit.increment_from is not None
            else None,
            on_deny=limit.on_deny or reason,
        )
        for index, (name, limit) in enumerate(zip(names, limits, strict=True))
    )


def _condition(where: Place, part: ConditionPart) -> Condition:
    operator = Operator(part.op)
    path = _path(where.at("path"), part.path)
    pattern = None
    if operator is Operator.REGEX:
        pattern = _pattern(where.at("value"), part.value)
    elif operator is Operator.EXISTS and not isinstance(part.value, bool):
        where.at("value").report("`exists` asks a yes-or-no question", "write true or false")
    elif operator in _MEMBERSHIP and not isinstance(part.value, list):
        where.at("value").report(f"`{operator}` needs a list", "put the value in brackets")
    elif operator in _ORDERING and (isinstance(part.value, bool) or not isinstance(part.value, int | float)):
        where.at("value").report(f"`{operator}` compares numbers", "write a number without quotes")
    return Condition(path, operator, part.value, pattern)


def _path(where: Place, text: str) -> tuple[str, ...]:
    path = tuple(text.split("."))
    root, fields = path[0], _FIELDS.get(path[0])
    if "" in path or len(path) < 2:
        where.report(f"{text!r} is not a path", "write names joined by dots, such as `args.timeout`")
    elif root == "state":
        where.report("`state` is not read here", "write a limit under `limits`")
    elif root != "args" and fields is None:
        where.report(f"nothing is called {root!r}", "begin with args, code, call or grant")
    elif fields is not None and (len(path) != 2 or path[1] not in fields):
        where.report(f"{root!r} has no {'.'.join(path[1:])!r}", f"one of: {', '.join(sorted(fields))}")
    return path


def _pattern(where: Place, value: JsonValue) -> Pattern | None:
    options = re2.Options()
    options.log_errors = False
    if not isinstance(value, str):
        where.report("`regex` needs a text", "put the pattern in quotes")
        return None
    try:
        return re2.compile(value, options)
    except re2.error as error:
        reason = error.args[0].decode("utf-8", "replace") if isinstance(error.args[0], bytes) else str(error)
        where.report(f"not an RE2 pattern: {reason}", "RE2 knows neither look-around nor back-references")
        return None
