"""A pickle in bytes, followed: what loading it imports and calls, with the arguments that stand in it.

Only the part of the language that leads to a call is carried out. What is built on the way is kept shallow and never
holds itself, so a pickle that doubles its own tuples costs no more than its length.
"""

import struct
from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import libcst as cst

from validator.analyse.attributes import attribute, receives
from validator.analyse.capability import is_buffer
from validator.analyse.containers import iterate
from validator.analyse.joins import opaque, options, parts
from validator.analyse.names import identifier, import_module
from validator.analyse.run import Action, Arguments, Roles, Run
from validator.analyse.values import NOTHING, Constant, Instance, Sequence, Symbol, Table, Value

BYTES_PER_STEP: Final = 10
MOST_ITEMS: Final = 100
MOST_DIGITS: Final = 10
# https://github.com/python/cpython/blob/3.13/Lib/pickletools.py: what follows an operation.
LINES: Final = {**dict.fromkeys("FILPSVgp", 1), "c": 2, "i": 2}
FIXED: Final = {"K": 1, "h": 1, "q": 1, "\x82": 1, "M": 2, "\x83": 2, "\x80": 1, "J": 4, "j": 4, "r": 4, "\x84": 4}
LONG: Final = {"G": 8, "\x95": 8}
COUNTED: Final = dict(zip("UTX\x8a\x8b\x8c\x8dBC\x8e\x96", (1, 4, 4, 1, 4, 1, 8, 4, 1, 8, 8), strict=True))
MARK: Final = Sequence("mark", [])


