"""A policy in, the same in the hosted dialect without our extensions out, and what it loses on the way.

What the dialect cannot say becomes stricter where that is possible, and is told in any case.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from validator.model.known import JsonValue
from validator.policy.places import pointer
from validator.policy.quota import Kind
from validator.policy.terms import Limit, Policy, Rule, Scope, ToolRules

_WINDOWS = {60: "minute", 3600: "hour", 86400: "day"}


@dataclass(slots=True)
class Export:
    """A document in the hosted dialect; `lost` names each place with what became of it."""

    document: dict[str, JsonValue]
    lost: list[str] = field(default_factory=list)


def export_policy(policy: Policy) -> Export:
    """Write a policy as the hosted product reads it."""
    export = Export({"version": "1", "default": "allow" if policy.allow_unlisted else "deny"})
    hidden = {*policy.hidden}
    tools: dict[str, JsonValue] = {}
    for name, rules in policy.tools.items():
        if _always_denied(rules) or _always_denied(policy.every_tool):
            hidden.add(name)
            export.lost.append(f"{pointer(('tools', name))}: is always denied, and becomes hidden")
        tools[name] = _tool(export, name, rules, policy.every_tool)
    if hidden:
        export.document["hide"] = [*sorted(hidden)]
    limits = _limits(export, policy.every_tool.limits)
    if limits:
        export.document["all_tools"] = {"limits": limits}
    export.document["tools"] = tools
    export.lost += _lost(policy)
    return export


def _always_denied(rules: ToolRules) -> bool:
    return rules.denied is not None or any(not rule.conditions for rule in rules.deny_if)


def _tool(export: Export, name: str, rules: ToolRules, every: ToolRules) -> JsonValue:
    result: dict[str, JsonValue] = {}
    # The hosted dialect has limits for all tools, and no other rules for them: each tool gets its own copy.
    require = [*_rules(export, rules.require), *_rules(export, every.require, quiet=True)]
    deny = [*_rules(export, rules.deny_if), *_rules(export, every.deny_if, quiet=True)]
    asked = [*_rules(export, rules.approve_if), *_rules(export, every.approve_if, quiet=True)]
    for rule in rules.approve_if:
        if _sayable(rule):
            export.lost.append(f"{rule.name}: nobody can be asked there, and it becomes a denial")
    for key, part in (("require", require), ("deny_if", [*deny, *asked]), ("limits", _limits(export, rules.limits))):
        if part:
            result[key] = part
    for key, value in (("code", rules.place), ("clamp", rules.clamp), ("force", rules.force)):
        if value:
            export.lost.append(f"{pointer(('tools', name, key))}: is not known there, and is left out")
    return result


def _rules(export: Export, rules: Sequence[Rule], *, quiet: bool = False) -> list[JsonValue]:
    result: list[JsonValue] = []
    for rule in rules:
        if _sayable(rule):
            result.append({"conditions": _conditions(rule), **({"on_deny": rule.on_deny} if rule.on_deny else {})})
        elif rule.conditions and not quiet:
            export.lost.append(f"{rule.name}: asks about more than arguments, and is left out")
    return result


def _sayable(rule: Rule) -> bool:
    return bool(rule.conditions) and all(condition.path[0] == "args" for condition in rule.conditions)


def _conditions(rule: Rule) -> list[JsonValue]:
    return [{"path": ".".join(each.path), "op": each.operator.value, "value": each.value} for each in rule.conditions]


def _limits(export: Export, limits: Sequence[Limit]) -> list[JsonValue]:
    result: list[JsonValue] = []
    for limit in limits:
        window = _WINDOWS.get(limit.window)
        if window is None or limit.increment != 1 or limit.increment_from is not None or limit.kind is Kind.RUNNING:
            export.lost.append(f"{limit.name}: counts in a way that is not known there, and is left out")
            continue
        changed = [
            *(["scope"] if limit.scope is not Scope.GRANT else []),
            *(["kind"] if limit.kind is not Kind.CALENDAR else []),
            *(["when"] if limit.when else []),
        ]
        if changed:
            export.lost.append(f"{limit.name}: {' and '.join(changed)} not known there, and left out")
        result.append({"counter": limit.counter, "window": window, "max": max(limit.maximum, 0), "scope": "grant"})
    return result


def _lost(policy: Policy) -> Iterator[str]:
    every: Mapping[str, Sequence[Rule]] = {
        "require": policy.every_tool.require,
        "deny_if": policy.every_tool.deny_if,
        "approve_if": policy.every_tool.approve_if,
    }
    for rules in every.values():
        for rule in rules:
            if not _sayable(rule):
                yield f"{rule.name}: cannot be said there, and is left out"
            elif policy.allow_unlisted:
                yield f"{rule.name}: holds for the tools that are listed only"
    if policy.code is not None:
        yield "/code: verdicts on code are not known there; nothing judges it"
    if policy.fail_open:
        yield "/fail_mode: is not known there, and is left out"
