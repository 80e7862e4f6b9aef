"""Arguments that are made to kill, stall or bloat their judge, each judged in a process of its own.

    python bench/hostile.py [SHAPE ...]

Prints for each shape whether the judge answered, its seconds and peak memory, the outcome and the first finding.
Start of the interpreter and imports are not counted.
Exits 1 if a judge dies, or takes more time or memory than the bounds below.
"""

import argparse
import base64
import json
import resource
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

SECONDS, MEGABYTES = 2.0, 512
GIVE_UP = 30


def nested(before: str, core: str, after: str, depth: int) -> str:
    """One expression inside itself."""
    return f"x = {before * depth}{core}{after * depth}\n"


def doubled(times: int) -> str:
    """A string that is added to itself again and again."""
    return "s = 'a'\n" + "s = s + s\n" * times + "exec(s)\n"


def exec_tower(depth: int) -> str:
    """`exec` of an `exec` of an `exec`."""
    floors = "".join(f"s{level} = 'exec(s{level - 1})'\n" for level in range(1, depth))
    return f"s0 = 'import os; os.system(\"ls\")'\n{floors}exec(s{depth - 1})\n"


def costly_strings(count: int) -> str:
    """Many short strings of Python, each within every bound but dear to parse."""
    line = f"y = {'f(' * 90}1{')' * 90}; "
    return "".join(f"exec('{line * 6}x = {number}')\n" for number in range(count))


