"""Rules in, the files that are written from them out: lock, table of the README, one page for each pack."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeAlias

from validator.model.errors import Problem
from validator.rulebook.explain import Techniques, explain
from validator.rulebook.lock import LOCK, UPDATE, compare, entry_of, read_lock, renew, write_lock
from validator.rulebook.pages import Page, place_of
from validator.rulebook.rule import Rule, Rulebook

README: Final = "README.md"
TABLE: Final = re.compile(r"(?<=<!-- table of rules -->\n).*?(?=<!-- end -->)", re.DOTALL)
NOTE: Final = "Written from the rule files by `validator rules check --write`."
Pages: TypeAlias = Mapping[str, Page]
"""Rule id to its file."""


def folder_of_pages(folder: Path) -> Path:
    """Where the pages of a rules folder lie: `docs/rules` beside it."""
    return folder.resolve().parent / "docs" / "rules"


def write_all(folder: Path, book: Rulebook, pages: Pages, techniques: Techniques) -> None:
    """Bring every written file up to date; one that no rule calls for any more is removed."""
    rules = {rule.id: entry_of(pages[rule.id]) for rule in book.rules}
    (folder / LOCK).write_text(write_lock(renew(read_lock(folder / LOCK), rules)), encoding="utf-8")
    for path, text in _texts(folder, book, pages, techniques):
        if text is None:
            path.unlink()
        else:
            path.write_text(text, encoding="utf-8")


def stale(folder: Path, book: Rulebook, pages: Pages, techniques: Techniques) -> Iterator[Problem]:
    """Every written file that says something else than the rules, and every rule that differs from the lock."""
    rules = {rule.id: entry_of(pages[rule.id]) for rule in book.rules}
    locked = read_lock(folder / LOCK)
    if rules and not locked:
        yield Problem(str(folder / LOCK), "is missing or empty", UPDATE)
    for rule, reason, advice in compare(locked, rules) if locked else ():
        place = place_of(pages[rule], ("version",)) if rule in pages else f"{folder / LOCK}: {rule}"
        yield Problem(place, reason, advice)
    for path, text in _texts(folder, book, pages, techniques):
        if text is None or not path.is_file() or path.read_text(encoding="utf-8") != text:
            yield Problem(str(path), "differs from the rules", UPDATE)


def _texts(folder: Path, book: Rulebook, pages: Pages, techniques: Techniques) -> Iterator[tuple[Path, str | None]]:
    """Each file with what it should say; None for one that should not be there."""
    packs: dict[str, list[Rule]] = {}
    for rule in book.rules:
        packs.setdefault(rule.pack, []).append(rule)
    if (folder / README).is_file():
        readme = (folder / README).read_text(encoding="utf-8")
        yield folder / README, TABLE.sub(lambda _: _table(book.rules), readme)
    target = folder_of_pages(folder)
    if not target.is_dir():
        return
    yield target / README, _index(packs)
    for pack, rules in packs.items():
        told = [explain(rule, pages[rule.id], book, techniques) for rule in rules]
        yield target / f"{pack}.md", "\n\n".join([f"# Rules of the pack {pack}", NOTE, *told]) + "\n"
    for path in sorted(target.glob("*.md")):
        if path.stem not in packs and path.name != README:
            yield path, None


def _table(rules: Sequence[Rule]) -> str:
    rows = [
        f"| {rule.pack} | [{rule.id}](../docs/rules/{rule.pack}.md#{rule.id}) | {rule.severity} | {rule.weight} |"
        for rule in rules
    ]
    return "\n".join(["", "| pack | rule | severity | points |", "|---|---|---|---|", *rows, "", ""])


def _index(packs: Mapping[str, Sequence[Rule]]) -> str:
    lines = ["# Rules", "", NOTE, "`rules/README.md` says how a rule is written."]
    for pack, rules in packs.items():
        lines += ["", f"## [{pack}]({pack}.md)", ""]
        lines += [f"- [{rule.id}]({pack}.md#{rule.id}): {rule.name}" for rule in rules]
    return "\n".join(lines) + "\n"
