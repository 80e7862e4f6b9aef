"""Expressions: what each node type evaluates to."""

from collections.abc import Iterable
from typing import Final

import libcst as cst

from validator.analyse.assign import assign
from validator.analyse.attributes import attribute, read, receives
from validator.analyse.branches import evaluate_maybe
from validator.analyse.comprehensions import COMPREHENSIONS
from validator.analyse.concrete import NotConcreteError, abstract, concrete
from validator.analyse.containers import item, iterate, what_it_returns
from validator.analyse.displays import DISPLAYS
from validator.analyse.fold import FAILURES
from validator.analyse.formats import read_percent
from validator.analyse.functions import define
from validator.analyse.joins import either, opaque, origins
from validator.analyse.names import identifier, look_up
from validator.analyse.operators import GET_ITEM, binary, compare, truth, unary
from validator.analyse.pure import VALUES
from validator.analyse.resources import weigh_operation
from validator.analyse.run import NO_ARGUMENTS, Arguments, Expression, Run
from validator.analyse.values import (
    NOTHING,
    Constant,
    Instance,
    Namespace,
    Object,
    Sequence,
    Symbol,
    Table,
    Text,
    Value,
)
from validator.model.fact import NO_ROLES, Kind

SPECIAL: Final[dict[type[cst.CSTNode], str]] = {
    cst.Add: "__add__", cst.Subtract: "__sub__", cst.Multiply: "__mul__", cst.Divide: "__truediv__",
    cst.FloorDivide: "__floordiv__", cst.Modulo: "__mod__", cst.Power: "__pow__", cst.MatrixMultiply: "__matmul__",
    cst.BitAnd: "__and__", cst.BitOr: "__or__", cst.BitXor: "__xor__", cst.LeftShift: "__lshift__",
    cst.RightShift: "__rshift__",
}  # fmt: skip


def _name(run: Run, node: cst.Name) -> Value:
    name = identifier(node.value)
    value = look_up(run, name)
    if type(value) is Symbol and run.catalog.is_read(value.name):
        return read(run, value.name)
    if value is NOTHING and not run.complete and name not in run.scope.names:
        run.record(Kind.UNRESOLVED, "unresolved.name", name, NO_ROLES, node)
    return value


def _attribute(run: Run, node: cst.Attribute) -> Value:
    value = attribute(run, run.resolve(node.value), identifier(node.attr.value), node)
    if type(value) is Symbol and value.name in VALUES:
        return Constant(VALUES[value.name])
    return value


def _call(run: Run, node: cst.Call) -> Value:
    callee = run.resolve(node.func)
    if not node.args:
        return run.call(callee, NO_ARGUMENTS, node)
    return run.call(callee, arguments_of(run, node.args, followed=_looks_into(run, callee)), node)


def _looks_into(run: Run, callee: Value) -> bool:
    """Whether a call does no more with a module than `getattr` or `vars`, which the analyser does itself."""
    entry = run.catalog.entries.get(callee.name) if isinstance(callee, Symbol) else None
    return entry is not None and entry.signature.returns in ("!attribute", "!namespace")


def arguments_of(run: Run, args: Iterable[cst.Arg], *, followed: bool = False) -> Arguments:
    """The arguments of a call; `*x` and `**x` are spread where their items are known."""
    positional: list[Value] = []
    keywords: dict[str, Value] = {}
    open_ended = more_names = False
    for arg in args:
        value = run.evaluate_argument(arg.value) if followed else run.evaluate(arg.value)
        if arg.star == "*":
            items, rest = iterate(value)
            positional.extend(items if items is not None else ())
            if items is None:
                open_ended = True
                if rest is not NOTHING:
                    positional.append(rest)
        elif arg.star == "**":
            if isinstance(value, Namespace):
                run.mention(value.owner, arg)  # `f(**vars(os))`: every name of the module is handed on
            if isinstance(value, Table):
                keywords.update((key, held) for key, held in value.items.items() if isinstance(key, str))
            more_names = more_names or not isinstance(value, Table) or value.rest is not None
        elif arg.keyword is not None:
            keywords[identifier(arg.keyword.value)] = value
        else:
            positional.append(value)
    return Arguments(tuple(positional), keywords, open_ended or more_names, not more_names)


def _subscript(run: Run, node: cst.Subscript) -> Value:
    value = run.resolve(node.value)
    key = _key(run, node)
    return subscript(run, value, key, node)


def _key(run: Run, node: cst.Subscript) -> Value | slice:
    keys: list[Value] = []
    for element in node.slice:
        inner = element.slice
        if type(inner) is cst.Slice:
            bounds = [
                run.evaluate(bound) if bound is not None else None for bound in (inner.lower, inner.upper, inner.step)
            ]
            if len(node.slice) == 1:
                return slice(*bounds)
            keys.append(opaque(*(bound for bound in bounds if bound is not None)))
        elif type(inner) is cst.Index:
            keys.append(run.evaluate(inner.value))
    return keys[0] if len(keys) == 1 else Sequence("tuple", keys)


def subscript(run: Run, value: Value, key: Value | slice, node: cst.CSTNode) -> Value:
    """`value[key]`, by the value's own method if it has one."""
    if isinstance(key, slice):
        return _sliced(run, value, key)
    called = receives(run, value, "__getitem__", Arguments((key,)), node)
    if called is not None:
        return called
    if isinstance(value, Symbol) and value.name == "builtins":
        value = Namespace(value)
    if isinstance(value, (Constant, Sequence)) and isinstance(key, Constant):
        run.made += 1
    if isinstance(value, Constant) and isinstance(key, Constant):
        try:
            return abstract(run, GET_ITEM(value.value, key.value), origins(value, key))
        except FAILURES:
            return NOTHING
    if isinstance(value, Text):
        return Text((None,), origins(value))
    return item(run, value, key, node)


