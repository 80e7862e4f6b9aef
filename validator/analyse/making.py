"""Making a class of the argument's own, and what its bases and its metaclass may put in its place."""

from collections.abc import Iterable

import libcst as cst

from validator.analyse.attributes import receives
from validator.analyse.classes import METACLASS, in_class, powerful
from validator.analyse.names import identifier
from validator.analyse.run import Arguments, Run
from validator.analyse.values import NOTHING, Applied, Class, Constant, Function, Namespace, Scope, Sequence, Value


def define_class(run: Run, node: cst.ClassDef) -> Class:
    """Run a class body in its own scope and give the class."""
    bases = tuple(base for argument in node.bases for base in _bases(run, run.evaluate(argument.value), node))
    scope = Scope({}, run.scope, is_class=True)
    made = Class(identifier(node.name.value), bases, scope)
    keywords = {each.keyword.value: run.evaluate(each.value) for each in node.keywords if each.keyword is not None}
    outside, tried = run.scope, run.tried
    run.scope, run.tried = scope, None  # what a `try` around the class may leave behind are no names of the class
    run.classes.append(made)
    try:
        run.execute(node.body)
    finally:
        run.scope, run.tried = outside, tried
        run.classes.pop()
    if "metaclass" in keywords:
        scope.names[METACLASS] = keywords["metaclass"]
    return made


def _bases(run: Run, base: Value, node: cst.ClassDef) -> Iterable[Value]:
    """A base, or those that it names instead of itself."""
    named = receives(run, base, "__mro_entries__", Arguments((NOTHING,)), node)
    return named.items if isinstance(named, Sequence) else (base,)


def class_made(run: Run, made: Class, node: cst.ClassDef) -> Value:
    """What the name of a class stands for: what its metaclass gives, if that can do something, else the class."""
    maker = metaclass = in_class(run, made, METACLASS)
    given: tuple[Value, ...] = (Constant(made.name), Sequence("tuple", list(made.bases)), Namespace(made))
    if isinstance(metaclass, Class):
        maker, given = in_class(run, metaclass, "__new__"), (metaclass, *given)
    if not isinstance(maker, (Function, Applied)):
        return made
    found = run.call(maker, Arguments(given), node)
    return found if powerful(found) else made
