"""Statements: what each does to the names, and which paths go on."""

from collections.abc import Callable
from functools import partial
from typing import Final

import libcst as cst

from validator.analyse.assign import assign, current, delete
from validator.analyse.attributes import receives
from validator.analyse.below import quoted
from validator.analyse.blocks import run_match, run_try, run_with
from validator.analyse.branches import evaluate_maybe, run_paths
from validator.analyse.expressions import operate
from validator.analyse.functions import define, parameters
from validator.analyse.loops import run_for, run_while
from validator.analyse.making import class_made, define_class
from validator.analyse.names import bind, from_statement, identifier, import_statement
from validator.analyse.nested import run_code
from validator.analyse.operators import truth
from validator.analyse.run import Arguments, Run, Statement
from validator.analyse.values import NOTHING, Class, Constant, Instance, Object, Opaque, Scope, Value
from validator.model.fact import Kind

MOST_RAISED: Final = 4
IN_PLACE: Final[dict[type[cst.CSTNode], str]] = {
    cst.AddAssign: "add", cst.SubtractAssign: "sub", cst.MultiplyAssign: "mul", cst.MatrixMultiplyAssign: "matmul",
    cst.DivideAssign: "truediv", cst.FloorDivideAssign: "floordiv", cst.ModuloAssign: "mod", cst.PowerAssign: "pow",
    cst.LeftShiftAssign: "lshift", cst.RightShiftAssign: "rshift", cst.BitAndAssign: "and", cst.BitOrAssign: "or",
    cst.BitXorAssign: "xor",
}  # fmt: skip


def execute(run: Run, body: cst.BaseSuite | cst.Module) -> bool:
    """Run the statements of a body in order; False when its end is never reached."""
    goes_on = True
    dead: list[cst.CSTNode] = []
    for statement in body.body:
        parts = statement.body if type(statement) is cst.SimpleStatementLine else (statement,)
        for part in parts:
            if goes_on:
                goes_on = _one(run, part)
            else:
                dead.append(part)
    if dead:
        _run_dead(run, dead)
    return goes_on


def _run_dead(run: Run, statements: list[cst.CSTNode]) -> None:
    """Code behind a `return` is looked at all the same, but what it would change stays as it was."""
    names, branch = run.scope.names, run.branch
    run.scope.names, run.branch = dict(names), object()
    for statement in statements:
        _one(run, statement)
    run.scope.names, run.branch = names, branch


def _one(run: Run, node: cst.CSTNode) -> bool:
    run.spend()
    handler = STATEMENTS.get(type(node))
    return True if handler is None else handler(run, node)


def _expression(run: Run, node: cst.Expr) -> bool:
    run.evaluate(node.value)
    return True


def _assign(run: Run, node: cst.Assign) -> bool:
    value = run.evaluate(node.value)
    for target in node.targets:
        assign(run, target.target, value)
    return True


def _annotated(run: Run, node: cst.AnnAssign) -> bool:
    _annotation(run, node.annotation.annotation)
    if run.scope.is_class and isinstance(node.target, cst.Name):
        run.scope.fields.append(identifier(node.target.value))
    if node.value is None and not isinstance(node.target, cst.Name):
        run.resolve(node.target)
    if node.value is not None:
        assign(run, node.target, run.evaluate(node.value))
    return True


def _annotation(run: Run, node: cst.BaseExpression) -> None:
    """An annotation in quotes is code that many a library evaluates; a type in quotes does nothing."""
    run.evaluate(node)
    for part in quoted(node):
        value = run.evaluate(part)
        if isinstance(value, Constant) and isinstance(value.value, str) and "(" in value.value:
            before = len(run.events)
            run_code(run, value.value, node)
            if len(run.events) > before:
                run.record(Kind.CALL, "code.execute", "annotation", {"code": value.value}, node)


def _augmented(run: Run, node: cst.AugAssign) -> bool:
    before = current(run, node.target)
    value = run.evaluate(node.value)
    name = IN_PLACE[type(node.operator)]
    special = receives(run, before, f"__i{name}__", Arguments((value,)), node)
    if special is None:
        special = receives(run, before, f"__{name}__", Arguments((value,)), node)
    assign(run, node.target, operate(run, type(node.operator), before, value, node) if special is None else special)
    return True


def _import(run: Run, node: cst.Import) -> bool:
    import_statement(run, node)
    return True


def _import_from(run: Run, node: cst.ImportFrom) -> bool:
    from_statement(run, node)
    return True


def _break(run: Run, node: cst.Break) -> bool:
    run.breaks += 1
    return _jump(run, node)


def _jump(run: Run, node: cst.Break | cst.Continue) -> bool:
    run.jumped += 1
    run.jumps.append(dict(run.scope.names))
    return False


def _return(run: Run, node: cst.Return) -> bool:
    run.leaves += 1
    if node.value is not None:
        run.returned.append(run.evaluate(node.value))
    return False


