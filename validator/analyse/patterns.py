"""Structural pattern matching: a class pattern reads attributes, so `case object(system=f)` is `f = subject.system`."""

import libcst as cst

from validator.analyse.attributes import attribute, receives
from validator.analyse.containers import item, iterate
from validator.analyse.joins import opaque
from validator.analyse.names import bind, identifier
from validator.analyse.run import Arguments, Run
from validator.analyse.values import Sequence, Symbol, Value


def match_pattern(run: Run, pattern: cst.MatchPattern, subject: Value) -> None:
    """Bind the names of a pattern to what they take from the subject."""
    run.spend()
    match pattern:
        case cst.MatchAs():
            if pattern.pattern is not None:
                match_pattern(run, pattern.pattern, subject)
            if pattern.name is not None:
                _bind(run, pattern.name, subject)
        case cst.MatchOr():
            for alternative in pattern.patterns:
                match_pattern(run, alternative.pattern, subject)
        case cst.MatchValue():
            run.evaluate(pattern.value)
        case cst.MatchClass():
            _match_class(run, pattern, subject)
        case cst.MatchMapping():
            for element in pattern.elements:
                key = run.evaluate(element.key)
                called = receives(run, subject, "__getitem__", Arguments((key,)), pattern)
                match_pattern(run, element.pattern, item(run, subject, key, pattern) if called is None else called)
            if pattern.rest is not None:
                _bind(run, pattern.rest, opaque(subject))
        case cst.MatchList() | cst.MatchTuple():
            _match_sequence(run, pattern, subject)
        case _:
            pass


def _match_class(run: Run, pattern: cst.MatchClass, subject: Value) -> None:
    run.evaluate(pattern.cls)
    for element in pattern.patterns:
        match_pattern(run, element.value, subject)
    for keyword in pattern.kwds:
        name = identifier(keyword.key.value)
        value = attribute(run, subject, name, keyword)
        if isinstance(value, Symbol):
            run.mention(value, keyword)
        match_pattern(run, keyword.pattern, value)


def _match_sequence(run: Run, pattern: cst.MatchList | cst.MatchTuple, subject: Value) -> None:
    items, rest = iterate(subject)
    known = items is not None and len(items) == len(pattern.patterns)
    for index, element in enumerate(pattern.patterns):
        if isinstance(element, cst.MatchStar):
            if element.name is not None:
                _bind(run, element.name, Sequence("list", [], rest))
        elif isinstance(element, cst.MatchSequenceElement):
            match_pattern(run, element.value, items[index] if known and items is not None else rest)


def _bind(run: Run, name: cst.Name, value: Value) -> None:
    bind(run, identifier(name.value), value)
