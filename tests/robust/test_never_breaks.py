"""Promises for every input there is: an answer, the same answer again, and no pass for what cannot be read."""

import ast
import json
from collections.abc import Iterable
from functools import cache
from random import Random
from types import ModuleType
from typing import Final

import libcst
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from validator import judge
from validator.judgment import judge_argument
from validator.model.argument import Argument, Language
from validator.model.verdict import Outcome, Verdict
from validator.rulebook.load import load_rulebook

MODULES: Final = (
    "os.py",
    "ssl.py",
    "this.py",
    "antigravity.py",
    "json/decoder.py",
    "test/test_grammar.py",
    "typing.py",
)
PROGRAMS: Final = (
    "print(1)\n",
    "import os\nos.system('ls')\n",
    "import os\nif os.getenv('A'):\n    raise SystemExit\n",
    "def f(a):\n    return f(a)\nf(open)\n",
    "s = 's = %r; exec(s %% s)'; exec(s % s)\n",
    "from os import *\nsystem(name)\n",
    "x: int = 9 ** 9 ** 9\nprint(f'{x:>10}' % ())\n",
    "async def f():\n    async with a as b, c: await d\n    return [x async for x in y]\n",
    "match x:\n    case {'a': [1, *_], **k} if k: pass\n    case A(b=1) | None: pass\n",
    "class A(B, metaclass=C):\n    __class_getitem__ = exec\nA['import os']\n",
)
SIGNS: Final = "( ) [ ] { } : , . = * ** -> := ' \" ''' f' \\ # ; @ % ! \n \t \r \f \0 é ﬁ 𝓮 \ud800 \ufeff"
NAMES: Final = "x os 1 0x 1e999 exec eval getattr __import__ __class__ open"
KEYWORDS: Final = (
    "lambda not def class if else for in import from as try except with return yield await async match case del global"
)
WORDS: Final = (*SIGNS.split(" "), *NAMES.split(), *KEYWORDS.split())
load_book = cache(load_rulebook)
jumble = st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join)
anything = settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


EDGES: Final = (
    "open(10 ** 5000)",
    "exec('%d' % 10 ** 5000)",
    "open(" + "9" * 5_000 + ")",
    "open('%*d' % (10 ** 9, 1))",
    "exec('\\ud800')",
    "exec(b'\\xff')",
    "__import__('\\ud800')",
    "import json; open(json.loads('[' * 5000))",
    "import ast; open(ast.literal_eval('-' * 5000 + '1'))",
    "import base64; exec(base64.b64decode('é'))",
    "import gzip; exec(gzip.decompress(b''))",
    "import codecs; exec(codecs.decode('a', 'no such'))",
    "import requests; requests.get('http://[')",
    "import requests; requests.get('http://a:²')",
    "import os; os.system('`' * 501)",
    "import os; os.system('{1..999999999}')",
    "import os; os.system('\\0\\ud800')",
    "x = []\nx.append(x)\nopen(x)",
    "x = {}\nx['a'] = x\nf(x)",
    "class A(A): __getattr__ = lambda s, n: s.x\nA().y",
    "def f(x): return f([x])\nf(1)",
    "x = 'a'\nwhile x: x += x\nexec(x)",
    "class A: pass\nA.__call__ = A()\nA()()",
    "class A:\n def f():\n  try: 1\n  finally: {''}\n def g():\n  try: 1\n  finally: []\n def h(s):\n  x = []\n  x.append(x)\n  s.h(x)",
    "open('\\x')",
    "open(b'é')",
    "open(1e999)",
    "open(float('nan'))",
    "open('\\777')",
    "'{².a}'.format(x)",
    "'{" + "9" * 5_000 + ".a}'.format(x)",
    "import os; os.system('a=(1 2); echo ${a[²]}')",
    "import os; os.system('set -- a b; shift ²; echo $1')",
    "a" + ".b" * 300,
)


def failures(robust: ModuleType, samples: Iterable[object]) -> list[str]:
    answers = [(sample, robust.judge_sample(sample)) for sample in samples]
    return [f"{sample}: {failure}" for sample, (_, failure) in answers if failure]


def answer(content: str | bytes, language: Language = Language.PYTHON) -> Verdict:
    verdict = judge_argument(Argument(content, language=language), load_book())
    json.dumps(verdict.to_dict(), allow_nan=False)
    return verdict


def nobody_reads(text: str) -> bool:
    """Whether both parsers refuse the text; blanks before an expression do no harm."""
    try:
        libcst.parse_module(text.lstrip(" \t"))
    except libcst.ParserSyntaxError:
        return True
    return "\0" in text


