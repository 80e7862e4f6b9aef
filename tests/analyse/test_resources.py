"""Time and memory without end: what is told, what stays silent, and that the screen tells the same."""

from dataclasses import replace

import pytest

from validator.analyse.observe import observe
from validator.model.argument import Argument
from validator.model.catalog import Catalog
from validator.model.fact import Fact
from validator.rulebook.load import load_rulebook


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_rulebook().catalog


def resources(code: str, catalog: Catalog) -> list[Fact]:
    return [fact for fact in observe(Argument(code), catalog) if fact.capability.startswith("resource.")]


ENDLESS = [
    ("while True:\n    pass", {"spins": True}),
    ("while 1:\n    x = f()", {}),
    ("while True:\n    print(1)", {}),
    ("while not 0:\n    x = f()", {}),
    ("while [1]:\n    x = f()", {}),
    (
        "def f(items):\n    while True:\n        for item in items:\n            if item:\n                return item",
        {},
    ),
    ("while True:\n    for x in items:\n        break", {}),
    ("import time\nwhile True:\n    time.sleep(1)", {"waits": True}),
    ("while True:\n    print(input())", {"waits": True}),
    ("while True:\n    items.append(1)", {"grows": True}),
    ("while True:\n    text += 'x'", {"grows": True}),
    ("import os\nwhile True:\n    os.fork()", {"does": ("resource.fork",)}),
    ("import itertools\nfor n in itertools.count():\n    print(n)", {}),
    ("import itertools as i\nfor n in i.cycle([1]):\n    print(n)", {}),
    ("for x in iter(int, 1):\n    print(x)", {}),
    ("for x in iter(lambda: 0, 1):\n    print(x)", {}),
    ("for i, x in enumerate(iter(int, 1)):\n    print(x)", {}),
    ("for x in range(10**15):\n    print(x)", {"rounds": "too many"}),
    ("import os\nfor x in range(5_000):\n    os.fork()", {"rounds": "long"}),
    ("def f(n):\n    eval('n')\n    return n + f(n)", {}),
]


@pytest.mark.parametrize(("code", "roles"), ENDLESS)
def test_a_loop_that_nothing_ends_is_told_with_what_it_does(
    code: str, roles: dict[str, object], catalog: Catalog
) -> None:
    (found,) = [fact for fact in resources(code, catalog) if fact.capability == "resource.loop"]
    assert roles.items() <= found.roles.items()
    assert {role for role in ("waits", "grows", "spins") if role in found.roles} <= roles.keys()


LARGE = [
    ("'a' * 10**10", 10**10),
    ("10**10 * 'a'", 10**10),
    ("[0] * int(1e12)", 8 * 10**12),
    ("bytearray(1 << 40)", 1 << 40),
    ("list(range(10**12))", "beyond measure"),
    ("[x for x in range(10**12)]", "beyond measure"),
    ("sorted(x for x in iter(int, 1))", "beyond measure"),
    ("exec('list(range(10**12))')", "beyond measure"),
    ("9**9**9", "beyond measure"),
    ("pow(9, 10**10)", "beyond measure"),
    ("1 << 10**10", "beyond measure"),
    ("import math\nmath.factorial(10**10)", "beyond measure"),
    ("import itertools\nsorted(itertools.count())", "beyond measure"),
    ("import numpy as np\nnp.zeros((100_000, 100_000))", 8 * 10**10),
    ("import torch\ntorch.rand(100_000, 100_000)", 8 * 10**10),
]


@pytest.mark.parametrize(("code", "size"), LARGE)
def test_what_takes_more_than_a_machine_has_is_told_with_its_size(code: str, size: object, catalog: Catalog) -> None:
    (found,) = resources(code, catalog)
    assert (found.capability, found.roles["size"]) == ("resource.memory", size)


SILENT = [
    "def one(a):\n    return other(a)\ndef other(a):\n    return one(a) if a else 0\none(1)",
    "while True:\n    x = f()\n    if x:\n        break",
    "def f():\n    while True:\n        yield 1",
    "async def f():\n    while True:\n        await g()",
    "def f(items):\n    while True:\n        x = g(items)\n        if x:\n            return x",
    "while True:\n    raise ValueError",
    "while True:\n    stack.pop()",
    "import sys\nwhile True:\n    sys.exit()",
    "while items:\n    f(items)",
    "import itertools\nfor n in itertools.count():\n    if n > 4:\n        break",
    "import itertools\nprint(list(itertools.islice(itertools.count(), 5)))",
    "import itertools\nprint(dict(zip(itertools.count(), 'abc')), list(itertools.repeat(1, 5)))",
    "for line in iter(lambda: stream.read(10), b''):\n    print(line)",
    "for n in range(10**18):\n    if n * n > 99:\n        break",
    "import threading\nfor n in range(4):\n    threading.Thread(target=f).start()",
    "m = 10**9 + 7\nprint(pow(3, 10**12, m), 2**40, 1 << 40, 10**100)",
    "print([0] * 10**6, 'a' * 10**6, 10**12 in range(10**15), range(10**12)[5])",
    "def f(n):\n    eval('n')\n    if n < 1:\n        return 1\n    return f(n - 1)",
    "def f(n):\n    eval('n')\n    return n and f(n - 1)",
    "def f(items):\n    eval('n')\n    return [f(item) for item in items]",
]


@pytest.mark.parametrize("code", SILENT)
def test_what_ends_and_fits_is_silent(code: str, catalog: Catalog) -> None:
    assert resources(code, catalog) == []


@pytest.mark.parametrize("code", [*(code for code, _ in ENDLESS), *(code for code, _ in LARGE), *SILENT])
def test_the_screen_tells_the_same(code: str, catalog: Catalog) -> None:
    assert observe(Argument(code), catalog) == observe(Argument(code), replace(catalog, words=None))


HIDDEN = [
    "import base64\nexec(base64.b64decode('cHJpbnQoMSk='))",
    "eval(''.join(map(chr, [97, 98, 115, 40, 49, 41])))",
    "exec(')1(tnirp'[::-1])",
    "import os\nos.system(bytes.fromhex('77686f616d69').decode())",
    "import os\nos.system('\\x77\\x68\\x6f\\x61\\x6d\\x69')",
    "import subprocess, codecs\nsubprocess.run([codecs.decode('jubnzv', 'rot13')])",
]


@pytest.mark.parametrize("code", HIDDEN)
def test_what_runs_and_cannot_be_read_in_the_source_is_marked(code: str, catalog: Catalog) -> None:
    assert any(fact.roles.get("hidden") is True for fact in observe(Argument(code), catalog))


@pytest.mark.parametrize(
    "code",
    [
        "exec('print(1)\\nprint(2)')",
        "exec('\\n'.join(['total = 0', 'total += 1']))",
        "import os\ntool = 'date'\nos.system(tool + ' -u')",
        "import subprocess\nsubprocess.run(['git', 'log', f'-{5}'])",
        "import base64\nprint(base64.b64decode('cHJpbnQoMSk='))\nexec('print(1)')",
    ],
)
def test_what_runs_and_can_be_read_is_not_marked(code: str, catalog: Catalog) -> None:
    assert not any("hidden" in fact.roles for fact in observe(Argument(code), catalog))