def _sliced(run: Run, value: Value, key: slice) -> Value:
    if isinstance(value, (Constant, Sequence)) and not (isinstance(value, Sequence) and value.rest is not None):
        try:
            bounds = [None if bound is None else _index(run, bound) for bound in (key.start, key.stop, key.step)]
            if isinstance(value, Sequence):
                return Sequence(value.kind, value.items[slice(*bounds)], None, run.branch)
            return abstract(run, GET_ITEM(value.value, slice(*bounds)), value.sources)
        except FAILURES:
            return opaque(value)
    return value if isinstance(value, (Sequence, Instance)) else opaque(value)


def _index(run: Run, bound: Value) -> int:
    found = concrete(run, bound)
    if not isinstance(found, int):
        raise NotConcreteError
    return found


def _binary(run: Run, node: cst.BinaryOperation) -> Value:
    """Chains lean to the left and may be long, so they are walked in a loop."""
    chain: list[cst.BinaryOperation] = []
    first: cst.BaseExpression = node
    while type(first) is cst.BinaryOperation:
        chain.append(first)
        first = first.left
    left = run.evaluate(first)
    for link in reversed(chain):
        right = run.evaluate(link.right)
        run.spend()
        left = operate(run, type(link.operator), left, right, link)
    return left


def operate(run: Run, kind: type[cst.CSTNode], left: Value, right: Value, node: cst.CSTNode) -> Value:
    """`left op right`, by the left or right value's own method if it has one."""
    if run.measures:
        weigh_operation(run, kind, left, right, node)
    if isinstance(right, Namespace) and kind is cst.Modulo:
        read_percent(run, left, right, node)
    if isinstance(left, (Object, Instance)) or isinstance(right, Object):
        name = SPECIAL.get(kind)
        if name is not None:
            found = receives(run, left, name, Arguments((right,)), node)
            if found is None and isinstance(right, Object):
                found = receives(run, right, f"__r{name[2:]}", Arguments((left,)), node)
            if found is not None:
                return found
    return binary(run, kind, left, right)


def _boolean(run: Run, node: cst.BooleanOperation) -> Value:
    chain: list[cst.BaseExpression] = []
    first: cst.BaseExpression = node
    while isinstance(first, cst.BooleanOperation):
        chain.append(first.right)
        first = first.left
    found = run.evaluate(first)
    for right in reversed(chain):
        found = either(found, evaluate_maybe(run, right))
    return found


def _comparison(run: Run, node: cst.Comparison) -> Value:
    left = run.evaluate(node.left)
    found: Value = NOTHING
    for target in node.comparisons:
        right = (
            run.evaluate(target.comparator) if target is node.comparisons[0] else evaluate_maybe(run, target.comparator)
        )
        found = compare(run, type(target.operator), left, right)
        if isinstance(left, Object):
            receives(run, left, "__eq__", Arguments((right,)), node)
        left = right
    return found if len(node.comparisons) == 1 else NOTHING


def _unary(run: Run, node: cst.UnaryOperation) -> Value:
    value = run.evaluate(node.expression)
    if isinstance(value, Object):
        name = {cst.Minus: "__neg__", cst.Plus: "__pos__", cst.BitInvert: "__invert__", cst.Not: "__bool__"}
        found = receives(run, value, name[type(node.operator)], NO_ARGUMENTS, node)
        if found is not None:
            return found
    return unary(type(node.operator), value)


def _conditional(run: Run, node: cst.IfExp) -> Value:
    test = truth(run.evaluate(node.test))
    one, other = evaluate_maybe(run, node.body), evaluate_maybe(run, node.orelse)
    if test is None:
        return either(one, other)
    return one if test else other


def _lambda(run: Run, node: cst.Lambda) -> Value:
    return define(run, node)


def _walrus(run: Run, node: cst.NamedExpr) -> Value:
    value = run.evaluate(node.value)
    inner = run.scope
    while run.scope.is_comprehension and run.scope.parent is not None:
        run.scope = run.scope.parent
    if run.scope is not inner and isinstance(node.target, cst.Name):
        value = either(look_up(run, identifier(node.target.value)), value)  # the comprehension may see no item
    assign(run, node.target, value)
    run.scope = inner
    return value


def _await(run: Run, node: cst.Await) -> Value:
    run.leaves += 1
    value = run.evaluate(node.expression)
    found = receives(run, value, "__await__", NO_ARGUMENTS, node)
    return value if found is None else found


def _yield(run: Run, node: cst.Yield) -> Value:
    """What a generator yields is what iterating its result gives."""
    run.leaves += 1
    if run.stack:
        run.around.generators[id(run.stack[-1][0].node)] = run.stack[-1]
    if not isinstance(node.value, cst.From):
        run.returned.append(Sequence("iterator", [], NOTHING if node.value is None else run.evaluate(node.value)))
        return run.around.sent
    inner = run.evaluate(node.value.item)
    run.returned.append(Sequence("iterator", [], iterate(inner)[1]))
    return what_it_returns(inner)


EXPRESSIONS: Final[dict[type[cst.CSTNode], Expression]] = {
    cst.Name: _name,
    cst.Attribute: _attribute,
    cst.Call: _call,
    cst.Subscript: _subscript,
    cst.BinaryOperation: _binary,
    cst.BooleanOperation: _boolean,
    cst.Comparison: _comparison,
    cst.UnaryOperation: _unary,
    cst.IfExp: _conditional,
    cst.Lambda: _lambda,
    cst.NamedExpr: _walrus,
    cst.Await: _await,
    cst.Yield: _yield,
    **DISPLAYS,
    **COMPREHENSIONS,
}
