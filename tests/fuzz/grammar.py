"""A seed in, lines of JSON-RPC out: sound ones, deformed ones, and ones that were damaged afterwards."""

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any, Final

CALL: Final = "tools/call"
CODES: Final = (
    "1 + 1",
    "print(1)",
    "import math\nprint(math.pi)",
    "import os\nos.system('id')",
    "exec(x)",
    "# -*- coding: utf-7 -*-\n# +AAo-x",
    "",
    "x = '\u2028'",
    "(",
)
METHODS: Final = (
    CALL, "Tools/Call", " tools/call", "tools/call\n", "TOOLS/CALL", "tools\\/call", "tools/call\x00", "tools/ca\u212bll",
    "tools/list", "ping", "resources/read", "notifications/progress", "tools/call/x", "", None, 3, [CALL], {"x": CALL},
)  # fmt: skip
TOOLS: Final = ("echo", "run_python_code", "run_python_code", "secret", "no/such", "write_file", "", None, 7, ["echo"])


@dataclass(frozen=True, slots=True)
class Raw:
    """A piece of text that stands as it is, whether or not it is JSON."""

    text: str


class Pairs(list[tuple[str, Any]]):
    """An object whose keys may stand twice."""


ODD_VALUES: Final[tuple[Any, ...]] = (
    None, True, False, 0, -1, 1.0, 1.5, 10**30, "", "1", "x" * 300, [], [1], Pairs(), Pairs([("a", 1)]),
    Raw("NaN"), Raw("-Infinity"), Raw("1e999"), Raw("9" * 5000), Raw("01"), Raw('"\\ud800"'), Raw('"\\udc00\\ud800"'),
    Raw("[" * 100_000 + "]" * 100_000), Raw("[" * 100 + "]" * 100), Raw("'x'"), Raw("undefined"), Raw('"\\u0000"'),
)  # fmt: skip
ODD_BYTES: Final = (
    b"\r", b"\x00", b"\xff", b"\xc3", b"\xed\xa0\x80", "\u2028".encode(), "\u2029".encode(), b"\xc2\x85", b"\x0b", b"\x0c",
    b"\xef\xbb\xbf", b'"', b"{", b"}", b"[", b"]", b",", b":", b"\\", b"\\u0000", b"NaN", b"1e999", b"//", b"/*", b"#",
    b'"method":"tools/call",', b'"id":7,', b'"result":{},', b'"params":{"name":"echo"},', b"null", b"\r\r", b" ", b"\t",
)  # fmt: skip


def messages(seed: int, count: int) -> Iterator[bytes]:
    """So many lines, the same for the same seed; none holds a newline."""
    random = Random(seed)
    before = b"{}"
    for number in range(count):
        line = write(_message(random, number), random).encode("utf-8", "surrogatepass")
        if random.random() < 0.3:
            line = _damage(line, before, random)
        before = line = line.replace(b"\n", b"\r")
        yield line


def write(value: Any, random: Random) -> str:
    """The value as JSON, with blanks and escapes as it pleases."""
    match value:
        case Raw(text):
            return text
        case Pairs():
            space = random.choice(("", "", "", " ", "\t", "\r"))
            return "{" + ",".join(f"{space}{write(key, random)}:{write(item, random)}" for key, item in value) + "}"
        case dict():
            return write(Pairs(value.items()), random)
        case list():
            return "[" + ",".join(write(item, random) for item in value) + "]"
        case str() if value and random.random() < 0.05:
            place = random.randrange(len(value))
            escaped = json.dumps(value[:place])[:-1] + f"\\u{ord(value[place]) & 0xFFFF:04x}"
            return escaped + json.dumps(value[place + 1 :])[1:]
    return json.dumps(value, ensure_ascii=random.random() < 0.5)


def _message(random: Random, number: int) -> Any:
    kind = random.choices(list(KINDS), WEIGHTS)[0]
    made = KINDS[kind](random, number)
    if isinstance(made, Pairs) and random.random() < 0.45:
        for _ in range(random.choice((1, 1, 2, 3))):
            random.choice(DEFORMATIONS)(made, random)
    return made


def _odd(random: Random) -> Any:
    """A value that nobody expects; a copy, for it may be deformed as well."""
    return copy.deepcopy(random.choice(ODD_VALUES))


def _request(random: Random, number: int, method: Any, params: Any) -> Pairs:
    name = random.choice((number, f"r{number}", -number - 1))
    made = Pairs([("jsonrpc", "2.0"), ("id", name), ("method", method), ("params", params)])
    if random.random() < 0.2:
        random.shuffle(made)
    return made


