"""Code in, verdict out: what the Python code that an agent hands to a tool would do, before it runs."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

from validator.model.argument import Argument
from validator.model.errors import Problem, RuleError
from validator.model.verdict import Verdict

__all__ = ["Verdict", "judge"]


def judge(
    code: str,
    *,
    profile: str = "balanced",
    rules: Path | None = None,
    settings: Mapping[str, str | Sequence[str]] | Path | None = None,
) -> Verdict:
    """Say what the code would do and how bad that is; the code is never run.

    `rules` is a folder of rule packs (None: those that ship); `settings` names what your site allows, for
    instance `{"allowed_hosts": ["api.example.com"]}`, or is the path of a settings file. Raises RuleError where rules
    or profile do not load, SettingsError where the settings file does not; what has expired in it is a warning.
    """
    if isinstance(settings, Path):
        return _judgment_at(rules, profile, settings)(Argument(code))
    allowed = {
        name: (values,) if isinstance(values, str) else tuple(values) for name, values in (settings or {}).items()
    }
    return _judgment(rules, profile)(Argument(code), settings=allowed)


@cache
def _judgment(rules: Path | None, profile: str) -> partial[Verdict]:
    # Imported on first use: `import validator` stays light for those who only need the types.
    from validator.judgment import judge_argument
    from validator.rulebook.load import load_rulebook

    book = load_rulebook(rules)
    if profile not in book.profiles:
        advice = f"one of: {', '.join(sorted(book.profiles))}"
        raise RuleError(Problem(f"profile {profile!r}", "there is no such profile", advice))
    return partial(judge_argument, book=book, profile=profile)


def _judgment_at(rules: Path | None, profile: str, file: Path) -> partial[Verdict]:
    """Judgment with a settings file, which is read anew each time: it may have changed, and dates pass."""
    from datetime import date

    from validator.rulebook.site import read_site

    judgment = _judgment(rules, profile)
    book = judgment.keywords["book"]
    site, found = read_site(file, {rule.id for rule in book.rules}, date.today())
    for problem in found:
        warnings.warn(str(problem), stacklevel=3)
    return partial(judgment, book=replace(book, suppressions=site.suppressions), settings=site.settings)
