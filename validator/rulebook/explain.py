"""A rule in, its page out: what it looks for, why, where it is wrong, and what to write instead."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from textwrap import fill
from typing import Final, TypeAlias

from validator.rulebook.pages import Page, text_of
from validator.rulebook.rule import Example, Rule, Rulebook

WIDTH: Final = 120
TECHNIQUE: Final = "https://attack.mitre.org/techniques/"
Techniques: TypeAlias = Mapping[str, str]
"""The number of a technique of MITRE ATT&CK to its name."""


def explain(rule: Rule, page: Page, book: Rulebook, techniques: Techniques) -> str:
    """The page of one rule in Markdown, which a terminal shows well enough; `page` is the rule's file."""
    return "\n".join(_lines(rule, page, book, techniques))


def _lines(rule: Rule, page: Page, book: Rulebook, techniques: Techniques) -> Iterator[str]:
    yield f"## {rule.id}"
    yield ""
    worth = f"Severity {rule.severity}, confidence {rule.confidence}, {rule.weight} points"
    yield fill(f"**{rule.name}.** {worth}. Pack {rule.pack}, version {rule.version}, {rule.status}.", WIDTH)
    yield ""
    yield f"- Capability: `{rule.capability}`, {_meaning(rule.capability, book)}"
    yield f"- Says: `{rule.message}`"
    yield f"- MITRE ATT&CK: {_attack(rule.attack, techniques)}"
    for label, text in (
        ("Why", rule.why),
        ("Misses", rule.misses),
        ("False alarms", rule.false_alarms),
        ("Instead", rule.remedy),
    ):
        yield ""
        yield fill(f"**{label}.** {text}", WIDTH, break_long_words=False, break_on_hyphens=False)
    yield from _block("Looks for", "yaml", [text_of(page, "match")])
    yield from _block("Reported, in the marked lines", "python", map(_code, rule.bad))
    yield from _block("Not reported", "python", map(_code, rule.good))


def _meaning(capability: str, book: Rulebook) -> str:
    """The line of the tree; a capability that only holds others together is said by them."""
    below = [known for known in book.capabilities if known.startswith(f"{capability}.")]
    return book.capabilities.get(capability) or f"that is {', '.join(f'`{each}`' for each in below)}"


def _attack(numbers: Sequence[str], techniques: Techniques) -> str:
    linked = (f"[{each}]({TECHNIQUE}{each.replace('.', '/')}/) {techniques.get(each, '')}".rstrip() for each in numbers)
    return ", ".join(linked) or "none"


def _code(example: Example) -> str:
    limits = "".join(f"# with the limit {name} at {most}\n" for name, most in example.limits.items())
    return limits + _printable(example.code).rstrip("\n")


def _printable(code: str) -> str:
    """Some examples hold what would hide text; on a page it is shown as what it is."""
    return "".join(each if each.isprintable() or each == "\n" else repr(each)[1:-1] for each in code)


def _block(label: str, language: str, codes: Iterable[str]) -> Iterator[str]:
    for number, code in enumerate(codes):
        yield from ("", f"{label}:" if number == 0 else "or", "")
        fence = "````" if "```" in code else "```"
        yield from (f"{fence}{language}", code, fence)
