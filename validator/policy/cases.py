"""A file of calls in, or of one: what a policy is asked about, and what it is expected to say."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from validator.model.call import Call
from validator.model.decision import Action, Decision
from validator.model.errors import PolicyError, Problem
from validator.policy.document import read_document, read_limited
from validator.policy.places import as_mapping, place

_MOST_BEFORE: Final = 10_000  # calls before the one that a case is about


class CallPart(BaseModel):
    """One tool call, as written."""

    model_config = ConfigDict(extra="forbid", strict=True)

    tool: str
    arguments: dict[str, JsonValue] = {}
    session: str | None = None
    grant: str = "default"
    server: str = "default"


class CasePart(BaseModel):
    """One case, as written: the call, how often it was made in the same minute before, and what is expected."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = Field(min_length=1)
    tool: str
    arguments: dict[str, JsonValue] = {}
    session: str | None = None
    before: int = Field(default=0, ge=0, le=_MOST_BEFORE)
    expect: Literal["forward", "refuse", "ask"]
    rule: str | None = None
    message: str = ""


class CasesPart(BaseModel):
    """The unit tests of one policy, as written; `policy` is relative to their file."""

    model_config = ConfigDict(extra="forbid", strict=True)

    policy: str | None = None
    server: str = "default"
    grant: str = "default"
    cases: list[CasePart] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Case:
    """A call with what is expected of it."""

    name: str
    call: Call
    before: int
    expect: str
    rule: str | None
    message: str

    def difference(self, decision: Decision) -> str:
        """How a decision differs from what is expected, empty where it does not."""
        found = "ask" if decision.asked and decision.action is not Action.FORWARD else decision.action.value
        if found != self.expect:
            return f"expected {self.expect}, but it is {found} by {decision.rule}: {decision.message or 'no message'}"
        if self.rule not in (None, decision.rule):
            return f"expected the rule {self.rule}, but {decision.rule} decided"
        if self.message not in decision.message:
            return f"expected a message with {self.message!r}, but it is {decision.message!r}"
        return ""


@dataclass(frozen=True, slots=True)
class Cases:
    """The unit tests of a policy, with the server and the grant that they are about."""

    policy: Path | None
    server: str
    grant: str
    cases: tuple[Case, ...]


def read_call(file: Path) -> Call:
    """Read one call, plain or as the `tools/call` message of MCP; raises PolicyError."""
    document = read_document(file, read_limited(file))
    params = as_mapping(document).get("params")
    if as_mapping(document).get("method") == "tools/call":
        told = as_mapping(params)
        document = {"tool": told.get("name"), "arguments": told.get("arguments", {})}
    try:
        part = CallPart.model_validate(document)
    except ValidationError as error:
        raise PolicyError(*_problems(file, error, "a call is tool, arguments, session, grant, server")) from error
    return Call(part.tool, part.arguments, part.grant, part.server, session=part.session)


def read_cases(file: Path) -> Cases:
    """Read the unit tests of a policy; raises PolicyError with all that is wrong."""
    try:
        part = CasesPart.model_validate(read_document(file, read_limited(file)))
    except ValidationError as error:
        advice = "a case is name, tool, arguments, session, before, expect, rule, message"
        raise PolicyError(*_problems(file, error, advice)) from error
    cases = tuple(
        Case(
            each.name,
            Call(each.tool, each.arguments, part.grant, part.server, session=each.session),
            each.before,
            each.expect,
            each.rule,
            each.message,
        )
        for each in part.cases
    )
    return Cases(file.parent / part.policy if part.policy is not None else None, part.server, part.grant, cases)


def _problems(file: Path, error: ValidationError, advice: str) -> list[Problem]:
    return [Problem(place(str(file), each["loc"]), each["msg"], advice) for each in error.errors(include_url=False)]
