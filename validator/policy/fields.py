"""The texts and values of a policy file that have a form of their own: paths, values of conditions, patterns, rates."""

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from math import isfinite
from typing import Annotated, Final, TypeAlias

import re2
from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from validator.model.known import JsonValue
from validator.policy.scene import CALL_FIELDS, CODE_FIELDS, GRANT_FIELDS
from validator.policy.terms import Operator, Pattern

SECONDS: Final[Mapping[str, int]] = {"minute": 60, "hour": 3600, "day": 86400}
OURS: Final = "policy"  # the type of an error that carries its own reason and advice
_FIELDS: Final[Mapping[str, Collection[str]]] = {"code": CODE_FIELDS, "call": CALL_FIELDS, "grant": GRANT_FIELDS}
_ORDERING: Final = {Operator.LT, Operator.LTE, Operator.GT, Operator.GTE}
_MEMBERSHIP: Final = {Operator.IN, Operator.NOT_IN}


def wrong(reason: str, advice: str) -> PydanticCustomError:
    """An error with its own words; braces are doubled, since pydantic takes the text for a template."""
    plain = reason.replace("{", "{{").replace("}", "}}")
    return PydanticCustomError(OURS, plain, {"reason": reason, "advice": advice})


def check_path(text: str) -> str:
    """A path that can lead somewhere: `args.a.b`, or a field of code, call or grant."""
    parts = text.split(".")
    root, fields = parts[0], _FIELDS.get(parts[0])
    if "" in parts or len(parts) < 2:
        raise wrong(f"{text!r} is not a path", "write names joined by dots, such as `args.timeout`")
    if root == "state":
        raise wrong("`state` is read in `rules` only", "write a limit under `limits`")
    if root != "args" and fields is None:
        raise wrong(f"nothing is called {root!r}", "begin with args, code, call or grant")
    if fields is not None and (len(parts) != 2 or parts[1] not in fields):
        name = ".".join(parts[1:])
        near = get_close_matches(name, sorted(fields), n=1)
        meant = f"did you mean {near[0]!r}? " if near else ""
        raise wrong(f"{root!r} has no {name!r}", f"{meant}one of: {', '.join(sorted(fields))}")
    return text


def check_argument_path(text: str) -> str:
    """A path into the arguments."""
    if not text.startswith("args.") or "" in text.split("."):
        raise wrong(f"{text!r} is not a path into the arguments", "write for instance `args.code`")
    return text


def check_rule_path(text: str) -> str:
    """A path in a rule of Intercept's dialect, which may also name a counter: `state.<tool>.<counter>`."""
    if not text.startswith("state."):
        return check_path(text)
    if len(text.split(".", 2)) < 3 or "" in text.split(".", 2):
        raise wrong(f"{text!r} names no counter", "write `state.<tool>.<counter>`, or `state._global.<counter>`")
    return text


def check_value(operator: Operator, value: JsonValue) -> JsonValue:
    """A value that the operator can compare with."""
    if not _plain(value):
        raise wrong("holds a number without end", "write a number that JSON knows")
    if operator is Operator.REGEX:
        compile_pattern(value)
    elif operator is Operator.EXISTS and not isinstance(value, bool):
        raise wrong("`exists` asks a yes-or-no question", "write true or false")
    elif operator in _MEMBERSHIP and not isinstance(value, list):
        raise wrong(f"`{operator}` needs a list", "put the value in brackets")
    elif operator in _ORDERING and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise wrong(f"`{operator}` compares numbers", "write a number without quotes")
    return value


def compile_pattern(value: JsonValue) -> Pattern:
    """Compile a pattern that takes time linear in the text."""
    if not isinstance(value, str):
        raise wrong("`regex` needs a text", "put the pattern in quotes")
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(value, options)
    except re2.error as error:
        reason = error.args[0].decode("utf-8", "replace") if isinstance(error.args[0], bytes) else str(error)
        advice = "RE2 knows neither look-around nor back-references"
        raise wrong(f"not an RE2 pattern: {reason}", advice) from error


def check_rate(text: str) -> str:
    """A rate such as `5/hour`."""
    count, _, window = text.partition("/")
    if not (count.isascii() and count.isdecimal() and 0 < int(count[:17]) <= 10**15) or window not in SECONDS:
        raise wrong(f"{text!r} is not a rate", "write a whole number above 0 and a window, such as `5/hour`")
    return text


def _plain(value: JsonValue) -> bool:
    if isinstance(value, list | dict):
        return all(map(_plain, value if isinstance(value, list) else value.values()))
    return not isinstance(value, float) or isfinite(value)


PathText: TypeAlias = Annotated[str, AfterValidator(check_path)]
ArgumentPath: TypeAlias = Annotated[str, AfterValidator(check_argument_path)]
RulePath: TypeAlias = Annotated[str, AfterValidator(check_rule_path)]
RateText: TypeAlias = Annotated[str, AfterValidator(check_rate)]
