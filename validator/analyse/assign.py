"""Giving values to targets: names, attributes, subscripts, and all shapes of unpacking."""

import libcst as cst

from validator.analyse.attributes import receives
from validator.analyse.containers import forget_item, forget_name, iterate, store_item
from validator.analyse.joins import dull, known, opaque
from validator.analyse.names import bind, identifier
from validator.analyse.reflection import set_attribute
from validator.analyse.run import NO_ARGUMENTS, Arguments, Run
from validator.analyse.values import NOTHING, Constant, Instance, Sequence, Symbol, Text, Value
from validator.model.fact import Kind


def assign(run: Run, target: cst.CSTNode, value: Value) -> None:
    """`target = value` for every shape of target."""
    match target:
        case cst.Name():
            bind(run, identifier(target.value), value)
        case cst.Attribute():
            set_attribute(run, run.resolve(target.value), identifier(target.attr.value), value, target)
        case cst.Subscript():
            _assign_item(run, target, value)
        case cst.Tuple() | cst.List():
            _unpack(run, target, value)
        case cst.StarredElement() | cst.Element():
            assign(run, target.value, value)
        case _:
            pass


def _assign_item(run: Run, target: cst.Subscript, value: Value) -> None:
    owner = run.resolve(target.value)
    key = _plain_key(run, target)
    if receives(run, owner, "__setitem__", Arguments((key, value)), target) is None:
        if isinstance(owner, Instance) and owner.type == "modules":
            _replace_module(run, key, value, target)
        if isinstance(owner, (Constant, Text)) and isinstance(target.value, cst.Name):
            bind(run, identifier(target.value.value), opaque(owner, value))  # bytes that were changed in place
        if any(isinstance(element.slice, cst.Slice) for element in target.slice):
            forget_item(owner)
        if isinstance(owner, Symbol) and isinstance(key, Constant) and isinstance(key.value, str):
            set_attribute(run, owner, key.value, value, target)  # `__builtins__["open"] = ...`
        store_item(run, owner, key, value)
        if not dull(value):
            run.version += 1


def _replace_module(run: Run, key: Value, value: Value, node: cst.CSTNode) -> None:
    """`sys.modules[name] = value`: later imports of the name get something else."""
    if isinstance(key, Constant) and isinstance(key.value, str):
        run.patches[key.value] = value
    run.record(Kind.CALL, "introspect.hook", "sys.modules", {"module": known(key)}, node)


def _plain_key(run: Run, target: cst.Subscript) -> Value:
    for element in target.slice:
        if isinstance(element.slice, cst.Slice):
            for bound in (element.slice.lower, element.slice.upper, element.slice.step):
                if bound is not None:
                    run.evaluate(bound)
    keys = [run.evaluate(element.slice.value) for element in target.slice if isinstance(element.slice, cst.Index)]
    return keys[0] if len(keys) == 1 and len(target.slice) == 1 else NOTHING


def _unpack(run: Run, target: cst.Tuple | cst.List, value: Value) -> None:
    items, rest = iterate(value)
    elements = target.elements
    star = next((index for index, element in enumerate(elements) if type(element) is cst.StarredElement), None)
    if items is None or (star is None and len(items) != len(elements)) or len(items) < len(elements) - 1:
        for element in elements:
            starred = isinstance(element, cst.StarredElement)
            assign(run, element.value, Sequence("list", [], rest) if starred else rest)
        return
    if star is None:
        for element, one in zip(elements, items, strict=True):
            assign(run, element.value, one)
        return
    after = len(elements) - star - 1
    for element, one in zip(elements[:star], items, strict=False):
        assign(run, element.value, one)
    middle = items[star : len(items) - after]
    assign(run, elements[star].value, Sequence("list", list(middle), None, run.branch))
    for element, one in zip(elements[star + 1 :], items[len(items) - after :], strict=True):
        assign(run, element.value, one)


def current(run: Run, target: cst.BaseExpression) -> Value:
    """What a target holds before an augmented assignment."""
    return run.resolve(target)


def delete(run: Run, target: cst.CSTNode) -> None:
    """`del target`: a name is forgotten, an item or attribute is deleted by its owner's method."""
    match target:
        case cst.Name():
            name = identifier(target.value)
            held = run.scope.outer.get(name, run.scope).names.pop(name, None)
            if held is not None:
                receives(run, held, "__del__", NO_ARGUMENTS, target)
        case cst.Attribute():
            owner = run.resolve(target.value)
            if isinstance(owner, Symbol):
                set_attribute(run, owner, identifier(target.attr.value), NOTHING, target)
            else:
                receives(run, owner, "__delattr__", Arguments((Constant(target.attr.value),)), target)
        case cst.Subscript():
            holder, key = run.resolve(target.value), _plain_key(run, target)
            receives(run, holder, "__delitem__", Arguments((key,)), target)
            forget_item(holder)
            forget_name(run, holder, key)
        case cst.Tuple() | cst.List():
            for element in target.elements:
                delete(run, element.value)
        case _:
            pass