def _raise(run: Run, node: cst.Raise) -> bool:
    run.leaves += 1
    if node.exc is not None:
        raised = run.evaluate(node.exc)
        if isinstance(raised, (Object, Instance)) and len(run.raised) < MOST_RAISED:
            run.raised.append(raised)
    if node.cause is not None and isinstance(node.cause, cst.From):
        run.evaluate(node.cause.item)
    return False


def _assert(run: Run, node: cst.Assert) -> bool:
    test = truth(run.evaluate(node.test))
    if node.msg is not None:
        evaluate_maybe(run, node.msg)
    return test is not False


def _delete(run: Run, node: cst.Del) -> bool:
    delete(run, node.target)
    return True


def _outer(run: Run, node: cst.Global | cst.Nonlocal) -> bool:
    for named in node.names:
        name = identifier(named.name.value)
        run.scope.outer[name] = run.module if isinstance(node, cst.Global) else _binding_scope(run, name)
        run.scope.names.pop(name, None)
    return True


def _binding_scope(run: Run, name: str) -> Scope:
    scope = run.scope.parent
    while scope is not None and name not in scope.names:
        scope = scope.parent
    return scope or run.module


def _if(run: Run, node: cst.If) -> bool:
    """A chain of `elif` is nested to the right and may be long, so it is walked in a loop."""
    paths: list[Callable[[], bool]] = []
    link: cst.If | cst.Else | None = node
    certain = False
    while type(link) is cst.If:
        test = truth(run.evaluate(link.test))
        paths.append(partial(run.execute, link.body))
        certain = certain or test is True
        link = link.orelse
    if type(link) is cst.Else:
        paths.append(partial(run.execute, link.body))
    return run_paths(run, paths, may_skip=link is None and not certain)


def _function(run: Run, node: cst.FunctionDef) -> bool:
    for annotation in (node.returns, *(parameter.annotation for parameter in parameters(node.params))):
        if annotation is not None:
            _annotation(run, annotation.annotation)
    _type_parameters(run, node.type_parameters)
    owner = run.classes[-1] if run.classes and run.scope is run.classes[-1].scope else None
    _bind_decorated(run, identifier(node.name.value), define(run, node, owner), node)
    return True


def _type_parameters(run: Run, given: cst.TypeParameters | None) -> None:
    """Bounds and defaults of type parameters are expressions."""
    for parameter in () if given is None else given.params:
        if isinstance(parameter.param, cst.TypeVar) and parameter.param.bound is not None:
            run.evaluate(parameter.param.bound)
        if parameter.default is not None:
            run.evaluate(parameter.default)


def _class(run: Run, node: cst.ClassDef) -> bool:
    _type_parameters(run, node.type_parameters)
    made = define_class(run, node)
    _bind_decorated(run, made.name, class_made(run, made, node), node)
    _announce(run, made, node)
    return True


def _announce(run: Run, made: Class, node: cst.ClassDef) -> None:
    """Making a class calls hooks of its attributes and bases."""
    for held in list(made.scope.names.values()):
        receives(run, held, "__set_name__", Arguments((made, NOTHING)), node)


def _bind_decorated(run: Run, name: str, value: Value, node: cst.FunctionDef | cst.ClassDef) -> None:
    for decorator in reversed(node.decorators):
        callee = run.resolve(decorator.decorator)
        made = run.call(callee, Arguments((value,)), decorator)
        value = (
            value if isinstance(made, Opaque) else made
        )  # a decorator that nobody described most often gives it back
    bind(run, name, value)


def _for(run: Run, node: cst.For) -> bool:
    return run_for(run, node)


def _while(run: Run, node: cst.While) -> bool:
    return run_while(run, node)


def _type_alias(run: Run, node: cst.TypeAlias) -> bool:
    _type_parameters(run, node.type_parameters)
    bind(run, identifier(node.name.value), run.evaluate(node.value))
    return True


STATEMENTS: Final[dict[type[cst.CSTNode], Statement]] = {
    cst.Expr: _expression,
    cst.Assign: _assign,
    cst.AnnAssign: _annotated,
    cst.AugAssign: _augmented,
    cst.Import: _import,
    cst.LazyImport: _import,
    cst.ImportFrom: _import_from,
    cst.LazyImportFrom: _import_from,
    cst.Break: _break,
    cst.Continue: _jump,
    cst.Return: _return,
    cst.Raise: _raise,
    cst.Assert: _assert,
    cst.Del: _delete,
    cst.Global: _outer,
    cst.Nonlocal: _outer,
    cst.If: _if,
    cst.Try: run_try,
    cst.TryStar: run_try,
    cst.With: run_with,
    cst.Match: run_match,
    cst.FunctionDef: _function,
    cst.ClassDef: _class,
    cst.For: _for,
    cst.While: _while,
    cst.TypeAlias: _type_alias,
}
