"""Rows in, labelled records out; whatever cannot count is counted and named, and nothing counts twice."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Final

from validator.model.argument import Language
from validator.model.errors import InputError, Problem
from validator.tune.rows import Row, read_rows

HONEST: Final = "honest"
RISKY: Final = "risky"
SPLITS: Final = ("tune", "held-out")
LABELS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("honest", "benign", "near-miss", "safe"), HONEST),
    **dict.fromkeys(("risky", "hostile", "bypass", "control", "malicious"), RISKY),
}
FIELDS: Final[Mapping[str, str]] = {
    name: name for name in ("id", "code", "label", "family", "source", "split", "outcome", "language", "gateable")
}
LANGUAGES: Final = {
    "": Language.PYTHON,
    "python": Language.PYTHON,
    "ipython": Language.IPYTHON,
    "bash": Language.SHELL,
    "shell": Language.SHELL,
}


@dataclass(frozen=True, slots=True)
class Record:
    """One labelled program; `wanted` is `pass`, `stop` or `deny`, `split` is `tune`, `held-out` or empty."""

    id: str
    place: str
    code: str
    honest: bool
    label: str
    family: str
    source: str
    split: str = ""
    wanted: str = ""
    language: Language = Language.PYTHON


@dataclass(frozen=True, slots=True)
class Corpus:
    """What counts, and what does not: `left_out` says why and how often, `problems` where."""

    records: tuple[Record, ...]
    problems: tuple[Problem, ...]
    left_out: Mapping[str, int]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """How rows are read: the column of each field, and what each label means."""

    fields: Mapping[str, str] = field(default_factory=lambda: FIELDS)
    labels: Mapping[str, str] = field(default_factory=lambda: LABELS)


def read_corpus(paths: Iterable[Path], reading: Reading, split: str = "") -> Corpus:
    """Read labelled data, or one split of it; raises InputError where there is none."""
    corpus = collect(read_rows(paths), reading)
    if split:
        kept = tuple(record for record in corpus.records if record.split == split)
        corpus = replace(corpus, records=kept)
    if corpus.records:
        return corpus
    advice = "name the columns with --field label=COLUMN and the labels with --label VALUE=honest or VALUE=risky"
    empty = Problem("labelled data", f"holds no record that counts{f' in split {split!r}' * bool(split)}", advice)
    raise InputError(*corpus.problems[:20], empty)


def collect(rows: Iterable[Row], reading: Reading) -> Corpus:
    """Sort rows into records and problems."""
    records: list[Record] = []
    problems: list[tuple[str, Problem]] = []
    for place, row in rows:
        if isinstance(row, Problem):
            problems.append(("unreadable", row))
            continue
        found = _record(place, row, reading)
        if isinstance(found, Record):
            records.append(found)
        else:
            problems.append(found)
    records, repeated = _once(records)
    problems += repeated
    records, straddling = _one_split(records)
    alone = sum(record.family == record.id for record in records)
    notes = [f"{alone} records name no family: each counts as a family of its own"] if alone else []
    notes += [f"family {name!r} stands in both splits: all of it counts as tune" for name in straddling]
    counted = Counter(kind for kind, _ in problems)
    return Corpus(tuple(records), tuple(problem for _, problem in problems), dict(counted), tuple(notes))


def _record(place: str, row: Mapping[str, object], reading: Reading) -> Record | tuple[str, Problem]:
    held = {name: row.get(column) for name, column in reading.fields.items()}
    texts = {name: "" if value is None else str(value) for name, value in held.items()}
    code, label, language = held["code"], texts["label"], LANGUAGES.get(texts["language"].lower())
    if not isinstance(code, str):
        return "no code", Problem(place, f"has no text in {reading.fields['code']!r}", "name it: --field code=COLUMN")
    if not label:
        return "unlabelled", Problem(place, "has no label", "label it, or name the column: --field label=COLUMN")
    if label not in reading.labels:
        advice = f"say what it means: --label {label}=honest or --label {label}=risky"
        return "unknown label", Problem(place, f"has the label {label!r}", advice)
    if held["gateable"] is False:
        return "not gateable", Problem(place, "is marked as not to be told from its code", "nothing: it is left out")
    if language is None:
        advice = f"one of: {', '.join(filter(None, LANGUAGES))}"
        return "unknown language", Problem(place, f"has the language {texts['language']!r}", advice)
    honest = reading.labels[label] == HONEST
    name = texts["id"] or place
    return Record(
        id=name,
        place=place,
        code=code,
        honest=honest,
        label=label,
        family=texts["family"] or name,
        source=texts["source"] or Path(place.partition("#")[0].rpartition(":")[0] or place.partition("#")[0]).name,
        split=texts["split"] if texts["split"] in SPLITS else "",
        wanted=texts["outcome"] or ("pass" if honest else "stop"),
        language=language,
    )


def _once(records: Sequence[Record]) -> tuple[list[Record], list[tuple[str, Problem]]]:
    """Each program once; one that is called honest here and risky there counts as neither."""
    same: defaultdict[bytes, list[Record]] = defaultdict(list)
    for record in records:
        text = f"{record.language}\n{record.code}"
        same[sha256(text.encode("utf-8", "surrogatepass")).digest()].append(record)
    return [group[0] for group in same.values() if _agrees(group)], list(_repeated(same.values()))


def _repeated(groups: Iterable[Sequence[Record]]) -> Iterator[tuple[str, Problem]]:
    for first, *others in groups:
        if not _agrees((first, *others)):
            for each in (first, *others):
                other = next(one for one in (first, *others) if one.honest is not each.honest)
                reason = f"{each.id} is {each.label} here and {other.label} at {other.place}"
                yield "contradictory", Problem(each.place, reason, "decide; until then neither counts")
        else:
            for each in others:
                yield "duplicate", Problem(each.place, f"{each.id} is the program at {first.place}", "it counts once")


def _agrees(group: Sequence[Record]) -> bool:
    return len({record.honest for record in group}) == 1


def _one_split(records: Sequence[Record]) -> tuple[list[Record], list[str]]:
    """A family whose programs stand in both splits has been looked at, so it is evidence of nothing unseen."""
    splits: defaultdict[str, set[str]] = defaultdict(set)
    for record in records:
        splits[record.family].add(record.split)
    straddling = sorted(family for family, found in splits.items() if len(found) > 1 and "held-out" in found)
    moved = set(straddling)
    return [replace(each, split="tune") if each.family in moved else each for each in records], straddling