def follow_pickle(run: Run, data: Value, node: cst.CSTNode) -> None:
    """Record what loading these bytes would do; bytes that are not known say nothing here."""
    for option in options(data):
        if isinstance(option, Instance) and "data" in option.roles and is_buffer(option):
            follow_pickle(run, option.roles["data"], node)
        elif isinstance(option, Constant) and isinstance(option.value, bytes):
            run.spend(len(option.value) // BYTES_PER_STEP)
            _Machine(run, node).load(option.value)


def _make_pickle(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """`pickle.dumps(made)`: an object says itself what loading it will call."""
    made = roles.get("object", NOTHING)
    for one in (made, *(parts(made) if isinstance(made, (Sequence, Table)) else ())):
        for name in ("__reduce__", "__reduce_ex__"):
            recipe = receives(run, one, name, Arguments((NOTHING,) if name == "__reduce_ex__" else ()), node)
            if isinstance(recipe, Sequence) and len(recipe.items) > 1:
                function, given, *_ = recipe.items
                run.call(function, Arguments(tuple(iterate(given)[0] or ())), node)
    return opaque(made)


def _operations(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Each operation with the bytes that belong to it; ends where the bytes end or the pickle does."""
    position = 0
    while position < len(data):
        operation = chr(data[position])
        start = position + 1
        position = end = start + (FIXED.get(operation) or LONG.get(operation) or 0)
        if operation in LINES:
            for _ in range(LINES[operation]):
                end = data.find(b"\n", position)
                position = len(data) if end < 0 else end + 1
            end = position
        elif operation in COUNTED:
            start = position + COUNTED[operation]
            position = end = start + int.from_bytes(data[position:start], "little")
        yield operation, data[start:end]
        if operation == ".":
            return


def _text(held: bytes) -> str:
    """As `pickle` reads it: halves of surrogate pairs are let through."""
    try:
        return held.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return held.decode("utf-8", "replace")


def _atom(operation: str, held: bytes) -> Value:
    """A constant; numbers of seldom-used forms are left unknown."""
    match operation:
        case "K" | "M":
            return Constant(int.from_bytes(held, "little"))
        case "J" if len(held) == 4:
            return Constant(struct.unpack("<i", held)[0])
        case "S":
            return Constant(_text(held.strip()[1:-1]))
        case "V":
            return Constant(_text(held.rstrip(b"\n")))
        case "X" | "\x8c" | "\x8d" | "U" | "T":
            return Constant(_text(held))
        case "B" | "C" | "\x8e":
            return Constant(held)
        case _:
            return NOTHING


def _flat(value: Value) -> bool:
    return isinstance(value, (Constant, Symbol)) or value is NOTHING


def _shallow(value: Value) -> Value:
    """The value if it is one that can be kept: flat, or a short sequence of what is."""
    if isinstance(value, Sequence) and len(value.items) <= MOST_ITEMS and all(map(_flat, value.items)):
        return Sequence(value.kind, list(value.items))
    return value if _flat(value) else NOTHING


def _today(module: str, name: str) -> tuple[str, str]:
    """The names of Python 2, in which the older protocols speak, as they are loaded today."""
    module, name = NAME_MAPPING.get((module, name), (module, name))
    return IMPORT_MAPPING.get(module, module), name


class _Machine:
    """The stack and the memo of one pickle."""

    def __init__(self, run: Run, node: cst.CSTNode) -> None:
        self.run = run
        self.node = node
        self.stack: list[Value] = []
        self.memo: dict[int, Value] = {}

    def load(self, data: bytes) -> None:
        for operation, held in _operations(data):
            if operation in DOES:
                DOES[operation](self, held)
            elif operation in ATOMS:
                self.stack.append(_atom(operation, held))

    def pop(self) -> Value:
        return self.stack.pop() if self.stack else NOTHING

    def since_mark(self) -> list[Value]:
        """Take everything down to the last mark, and the mark."""
        found: list[Value] = []
        while self.stack and self.stack[-1] is not MARK:
            found.append(self.stack.pop())
        self.pop()
        return found[::-1]

    def push_sequence(self, kind: str, items: list[Value]) -> None:
        self.stack.append(Sequence(kind, [_shallow(item) for item in items]))

    def extend(self, items: list[Value]) -> None:
        """Add to the list on top, in place, because the memo may hold it too."""
        if self.stack and isinstance(self.stack[-1], Sequence) and self.stack[-1] is not MARK:
            self.stack[-1].items.extend(item if _flat(item) else NOTHING for item in items)

    def keep(self, place: int) -> None:
        if self.stack:
            self.memo[place] = self.stack[-1]

    def find(self, module: Value, name: Value) -> None:
        """The function of that name; the module is imported for it."""
        found: Value = NOTHING
        if isinstance(module, Constant) and isinstance(name, Constant):
            place, path = _today(str(module.value), str(name.value))
            found = import_module(self.run, identifier(place), self.node)
            for word in path.split("."):
                found = attribute(self.run, found, identifier(word), self.node)
            self.run.mention(found, self.node)
        self.stack.append(found)

    def call(self, function: Value, given: list[Value], *, open_ended: bool = False) -> None:
        arguments = Arguments(tuple(map(_shallow, given)), open_ended=open_ended)
        self.stack.append(self.run.call(function, arguments, self.node))


def _find_named(machine: _Machine, held: bytes) -> None:
    module, _, name = _text(held).rstrip("\n").partition("\n")
    machine.find(Constant(module), Constant(name))


def _find_stacked(machine: _Machine, held: bytes) -> None:
    name, module = machine.pop(), machine.pop()
    machine.find(module, name)


def _make(machine: _Machine, held: bytes) -> None:
    """`i`: a named class with what lies above the mark."""
    given = machine.since_mark()
    _find_named(machine, held)
    machine.call(machine.pop(), given)


def _make_marked(machine: _Machine, held: bytes) -> None:
    """`o`: the same, with the class first above the mark."""
    function, *given = machine.since_mark() or [NOTHING]
    machine.call(function, given)


def _reduce(machine: _Machine, held: bytes) -> None:
    given, function = machine.pop(), machine.pop()
    machine.call(function, given.items if isinstance(given, Sequence) else [])


def _reduce_with_names(machine: _Machine, held: bytes) -> None:
    """Named arguments are not followed: what they say is unknown."""
    machine.pop()
    given, function = machine.pop(), machine.pop()
    machine.call(function, given.items if isinstance(given, Sequence) else [], open_ended=True)


def _make_opaque(machine: _Machine, held: bytes) -> None:
    """A dictionary or a frozen set."""
    machine.since_mark()
    machine.stack.append(NOTHING)


def _tuple(machine: _Machine, size: int) -> None:
    machine.push_sequence("tuple", [machine.pop() for _ in range(size)][::-1])


def _drop(machine: _Machine, count: int) -> None:
    for _ in range(count):
        machine.pop()


def _forget_marked(machine: _Machine, held: bytes) -> None:
    machine.since_mark()


def _place(held: bytes) -> int:
    """Where in the memo: digits in the old protocols, bytes in the later ones."""
    return int(held) if held.strip().isdigit() and len(held) < MOST_DIGITS else -1


def _recall(machine: _Machine, place: int) -> None:
    machine.stack.append(machine.memo.get(place, NOTHING))


ATOMS: Final = frozenset("NFILGJKMSTUVXBCP}\x82\x83\x84\x88\x89\x8a\x8b\x8c\x8d\x8e\x8f\x96\x97")
DOES: Final[Mapping[str, Callable[[_Machine, bytes], None]]] = {
    "(": lambda machine, _: machine.stack.append(MARK),
    "0": lambda machine, _: _drop(machine, 1),
    "1": _forget_marked,
    "2": lambda machine, _: machine.stack.extend(machine.stack[-1:]),
    "]": lambda machine, _: machine.push_sequence("list", []),
    ")": lambda machine, _: machine.push_sequence("tuple", []),
    "t": lambda machine, _: machine.push_sequence("tuple", machine.since_mark()),
    "l": lambda machine, _: machine.push_sequence("list", machine.since_mark()),
    "a": lambda machine, _: machine.extend([machine.pop()]),
    "e": lambda machine, _: machine.extend(machine.since_mark()),
    "u": _forget_marked,
    "s": lambda machine, _: _drop(machine, 2),
    "b": lambda machine, _: _drop(machine, 1),
    "\x85": lambda machine, _: _tuple(machine, 1),
    "\x86": lambda machine, _: _tuple(machine, 2),
    "\x87": lambda machine, _: _tuple(machine, 3),
    "\x94": lambda machine, _: machine.keep(len(machine.memo)),
    "p": lambda machine, held: machine.keep(_place(held)),
    "q": lambda machine, held: machine.keep(int.from_bytes(held, "little")),
    "r": lambda machine, held: machine.keep(int.from_bytes(held, "little")),
    "g": lambda machine, held: _recall(machine, _place(held)),
    "h": lambda machine, held: _recall(machine, int.from_bytes(held, "little")),
    "j": lambda machine, held: _recall(machine, int.from_bytes(held, "little")),
    "c": _find_named,
    "\x93": _find_stacked,
    "i": _make,
    "o": _make_marked,
    "d": _make_opaque,
    "\x91": _make_opaque,
    "\x90": _forget_marked,
    "R": _reduce,
    "\x81": _reduce,
    "\x92": _reduce_with_names,
}
PICKLES: Final[Mapping[str, Action]] = {"pickle": _make_pickle}
