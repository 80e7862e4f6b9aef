"""A policy and the names of a call's arguments in, the policy out as if their values were the best or the worst."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Final

from validator.policy.terms import NO_RULES, Condition, Limit, Operator, Policy, Rule, ToolRules

# No argument has this name, so that the condition never holds.
_NEVER: Final = Condition(("args", ""), Operator.EXISTS, True)


def suppose(policy: Policy, tool: str, keys: Collection[str], *, kind: bool) -> Policy:
    """Take what is asked of arguments that are there but unknown the way that lets the call pass, or stops it.

    An argument that is not there is known well enough: the call has none.
    """
    named = policy.tools.get(tool, NO_RULES)
    tools = {tool: _rules(named, keys, kind=kind)} if tool in policy.tools else {}
    return replace(policy, tools={**policy.tools, **tools}, every_tool=_rules(policy.every_tool, keys, kind=kind))


def _rules(rules: ToolRules, keys: Collection[str], *, kind: bool) -> ToolRules:
    return replace(
        rules,
        require=tuple(_required(rule, keys, kind=kind) for rule in rules.require),
        deny_if=tuple(_stopping(rules.deny_if, keys, kind=kind)),
        approve_if=tuple(_stopping(rules.approve_if, keys, kind=kind)),
        limits=tuple(_limit(limit, keys, kind=kind) for limit in rules.limits),
    )


def _unknown(path: tuple[str, ...] | None, keys: Collection[str]) -> bool:
    return path is not None and path[0] == "args" and path[1] in keys


def _known(conditions: Iterable[Condition], keys: Collection[str]) -> tuple[Condition, ...]:
    return tuple(condition for condition in conditions if not _unknown(condition.path, keys))


def _required(rule: Rule, keys: Collection[str], *, kind: bool) -> Rule:
    known = _known(rule.conditions, keys)
    doubted = len(known) < len(rule.conditions) and not kind
    return replace(rule, conditions=(*known, _NEVER) if doubted else known)


def _stopping(rules: Iterable[Rule], keys: Collection[str], *, kind: bool) -> Iterable[Rule]:
    for rule in rules:
        known = _known(rule.conditions, keys)
        if len(known) == len(rule.conditions) or not kind:
            yield replace(rule, conditions=known)


def _limit(limit: Limit, keys: Collection[str], *, kind: bool) -> Limit:
    known = _known(limit.when, keys)
    if len(known) < len(limit.when):
        limit = replace(limit, when=(*known, _NEVER) if kind else known)
    if _unknown(limit.increment_from, keys):
        # At the worst it is more than there can be, which stops the call.
        limit = replace(limit, increment_from=None, increment=0 if kind else limit.maximum + 1)
    return limit
