"""An IPython cell becomes the Python that IPython would run, line for line."""

import pytest

from validator.analyse.ipython import looks_like_ipython, to_python
from validator.analyse.parse import Parsed, parse
from validator.model.argument import Argument, Language
from validator.model.limits import DEFAULT_LIMITS

RUN = "get_ipython()"
CELLS = [
    ("!ls -la", f"{RUN}.system('ls -la')"),
    ("!!ls", f"{RUN}.getoutput('ls')"),
    ("x = !ls $a", f"x = {RUN}.getoutput('ls $a')"),
    ("x = !!ls", f"x = {RUN}.getoutput('ls')"),
    ("a, b['c'] = !ls", f"a, b['c'] = {RUN}.getoutput('ls')"),
    ("x = !echo it's\ny = 1", f'x = {RUN}.getoutput("echo it\'s")\ny = 1'),
    ("x =\\\n!ls", f"x =\\\n{RUN}.getoutput('ls')"),
    ("if a: x = !ls", f"if a: x = {RUN}.getoutput('ls')"),
    ("%cd /tmp", f"{RUN}.run_line_magic('cd', '/tmp')"),
    ("%time f(a, b)", f"{RUN}.run_line_magic('time', 'f(a, b)')"),
    ("x = %pwd", f"x = {RUN}.run_line_magic('pwd', '')"),
    (
        "for a in b:\n    !rm {a}\n    %cd x\nc",
        f"for a in b:\n    {RUN}.system('rm {{a}}')\n    {RUN}.run_line_magic('cd', 'x')\nc",
    ),
    ("!a \\\n  b\nx", f"{RUN}.system('a   b')\n\nx"),
    ("%%bash -x\nrm a\n", f"{RUN}.run_cell_magic('bash', '-x', 'rm a\\n')\n\n"),
    ("\n%%writefile a.py\nimport os", f"\n{RUN}.run_cell_magic('writefile', 'a.py', 'import os\\n')\n"),
    ("  %%time\n  f()", f"{RUN}.run_cell_magic('time', '', 'f()\\n')\n"),
    ("x?", f"{RUN}.run_line_magic('pinfo', 'x')"),
    ("a.b??", f"{RUN}.run_line_magic('pinfo2', 'a.b')"),
    ("?x", f"{RUN}.run_line_magic('pinfo', 'x')"),
    ("/f a b", "f(a, b)"),
    (",f a b", "f('a', 'b')"),
    (";f a b", "f('a b')"),
    ("  x = 1\n  !ls", f"x = 1\n{RUN}.system('ls')"),
    ('"""\n!ls\n"""\n!ls', f'"""\n!ls\n"""\n{RUN}.system(\'ls\')'),
]
PLAIN = [
    "",
    "x = 1\n",
    "f(\n    a\n    % b\n)\n",
    "x = [\n!ls\n]\n",
    "s = '''\n%cd /\n!ls\n'''\n",
    "s = 'a' \\\n% b\n",
    "x = f'{a!r}'\n",
    "x != y\n",
    "x %= y\n",
    "f(a=b % c)\n",
    "a = 1  # why?\n",
    "# !ls\n",
    "print('?')\n",
    "f(x=!ls)\n",
    "os.system('ls'); x?\n",
]


@pytest.mark.parametrize(("cell", "python"), CELLS, ids=[cell for cell, _ in CELLS])
def test_a_magic_becomes_the_call_that_ipython_makes_of_it(cell: str, python: str) -> None:
    assert to_python(cell) == python
    assert to_python(cell).count("\n") == cell.count("\n")
    assert looks_like_ipython(cell)


@pytest.mark.parametrize("cell", PLAIN)
def test_what_is_no_magic_is_left_as_it_is(cell: str) -> None:
    assert to_python(cell) == cell
    assert not looks_like_ipython(cell)


@pytest.mark.parametrize(("cell", "python"), CELLS, ids=[cell for cell, _ in CELLS])
def test_a_cell_parses_as_what_it_runs(cell: str, python: str) -> None:
    parsed = parse(Argument(cell, language=Language.IPYTHON), DEFAULT_LIMITS)
    assert isinstance(parsed, Parsed)
    assert parsed.module.code == python
    assert parsed.facts == ()


def test_magics_in_plain_python_are_a_fact_and_judged_all_the_same() -> None:
    parsed = parse(Argument("import os\n!rm -rf /\n"), DEFAULT_LIMITS)
    assert isinstance(parsed, Parsed)
    assert parsed.module.code == f"import os\n{RUN}.system('rm -rf /')\n"
    assert [fact.name for fact in parsed.facts] == ["IPython syntax in plain Python"]


@pytest.mark.parametrize("language", [Language.PYTHON, Language.IPYTHON])
def test_await_may_stand_at_top_level(language: Language) -> None:
    parsed = parse(Argument("x = await f()\n", language=language), DEFAULT_LIMITS)
    assert isinstance(parsed, Parsed)


def test_a_cell_that_is_too_deep_once_translated_is_refused() -> None:
    found = parse(Argument("!ls\nx = " + "(" * 101 + ")" * 101, language=Language.IPYTHON), DEFAULT_LIMITS)
    assert isinstance(found, tuple)
    assert found[0].capability == "unreadable.shape"
