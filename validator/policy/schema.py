"""A policy file as it is written: the hosted dialect, Intercept's rules, the aliases of the prose, our extensions."""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, ValidationInfo, field_validator

from validator.policy.fields import ArgumentPath, PathText, RateText, RulePath, check_value
from validator.policy.terms import Operator


def _listed(value: object) -> object:
    """A single text stands for a list of one."""
    return [value] if isinstance(value, str) else value


# Whole numbers up to here mean the same to Python, SQLite and Redis.
_MOST: Final = 10**15
_LONGEST: Final = 366 * 86400  # seconds

Words = Annotated[list[str], BeforeValidator(_listed)]
Paths = Annotated[list[ArgumentPath], BeforeValidator(_listed)]
Duration = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,5}[smhd]$")]


class _Part(BaseModel):
    """A part of the file in which every key must be known."""

    model_config = ConfigDict(extra="forbid", strict=True)


class ConditionPart(_Part):
    """One comparison."""

    path: PathText
    op: Literal["eq", "neq", "in", "not_in", "lt", "lte", "gt", "gte", "regex", "contains", "exists"]
    value: JsonValue

    @field_validator("value")
    @classmethod
    def _check(cls, value: JsonValue, info: ValidationInfo) -> JsonValue:
        # An operator that is not known has been reported already, and there is nothing to hold the value against.
        return check_value(Operator(info.data["op"]), value) if "op" in info.data else value


class RulePart(_Part):
    """Conditions that must hold together, and what to tell the agent."""

    conditions: list[ConditionPart] = Field(min_length=1)
    on_deny: str = ""


class ApprovalPart(RulePart):
    """Conditions under which a person is asked."""

    timeout: Duration = "10m"
    ask: Literal["store", "client"] = "store"


class LimitPart(_Part):
    """At most so much per window."""

    counter: str = Field(min_length=1)
    window: Literal["minute", "hour", "day"]
    max: int = Field(ge=0, le=_MOST)
    scope: Literal["grant", "session", "tool", "server", "global"] = "grant"
    increment: int = Field(default=1, ge=0, le=_MOST)
    increment_from: PathText | None = None
    on_deny: str = ""
    kind: Literal["calendar", "sliding", "running"] = "calendar"
    when: list[ConditionPart] = []


class RatePart(_Part):
    """The prose's short form of a limit: so many in so many seconds."""

    max: int = Field(ge=0, le=_MOST)
    window: int = Field(gt=0, le=_LONGEST)


class RuleConditionPart(ConditionPart):
    """One comparison of Intercept's dialect, which may also ask for a counter."""

    path: RulePath


class StatePart(_Part):
    """The counter that a rule of Intercept's dialect keeps."""

    counter: str = Field(min_length=1)
    window: Literal["minute", "hour", "day"]
    increment: int = Field(default=1, ge=1, le=_MOST)
    increment_from: ArgumentPath | None = None


class NamedRulePart(_Part):
    """A rule of Intercept's dialect."""

    name: str = Field(min_length=1)
    action: Literal["evaluate", "deny", "require_approval"] = "evaluate"
    rate_limit: RateText | None = None
    conditions: list[RuleConditionPart] = []
    state: StatePart | None = None
    approval_timeout: Duration | None = None
    on_deny: str = ""


class PlacePart(_Part):
    """Where a tool's arguments carry code."""

    argument: Paths = Field(min_length=1)
    session: ArgumentPath | None = None
    language: Literal["python", "ipython", "shell"] = "python"


class EveryToolPart(_Part):
    """What holds for every tool."""

    require: list[RulePart] = []
    deny_if: list[RulePart] = []
    approve_if: list[ApprovalPart] = []
    limits: list[LimitPart] = []


class ToolPart(EveryToolPart):
    """What holds for one tool: in Intercept's dialect `rules`, else the rest; the last three keys are aliases."""

    rules: list[NamedRulePart] | None = None
    code: PlacePart | None = None
    clamp: dict[ArgumentPath, int] = {}
    force: dict[ArgumentPath, JsonValue] = {}
    rate_limit: RatePart | None = None
    action: Literal["allow", "deny", "require_approval"] | None = None
    reason: str | None = None


class CodePart(_Part):
    """How verdicts on code become decisions."""

    profile: str = "balanced"
    review_at: int | None = Field(default=None, ge=0, le=100)
    deny_at: int | None = Field(default=None, ge=0, le=100)
    settings: dict[str, Words] = {}
    settings_file: str | None = None
    on_review: Literal["ask", "refuse", "allow"] = "ask"
    ask: Literal["store", "client"] = "store"
    on_unseen: Literal["refuse", "allow"] = "refuse"


class PolicyPart(_Part):
    """The whole file."""

    model_config = ConfigDict(title="A policy of validator, version 1")

    description: str = ""
    version: Literal["1"]
    default: Literal["allow", "deny"]
    hide: list[str] = []
    fail_mode: Literal["closed", "open"] = "closed"
    code: CodePart | None = None
    all_tools: EveryToolPart = EveryToolPart()
    tools: dict[str, ToolPart] = {}
