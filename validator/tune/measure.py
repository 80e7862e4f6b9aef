"""Judged records in, a measurement out: how often the verdict is right, and what each rule adds to that."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from validator.model.profile import Profile
from validator.model.verdict import Outcome
from validator.tune.corpus import Corpus
from validator.tune.figures import Booleans, Figures, figure, matthews
from validator.tune.judging import Judged, Judgments
from validator.tune.suspects import Suspect, find_suspects
from validator.tune.table import Table, tabulate

WORST: Final = 15
WANTED: Final = ("pass", "stop", "deny")


@dataclass(frozen=True, slots=True)
class Part:
    """The figures of one part of the data."""

    name: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class RuleValue:
    """What one rule does: in how many programs it finds something, and what would be otherwise without it.

    `alone` counts the risky programs in which no other rule finds anything; `lost` those that would pass without it,
    `spared` the honest ones that would; `change` is that of Matthews' coefficient.
    """

    rule: str
    weight: int
    risky: int
    honest: int
    alone: int
    alarms: int
    lost: int
    spared: int
    change: float


@dataclass(frozen=True, slots=True)
class Use:
    """How programs that use one capability fare."""

    capability: str
    risky: int
    caught: int
    honest: int
    alarms: int


@dataclass(frozen=True, slots=True)
class Case:
    """One program, without its code."""

    id: str
    place: str
    label: str
    family: str
    outcome: str
    score: int
    rules: tuple[str, ...]
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Measurement:
    """All that was measured; what could not be counted is in `left_out` and `problems`."""

    side: str
    review_at: int
    deny_at: int
    records: int
    families: int
    left_out: Mapping[str, int]
    problems: tuple[str, ...]
    notes: tuple[str, ...]
    stopped: Figures
    denied: Figures
    splits: tuple[Part, ...]
    sources: tuple[Part, ...]
    confusion: Mapping[str, Mapping[str, int]]
    rules: tuple[RuleValue, ...]
    capabilities: tuple[Use, ...]
    misses: tuple[Case, ...]
    alarms: tuple[Case, ...]
    suspects: tuple[Suspect, ...]


def measure(corpus: Corpus, judgments: Judgments, profile: Profile, side: str, seed: int = 0) -> Measurement:
    """Measure one side on labelled data."""
    judged = judgments.judged
    table = tabulate(judged)
    suspects, why = find_suspects(table, seed)
    problems = (*corpus.problems, *judgments.failed)
    left_out = {**corpus.left_out, **({"failed": len(judgments.failed)} if judgments.failed else {})}
    return Measurement(
        side=side,
        review_at=profile.review_at,
        deny_at=profile.deny_at,
        records=len(judged),
        families=len(set(table.families)),
        left_out=left_out,
        problems=tuple(map(str, problems)),
        notes=(*corpus.notes, *_one_sided(table), *((why,) if why else ())),
        stopped=_figures(judged, lambda each: each.stopped, seed),
        denied=_figures(judged, lambda each: each.outcome is Outcome.DENY, seed),
        splits=_parts(judged, lambda each: each.record.split, seed),
        sources=_parts(judged, lambda each: each.record.source, seed),
        confusion=_confusion(judged),
        rules=tuple(value_rules(table, profile.review_at)),
        capabilities=tuple(_uses(judged)),
        misses=worst(judged, honest=False),
        alarms=worst(judged, honest=True),
        suspects=suspects,
    )


def _one_sided(table: Table) -> Iterator[str]:
    for honest, name, unknown in ((True, "honest", "false alarms"), (False, "risky", "recall")):
        if not (table.honest == honest).any():
            yield f"no record is {name}: {unknown}, precision and MCC say nothing"


def _figures(judged: Sequence[Judged], held: Callable[[Judged], bool], seed: int) -> Figures:
    stopped, honest = (np.array([pick(each) for each in judged], dtype=bool) for pick in (held, _honest))
    return figure(stopped, honest, [each.record.family for each in judged], seed)


def _honest(each: Judged) -> bool:
    return each.record.honest


def _parts(judged: Sequence[Judged], key: Callable[[Judged], str], seed: int) -> tuple[Part, ...]:
    names = sorted({key(each) for each in judged} - {""})
    parts = ([each for each in judged if key(each) == name] for name in names)
    return tuple(
        Part(name, _figures(part, lambda each: each.stopped, seed)) for name, part in zip(names, parts, strict=True)
    )


def _confusion(judged: Sequence[Judged]) -> dict[str, dict[str, int]]:
    """How many programs of each wanted outcome met which one."""
    found = dict.fromkeys((*WANTED, *sorted(each.record.wanted for each in judged)))
    wanted = [name for name in found if any(each.record.wanted == name for each in judged)]
    return {
        name: {outcome: sum(e.record.wanted == name and e.outcome is outcome for e in judged) for outcome in Outcome}
        for name in wanted
    }


def value_rules(table: Table, review_at: int) -> Iterator[RuleValue]:
    """What each rule is worth, those first that would be missed most."""
    points, honest = table.points(), table.honest
    stopped = points >= review_at
    today, single = matthews(stopped, honest), table.hits.sum(axis=1) == 1
    values = []
    for column, rule in enumerate(table.rules):
        found: Booleans = table.hits[:, column]
        without = points - table.weights[column] * found >= review_at
        changed = stopped & ~without
        values.append(
            RuleValue(
                rule=rule,
                weight=int(table.weights[column]),
                risky=int((found & ~honest).sum()),
                honest=int((found & honest).sum()),
                alone=int((found & single & ~honest).sum()),
                alarms=int((found & stopped & honest).sum()),
                lost=int((changed & ~honest).sum()),
                spared=int((changed & honest).sum()),
                change=matthews(without, honest) - today,
            )
        )
    return iter(sorted(values, key=lambda value: (value.change, -value.risky, value.rule)))


def _uses(judged: Sequence[Judged]) -> Iterator[Use]:
    for capability in sorted({name for each in judged for name in each.capabilities}):
        users = [each for each in judged if capability in each.capabilities]
        risky, honest = ([e for e in users if e.record.honest is kind] for kind in (False, True))
        stopped = (sum(each.stopped for each in part) for part in (risky, honest))
        yield Use(capability, len(risky), next(stopped), len(honest), next(stopped))


def worst(judged: Iterable[Judged], *, honest: bool) -> tuple[Case, ...]:
    """The misses with the fewest points, or the false alarms with the most."""
    wrong = [each for each in judged if each.wrong and each.record.honest is honest]
    wrong.sort(key=lambda each: (-each.score if honest else each.score, each.record.id))
    return tuple(describe(each) for each in wrong[:WORST])


def describe(each: Judged) -> Case:
    """A judged program without its code."""
    record = each.record
    rules = tuple(f"{rule} {points}" for rule, points in each.rules)
    return Case(record.id, record.place, record.label, record.family, each.outcome.value, each.score, rules, each.facts)
