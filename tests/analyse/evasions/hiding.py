"""The rows that hide which function is meant: roads to a module, its members, places to hold it, ways to call it."""

from tests.analyse.evasions.recipe import Deed, Piece, Powers, Step, Technique, power

REEXPORTS = {"os": "shutil.os", "builtins": "codecs.builtins", "subprocess": "webbrowser.subprocess"}
WIDE = {letter: chr(ord(letter) + 0xFEE0) for letter in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"}


def _below(top: str, module: str) -> str:
    """`__import__("a.b")` gives `a`."""
    return top + "".join(f".{word}" for word in module.split(".")[1:])


def _imported(module: str) -> str:
    return "" if module in ("os", "builtins") else f"import {module}\n"


def _alias(module: str) -> Piece:
    return Piece(f"import {module} as _o\n", "_o")


def _module_held(module: str) -> Piece:
    return Piece(f"import {module}\nm = {module}\n", "m")


def _import_function(module: str) -> Piece:
    return Piece("", _below(f'__import__("{module}")', module))


def _import_joined(module: str) -> Piece:
    return Piece("", _below(f'__import__("{module[:1]}" + "{module[1:]}")', module))


def _import_reversed(module: str) -> Piece:
    return Piece("", _below(f'__import__("{module[::-1]}"[::-1])', module))


def _import_library(module: str) -> Piece:
    return Piece("import importlib\n", f'importlib.import_module("{module}")')


def _import_formatted(module: str) -> Piece:
    before = f'from importlib import import_module as im\nn = "{module[:1]}"\n'
    return Piece(before, f'im(f"{{n}}{module[1:]}")')


def _builtins_by_name(module: str) -> Piece:
    return Piece("", _below(f'__builtins__.__dict__["__imp" + "ort__"]("{module}")', module))


def _loaded(module: str) -> Piece:
    return Piece(f"{_imported(module)}import sys\n", f'sys.modules["{module}"]')


def _subclasses(module: str) -> Piece:
    found = '[c for c in ().__class__.__base__.__subclasses__() if c.__name__ == "_wrap_close"][0]'
    brought = f'{found}.__init__.__globals__["__builtins__"]["__import__"]("{module}")'
    return Piece("", _below(brought, module))


def _reexported(module: str) -> Piece:
    if module in REEXPORTS:
        return Piece(f"import {REEXPORTS[module].partition('.')[0]}\n", REEXPORTS[module])
    return Piece("import inspect\n", f'inspect.importlib.import_module("{module}")')


def _frame(module: str) -> Piece:
    brought = _below(f'error.__traceback__.tb_frame.f_globals["__builtins__"].__import__("{module}")', module)
    return Piece(f"try:\n    1 / 0\nexcept Exception as error:\n    found = {brought}\n", "found")


def _matched_dunder(module: str) -> Piece:
    before = 'match (lambda: 0):\n    case object(__builtins__={"__import__": bring}):\n        pass\n'
    return Piece(before, _below(f'bring("{module}")', module))


def _attribute(module: str, name: str) -> Piece:
    return Piece("", f'getattr({module}, "{name}")')


def _attribute_joined(module: str, name: str) -> Piece:
    return Piece("", f'getattr({module}, "{name[:3]}" + "{name[3:]}")')


def _attribute_numbers(module: str, name: str) -> Piece:
    return Piece("", f'getattr({module}, "".join(map(chr, {[ord(letter) for letter in name]})))')


def _namespace(module: str, name: str) -> Piece:
    return Piece("", f'vars({module})["{name}"]')


def _getter(module: str, name: str) -> Piece:
    return Piece("import operator\n", f'operator.attrgetter("{name}")({module})')


def _wide(module: str, name: str) -> Piece:
    return Piece("", f"{module}.{WIDE[name[0]] + name[1:] if name[0] in WIDE else name[0] + WIDE[name[1]] + name[2:]}")


def _returned(module: str, name: str) -> Piece:
    return Piece(f"def g(module):\n    return module.{name}\n", f"g({module})")


def _matched(module: str, name: str) -> Piece:
    return Piece(f"match {module}:\n    case object({name}=taken):\n        pass\n", "taken")


def _asked(module: str, name: str) -> Piece:
    return Piece("", f'{module}.__getattribute__("{name}")')


def _from(module: str, name: str) -> Piece:
    return Piece(f"from {module} import {name} as s\n", "s")


def _star(module: str, name: str) -> Piece:
    return Piece(f"from {module} import *\n", name)


def _as_print(module: str, name: str) -> Piece:
    return Piece(f"from {module} import {name} as print\n", "print")


def _function_alias(function: str) -> Piece:
    return Piece(f"f = {function}\n", "f")


def _container(function: str) -> Piece:
    return Piece(f'd = {{"f": {function}}}\n', 'd["f"]')


def _walrus(function: str) -> Piece:
    return Piece("", f"(w := {function})")


def _patched(function: str) -> Piece:
    return Piece(f"import json\njson.loads = {function}\n", "json.loads")


def _class_attribute(function: str) -> Piece:
    return Piece(f"class C:\n    r = staticmethod({function})\n", "C.r")


def _hook(function: str, deed: Deed) -> str:
    if "," in deed.arguments or "=" in deed.arguments:
        hook, item = f"lambda *given: {function}({deed.arguments})", "0"
    else:
        hook, item = function, deed.arguments
    return f"class X:\n    __class_getitem__ = {hook}\n{deed.around.format(f'X[{item}]')}"


def _plain(function: str, deed: Deed) -> str:
    return deed.around.format(f"{function}({deed.arguments})")


def _annotation(function: str, deed: Deed) -> str:
    return f"x: {_plain(function, deed)} = 1"


def _formatted(function: str, deed: Deed) -> str:
    return f"print(f'''{{ {_plain(function, deed)} }}''')"


def _template(function: str, deed: Deed) -> str:
    return f"t = t'''{{ {_plain(function, deed)} }}'''"


def _partial(function: str, deed: Deed) -> str:
    return f"import functools\n{deed.around.format(f'functools.partial({function}, {deed.arguments})()')}"


def _default(function: str, deed: Deed) -> str:
    return deed.around.format(f"(lambda s={function}: s({deed.arguments}))()")


def _module(deed: Deed) -> Powers:
    return (power("import", deed.module),)


def _made_up(deed: Deed) -> Powers:
    return (power("code.import", "builtins.__import__", module=deed.module), *_module(deed))


def _library(deed: Deed) -> Powers:
    return (power("code.import", "importlib.import_module", module=deed.module), *_module(deed))


def _walked(deed: Deed) -> Powers:
    names = ("__base__", "__subclasses__", "__globals__")
    return (*(power("introspect.walk", name) for name in names), *_made_up(deed))


def _framed(deed: Deed) -> Powers:
    names = ("__traceback__", "tb_frame", "f_globals")
    return (*(power("introspect.frame", name) for name in names), *_made_up(deed))


def _looked_up(deed: Deed) -> Powers:
    return (power("introspect.builtins", "modules.__getitem__", key=deed.module), *_module(deed))


def _by_pattern(deed: Deed) -> Powers:
    return (power("introspect.walk", "__builtins__"), *_made_up(deed))


def _by_name(deed: Deed) -> Powers:
    return (power("introspect.attribute", "builtins.getattr", object=deed.module, name=deed.name),)


def _by_getter(deed: Deed) -> Powers:
    return (power("introspect.attribute", "operator.attrgetter", name=deed.name),)


def _replaced(deed: Deed) -> Powers:
    return (power("introspect.hook", "json.loads", value=deed.path),)


HIDING = (
    Technique("01", "import alias", Step.ROAD, road=_alias, traces=_module),
    Technique("05", "module alias", Step.ROAD, road=_module_held, traces=_module),
    Technique("08", "__import__", Step.ROAD, road=_import_function, traces=_made_up),
    Technique("09", "__import__ of joined text", Step.ROAD, road=_import_joined, traces=_made_up),
    Technique("10", "importlib", Step.ROAD, road=_import_library, traces=_library),
    Technique("11", "importlib alias and f-string", Step.ROAD, road=_import_formatted, traces=_library),
    Technique("12", "__builtins__ by name", Step.ROAD, road=_builtins_by_name, traces=_made_up),
    Technique("17", "sys.modules", Step.ROAD, road=_loaded, traces=_looked_up),
    Technique("18", "walk over subclasses", Step.ROAD, road=_subclasses, traces=_walked),
    Technique("19", "module in a module", Step.ROAD, road=_reexported),
    Technique("24", "reversed text", Step.ROAD, road=_import_reversed, traces=_made_up),
    Technique("39", "frame of a traceback", Step.ROAD, road=_frame, traces=_framed),
    Technique("41", "pattern of a dunder", Step.ROAD, road=_matched_dunder, traces=_by_pattern),
    Technique("06", "getattr", Step.MEMBER, member=_attribute, traces=_by_name),
    Technique("07", "getattr of joined text", Step.MEMBER, member=_attribute_joined, traces=_by_name),
    Technique("20", "vars", Step.MEMBER, member=_namespace),
    Technique("21", "attrgetter", Step.MEMBER, member=_getter, traces=_by_getter),
    Technique("22", "letters of another width", Step.MEMBER, member=_wide),
    Technique("23", "name from numbers", Step.MEMBER, member=_attribute_numbers, traces=_by_name),
    Technique("26", "returned by a function", Step.MEMBER, member=_returned),
    Technique("40", "pattern of an attribute", Step.MEMBER, member=_matched),
    Technique("42", "__getattribute__", Step.MEMBER, member=_asked),
    Technique("02", "from-import alias", Step.REACH, reach=_from, traces=_module),
    Technique("03", "star import", Step.REACH, reach=_star, traces=_module),
    Technique("44", "a safe name bound anew", Step.REACH, reach=_as_print, traces=_module),
    Technique("04", "function alias", Step.HOLD, hold=_function_alias),
    Technique("25", "in a container", Step.HOLD, hold=_container),
    Technique("27", "walrus", Step.HOLD, hold=_walrus),
    Technique("53", "in the place of a safe function", Step.HOLD, hold=_patched, traces=_replaced),
    Technique("65", "attribute of a class", Step.HOLD, hold=_class_attribute),
    Technique("28", "hook of a class", Step.CALL, call=_hook),
    Technique("48", "annotation", Step.CALL, call=_annotation),
    Technique("49", "f-string", Step.CALL, call=_formatted),
    Technique("64", "t-string", Step.CALL, call=_template),
    Technique("66", "partial", Step.CALL, call=_partial),
    Technique("67", "default of a lambda", Step.CALL, call=_default),
)
