"""A rule file and a profile file as written: what keys there are, and what each may hold."""

from typing import Annotated, Literal, TypeAlias, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from validator.model.profile import SETTINGS
from validator.rulebook.hosts import is_network
from validator.rulebook.regex import refusal

IMPORTS = frozenset({"import", "import.unknown"})
FACT_KINDS = ("call", "mention", "import", "string", "flow", "unresolved", "unreadable")

Item = TypeVar("Item")


def _listed(value: object) -> object:
    return value if isinstance(value, list) else [value]


def _sensible(pattern: str) -> str:
    reason = refusal(pattern)
    if reason is not None:
        raise ValueError(f"pattern {pattern!r} {reason}")
    return pattern


def _setting(value: str) -> str:
    if value.startswith("$") and value[1:] not in SETTINGS:
        raise ValueError(f"{value!r} is no setting; there are ${', $'.join(sorted(SETTINGS))}")
    return value


def _host(value: str) -> str:
    if "/" in value and not is_network(value):
        raise ValueError(f"{value!r} is neither a host name, an address glob nor a network")
    return value


OneOrMore: TypeAlias = Annotated[list[Item], BeforeValidator(_listed), Field(min_length=1)]
Text: TypeAlias = Annotated[str, Field(min_length=1)]
Value: TypeAlias = Annotated[Text, BeforeValidator(lambda value: _setting(value) if isinstance(value, str) else value)]
Pattern: TypeAlias = Annotated[
    str, BeforeValidator(lambda value: _sensible(value) if isinstance(value, str) else value)
]
Host: TypeAlias = Annotated[Value, BeforeValidator(lambda value: _host(value) if isinstance(value, str) else value)]
Points: TypeAlias = Annotated[int, Field(ge=0, le=100)]
Technique: TypeAlias = Annotated[str, Field(pattern=r"^T\d{4}(\.\d{3})?$")]


class Section(BaseModel):
    """What every part of a file has in common: no unknown key, no silent conversion."""

    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=False)

    def given(self) -> set[str]:
        """The keys that are written, under the names they are written with."""
        fields = type(self).model_fields
        return {fields[name].alias or name for name in self.model_fields_set}


class TestSection(Section):
    """Tests on one value; all that are given hold."""

    equals: OneOrMore[Value | bool | int] | None = None
    in_: OneOrMore[Value | bool | int] | None = Field(default=None, alias="in")
    matches: OneOrMore[Pattern] | None = None
    under: OneOrMore[Value] | None = None
    host: OneOrMore[Host] | None = None
    known: bool | None = None

    @model_validator(mode="after")
    def says_something(self) -> "TestSection":
        """Refuse a test that every value passes."""
        if not self.given():
            raise ValueError("an empty test; give one of equals, in, matches, under, host, known")
        return self


class GuardSection(Section):
    """What excuses a fact: its name, the values of its roles."""

    name: OneOrMore[Value] | None = None
    where: dict[str, OneOrMore[TestSection]] = {}

    @model_validator(mode="after")
    def says_something(self) -> "GuardSection":
        """Refuse a guard that excuses everything, or that excuses what is not known."""
        if not self.given():
            raise ValueError("an empty guard would excuse everything; give name or where")
        if any(test.known is False for tests in self.where.values() for test in tests):
            raise ValueError("known: false in unless; what is not known excuses nothing")
        return self


class FlowSection(Section):
    """From the capability that read something to the one that it reaches."""

    source: OneOrMore[Text] = Field(alias="from")
    sink: OneOrMore[Text] = Field(alias="to")


class ConditionSection(Section):
    """One kind of fact with what is asked of it, or several conditions combined."""

    all: Annotated[list["ConditionSection"], Field(min_length=1)] | None = None
    any: Annotated[list["ConditionSection"], Field(min_length=1)] | None = None
    unless: OneOrMore[GuardSection] = []
    call: OneOrMore[Text] | None = None
    mention: OneOrMore[Text] | None = None
    import_: OneOrMore[Text] | None = Field(default=None, alias="import")
    string: OneOrMore[TestSection] | None = None
    flow: FlowSection | None = None
    unresolved: OneOrMore[Text] | None = None
    unreadable: OneOrMore[Text] | None = None
    name: OneOrMore[Value] | None = None
    where: dict[str, OneOrMore[TestSection]] = {}

    @model_validator(mode="after")
    def is_one_thing(self) -> "ConditionSection":
        """Refuse what is neither one fact kind nor one combination."""
        given = self.given()
        if len(given & {"all", "any", *FACT_KINDS}) != 1:
            raise ValueError(f"give exactly one of all, any, {', '.join(FACT_KINDS)}")
        if given & {"all", "any"} and given & {"name", "where"}:
            raise ValueError("name and where belong to a single kind of fact, not to all or any")
        if "import" in given and given & {"name", "where"}:
            raise ValueError("an import has only a module: write it as the value of import")
        if 0 < len(IMPORTS & set(self.import_ or ())) < len(self.import_ or ()):
            raise ValueError("an import names modules or the capability import.unknown, not both")
        return self


class ExampleSection(Section):
    """One piece of code, and limits of the analysis that differ from the usual ones."""

    code: Text
    limits: dict[Literal["size", "nesting", "chain", "steps", "calls", "nested", "folded"], int] = {}


class ExamplesSection(Section):
    """What the rule reports, and what it must not report."""

    bad: Annotated[list[ExampleSection], Field(min_length=2)]
    good: Annotated[list[ExampleSection], Field(min_length=2)]


class RuleSection(Section):
    """One rule file; the id is the file's name."""

    name: Text
    version: Annotated[int, Field(ge=1)]
    status: Literal["draft", "stable", "retired"]
    capability: Text
    severity: Literal["info", "low", "medium", "high", "critical"]
    confidence: Literal["low", "medium", "high"]
    weight: Points
    attack: list[Technique]
    message: Text
    why: Text
    misses: Text
    false_alarms: Text
    remedy: Text
    match: ConditionSection
    examples: ExamplesSection


class ListedSection(ConditionSection):
    """One kind of fact that a profile lets pass, if it is surely this and nothing more."""

    @model_validator(mode="after")
    def is_certain(self) -> "ListedSection":
        """Refuse what is not a single kind of fact, and what would let pass the unknown."""
        if self.given() & {"all", "any", "unless", "unresolved", "unreadable"}:
            raise ValueError(
                "an entry is one call, mention, import, string or flow; what is not resolved is never listed"
            )
        if any(test.known is False for tests in self.where.values() for test in tests):
            raise ValueError("known: false in an entry; what is not known is never listed")
        return self


class ProfileSection(Section):
    """One profile file; the profile's name is the file's name."""

    about: Text
    review_at: Annotated[int, Field(ge=1, le=100)]
    deny_at: Annotated[int, Field(ge=1, le=100)]
    weights: dict[str, Points] = {}
    unlisted: Points | None = None
    listed: Annotated[list[ListedSection], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def reviews_first(self) -> "ProfileSection":
        """Refuse thresholds in the wrong order, and a list without a price or a price without a list."""
        if self.review_at > self.deny_at:
            raise ValueError("review_at is above deny_at")
        if (self.unlisted is None) is not (self.listed is None):
            raise ValueError("unlisted and listed belong together: what passes, and the points of all else")
        return self


KEYS = frozenset(
    field.alias or name
    for section in (
        RuleSection,
        ConditionSection,
        GuardSection,
        TestSection,
        FlowSection,
        ExamplesSection,
        ProfileSection,
    )
    for name, field in section.model_fields.items()
)
"""Every key there is, for advice on one that there is not."""
