"""An argument in, facts out: the door of this room."""

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, replace

import libcst as cst

from validator.analyse.interpret import interpret
from validator.analyse.locate import locate, span_of
from validator.analyse.parse import Parsed, look, parse
from validator.analyse.prose import has_prose, without_prose
from validator.analyse.run import Event, Run
from validator.analyse.screen import NO_WORDS, find_imports, names_no_door, plain_text, words_of
from validator.analyse.session import NO_SESSION, Session, forget, suspend, wait
from validator.analyse.shell.observe import observe as observe_command
from validator.analyse.text import decode
from validator.model.argument import Argument, Language
from validator.model.catalog import Catalog
from validator.model.fact import Fact, Span
from validator.model.limits import DEFAULT_LIMITS, Limits


@dataclass(frozen=True, slots=True)
class _Screened:
    """What the screen found in a text, and the part of the text whose words count."""

    facts: tuple[Fact, ...]
    text: str
    plain: str

    @property
    def words(self) -> Set[str]:
        """The words that later arguments are held against."""
        return words_of(plain_text(self.plain))


def observe(argument: Argument, catalog: Catalog, limits: Limits = DEFAULT_LIMITS) -> tuple[Fact, ...]:
    """Everything the argument would do, in the order of the source; what cannot be read is a fact too."""
    screened = _screened(argument, catalog, limits, NO_SESSION)
    if screened is not None:
        return screened.facts
    if argument.language is Language.SHELL:
        return _observe_shell(argument, catalog, limits)
    parsed = parse(argument, limits)
    return _look(parsed, catalog, limits, None)[0] if isinstance(parsed, Parsed) else parsed


def observe_next(
    argument: Argument, catalog: Catalog, limits: Limits, session: Session
) -> tuple[tuple[Fact, ...], Session]:
    """The same for an argument of a session, and the session as it may be if the argument runs, to its end or not."""
    if argument.language is Language.SHELL:
        return _observe_shell(argument, catalog, limits), session
    screened = _screened(argument, catalog, limits, session)
    if screened is not None:
        return screened.facts, wait(session, screened.text, screened.words)
    parsed = parse(argument, limits)
    if not isinstance(parsed, Parsed):
        return parsed, forget()
    session = _walked(session, catalog, limits)
    facts, run = _look(parsed, catalog, limits, session)
    return facts, suspend(run, session, parsed.text)


def _screened(argument: Argument, catalog: Catalog, limits: Limits, session: Session) -> _Screened | None:
    """What a quick look tells, if that is all; None for what needs a deeper one."""
    if catalog.words is None or argument.language is not Language.PYTHON:
        return None
    text = decode(argument.content, limits)
    if isinstance(text, Fact) or not session.may_be_screened(text):
        return None
    doors, earlier, guarded = catalog.words, session.words, session.guarded
    quiet, plain = names_no_door(text, doors, earlier, guarded), text
    if not quiet and not has_prose(text):
        return None
    tree = look(text, limits)
    if tree is None:
        return None
    if not quiet:
        plain = without_prose(text, tree)
        if not names_no_door(plain, doors, earlier, guarded):
            return None
    facts = find_imports(tree, text, catalog)
    return None if facts is None else _Screened(facts, text, plain)


def _walked(session: Session, catalog: Catalog, limits: Limits) -> Session:
    """The session with the arguments walked that the screen had answered."""
    waiting = session.waiting
    session = replace(session, waiting=(), words=NO_WORDS) if waiting else session
    for text in waiting:
        parsed = parse(Argument(text), limits)
        if not isinstance(parsed, Parsed):
            return forget()
        run = interpret(parsed.module, parsed.text, catalog, limits, session)
        session = suspend(run, replace(session, size=session.size - len(text)), text)
    return session


def _look(parsed: Parsed, catalog: Catalog, limits: Limits, session: Session | None) -> tuple[tuple[Fact, ...], Run]:
    run = interpret(parsed.module, parsed.text, catalog, limits, session)
    events = run.events.values()
    spans = locate(parsed.module, parsed.text, _nodes(events))
    return (*parsed.facts, *_facts(events, spans)), run


def _nodes(events: Iterable[Event]) -> Iterator[cst.CSTNode]:
    for event in events:
        yield event.node
        if event.origin is not None and event.origin.node is not None:
            yield event.origin.node


def _origin(event: Event, spans: dict[int, Span]) -> Span | None:
    """Where the data of a flow was read, if it is one."""
    origin = event.origin
    return None if origin is None or origin.node is None else span_of(spans, origin.node)


def _fact(event: Event, spans: dict[int, Span]) -> Fact:
    """The event as a fact; its steps tell how it came about: through code in a string, or from where data was read."""
    steps, origin = event.steps, _origin(event, spans)
    if event.origin is not None and origin is not None:
        steps = (f"{event.origin.name} in line {origin.line}", *steps, event.name.rpartition(" ")[2])
    return Fact(event.kind, event.capability, event.name, event.roles, span_of(spans, event.node), steps, origin)


def _facts(events: Iterable[Event], spans: dict[int, Span]) -> list[Fact]:
    return sorted((_fact(event, spans) for event in events), key=lambda fact: fact.span)


def _observe_shell(argument: Argument, catalog: Catalog, limits: Limits) -> tuple[Fact, ...]:
    content = argument.content
    command = content if isinstance(content, str) else content.decode("utf-8", "replace")
    return tuple(
        Fact(use.kind, use.capability, use.name, use.roles) for use in observe_command(command, catalog, limits)
    )
