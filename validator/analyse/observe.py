"""An argument in, facts out: the door of this room."""

from collections.abc import Iterable, Iterator

import libcst as cst

from validator.analyse.interpret import interpret
from validator.analyse.locate import locate, span_of
from validator.analyse.parse import Parsed, look, parse
from validator.analyse.prose import has_prose, without_prose
from validator.analyse.run import Event
from validator.analyse.screen import find_imports, names_no_door
from validator.analyse.session import NO_SESSION, Session, forget, suspend
from validator.analyse.shell.observe import observe as observe_command
from validator.analyse.text import decode
from validator.model.argument import Argument, Language
from validator.model.catalog import Catalog, Doors
from validator.model.fact import Fact, Span
from validator.model.limits import DEFAULT_LIMITS, Limits


def observe(argument: Argument, catalog: Catalog, limits: Limits = DEFAULT_LIMITS) -> tuple[Fact, ...]:
    """Everything the argument would do, in the order of the source; what cannot be read is a fact too."""
    if catalog.words is not None and argument.language is Language.PYTHON:
        found = _screened(argument, catalog, limits, catalog.words)
        if found is not None:
            return found
    return observe_next(argument, catalog, limits, NO_SESSION)[0]


def _screened(argument: Argument, catalog: Catalog, limits: Limits, doors: Doors) -> tuple[Fact, ...] | None:
    text = decode(argument.content, limits)
    if isinstance(text, Fact):
        return None
    quiet = names_no_door(text, doors)
    if not quiet and not has_prose(text):
        return None
    tree = look(text, limits)
    if tree is None or not (quiet or names_no_door(without_prose(text, tree), doors)):
        return None
    return find_imports(tree, text, catalog)


def observe_next(
    argument: Argument, catalog: Catalog, limits: Limits, session: Session
) -> tuple[tuple[Fact, ...], Session]:
    """The same for an argument of a session, and the session as it is if the argument runs."""
    if argument.language is Language.SHELL:
        return _observe_shell(argument, catalog, limits), session
    parsed = parse(argument, limits)
    if not isinstance(parsed, Parsed):
        return parsed, forget()
    run = interpret(parsed.module, parsed.text, catalog, limits, session)
    events = run.events.values()
    spans = locate(parsed.module, parsed.text, _nodes(events))
    return (*parsed.facts, *_facts(events, spans)), suspend(run, session, parsed.text)


def _nodes(events: Iterable[Event]) -> Iterator[cst.CSTNode]:
    for event in events:
        yield event.node
        if event.origin is not None and event.origin.node is not None:
            yield event.origin.node


def _steps(event: Event, spans: dict[int, Span]) -> tuple[str, ...]:
    """How the fact came about: through code in a string, or from where its data was read."""
    origin = event.origin
    if origin is None or origin.node is None:
        return event.steps
    return (f"{origin.name} in line {span_of(spans, origin.node).line}", *event.steps, event.name.rpartition(" ")[2])


def _facts(events: Iterable[Event], spans: dict[int, Span]) -> list[Fact]:
    found = [
        Fact(event.kind, event.capability, event.name, event.roles, span_of(spans, event.node), _steps(event, spans))
        for event in events
    ]
    return sorted(found, key=lambda fact: fact.span)


def _observe_shell(argument: Argument, catalog: Catalog, limits: Limits) -> tuple[Fact, ...]:
    content = argument.content
    command = content if isinstance(content, str) else content.decode("utf-8", "replace")
    return tuple(
        Fact(use.kind, use.capability, use.name, use.roles) for use in observe_command(command, catalog, limits)
    )