def zlib_bomb(megabytes: int) -> str:
    """A few kilobytes that unpack to a great deal of Python."""
    packed = base64.b64encode(zlib.compress(b"x = 1\n" * (megabytes * 1_000_000 // 6), 9)).decode()
    return f"import base64, zlib\nexec(zlib.decompress(base64.b64decode('{packed}')))\n"


def zlib_tower(depth: int) -> str:
    """A bomb inside a bomb: each layer unpacks the next."""
    code = b"x = 1\n" * 1_000_000
    for _ in range(depth):
        packed = base64.b64encode(zlib.compress(code, 9)).decode()
        code = f"import base64, zlib\nexec(zlib.decompress(base64.b64decode('{packed}')))\n".encode()
    return code.decode()


def call_chain(functions: int) -> str:
    """Each function calls the next."""
    return "".join(f"def f{n}(): f{n + 1}()\n" for n in range(functions)) + "f0()\n"


def all_call_all(functions: int) -> str:
    """Each function calls every function twice, with another argument."""
    calls = "; ".join(f"f{n}(a + {n}); f{n}([a])" for n in range(functions))
    return "".join(f"def f{n}(a): {calls}\n" for n in range(functions)) + "f0(1)\n"


def deep_pattern(depth: int) -> str:
    """A `case` that the parser tries out again at every level."""
    return f"match x:\n    case {'{1: ' * depth}a{'}' * depth}: pass\n"


SHAPES: dict[str, Callable[[], str]] = {
    "parentheses, 3,000 deep": lambda: nested("(", "1", ")", 3_000),
    "lists, 3,000 deep": lambda: nested("[", "1", "]", 3_000),
    "calls, 3,000 deep": lambda: nested("f(", "1", ")", 3_000),
    "subscripts, 3,000 deep": lambda: nested("a[", "1", "]", 3_000),
    "attributes, 3,000 long": lambda: nested("", "a", ".b", 3_000),
    "subscripts, 3,000 long": lambda: nested("", "a", "[0]", 3_000),
    "calls, 3,000 long": lambda: nested("", "a", "()", 3_000),
    "format strings, 3,000 deep": lambda: nested('f"{', "1", '}"', 3_000),
    "format specifications, 3,000 deep": lambda: f'x = f"{"{a:" * 3_000}{"}" * 3_000}"\n',
    "comprehension with 10,000 loops": lambda: f"x = [1{' for a in b' * 10_000}]\n",
    "patterns, 30 deep": lambda: deep_pattern(30),
    "del, 30 deep": lambda: f"del {'(' * 30}1 1{')' * 30}\n",
    "unary minus, 5,000": lambda: nested("-", "1", "", 5_000),
    "unary minus, 10,000": lambda: nested("-", "1", "", 10_000),
    "not, 10,000": lambda: nested("not ", "1", "", 10_000),
    "lambdas, 10,000": lambda: nested("lambda: ", "1", "", 10_000),
    "lambdas with parameters, 10,000": lambda: nested("lambda a, b: ", "1", "", 10_000),
    "ternaries, 10,000": lambda: nested("1 if a else ", "1", "", 10_000),
    "elif, 10,000": lambda: "if a: pass\n" + "elif a: pass\n" * 10_000,
    "1+1+…, 100,000": lambda: nested("1+", "1", "", 100_000),
    "a and a and …, 40,000": lambda: nested("a and ", "a", "", 40_000),
    "a and a and …, 100,000": lambda: nested("a and ", "a", "", 100_000),
    "'a' + 'a' + …, 1 MB": lambda: nested("'a' + ", "'a'", "", 166_000),
    "'a' 'a' …, 1 MB": lambda: nested("'a' ", "'a'", "", 250_000),
    "'a' 'a' …, 200 kB": lambda: nested("'a' ", "'a'", "", 50_000),
    "lines of lists 100 deep, 16 kB": lambda: nested("[", "1", "]", 99) * 80,
    "lines of calls 100 deep, 200 kB": lambda: nested("f(", "1", ")", 99) * 650,
    "lines of 599 subscripts, 250 kB": lambda: nested("", "a", "[0]", 599) * 138,
    "lines of 599 lambdas, 250 kB": lambda: nested("lambda: ", "1", "", 599) * 50,
    "blocks, 99 deep": lambda: "".join(f"{' ' * depth}if a:\n" for depth in range(99)) + " " * 99 + "pass\n",
    "plain assignments, 5 MB": lambda: "a = 1\n" * 830_000,
    "plain assignments, 250 kB": lambda: "a = 1\n" * 42_000,
    "plain assignments, 100 kB": lambda: "a = 1\n" * 17_000,
    "imports, 100 kB": lambda: "import os\n" * 10_000,
    "commands, 100 kB": lambda: "import os\n" + "os.system('ls')\n" * 6_000,
    "590 subscripts and a command": lambda: "import os\n" + nested("", "a", "[0]", 590) + "os.system('ls')\n",
    "590 ternaries and a command": lambda: "import os\n" + nested("1 if a else ", "os.system('ls')", "", 590),
    "590 additions and a command": lambda: "import os\n" + nested("1 + ", "os.system('ls')", "", 590),
    "list of 100,000 numbers": lambda: f"x = [{'1,' * 100_000}]\n",
    "line ends, 250 kB": lambda: "\n" * 250_000,
    "words, 250 kB": lambda: "a " * 125_000,
    "backslashes, 250 kB": lambda: "\\\n" * 125_000,
    "open quotes, 250 kB": lambda: "'''\"" * 62_000,
    "IPython commands, 250 kB": lambda: "!ls\n" * 62_000,
    "function chain, 10,000": lambda: call_chain(10_000),
    "function chain, 5,000": lambda: call_chain(5_000),
    "mutual recursion, all call all": lambda: all_call_all(40),
    "exec, 50 deep": lambda: exec_tower(50),
    "exec of 100 costly strings": lambda: costly_strings(100),
    "exec quine": lambda: "s = 's = %r; exec(s %% s)'; exec(s % s)\n",
    "exec that grows": lambda: "s = 's += s; exec(s)'; exec(s)\n",
    "zlib bomb, 100 MB": lambda: zlib_bomb(100),
    "zlib bombs, 6 inside each other": lambda: zlib_tower(6),
    "'a' * 10**9": lambda: "exec('a' * 10**9)\n",
    "10**10**10": lambda: "exec(str(10**10**10))\n",
    "1 << 10**10": lambda: "exec(str(1 << 10**10))\n",
    "'%01000000000d' % 1": lambda: "exec('%01000000000d' % 1)\n",
    "f'{1:01000000000}'": lambda: "exec(f'{1:01000000000}')\n",
    "ljust(10**9)": lambda: "exec('a'.ljust(10**9))\n",
    "bytes(10**9)": lambda: "exec(bytes(10**9))\n",
    "join of a great repeat": lambda: "exec(''.join(['aaaa'] * 10**9))\n",
    "replace that multiplies": lambda: "s = 'a' * 60000\nexec(s.replace('a', s))\n",
    "string doubled 60 times": lambda: doubled(60),
    "list(range(10**12))": lambda: "exec(str(list(range(10**12))))\n",
}


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one judge."""

    answered: bool
    seconds: float
    megabytes: float
    outcome: str = "-"
    finding: str = "-"

    def within_bounds(self) -> bool:
        """Whether the judge answered in time and in its memory."""
        return self.answered and self.seconds <= SECONDS and self.megabytes <= MEGABYTES


def judge_here(shape: str) -> None:
    """Judge one shape in this process and print what it took, as JSON."""
    from validator import judge

    code = SHAPES[shape]()
    judge("print(1)")
    start = time.perf_counter()
    verdict = judge(code)
    seconds = time.perf_counter() - start
    finding = verdict.findings[0].message if verdict.findings else "-"
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps([seconds, megabytes, verdict.outcome.value, finding]))


def judge_apart(shape: str) -> Result:
    """Judge one shape in a child process."""
    command = [sys.executable, str(Path(__file__).resolve()), "--here", shape]
    start = time.perf_counter()
    try:
        child = subprocess.run(command, capture_output=True, text=True, timeout=GIVE_UP, check=False)
    except subprocess.TimeoutExpired:
        return Result(False, GIVE_UP, 0.0, finding=f"no answer in {GIVE_UP} s")
    if child.returncode != 0:
        last = child.stderr.strip().splitlines()[-1:] or [""]
        return Result(False, time.perf_counter() - start, 0.0, finding=f"exit {child.returncode} {last[0]}")
    seconds, megabytes, outcome, finding = json.loads(child.stdout)
    return Result(True, seconds, megabytes, outcome, finding)


def main() -> int:
    """Judge every shape, or the named ones."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shapes", nargs="*", metavar="SHAPE", help="names of shapes (default: all)")
    parser.add_argument("--here", metavar="SHAPE", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        judge_here(options.here)
        return 0
    passed = True
    for shape in options.shapes or SHAPES:
        result = judge_apart(shape)
        passed = passed and result.within_bounds()
        answer = ("answered" if result.within_bounds() else "EXCEEDED") if result.answered else "DIED"
        figures = f"{result.seconds:6.2f} s {result.megabytes:5.0f} MB"
        sys.stdout.write(f"{shape:36} {answer:8} {figures}  {result.outcome:6} {result.finding[:90]}\n")
        sys.stdout.flush()
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
