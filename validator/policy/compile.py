"""Checked parts of a policy file in, the compiled policy out; what cannot be meant is a problem."""

from collections.abc import Mapping
from dataclasses import replace

from validator.model.errors import PolicyError, Problem
from validator.policy.compile_rules import Place, compile_limits, compile_rules
from validator.policy.places import pointer
from validator.policy.schema import CodePart, EveryToolPart, PlacePart, PolicyPart, ToolPart
from validator.policy.terms import CodePlace, CodeRules, Limit, Policy, Rule, ToolRules

_ALIAS = "is an alias from the product's prose, not part of the schema"


def compile_policy(file: str, digest: str, part: PolicyPart) -> Policy:
    """Turn the file's parts into the policy that decides; raises PolicyError with every problem."""
    problems: list[Problem] = []
    warnings: list[Problem] = []
    top = Place(file, (), problems)
    every = _everything(top.at("all_tools"), part.all_tools)
    tools = {name: _tool(top.at("tools", name), name, tool, warnings) for name, tool in part.tools.items()}
    _check_counters(top, tools, every)
    code = _code(top.at("code"), part.code) if part.code is not None else None
    if "*" in tools:
        top.at("tools", "*").report("`*` is not a tool", "write what holds for all of them under `all_tools`")
    if problems:
        raise PolicyError(*problems)
    return Policy(digest, part.default == "allow", frozenset(part.hide), tools, every, code, tuple(warnings))


def _everything(place: Place, part: EveryToolPart, reason: str = "") -> ToolRules:
    return ToolRules(
        require=compile_rules(place.at("require"), part.require, reason),
        deny_if=compile_rules(place.at("deny_if"), part.deny_if, reason),
        approve_if=compile_rules(place.at("approve_if"), part.approve_if, reason),
        limits=compile_limits(place.at("limits"), part.limits, reason),
    )


def _tool(place: Place, name: str, part: ToolPart, warnings: list[Problem]) -> ToolRules:
    reason = part.reason or ""
    rules = _everything(place, part, reason)
    for alias, advice in (
        ("rate_limit", "write a limit under `limits`"),
        ("action", "write `hide`, `deny_if` or `approve_if`"),
        ("reason", "write `on_deny` at each rule"),
    ):
        if getattr(part, alias) is not None:
            warnings.append(Problem(str(place.at(alias)), _ALIAS, advice))
    if part.rate_limit is not None:
        limit = Limit(
            name=pointer(place.at("rate_limit").parts),
            counter=f"{name}_rate_limit",
            window=part.rate_limit.window,
            maximum=part.rate_limit.max,
            on_deny=reason,
        )
        rules = replace(rules, limits=(*rules.limits, limit))
    if part.action == "require_approval":
        always = Rule(pointer(place.at("action").parts), (), reason)
        rules = replace(rules, approve_if=(*rules.approve_if, always))
    if part.action == "deny":
        rules = replace(rules, denied=reason or "this tool is switched off")
    return replace(rules, place=_code_place(place.at("code"), part.code) if part.code is not None else None)


def _code_place(place: Place, part: PlacePart) -> CodePlace:
    for path in (*part.argument, *([part.session] if part.session else [])):
        if not path.startswith("args.") or "" in path.split("."):
            place.report(f"{path!r} is not a path into the arguments", "write for instance `args.code`")
    return CodePlace(tuple(part.argument), part.language, part.session)


def _code(place: Place, part: CodePart) -> CodeRules:
    if part.review_at is not None and part.deny_at is not None and part.review_at > part.deny_at:
        place.at("review_at").report("is above `deny_at`", "review must begin at or below the score that denies")
    return CodeRules(
        profile=part.profile,
        review_at=part.review_at,
        deny_at=part.deny_at,
        settings={name: tuple(values) for name, values in part.settings.items()},
        settings_file=part.settings_file or "",
        allow_review=part.on_review == "allow",
        allow_unseen=part.on_unseen == "allow",
    )


def _check_counters(top: Place, tools: Mapping[str, ToolRules], every: ToolRules) -> None:
    """One call may take from a counter only once per window, or it would be counted twice."""
    groups = [*((*rules.limits, *every.limits) for rules in tools.values())] or [every.limits]
    reported: set[str] = set()
    for limits in groups:
        seen: set[tuple[str, int, str]] = set()
        for limit in limits:
            key = (limit.counter, limit.window, limit.scope)
            if key in seen and limit.name not in reported:
                reported.add(limit.name)
                top.problems.append(
                    Problem(
                        f"{top.file}#{limit.name}",
                        f"the counter {limit.counter!r} is limited twice in this window and scope for one tool",
                        "keep the smaller limit, or name another counter",
                    )
                )
            seen.add(key)