def _call(random: Random, number: int) -> Pairs:
    tool = random.choice(TOOLS) if random.random() < 0.3 else random.choice(("echo", "run_python_code"))
    arguments = Pairs()
    if tool != "echo" or random.random() < 0.3:
        arguments.append(("code", random.choice(CODES)))
    if random.random() < 0.3:
        arguments.append((random.choice(("x", "Code", "session_id", "timeout", "")), _odd(random)))
    params = Pairs([("name", tool), ("arguments", arguments)])
    if random.random() < 0.1:
        params.append(("_meta", Pairs([("progressToken", number)])))
    return _request(random, number, CALL, params)


def _plain(random: Random, number: int) -> Pairs:
    return _request(random, number, random.choice(METHODS), Pairs([("name", random.choice(TOOLS))]))


def _notification(random: Random, number: int) -> Pairs:
    made = _plain(random, number)
    made[:] = [pair for pair in made if pair[0] != "id"]
    return made


def _cancel(random: Random, number: int) -> Pairs:
    params = Pairs([("requestId", random.choice((number - 1, f"r{number - 1}", number - 5, None)))])
    return Pairs([("jsonrpc", "2.0"), ("method", "notifications/cancelled"), ("params", params)])


def _answer(random: Random, number: int) -> Pairs:
    word = random.choice(("result", "error"))
    return Pairs([("jsonrpc", "2.0"), ("id", random.choice((number, "s1"))), (word, Pairs([("method", CALL)]))])


def _batch(random: Random, number: int) -> list[Any]:
    return [_call(random, number), *([_plain(random, number)] if random.random() < 0.5 else [])]


def _scalar(random: Random, number: int) -> Any:
    return _odd(random)


KINDS: Final[dict[str, Callable[[Random, int], Any]]] = {
    "call": _call,
    "plain": _plain,
    "notification": _notification,
    "cancel": _cancel,
    "answer": _answer,
    "batch": _batch,
    "scalar": _scalar,
}
WEIGHTS: Final = (60, 18, 6, 2, 6, 4, 4)


def _place(made: Pairs, random: Random) -> Pairs:
    """The message itself, or an object within it."""
    inner = [value for _, value in made if isinstance(value, Pairs)]
    inner += [value for outer in inner for _, value in outer if isinstance(value, Pairs)]
    return random.choice([made, *inner])


def _repeat_key(made: Pairs, random: Random) -> None:
    place = _place(made, random)
    if place:
        key, value = random.choice(place)
        other = random.choice((value, value, _odd(random), random.choice(METHODS), random.choice(CODES)))
        place.insert(random.randrange(len(place) + 1), (key, other))


def _recase_key(made: Pairs, random: Random) -> None:
    place = _place(made, random)
    if place:
        index = random.randrange(len(place))
        key, value = place[index]
        changed = random.choice(
            (key.upper(), key.title(), key.replace("s", "\u017f"), f"{key} ", f"\ufeff{key}", f"{key}\0")
        )
        if random.random() < 0.5:
            place.insert(random.randrange(len(place) + 1), (changed, value))
        else:
            place[index] = (changed, value)


def _drop(made: Pairs, random: Random) -> None:
    place = _place(made, random)
    if place:
        place.pop(random.randrange(len(place)))


def _retype(made: Pairs, random: Random) -> None:
    place = _place(made, random)
    if place:
        index = random.randrange(len(place))
        place[index] = (place[index][0], _odd(random))


def _add(made: Pairs, random: Random) -> None:
    key = random.choice(("result", "error", "method", "id", "params", "name", "arguments", "extra", "__proto__"))
    value = random.choice((*METHODS, *TOOLS, _odd(random), _odd(random), _odd(random)))
    _place(made, random).append((key, value))


def _wrap(made: Pairs, random: Random) -> None:
    whole = Pairs(made)
    made[:] = [("jsonrpc", "2.0"), ("method", random.choice(METHODS)), ("params", random.choice((whole, [whole])))]


DEFORMATIONS: Final = (_repeat_key, _repeat_key, _recase_key, _drop, _retype, _add, _add, _wrap)


def _damage(line: bytes, before: bytes, random: Random) -> bytes:
    """A line after one to three accidents on its bytes."""
    for _ in range(random.choice((1, 1, 2, 3))):
        start = random.randrange(len(line) + 1)
        end = start + random.choice((1, 1, 2, 8, 40))
        match random.randrange(6):
            case 0:
                line = line[:start] + line[end:]
            case 1:
                line = line[:end] + line[start:]
            case 2:
                line = line[:start] + random.choice(ODD_BYTES) + line[start:]
            case 3:
                line = line[:start] + random.choice(ODD_BYTES) + line[end:]
            case 4:
                line = line[:start] + bytes([random.randrange(256)]) + line[start + 1 :]
            case _:
                line = random.choice((line[:start] + before[start:], line + before, line[:start]))[:200_000]
    return line
