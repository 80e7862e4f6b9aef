"""Code in, verdict out: what the Python code that an agent hands to a tool would do, before it runs."""

from collections.abc import Callable, Mapping, Sequence
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
    settings: Mapping[str, str | Sequence[str]] | None = None,
) -> Verdict:
    """Say what the code would do and how bad that is; the code is never run.

    `rules` is a folder of rule packs (None: those that ship); `settings` names what your site allows, for
    instance `{"allowed_hosts": ["api.example.com"]}`. Raises RuleError where rules or profile do not load.
    """
    allowed = {
        name: (values,) if isinstance(values, str) else tuple(values) for name, values in (settings or {}).items()
    }
    return _judgment(rules, profile)(Argument(code), settings=allowed)


@cache
def _judgment(rules: Path | None, profile: str) -> Callable[..., Verdict]:
    # Imported on first use: `import validator` stays light for those who only need the types.
    from validator.judgment import judge_argument
    from validator.rulebook.load import load_rulebook

    book = load_rulebook(rules)
    if profile not in book.profiles:
        advice = f"one of: {', '.join(sorted(book.profiles))}"
        raise RuleError(Problem(f"profile {profile!r}", "there is no such profile", advice))
    return partial(judge_argument, book=book, profile=profile)
