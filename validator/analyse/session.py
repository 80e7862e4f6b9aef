"""Names that outlive a call: what an earlier argument bound is known to the next one of the same session.

A session is a frozen value. An argument is walked over a copy of it, and only an argument that was forwarded replaces
it; so a refused argument leaves no trace. Most servers tell nobody that an argument ended half way, by an exception of
its own: so each name may hold afterwards what it held before, or at any moment in between.
"""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Final

from validator.analyse.copies import Copier, TooMuchError
from validator.analyse.joins import either
from validator.analyse.meeting import gather, is_inert
from validator.analyse.names import BUILTINS
from validator.analyse.run import Run
from validator.analyse.surroundings import Surroundings
from validator.analyse.values import HERE, Scope, Symbol, Value
from validator.model.catalog import Catalog

MOST_NAMES: Final = 2_000
MOST_SOURCE: Final = 262_144
MOST_WAITING: Final = 32_768


@dataclass(frozen=True, slots=True)
class Session:
    """What earlier arguments left behind.

    `complete` is False once an argument of this session ran that was not seen to its end: from then on an unknown name
    may be anything. `patches` and `around` belong to the whole process. `waiting` are arguments that the screen
    answered, still to be walked, and `words` what must not meet the words of a text that the screen is to answer;
    `guarded` are names of the session that any mention of needs a deeper look. `size` counts characters of source.
    """

    module: Scope = field(default_factory=lambda: Scope({}))
    patches: Mapping[str, Value] = field(default_factory=dict)
    around: Surroundings = field(default_factory=Surroundings)
    waiting: tuple[str, ...] = ()
    words: Set[str] = frozenset()
    guarded: Set[str] = frozenset()
    size: int = 0
    complete: bool = True

    def touches_process(self) -> bool:
        """Whether it has changed what other sessions of the same process see."""
        around = self.around
        return bool(self.patches or around.folders or around.links or around.put)

    def may_be_screened(self, text: str) -> bool:
        """Whether the words of a text can tell all that matters after what came before."""
        plain = self.complete and not self.module.stars and not self.touches_process()
        return plain and sum(map(len, self.waiting)) + len(text) <= MOST_WAITING


NO_SESSION: Final = Session()


def resume(run: Run, session: Session) -> None:
    """Start a run with a copy of what the session knows, and note every value that its names are given."""
    # Made in no branch of this run: whether it gets to where a container is changed is not certain.
    copier = Copier(session.module, run.module, object())
    run.module.names.update(copier.copy_all(session.module.names))
    run.module.stars.extend(session.module.stars)
    run.patches.update(copier.copy_all(session.patches))
    run.around = copier.copy_around(session.around)
    run.earlier.update(copier.functions)
    run.complete = session.complete
    run.before = dict(run.module.names)
    run.tried = {}


def suspend(run: Run, session: Session, source: str) -> Session:
    """The session after this run; one that has grown too large starts to forget, and says so."""
    size = session.size + len(source)
    lost: set[str] = set()
    names = _anywhere(run, lost)
    if len(names) > MOST_NAMES or size > MOST_SOURCE:
        return forget()
    module = Scope({})
    copier = Copier(run.module, module, None)
    _stand_anywhere(run.around, session.around)
    try:
        module.names.update(copier.copy_all(names))
        patches, around = copier.copy_all(_join_patches(run, session, lost)), copier.copy_around(run.around)
    except TooMuchError:
        return forget()
    module.stars.extend(run.module.stars)
    words, guarded = _look_at(module.names, run.catalog)
    complete = run.complete and not lost
    return Session(module, patches, around, (), words, guarded, size, complete)


def wait(session: Session, text: str, words: Set[str]) -> Session:
    """The session after a text that the screen answered; `words` are those it looked at."""
    size = session.size + len(text)
    if size > MOST_SOURCE:
        return forget()
    return replace(session, waiting=(*session.waiting, text), words=session.words | words, size=size)


def forget() -> Session:
    """The session after an argument that was never analysed: its names may be anything now."""
    return replace(NO_SESSION, complete=False)


def clear(session: Session) -> Session:
    """The session after its names were cleared: what was changed in the process stays as it is."""
    if not session.touches_process():
        return NO_SESSION
    return replace(NO_SESSION, patches=session.patches, around=session.around)


def share(session: Session, process: Session) -> Session:
    """A session of a process in which another one has changed library names, or the folder it stands in."""
    if not process.touches_process():
        return session
    return replace(session, patches=process.patches, around=process.around)


def meet(one: Session, other: Session) -> Session:
    """What two sessions that ran beside each other have left of the process they share."""
    if not (one.touches_process() and other.touches_process()):
        return clear(one if one.touches_process() else other)
    sides = (one, other)
    names = dict.fromkeys(name for each in sides for name in each.patches)
    pairs = {name: [each.patches[name] for each in sides if name in each.patches] for name in names}
    patches = {name: gather(values) or values[-1] for name, values in pairs.items()}
    stood = [each.around.folders[-1] if each.around.folders else HERE for each in sides]
    around = Surroundings([reduce(either, stood)], {**one.around.links, **other.around.links})
    for each in sides:
        for name, value in each.around.put.items():
            around.put[name] = either(around.put[name], value) if name in around.put else value
    return replace(NO_SESSION, patches=patches, around=around)


def _anywhere(run: Run, lost: set[str]) -> dict[str, Value]:
    """Each name with all that it may stand for, wherever the run ended; `lost` is given those that may be too much."""
    held = (run.before, run.tried or {}, run.module.names)
    names = {}
    for name in dict.fromkeys(name for each in held for name in each):
        found = [each[name] for each in held if name in each]
        if name in BUILTINS and (name not in run.before or name not in run.module.names):
            found.append(BUILTINS[name])
        value = found[0] if all(one is found[0] for one in found) else gather(found)
        if value is None:
            lost.add(name)
        else:
            names[name] = value
    return names


def _join_patches(run: Run, session: Session, lost: set[str]) -> dict[str, Value]:
    """What stands in the place of library names: what was put there, or was there before."""
    joined: dict[str, Value] = {}
    for name in {**run.patches, **session.patches}:
        before = session.patches.get(name, Symbol(name))
        value = gather([before, run.patches.get(name, Symbol(name))])
        if value is None:
            lost.add(name)
        else:
            joined[name] = value
    return joined


def _stand_anywhere(around: Surroundings, before: Surroundings) -> None:
    """After a change of folder the program stands where it stood, or in any folder that it went to."""
    entered = around.folders[len(before.folders) :]
    if entered:
        stood = before.folders[-1] if before.folders else HERE
        around.folders = [reduce(either, entered, stood)]


def _look_at(names: Mapping[str, Value], catalog: Catalog) -> tuple[Set[str], Set[str]]:
    """The modules that plain names stand for, whose doors a text must not mention; and the names that say more."""
    modules = {value.name for value in names.values() if isinstance(value, Symbol) and value.name in catalog.modules}
    guarded = {name for name, value in names.items() if not _is_plain(value, catalog)}
    return frozenset(_tops(modules)), frozenset(guarded)


def _is_plain(value: Value, catalog: Catalog) -> bool:
    if isinstance(value, Symbol):
        return value.name in catalog.modules and value.name.partition(".")[0] not in catalog.doors
    return is_inert(value)


def _tops(modules: Iterable[str]) -> set[str]:
    return {module.partition(".")[0] for module in modules}
