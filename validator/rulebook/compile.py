"""A checked rule file in, a rule ready to match out."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from validator.model.fact import Kind
from validator.model.finding import Confidence, Severity
from validator.rulebook.asks import Ask
from validator.rulebook.rule import (
    Combination,
    Condition,
    Example,
    Guard,
    Leaf,
    Listing,
    Predicate,
    Rule,
    Status,
    ValueTest,
)
from validator.rulebook.schema import (
    IMPORTS,
    ConditionSection,
    ExampleSection,
    GuardSection,
    ProfileSection,
    RuleSection,
    TestSection,
)


def compile_rule(identifier: str, pack: str, section: RuleSection) -> Rule:
    """Turn a rule file into a rule; nothing is left to go wrong here."""
    return Rule(
        id=identifier,
        pack=pack,
        name=section.name,
        version=section.version,
        status=Status(section.status),
        capability=section.capability,
        severity=Severity(section.severity),
        confidence=Confidence(section.confidence),
        weight=section.weight,
        attack=tuple(section.attack),
        message=section.message,
        why=section.why.strip(),
        misses=section.misses.strip(),
        false_alarms=section.false_alarms.strip(),
        remedy=section.remedy.strip(),
        match=_condition(section.match),
        bad=_examples(section.examples.bad),
        good=_examples(section.examples.good),
    )


def compile_listing(section: ProfileSection) -> Listing | None:
    """What a profile lets pass, if it has such a list; a module that it names may be one nobody has described."""
    if section.unlisted is None or section.listed is None:
        return None
    leaves = [_leaf(entry, ()) for entry in section.listed]
    every = tuple(sorted(IMPORTS))
    return Listing(
        section.unlisted,
        tuple(
            replace(leaf, capabilities=every) if leaf.kind is Kind.IMPORT and leaf.guard.names else leaf
            for leaf in leaves
        ),
    )


def _examples(sections: list[ExampleSection]) -> tuple[Example, ...]:
    return tuple(
        Example(section.code, {str(name): most for name, most in section.limits.items()}) for section in sections
    )


def _condition(section: ConditionSection) -> Condition:
    unless = tuple(_guard(guard) for guard in section.unless)
    members = section.all or section.any
    if members:
        return Combination(section.all is not None, tuple(_condition(member) for member in members), unless)
    return _leaf(section, unless)


def _leaf(section: ConditionSection, unless: tuple[Guard, ...]) -> Leaf:
    names = _names(section.name or ())
    where = _where(section.where)
    if section.import_:
        modules = tuple(module for module in section.import_ if module not in IMPORTS)
        capabilities = tuple(module for module in section.import_ if module in IMPORTS)
        return Leaf(Kind.IMPORT, capabilities or ("import",), Guard(_names(modules)), unless)
    if section.string:
        said = ("value", tuple(_test(test) for test in section.string))
        return Leaf(Kind.STRING, ("",), Guard(names, (said, *where)), unless)
    if section.flow:
        ends = (("from", _covered(section.flow.source)), ("to", _covered(section.flow.sink)))
        return Leaf(Kind.FLOW, ("flow",), Guard(names, (*ends, *where)), unless)
    kinds = (
        (Kind.CALL, section.call),
        (Kind.MENTION, section.mention),
        (Kind.UNRESOLVED, section.unresolved),
        (Kind.UNREADABLE, section.unreadable),
    )
    kind, given = next((kind, given) for kind, given in kinds if given)
    return Leaf(kind, tuple(given), Guard(names, where), unless)


def _guard(section: GuardSection) -> Guard:
    return Guard(_names(section.name or ()), _where(section.where))


def _names(patterns: Sequence[str]) -> Ask | None:
    return Ask("named", tuple(patterns)) if patterns else None


def _where(where: Mapping[str, list[TestSection]]) -> tuple[tuple[str, tuple[ValueTest, ...]], ...]:
    return tuple((role, tuple(_test(test) for test in tests)) for role, tests in where.items())


def _test(section: TestSection) -> ValueTest:
    predicates: list[Predicate] = []
    if section.equals:
        predicates.append(Ask("one_of", tuple(section.equals)))
    if section.in_:
        predicates.append(Ask("one_of", tuple(section.in_)))
    if section.matches:
        predicates.append(Ask("matches", tuple(section.matches)))
    if section.under:
        predicates.append(Ask("under", tuple(section.under)))
    if section.host:
        predicates.append(Ask("host", tuple(section.host)))
    return ValueTest(tuple(predicates), section.known)


def _covered(capabilities: list[str]) -> tuple[ValueTest, ...]:
    return (ValueTest((Ask("covered", tuple(capabilities)),)),)
