"""A policy file as it is written: the hosted dialect, the aliases of its prose, and our extensions."""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue


def _listed(value: object) -> object:
    """A single text stands for a list of one."""
    return [value] if isinstance(value, str) else value


Words = Annotated[list[str], BeforeValidator(_listed)]


class _Part(BaseModel):
    """A part of the file in which every key must be known."""

    model_config = ConfigDict(extra="forbid", strict=True)


class ConditionPart(_Part):
    """One comparison."""

    path: str
    op: Literal["eq", "neq", "in", "not_in", "lt", "lte", "gt", "gte", "regex", "contains", "exists"]
    value: JsonValue


class RulePart(_Part):
    """Conditions that must hold together, and what to tell the agent."""

    conditions: list[ConditionPart] = Field(min_length=1)
    on_deny: str = ""


class ApprovalPart(RulePart):
    """Conditions under which a person is asked."""

    timeout: str = Field(default="10m", pattern=r"^[1-9][0-9]*[smhd]$")


class LimitPart(_Part):
    """At most so much per window."""

    counter: str = Field(min_length=1)
    window: Literal["minute", "hour", "day"]
    max: int = Field(ge=0)
    scope: Literal["grant", "session", "tool", "server", "global"] = "grant"
    increment: int = Field(default=1, ge=0)
    increment_from: str | None = None
    on_deny: str = ""


class RatePart(_Part):
    """The prose's short form of a limit: so many in so many seconds."""

    max: int = Field(ge=0)
    window: int = Field(gt=0)


class PlacePart(_Part):
    """Where a tool's arguments carry code."""

    argument: Words = Field(min_length=1)
    session: str | None = None
    language: Literal["python", "ipython", "shell"] = "python"


class EveryToolPart(_Part):
    """What holds for every tool."""

    require: list[RulePart] = []
    deny_if: list[RulePart] = []
    approve_if: list[ApprovalPart] = []
    limits: list[LimitPart] = []


class ToolPart(EveryToolPart):
    """What holds for one tool; the last three keys are aliases."""

    code: PlacePart | None = None
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
    on_review: Literal["refuse", "allow"] = "refuse"
    on_unseen: Literal["refuse", "allow"] = "refuse"


class PolicyPart(_Part):
    """The whole file."""

    version: Literal["1"]
    default: Literal["allow", "deny"]
    hide: list[str] = []
    code: CodePart | None = None
    all_tools: EveryToolPart = EveryToolPart()
    tools: dict[str, ToolPart] = {}
