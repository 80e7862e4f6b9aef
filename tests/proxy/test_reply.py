"""What an agent reads when its call was refused or lost."""

import json

import pytest

from validator.model.decision import Action, Decision
from validator.model.fact import Fact, Kind, Span
from validator.model.finding import Confidence, Finding, Severity
from validator.model.known import JsonValue
from validator.model.verdict import Outcome, Verdict
from validator.proxy.reply import explain, lost_call, refusal
from validator.proxy.wire import write_answer


def _finding(rule: str, line: int, weight: int) -> Finding:
    fact = Fact(Kind.CALL, "process.shell", "os.system", {}, Span(line, 1, line, 5))
    return Finding(rule, Severity.HIGH, Confidence.HIGH, weight, f"{rule} is bad", f"avoid {rule}", fact)


def _decision(*findings: Finding, retry_after: float | None = None) -> Decision:
    verdict = Verdict(Outcome.DENY, 90, findings, (), ("process.shell",), "0" * 64, "balanced")
    return Decision(Action.REFUSE, "(verdict)", "line 3: no shells here", retry_after, verdict)


def test_a_refusal_says_what_where_why_and_what_else() -> None:
    assert explain(_decision(_finding("mild", 1, 5), _finding("shell", 3, 60))).splitlines() == [
        "[POLICY DENIED] line 3: no shells here",
        "Rule: (verdict)",
        "- also line 3: shell is bad (shell). Instead: avoid shell",
        "- also line 1: mild is bad (mild). Instead: avoid mild",
        "Do not retry unchanged.",
    ]


@pytest.mark.parametrize(("wait", "told"), [(0.0, 1), (0.2, 1), (41.0, 41), (41.01, 42)])
def test_a_refusal_by_a_limit_says_when_to_come_back(wait: float, told: int) -> None:
    decision = _decision(retry_after=wait)
    assert explain(decision).endswith(f"\nRetry in {told} seconds.")
    assert _structure(decision)["retry_after"] == told


def test_a_long_list_of_findings_is_cut() -> None:
    text = explain(_decision(*[_finding(f"rule-{line:02}", line, 10) for line in range(1, 12)]))
    assert "- also line 8: " in text
    assert "- also line 9: " not in text
    assert "- and 3 more" in text


def test_what_the_message_says_already_is_not_said_again() -> None:
    verdict = _decision(_finding("shell", 3, 60), _finding("mild", 1, 5)).verdict
    text = explain(Decision(Action.REFUSE, "(verdict)", "denied; line 3: shell is bad", None, verdict))
    assert text.count("shell is bad") == 1
    assert "mild is bad" in text


def test_a_rule_that_matches_one_line_twice_is_told_once() -> None:
    assert explain(_decision(_finding("shell", 3, 60), _finding("shell", 3, 60))).count("line 3: shell") == 1


def test_programs_get_the_same_as_structured_content() -> None:
    assert _structure(_decision(_finding("shell", 3, 60))) == {
        "decision": "refuse",
        "rule": "(verdict)",
        "message": "line 3: no shells here",
        "approval": None,
        "retry_after": None,
        "verdict": "deny",
        "score": 90,
        "findings": [{"rule": "shell", "line": 3, "message": "shell is bad", "remedy": "avoid shell"}],
        "capabilities": ["process.shell"],
    }


@pytest.mark.parametrize("modern", [True, False])
def test_a_refusal_is_a_tool_result_of_the_version_that_was_asked_for(modern: bool) -> None:
    for body in (refusal(7, _decision(), modern=modern), lost_call(7, modern=modern)):
        result = body["result"]
        assert isinstance(result, dict)
        assert (body["id"], result["isError"]) == (7, True)
        assert result.get("resultType") == ("complete" if modern else None)


def test_any_text_can_be_told() -> None:
    decision = Decision(Action.REFUSE, "(hidden)", "no \ud800 \u2028")
    line = write_answer(refusal("\udfff", decision, modern=False))
    assert json.loads(line)["id"] == "\udfff"
    assert line.isascii()


def _structure(decision: Decision) -> dict[str, JsonValue]:
    result = refusal(1, decision, modern=False)["result"]
    assert isinstance(result, dict)
    structured = result["structuredContent"]
    assert isinstance(structured, dict)
    return structured
