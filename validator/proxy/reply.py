"""A decision in, the answer that the agent reads out: a tool result it can act on, never a protocol error."""

from math import ceil

from validator.model.decision import Action, Decision
from validator.model.finding import Finding
from validator.model.known import JsonValue
from validator.proxy.wire import INTERNAL_ERROR, Body, Broken, RequestId

MOST_FINDINGS = 8
LOST = (
    "[UPSTREAM LOST] The server behind the proxy ended before it answered. "
    "The call may have run in part. Ask the user to look at the server's log and to start it again."
)
UNDELIVERED = (
    "[UPSTREAM LOST] The call did not reach the server behind the proxy, so it did not run. "
    "Ask the user to look whether the server is running, then try again."
)


def refusal(request: RequestId, decision: Decision, *, modern: bool) -> Body:
    """The answer to a refused tool call: one text for the agent, and the same as structured content."""
    return _tool_result(request, explain(decision), _structure(decision), modern=modern)


def lost_call(request: RequestId, *, modern: bool, delivered: bool = True) -> Body:
    """The answer to a tool call that the server took with it when it ended, or that did not reach it."""
    return _tool_result(request, LOST if delivered else UNDELIVERED, {"decision": "lost"}, modern=modern)


def error(request: RequestId | None, code: int, reason: str, data: JsonValue = None) -> Body:
    """A JSON-RPC error; for what is not a tool call."""
    told: Body = {"code": code, "message": reason}
    return {"jsonrpc": "2.0", "id": request, "error": told if data is None else {**told, "data": data}}


def lost_request(request: RequestId, *, delivered: bool = True) -> Body:
    """The answer to any other request that the server took with it when it ended, or that never reached it."""
    what = "ended before it answered" if delivered else "cannot be reached"
    return error(request, INTERNAL_ERROR, f"the server behind the proxy {what}")


def turned_down(broken: Broken, decision: Decision) -> Body:
    """The answer to a request that cannot be judged: a tool call is refused like any other, the rest are errors."""
    if broken.tool is None or broken.id is None:
        return error(broken.id, broken.code, broken.reason, broken.data)
    return refusal(broken.id, decision, modern=broken.modern)


def explain(decision: Decision) -> str:
    """What was refused, where, why, what would be allowed instead, and whether to try again.

    The message of the decision says the worst itself; findings that it does not mention follow as a list.
    """
    lines = [f"[POLICY DENIED] {decision.message or 'not allowed by the policy'}", f"Rule: {decision.rule}"]
    if decision.retry_after is not None:
        return "\n".join([*lines, f"Retry in {_seconds(decision.retry_after)} seconds."])
    last = "Do not retry unchanged."
    if decision.action is Action.ASK:
        last = "Retry unchanged once a person has approved it; nothing else will change the answer."
    untold = [finding for finding in _worst_first(decision) if finding.message not in decision.message]
    lines += [_line(finding) for finding in untold[:MOST_FINDINGS]]
    if len(untold) > MOST_FINDINGS:
        lines.append(f"- and {len(untold) - MOST_FINDINGS} more")
    return "\n".join([*lines, last])


def _worst_first(decision: Decision) -> list[Finding]:
    """One finding per rule and line, the heaviest first."""
    found = decision.verdict.findings if decision.verdict is not None else ()
    ranked = sorted(found, key=lambda finding: (-finding.weight, finding.span, finding.rule))
    return list({(finding.rule, finding.span.line): finding for finding in reversed(ranked)}.values())[::-1]


def _line(finding: Finding) -> str:
    instead = f" Instead: {finding.remedy}" if finding.remedy else ""
    return f"- also line {finding.span.line}: {finding.message} ({finding.rule}).{instead}"


def _seconds(retry_after: float) -> int:
    return max(1, ceil(retry_after))


def _structure(decision: Decision) -> Body:
    verdict = decision.verdict
    findings: list[JsonValue] = [
        {
            "rule": finding.rule,
            "line": finding.span.line,
            "message": finding.message,
            "remedy": finding.remedy,
        }
        for finding in _worst_first(decision)[:MOST_FINDINGS]
    ]
    return {
        "decision": decision.action.value,
        "rule": decision.rule,
        "message": decision.message,
        "approval": decision.approval or None,
        "retry_after": None if decision.retry_after is None else _seconds(decision.retry_after),
        "verdict": None if verdict is None else verdict.outcome.value,
        "score": None if verdict is None else verdict.score,
        "findings": findings,
        "capabilities": [] if verdict is None else list(verdict.capabilities),
    }


def _tool_result(request: RequestId, text: str, structured: Body, *, modern: bool) -> Body:
    result: Body = {"content": [{"type": "text", "text": text}], "structuredContent": structured, "isError": True}
    if modern:
        result["resultType"] = "complete"
    return {"jsonrpc": "2.0", "id": request, "result": result}
