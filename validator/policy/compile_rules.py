"""The rules and limits of one tool as checked parts in, their compiled form out."""

from collections.abc import Sequence

from validator.policy.fields import SECONDS, compile_pattern
from validator.policy.places import Parts, numbered, pointer
from validator.policy.quota import Kind
from validator.policy.schema import ApprovalPart, ConditionPart, LimitPart, RulePart
from validator.policy.terms import PATIENCE, Condition, Limit, Operator, Rule, Scope


def compile_rules(where: Parts, rules: Sequence[RulePart], reason: str) -> tuple[Rule, ...]:
    """Compile the rules of one list; each is named by what it compares."""
    names = numbered("+".join(f"{part.path}-{part.op}" for part in rule.conditions) for rule in rules)
    return tuple(
        Rule(
            name=pointer((*where, name)),
            conditions=tuple(map(compile_condition, rule.conditions)),
            on_deny=rule.on_deny or reason,
            timeout=seconds_of(rule.timeout) if isinstance(rule, ApprovalPart) else PATIENCE,
            ask_client=isinstance(rule, ApprovalPart) and rule.ask == "client",
        )
        for name, rule in zip(names, rules, strict=True)
    )


def compile_limits(where: Parts, limits: Sequence[LimitPart], reason: str) -> tuple[Limit, ...]:
    """Compile the limits of one list; each is named by its counter."""
    names = numbered(limit.counter for limit in limits)
    return tuple(
        Limit(
            name=pointer((*where, name)),
            counter=limit.counter,
            window=SECONDS[limit.window],
            maximum=limit.max,
            scope=Scope(limit.scope),
            increment=limit.increment,
            increment_from=path_of(limit.increment_from),
            on_deny=limit.on_deny or reason,
            kind=Kind(limit.kind),
            when=tuple(map(compile_condition, limit.when)),
        )
        for name, limit in zip(names, limits, strict=True)
    )


def compile_condition(part: ConditionPart) -> Condition:
    """Compile one comparison."""
    operator = Operator(part.op)
    pattern = compile_pattern(part.value) if operator is Operator.REGEX else None
    return Condition(tuple(part.path.split(".")), operator, part.value, pattern)


def path_of(text: str | None) -> tuple[str, ...] | None:
    """The steps of a path, None where there is none."""
    return None if text is None else tuple(text.split("."))


def seconds_of(duration: str) -> float:
    """The seconds of a text such as `10m`."""
    return int(duration[:-1]) * {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}[duration[-1]]
