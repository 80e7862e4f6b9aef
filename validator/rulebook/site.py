"""A settings file in, what the site says out: its settings, and the findings that it has accepted."""

from collections.abc import Collection, Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, model_validator

from validator.model.errors import Problem, SettingsError
from validator.model.profile import Site, Suppression
from validator.rulebook.match import UNLISTED
from validator.rulebook.pages import Page, place_of
from validator.rulebook.schema import Host, OneOrMore, Section, Text
from validator.rulebook.sections import read_section
from validator.rulebook.vocabulary import suggestion

TARGETS: Final = ("host", "path", "module", "command")
GUIDE: Final = "docs/SETTINGS.md"
Reason = Annotated[str, Field(pattern=r"\S")]


class SettingsSection(Section):
    """What rules call by `$`."""

    workspace: OneOrMore[Text] = Field(default_factory=list)
    allowed_hosts: OneOrMore[Host] = Field(default_factory=list)
    allowed_modules: OneOrMore[Text] = Field(default_factory=list)
    allowed_env: OneOrMore[Text] = Field(default_factory=list)
    allowed_commands: OneOrMore[Text] = Field(default_factory=list)
    allowed_packages: OneOrMore[Text] = Field(default_factory=list)


class SuppressionSection(Section):
    """Findings of one rule that are accepted for one target."""

    rule: Text
    host: Host | None = None
    path: Text | None = None
    module: Text | None = None
    command: Text | None = None
    reason: Reason
    expires: date | None = None

    @model_validator(mode="after")
    def names_a_target(self) -> "SuppressionSection":
        """Refuse what would silence a rule altogether."""
        if not self.given() & set(TARGETS):
            raise ValueError(f"says for nothing in particular; give one of {', '.join(TARGETS)}")
        return self


class SiteSection(Section):
    """A settings file."""

    settings: SettingsSection = SettingsSection()
    suppress: list[SuppressionSection] = Field(default_factory=list)


KEYS: Final = frozenset(
    key for section in (SiteSection, SettingsSection, SuppressionSection) for key in section.model_fields
)


def read_site(path: Path, rules: Collection[str], today: date) -> tuple[Site, tuple[Problem, ...]]:
    """Read a settings file; raises SettingsError with all that is wrong.

    What has expired or names no rule is left out, and said in the warnings that come second.
    """
    problems: list[Problem] = []
    read = read_section(path, SiteSection, problems, KEYS, GUIDE)
    if read is None:
        raise SettingsError(*problems)
    page, section = read
    settings = {name: tuple(values) for name, values in section.settings.model_dump(exclude_unset=True).items()}
    warnings = dict(_warnings(page, section, {*rules, UNLISTED}, today))
    kept = (_suppression(each) for number, each in enumerate(section.suppress) if number not in warnings)
    return Site(settings, tuple(kept)), tuple(warnings.values())


def _warnings(page: Page, section: SiteSection, rules: Collection[str], today: date) -> Iterator[tuple[int, Problem]]:
    for number, each in enumerate(section.suppress):
        if each.rule not in rules:
            place = place_of(page, ("suppress", number, "rule"))
            advice = suggestion(each.rule, rules) or "`validator rules list` shows those there are"
            yield number, Problem(place, f"there is no rule {each.rule!r}, so nothing is suppressed", advice)
        elif each.expires is not None and each.expires < today:
            place = place_of(page, ("suppress", number, "expires"))
            reason = f"the suppression of {each.rule!r} has expired on {each.expires}, and no longer counts"
            yield number, Problem(place, reason, "look again: renew the date, or remove the entry")


def _suppression(section: SuppressionSection) -> Suppression:
    targets = {name: value for name in TARGETS if (value := getattr(section, name)) is not None}
    expires = section.expires.isoformat() if section.expires is not None else ""
    return Suppression(section.rule, targets, section.reason.strip(), expires)
