"""How sure it is that a test of a rule holds for what is known of a value.

| value        | `equals`, `in`           | `matches`, `under`, `host`          | `known: true` | `known: false` |
|--------------|--------------------------|-------------------------------------|---------------|----------------|
| all known    | sure or no               | sure or no                          | sure          | no             |
| `Partial`    | perhaps, no if its known | seen or sure if what is known says  | no, if alone  | sure           |
|              | ends contradict          | so, else perhaps                    |               |                |
| UNKNOWN      | perhaps                  | perhaps                             | no            | sure           |
| absent role  | no                       | no                                  | no            | sure, if alone |

In `where`, perhaps is enough: unknown is never safe. `known: true` beside other tests asks that they be seen in
what is known. In `unless` only sure counts. A `Choice` incriminates by any of its options and excuses only by all.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import TypeVar

from validator.model.known import UNKNOWN
from validator.model.profile import NO_SETTINGS, Settings
from validator.rulebook.rule import NO, PERHAPS, SEEN, SURE, Certainty, Predicate, ValueTest
from validator.rulebook.sight import ABSENT, Pieces, Seen

Wanted = TypeVar("Wanted")


def may_hold(tests: Sequence[ValueTest], options: Sequence[Seen], settings: Settings) -> bool:
    """Whether one of the tests holds for something that the value may be."""
    for option in options:
        for test in tests:
            if _certainty(test, option, settings) is not NO:
                return True
    return False


def surely_holds(tests: Sequence[ValueTest], options: Sequence[Seen], settings: Settings) -> bool:
    """Whether, whatever the value turns out to be, one of the tests holds."""
    if len(options) == 1 and len(tests) == 1:
        return _certainty(tests[0], options[0], settings) is SURE
    return all(any(_certainty(test, option, settings) is SURE for test in tests) for option in options)


def expand(values: Iterable[str], settings: Settings) -> tuple[str, ...]:
    """The values, each `$setting` replaced by what the site says."""
    return tuple(
        found for value in values for found in (settings.get(value[1:], ()) if value.startswith("$") else (value,))
    )


def prepared(prepare: Callable[[Sequence[str]], Wanted], texts: Sequence[str]) -> Callable[[Settings], Wanted]:
    """What a rule wants, prepared once, unless some of it is left to the site."""
    fixed = prepare(expand(texts, NO_SETTINGS))
    if not any(text.startswith("$") for text in texts):
        return lambda _settings: fixed
    remembered = lru_cache(maxsize=8)(prepare)
    return lambda settings: fixed if settings is NO_SETTINGS else remembered(expand(texts, settings))


def each_word(
    judge: Callable[[Pieces, Wanted], Certainty], prepare: Callable[[Sequence[str]], Wanted], texts: Sequence[str]
) -> Predicate:
    """A predicate on addresses or paths, of which a list may hold several: sure only of all of them."""
    wanted_of = prepared(prepare, texts)

    def predicate(seen: Seen, settings: Settings) -> Certainty:
        wanted = wanted_of(settings)
        if len(seen.items) == 1:
            return judge(seen.items[0], wanted)
        answers = [judge(item, wanted) for item in seen.items]
        return min(max(answers), SEEN) if len(set(answers)) > 1 else answers[0]

    return predicate


def _certainty(test: ValueTest, seen: Seen, settings: Settings) -> Certainty:
    if seen.whole is not None and len(test.predicates) == 1 and test.known is not False:  # as most are
        found = test.predicates[0](seen, settings)
        return found if test.known is None or found >= SEEN else NO
    if seen.value is ABSENT:
        return SURE if test.known is False and not test.predicates else NO
    if test.known is not None:
        known = seen.whole is not None
        if (test.known is False and known) or (test.known is True and not (known or test.predicates)):
            return NO
    found = SURE
    for predicate in test.predicates:
        found = min(found, PERHAPS if seen.value is UNKNOWN else predicate(seen, settings))
    return NO if test.known is True and found < SEEN else found
