"""What the screen passes, the full analysis finds to be nothing but imports."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from validator.analyse.observe import observe, observe_next
from validator.analyse.parse import look
from validator.analyse.screen import names_no_door
from validator.analyse.session import NO_SESSION
from validator.model.argument import Argument
from validator.model.catalog import Catalog
from validator.model.fact import Fact
from validator.model.limits import DEFAULT_LIMITS

CORPUS = Path(__file__).parents[2] / "corpus"
FILES = sorted(CORPUS.glob("*.jsonl"))
PIECES = st.sampled_from(
    [
        "import math", "import os", "from numpy import linalg as l", "import pandas as pd", "x = [1, 2]", "y = os",
        "print(math.pi)", "os.system('id')", "x.append(1)", "pd.DataFrame({'a': [1]})", "y = pd", "y.read_csv('a')",
        "def f(a): return a.b", "f(os)", "f(pd).c = len", "for i in range(3): x[i] = i", "[i.j for i in x]",
        "while True: pass", "while x: break", "class A:\n    z = 1", "A.z = f", "A().go()", "x = '{0.a}'.format(y)",
        "import random\nrandom._os", "exec", "e = eval", "import nobody", "from os import *", "lambda q: q",
        "del x", "with open('a') as g: pass", "try: pass\nexcept ValueError: pass", "getattr(x, 'y')", "global_ = vars()",
    ]
)  # fmt: skip

# Half a program each: what a later call makes of it shows only in the session.
HALVES = st.sampled_from(
    [
        "import os as z", "z.kill(1, 9)", "def go(a): open(a)", "go('q')", "w = open", "w('a', 'w')", "s = 'sy'",
        "import shutil\ndef h(): shutil.rmtree('a')", "h()", "import json\njson.loads = open", "json.loads('a')",
        "n = 10 ** 12", "x = [0] * n", "import os\nos.chdir('/etc')", "t = [w, 1]", "for i in t: i('b')", "q = lambda: exec(s)",
        "q()", "del w", "w = 1", "class B:\n    def __enter__(self): open('c')", "b = B()", "with b: pass", "sum(t)",
        "def print(a): eval(a)", "print('x')", "from pickle import *", "r = loads(s)", "import numpy as np", "np.load('a')",
    ]
)  # fmt: skip


def plain(facts: tuple[Fact, ...]) -> list[tuple[str, ...]]:
    return sorted((fact.kind, fact.capability, fact.name, str(fact.span.line)) for fact in facts)


@pytest.fixture(scope="session")
def agrees(catalog: Catalog) -> Callable[[str], bool]:
    unscreened = replace(catalog, words=None)

    def compare(code: str) -> bool:
        quick = observe(Argument(code), catalog)
        return plain(quick) == plain(observe(Argument(code), unscreened))

    return compare


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_screen_changes_no_fact_of_the_corpus(file: Path, agrees: Callable[[str], bool]) -> None:
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    assert [row["id"] for row in rows if not agrees(row["code"])] == []


@given(st.lists(PIECES, min_size=1, max_size=6))
@settings(max_examples=400, deadline=None)
def test_the_screen_changes_no_fact_of_a_program(agrees: Callable[[str], bool], pieces: list[str]) -> None:
    assert agrees("\n".join(pieces) + "\n")


@given(st.lists(st.lists(PIECES | HALVES, min_size=1, max_size=3), min_size=2, max_size=4))
@settings(max_examples=400, deadline=None)
def test_the_screen_changes_no_fact_of_the_later_calls_of_a_session(catalog: Catalog, calls: list[list[str]]) -> None:
    unscreened = replace(catalog, words=None)
    quick = slow = NO_SESSION
    for pieces in calls:
        argument = Argument("\n".join(pieces) + "\n")
        screened, quick = observe_next(argument, catalog, DEFAULT_LIMITS, quick)
        walked, slow = observe_next(argument, unscreened, DEFAULT_LIMITS, slow)
        assert plain(screened) == plain(walked)


def test_no_bypass_passes_the_screen(catalog: Catalog) -> None:
    doors = catalog.words
    assert doors is not None
    rows = [json.loads(line) for line in (CORPUS / "bypasses.jsonl").read_text().splitlines()]
    powers = [row for row in rows if row["capabilities"] != ["import.unknown"]]
    readable = [row for row in powers if not any("unreadable" in name for name in row["capabilities"])]
    quiet = [row for row in readable if names_no_door(row["code"], doors)]
    assert [row["id"] for row in quiet if look(row["code"], DEFAULT_LIMITS) is not None] == []


@pytest.mark.parametrize(
    "code",
    [
        "import math\nprint(math.sqrt(2))",
        "import numpy as np\nx = np.arange(3)\nprint(x.mean())",
        "def fib(n):\n    return n if n < 2 else fib(n - 1) + fib(n - 2)\nprint(fib(10))",
        "from collections import Counter\nc = Counter('hello')\nprint(c.most_common(2))",
    ],
)
def test_plain_computing_passes_the_screen(code: str, catalog: Catalog) -> None:
    assert catalog.words is not None
    assert names_no_door(code, catalog.words)


@pytest.mark.parametrize(
    "target",
    [
        "json.dumps",
        "(json).dumps",
        "\\\njson.dumps",
        "# a\n json.dumps",
        "json # a\n .dumps",
        "json \\\n .dumps",
        "x, (json).dumps",
    ],
)
def test_a_library_changed_by_the_target_of_a_comprehension_does_not_pass(
    target: str, agrees: Callable[[str], bool]
) -> None:
    assert agrees(f"import json\ndef mine(x): return x\n[0 for {target} in [mine]]")


@pytest.mark.parametrize("between", ["", "1,", "1, 2", "a=1, *b"])
@pytest.mark.parametrize("end", ["", "\n"])
def test_a_chain_that_is_too_long_to_follow_does_not_pass(
    between: str, end: str, agrees: Callable[[str], bool]
) -> None:
    assert agrees("(r" + f"{end}.r().d({between})" * 60 + ")")
    assert agrees("(r" + f".{end}r().{end}d({between})" * 60 + ")")


@pytest.mark.parametrize(
    "code",
    [
        "import pydantic\nclass A(pydantic.BaseModel):\n    x: \"\\x65val('1')\"",
        'x: "e""val(\'1\')" = 1',
        'x: "\\\nint(" = 1',
        'def f(a: list["e" "val(1)"]): pass',
        'import random\nprint("\\x7b0.\\x5fos.\\x65nviron[A]}".format(random))',
        'def f(): pass\nprint("""{0\n.\\x5f_globals_\\x5f}""".format(f))',
        'def f(): pass\nprint("{0""._" "_globals_" "_}".format(f))',
        "import json\n.5\nx = json\nprint(x)",
        "import os\nx=os\n.5\nprint(x)",
        'import json\n"""\nimport json\n.x\n"""\nprint(json)',
        "while (\n# a\nTrue):\n x=1",
        "while not (# c\n0):\n x=1",
        "while (not \\\n 0): x = 1",
        "sum(range(10 **\\\n12))",
        "sum(range(10 **# c\n 12))",
        "import json\nx = [0 for a·b, json.dumps in [1]]",
        f"import json\nx = [0 for # {'c' * 300}\n json.dumps in [1]]",
        "x = 1\n\\\nwhile x:\n    break",
    ],
)
def test_what_an_attack_hid_from_the_screen_does_not_pass(code: str, agrees: Callable[[str], bool]) -> None:
    assert agrees(code)


def test_an_import_behind_letters_of_several_bytes_stands_where_it_stands(catalog: Catalog) -> None:
    (fact,) = observe(Argument('"é"; import math'), catalog)
    assert (fact.span.column, fact.span.end_column) == (6, 17)


@pytest.mark.parametrize("code", ["try:\n s\n\f\nexcept:p", "if x:\n\ty = 1\n        z = 2"])
def test_what_only_our_own_parser_reads_does_not_pass_the_screen(code: str, agrees: Callable[[str], bool]) -> None:
    assert agrees(code)
