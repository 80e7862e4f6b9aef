"""Branches of one role in, those that are worth asking about a value out: one look at it stands for many.

Most tests are expressions of which every match holds one of a few words, or ask for one of a few folders; and most
values have neither. So the words and folders of all branches are looked for at once, and only the branches of those
that are there are asked.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeAlias

from validator.rulebook.asks import Ask
from validator.rulebook.needles import needles
from validator.rulebook.paths import folders_of, places_of
from validator.rulebook.regex import LONGEST_TEXT
from validator.rulebook.rule import Branch, ValueTest
from validator.rulebook.sight import Seen

Signs: TypeAlias = Mapping[str, frozenset[int]]  # by what a value must have, the positions of the branches
Needed: TypeAlias = tuple[frozenset[str], frozenset[str]]  # words and folders of which a value must have one
NEVER: Final = re.compile(r"(?!)")
NOTHING_NEEDED: Final[Needed] = (frozenset(), frozenset())


@dataclass(frozen=True)
class Chooser:
    """The branches of one role of one trigger; what they need is worked out when the first fact asks."""

    branches: tuple[Branch, ...]

    def choose(self, options: Sequence[Seen]) -> Iterable[Branch]:
        """Every branch that may hold for one of these, and perhaps more."""
        seen = options[0]
        if len(options) > 1 or seen.whole is None or seen.folded is None or len(seen.text) > LONGEST_TEXT:
            return self.branches
        told = self._told
        found = told.expression.findall(seen.folded)
        positions = {position for word in found for position in told.by_word[word]}
        if told.by_folder:
            for folder in places_of(seen.items[0]) if len(seen.items) == 1 else told.by_folder:
                positions |= told.by_folder.get(folder, frozenset())
        return (*told.others, *map(told.branches.__getitem__, positions)) if positions else told.others

    @cached_property
    def _told(self) -> "_Told":
        words: defaultdict[str, set[int]] = defaultdict(set)
        folders: defaultdict[str, set[int]] = defaultdict(set)
        others: list[Branch] = []
        branches = tuple(Branch(tuple(map(_ready, branch.tests)), branch.posts) for branch in self.branches)
        for position, branch in enumerate(self.branches):
            needed = _needed(branch.tests)
            if needed == NOTHING_NEEDED and not all(test.known is False for test in branch.tests):
                others.append(branches[position])
            for signs, wanted in zip((words, folders), needed, strict=True):
                for sign in wanted:
                    signs[sign].add(position)
        by_folder = {folder: frozenset(held) for folder, held in folders.items()}
        return _Told(branches, tuple(others), _expression(words), _with_beginnings(words), by_folder)


@dataclass(frozen=True, slots=True)
class _Told:
    """The branches of a value that is known: those that nothing tells apart, and the positions of the others.

    What asks for a value that is not known is left out; for others it says which words or folders they need.
    """

    branches: tuple[Branch, ...]
    others: tuple[Branch, ...]
    expression: re.Pattern[str]
    by_word: Signs
    by_folder: Signs


def _ready(test: ValueTest) -> ValueTest:
    """The same test without the step from what it looks for to how."""
    asks = (ask.ready if isinstance(ask, Ask) else ask for ask in test.predicates)
    return ValueTest(tuple(asks), test.known)


def _needed(tests: Iterable[ValueTest]) -> Needed:
    """What a value must have for one of the tests to hold: a word, or a folder; none of both if it needs neither."""
    words: set[str] = set()
    folders: set[str] = set()
    for test in tests:
        ask = next((ask for ask in test.predicates if isinstance(ask, Ask)), None)
        if ask is None or test.known is False:
            return NOTHING_NEEDED
        wanted = tuple(map(str, ask.wanted))
        if ask.kind == "matches":
            words |= {word for pattern in wanted for word in needles(pattern)}
        elif ask.kind == "under" and not any(folder.startswith("$") for folder in wanted):
            folders |= folders_of(wanted)
        else:
            return NOTHING_NEEDED
    return NOTHING_NEEDED if "" in words else (frozenset(words), frozenset(folders))


def _expression(words: Iterable[str]) -> re.Pattern[str]:
    """Finds the longest word that begins at each place, for words may overlap."""
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile(f"(?=({'|'.join(map(re.escape, longest_first))}))") if longest_first else NEVER


def _with_beginnings(words: Mapping[str, set[int]]) -> dict[str, frozenset[int]]:
    """The branches of each word and of all words that it begins with: where it stands, they stand too."""
    return {word: frozenset().union(*(words[other] for other in words if word.startswith(other))) for word in words}
