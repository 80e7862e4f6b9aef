"""The rules of one tool in Intercept's dialect in, the same as requirements, denials, questions and limits out.

A rule that evaluates requires its conditions; those on counters become limits, since a counter that is asked here and
taken from later could be passed by two calls at once. Counters there belong to the server, whoever calls.
"""

from collections.abc import Mapping, Sequence
from math import ceil, floor
from typing import Final

from validator.policy.coherence_rules import own_counter, scope_of, window_of
from validator.policy.compile_rules import compile_condition, path_of, seconds_of
from validator.policy.fields import SECONDS
from validator.policy.places import Parts, numbered, pointer
from validator.policy.schema import NamedRulePart, RuleConditionPart
from validator.policy.terms import PATIENCE, Limit, Rule, Scope, ToolRules

UNBOUNDED: Final = 10**15  # of a counter that others ask for, and that this rule only keeps


def compile_named_rules(where: Parts, rules: Sequence[NamedRulePart], tools: Mapping[str, object]) -> ToolRules:
    """Compile the rules of one tool; `tools` are those of the file, as plain data, for the counters they keep."""
    names = [pointer((*where, "rules", name)) for name in numbered(rule.name for rule in rules)]
    named = list(zip(names, rules, strict=True))
    return ToolRules(
        require=tuple(
            Rule(name, tuple(map(compile_condition, plain)), rule.on_deny)
            for name, rule in named
            if rule.action == "evaluate" and (plain := [each for each in rule.conditions if not _counts(each)])
        ),
        deny_if=tuple(Rule(name, (), rule.on_deny) for name, rule in named if rule.action == "deny"),
        approve_if=tuple(
            Rule(name, tuple(map(compile_condition, rule.conditions)), rule.on_deny, _patience(rule))
            for name, rule in named
            if rule.action == "require_approval"
        ),
        limits=tuple(limit for name, rule in named for limit in _limits(name, rule, str(where[-1]), tools)),
    )


def keeps_without_bound(rule: NamedRulePart, tool: str) -> bool:
    """Whether a rule keeps a counter that it does not bound itself."""
    state = rule.state
    own = f"state.{scope_of(tool)}.{state.counter}" if state is not None else None
    return own is not None and own not in {each.path for each in rule.conditions}


def _limits(name: str, rule: NamedRulePart, tool: str, tools: Mapping[str, object]) -> list[Limit]:
    own = own_counter(scope_of(tool), rule.model_dump())
    bounds: dict[str, int] = {}
    for condition in filter(_counts, rule.conditions):
        counter = condition.path.removeprefix("state.")
        # What another rule keeps is asked before this call counts: taking nothing must still fit.
        bounds[counter] = min(bounds.get(counter, UNBOUNDED), _bound(condition))
    result = [
        Limit(
            name,
            counter,
            _window(counter, tools),
            bound,
            Scope.SERVER,
            0,
            None,
            rule.on_deny,
        )
        for counter, bound in bounds.items()
        if own is None or counter != own[0]
    ]
    if own is not None and rule.action == "evaluate":
        bound = int((rule.rate_limit or "").partition("/")[0] or bounds.get(own[0], UNBOUNDED))
        state = rule.state
        taken = (1, None) if state is None else (state.increment, path_of(state.increment_from))
        result.append(Limit(name, own[0], SECONDS[own[1]], bound, Scope.SERVER, *taken, rule.on_deny))
    return result


def _counts(condition: RuleConditionPart) -> bool:
    return condition.path.startswith("state.")


def _window(counter: str, tools: Mapping[str, object]) -> int:
    """The seconds after which a counter begins anew; that somebody keeps it has been checked."""
    return SECONDS[window_of(f"state.{counter}", tools) or ""]


def _bound(condition: RuleConditionPart) -> int:
    """The largest whole number that holds; below 0 nothing does, and no counter is there."""
    value = condition.value
    number = value if isinstance(value, int | float) else 0
    return floor(number) if condition.op == "lte" else ceil(number) - 1


def _patience(rule: NamedRulePart) -> float:
    return PATIENCE if rule.approval_timeout is None else seconds_of(rule.approval_timeout)