@pytest.mark.parametrize("name", MODULES)
def test_a_file_of_the_standard_library_gets_an_answer(robust: ModuleType, name: str) -> None:
    sample = robust.Sample("library", name, (robust.LIBRARY / name).read_bytes())
    assert failures(robust, [sample]) == []


@pytest.mark.parametrize("block", range(6))
def test_a_damaged_program_gets_an_answer(robust: ModuleType, block: int) -> None:
    originals = [*PROGRAMS, *((robust.LIBRARY / name).read_bytes() for name in MODULES)]
    randoms = [Random(f"{block} {number}") for number in range(50)]
    damaged = [robust.mutate(random.choice(originals), random) for random in randoms]
    languages = (Language.PYTHON, Language.IPYTHON)
    samples = [robust.Sample("mutation", str(at), text, languages[at % 2]) for at, text in enumerate(damaged)]
    assert failures(robust, samples) == []


def test_a_grown_program_gets_an_answer(robust: ModuleType) -> None:
    samples = [robust.Sample("grown", program, program) for program in robust.grow(1, 100)]
    assert len(samples) > 50
    assert failures(robust, samples) == []


@pytest.mark.parametrize("code", EDGES)
def test_code_at_the_edge_of_what_python_computes_gets_an_answer(robust: ModuleType, code: str) -> None:
    assert failures(robust, [robust.Sample("edge", code, code)]) == []


@anything
@given(st.one_of(st.text(), jumble))
def test_any_text_gets_the_same_answer_twice(text: str) -> None:
    assert judge(text) == judge(text)


@anything
@given(content=st.one_of(st.binary(), jumble.map(lambda text: text.encode("utf-8", "surrogatepass"))))
def test_any_bytes_get_an_answer(content: bytes) -> None:
    assert answer(content).outcome in Outcome


@anything
@given(text=jumble)
def test_any_text_is_judged_as_its_bytes_are(text: str) -> None:
    readable = text.replace("\ud800", "")
    assert answer(readable) == answer(readable.encode())


@anything
@given(text=jumble)
def test_any_cell_of_a_notebook_gets_an_answer(text: str) -> None:
    assert answer(text, Language.IPYTHON).outcome in Outcome


@anything
@given(st.one_of(st.text(), jumble))
def test_text_that_no_parser_reads_is_denied(text: str) -> None:
    unreadable = nobody_reads(text.encode("utf-8", "replace").decode())
    assert not unreadable or judge(text).outcome is Outcome.DENY


@pytest.mark.parametrize(
    "code",
    [
        "(",
        "x = ",
        "def f(:",
        "\0",
        "a = 'a\0b'",
        "\ud800",
        "if x:",
        "x = 1\n  y",
        "print 'x'",
        "!ls",
        "%%bash\nls",
        "# coding: utf-7",
    ],
)
def test_what_cannot_be_read_is_denied(code: str) -> None:
    assert judge(code).outcome is Outcome.DENY


@pytest.mark.parametrize(
    "raw", [b"\xff", b"x = '\xe9'", b"\xef\xbb\xbf\xff", b"\xff\xfex\0", b"# coding: latin-1\n'\xe9'"]
)
def test_bytes_that_are_not_utf_8_are_denied(raw: bytes) -> None:
    assert answer(raw).outcome is Outcome.DENY


@pytest.mark.parametrize("code", PROGRAMS)
@pytest.mark.parametrize("more", ["pass\n", "# a comment", "import os\nos.system('ls')\n", "x = (\n"])
def test_more_code_never_lowers_the_score(code: str, more: str) -> None:
    assert judge(code + more).score >= judge(code).score


@pytest.mark.parametrize("code", PROGRAMS)
@pytest.mark.parametrize(
    ("old", "new"), [("\n", "\r\n"), ("\n", "\r"), ("\n", "\n\n"), ("\n", "  # said\n"), ("\n", "\f\n")]
)
def test_line_ends_blanks_and_comments_change_nothing(code: str, old: str, new: str) -> None:
    plain, dressed = judge(code), judge(code.replace(old, new))
    assert (dressed.score, dressed.capabilities) == (plain.score, plain.capabilities)
    assert len(dressed.facts) == len(plain.facts)


@pytest.mark.parametrize("code", [program for program in PROGRAMS if "async" not in program])
def test_a_program_in_a_string_that_is_run_has_no_less_power(code: str) -> None:
    ast.parse(code)
    assert set(judge(f"exec({code!r})").capabilities) >= set(judge(code).capabilities)


def test_a_failure_is_noticed(robust: ModuleType) -> None:
    sample = robust.Sample("broken", "no text", 1)
    assert "TypeError in text.py" in robust.judge_sample(sample)[1]


def test_a_failure_is_made_smaller(robust: ModuleType) -> None:
    assert robust.shrink("a = 1\nb = [2, 3]\nc = 4\n", lambda text: "2" in text) == "2"
