"""Checked parts of a policy file in, the compiled policy out."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from validator.model.errors import Problem
from validator.policy.compile_rules import compile_limits, compile_rules
from validator.policy.dialect_rules import compile_named_rules, keeps_without_bound
from validator.policy.places import Parts, place, pointer
from validator.policy.schema import CodePart, EveryToolPart, PlacePart, PolicyPart, ToolPart
from validator.policy.terms import CodePlace, CodeRules, Limit, Policy, Rule, ToolRules

_ALIAS = "is an alias from the product's prose, not part of the schema"
_ALIASES = {
    "rate_limit": "write a limit under `limits`",
    "action": "write `hide`, `deny_if` or `approve_if`",
    "reason": "write `on_deny` at each rule",
}


def compile_policy(file: str, digest: str, part: PolicyPart) -> Policy:
    """Turn the file's parts, which fit together, into the policy that decides."""
    plain = part.model_dump(mode="json", exclude_unset=True).get("tools", {})
    every = _everything(("all_tools",), part.all_tools)
    tools = {name: _tool(("tools", name), tool, plain) for name, tool in part.tools.items() if name != "*"}
    if "*" in part.tools:
        every = _joined(_tool(("tools", "*"), part.tools["*"], plain), every)
    return Policy(
        digest=digest,
        allow_unlisted=part.default == "allow",
        hidden=frozenset(part.hide),
        tools=tools,
        every_tool=every,
        code=_code(part.code) if part.code is not None else None,
        fail_open=part.fail_mode == "open",
        warnings=tuple(_warnings(file, part)),
    )


def _everything(where: Parts, part: EveryToolPart, reason: str = "") -> ToolRules:
    return ToolRules(
        require=compile_rules((*where, "require"), part.require, reason),
        deny_if=compile_rules((*where, "deny_if"), part.deny_if, reason),
        approve_if=compile_rules((*where, "approve_if"), part.approve_if, reason),
        limits=compile_limits((*where, "limits"), part.limits, reason),
    )


def _joined(first: ToolRules, second: ToolRules) -> ToolRules:
    return ToolRules(
        require=(*first.require, *second.require),
        deny_if=(*first.deny_if, *second.deny_if),
        approve_if=(*first.approve_if, *second.approve_if),
        limits=(*first.limits, *second.limits),
    )


def _tool(where: Parts, part: ToolPart, tools: Mapping[str, object]) -> ToolRules:
    if part.rules is not None:
        rules = compile_named_rules(where, part.rules, tools)
    else:
        rules = _with_aliases(where, part, _everything(where, part, part.reason or ""))
    return replace(
        rules,
        place=_code_place(part.code) if part.code is not None else None,
        clamp=dict(part.clamp),
        force=dict(part.force),
    )


def _with_aliases(where: Parts, part: ToolPart, rules: ToolRules) -> ToolRules:
    reason = part.reason or ""
    if part.rate_limit is not None:
        limit = Limit(
            name=pointer((*where, "rate_limit")),
            counter=f"{where[-1]}_rate_limit",
            window=part.rate_limit.window,
            maximum=part.rate_limit.max,
            on_deny=reason,
        )
        rules = replace(rules, limits=(*rules.limits, limit))
    if part.action == "require_approval":
        always = Rule(pointer((*where, "action")), (), reason)
        rules = replace(rules, approve_if=(*rules.approve_if, always))
    if part.action == "deny":
        rules = replace(rules, denied=reason or "this tool is switched off")
    return rules


def _code_place(part: PlacePart) -> CodePlace:
    return CodePlace(tuple(part.argument), part.language, part.session)


def _code(part: CodePart) -> CodeRules:
    return CodeRules(
        profile=part.profile,
        review_at=part.review_at,
        deny_at=part.deny_at,
        settings={name: tuple(values) for name, values in part.settings.items()},
        settings_file=part.settings_file or "",
        allow_review=part.on_review == "allow",
        ask_review=part.on_review == "ask",
        ask_client=part.ask == "client",
        allow_unseen=part.on_unseen == "allow",
    )


def _warnings(file: str, part: PolicyPart) -> Iterator[Problem]:
    """What is read, and yet better written otherwise."""
    if part.fail_mode == "open":
        reason = "lets calls through uncounted while the store of counters cannot answer"
        yield Problem(place(file, ("fail_mode",)), reason, "write closed, or nothing")
    for name, tool in part.tools.items():
        for alias, advice in _ALIASES.items():
            if getattr(tool, alias) is not None:
                yield Problem(place(file, ("tools", name, alias)), _ALIAS, advice)
        for index, rule in enumerate(tool.rules or ()):
            if keeps_without_bound(rule, name):
                where = place(file, ("tools", name, "rules", index, "state"))
                yield Problem(where, "counts, and this rule bounds nothing by it", "add a condition on the counter")
