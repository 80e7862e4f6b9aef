"""Honest, damaged and grown programs, all judged: nothing may raise, end its process or take longer than the deadline.

    python bench/robust.py [DATA.jsonl ...] [--mutations N] [--grown N] [--seed N] [--quick] [--scratch FOLDER]

Judges the Python records of the data files, the standard library of this interpreter, mutations of both, and programs
grown by hypothesmith, in two child processes. Failures are also: a warning, a verdict that is no JSON, and a capability
that the screen hides. The deadline is of processor time, and does not hold for files above the default size.
Each kind of failure leaves its first input and a smaller one in the scratch folder. Exits 1 if there is any failure.
"""

import argparse
import json
import math
import multiprocessing
import re
import signal
import sys
import sysconfig
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import chain
from pathlib import Path
from random import Random
from typing import Final, TypeVar

import hypothesmith
from hypothesis import HealthCheck, Phase, given, seed, settings

from validator.analyse.observe import observe
from validator.judgment import judge_argument
from validator.model.argument import Argument, Language
from validator.model.fact import Kind
from validator.model.limits import DEFAULT_LIMITS
from validator.model.verdict import Verdict
from validator.rulebook.load import Rulebook, load_rulebook

DEADLINE: Final = 2.0
LATE: Final = f"over {DEADLINE:.0f} s"
DEATH: Final = "death of a child"
GIVE_UP: Final = 30  # seconds without an answer, after which a child ends
SHRINKING: Final = 45  # seconds spent on making one failure smaller
CHILDREN, BATCH = 2, 100  # of programs that are grown together
WINDOW: Final = 4_000  # characters of a file that are mutated together
LIMITS: Final = replace(DEFAULT_LIMITS, size=2_097_152)
LIBRARY: Final = Path(sysconfig.get_path("stdlib"))
Result = TypeVar("Result")

# Lines, tokens, characters.
PIECES: Final = tuple(re.compile(kind, re.DOTALL) for kind in (r"[^\n]*\n|[^\n]+", r"\w+|[^\w\n]|\n[ \t]*", "."))
# Blanks count, so an underlined blank parts the pieces.
ODD: Final = (
    "\r\n␣'''␣\"\"\"␣f'{␣rb'␣\\N{␣\\x␣**␣:=␣...␣!r}␣# ␣\ufeff␣\ud800␣\u202e␣\u2028␣\xa0␣𝓮𝔁𝓮𝓬␣ﬁ␣é␣# coding: l1\n␣"
    "\n#coding:utf-16\n␣not ␣await ␣async ␣del ␣yield ␣global x\n␣match x:\n case ␣class x:\n ␣with x as y:\n ␣!ls\n␣"
    "try:\n ␣for x in ␣if x else ␣1e999␣0x␣* 10**9␣<< 10**9␣% ()␣[1:0:0]␣.format(␣exec(␣eval(␣getattr(x, ␣__import__(␣"
    "lambda: ␣def x(*, y):\n ␣while 1:\n ␣import os\n␣from os import *\n␣os.system(␣open(␣chr(␣%%bash\n␣%run x.py\n"
)
INSERTED: Final = (*"()[]{}'\"\\\n\r\t\f\v\0@:=;,.*-~%!`$?|", *ODD.split("␣"), "9" * 4_400)


@dataclass(frozen=True, slots=True)
class Sample:
    """One input: where it comes from, and how it is judged."""

    kind: str
    name: str
    content: str | bytes
    language: Language = Language.PYTHON


def read(data: Iterable[Path]) -> Iterator[Sample]:
    """The Python records of data files, and every source file of the standard library, as bytes."""
    for path in data:
        for record in map(json.loads, path.read_text("utf-8").splitlines()):
            if record.get("language", "python") == "python":
                yield Sample("data", record.get("id", path.name), record["code"])
    for path in sorted(LIBRARY.rglob("*.py")):
        if "site-packages" not in path.parts:
            yield Sample("library", path.relative_to(LIBRARY).as_posix(), path.read_bytes())


def as_text(content: str | bytes) -> str:
    """The content with one character for each of its bytes, if it is bytes."""
    return content if isinstance(content, str) else content.decode("latin-1")


def mutate(content: str | bytes, random: Random) -> str | bytes:
    """A stretch of the content with a few pieces deleted, doubled, swapped, inserted or replaced; text or bytes."""
    text = content if isinstance(content, str) else content.decode("utf-8", "replace")
    start = random.randrange(max(len(text) - WINDOW, 0) + 1)
    text = text[text.rfind("\n", 0, start) + 1 : start + WINDOW]
    inserted: Sequence[str] = INSERTED
    in_bytes = random.random() < 0.3
    if in_bytes:
        text = as_text(text.encode("utf-8", "surrogatepass"))
        inserted = [*(as_text(item.encode("utf-8", "surrogatepass")) for item in INSERTED), "\xff", "\xc3"]
    for _ in range(random.choice((1, 1, 1, 2, 4, 8))):
        text = "".join(change(random.choice(PIECES).findall(text), inserted, random))
    return text.encode("latin-1") if in_bytes else text


def change(pieces: list[str], inserted: Sequence[str], random: Random) -> list[str]:
    """The pieces after one small accident; what is inserted stands in the text already, or is odd."""
    start = random.randrange(len(pieces) + 1)
    end = start + random.choice((1, 1, 2, 8))
    before, hit, after = pieces[:start], pieces[start:end], pieces[end:]
    new = random.choice(random.choice((inserted, pieces or inserted)))
    outcomes = (
        before + after,
        before + hit * random.choice((2, 2, 3, 150)) + after,
        before + after[: len(hit)] + hit + after[len(hit) :],
        [*before, new * random.choice((1, 1, 1, 2, 120)), *hit, *after],
        [*before, new, *hit[1:], *after],
    )
    return random.choice(outcomes)


def grow(number: int, count: int) -> list[str]:
    """Programs of hypothesmith: most follow the grammar, some are printed from syntax trees."""
    strategy = hypothesmith.from_node(auto_target=False) if number % 4 == 3 else hypothesmith.from_grammar()
    programs: dict[str, None] = {}
    checks = list(HealthCheck)

    @seed(number)
    @settings(max_examples=count, database=None, phases=[Phase.generate], deadline=None, suppress_health_check=checks)
    @given(strategy)
    def keep(program: str) -> None:
        programs[program] = None

    keep()
    return list(programs)


@cache
def load_books() -> tuple[Rulebook, Rulebook]:
    """The rulebook that ships, and the same without the screen."""
    book = load_rulebook()
    return book, replace(book, catalog=replace(book.catalog, words=None))


def judge_sample(sample: Sample) -> tuple[float, str]:
    """Judge one sample here: seconds, and what failed, if anything; whatever leaves the judge is a failure too."""
    book, unscreened = load_books()
    argument = Argument(sample.content, language=sample.language)
    start = time.process_time()
    try:
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            verdict = judge_argument(argument, book, limits=LIMITS)
            seconds = time.process_time() - start
            json.dumps(verdict.to_dict(), allow_nan=False)
            hidden = find_hidden(verdict, argument, unscreened)
    except Exception as error:
        return time.process_time() - start, f"{type(error).__name__} in {place(error)}"
    late = seconds > DEADLINE and len(sample.content) <= DEFAULT_LIMITS.size
    return seconds, hidden or (f"{warned[0].category.__name__} left the judge" if warned else LATE if late else "")


def find_hidden(verdict: Verdict, argument: Argument, unscreened: Rulebook) -> str:
    """What the full analysis finds and the screen did not."""
    if any(fact.kind is not Kind.IMPORT for fact in verdict.facts):
        return ""
    hidden = {fact.capability for fact in observe(argument, unscreened.catalog, LIMITS)} - set(verdict.capabilities)
    return f"the screen hides {', '.join(sorted(hidden))}" if hidden else ""


def place(error: Exception) -> str:
    """File and line of ours that raised; for a recursion, which may end anywhere, those that recurred most."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f"{Path(each.filename).name}:{each.lineno}" for each in frames if "/validator/" in each.filename]
    return Counter(ours).most_common(1)[0][0] if isinstance(error, RecursionError) else (ours or ["JSON"])[-1]


def judge_in_time(sample: Sample) -> tuple[float, str]:
    """The same in a child, which ends if there is no answer for too long."""
    signal.alarm(GIVE_UP)
    answer = judge_sample(sample)
    signal.alarm(0)
    return answer


class Child:
    """A process that judges; when it dies, another takes its place."""

    def __init__(self) -> None:
        """Start the first one."""
        self._start()

    def _start(self) -> None:
        self._pool = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), load_books)

    def ask(self, work: Callable[..., Result], *task: object) -> Result | None:
        """What comes of some work in the child; None if it died of it."""
        try:
            return self._pool.submit(work, *task).result()
        except BrokenProcessPool:
            self._start()
            return None

    def judge(self, sample: Sample) -> tuple[float, str]:
        """Seconds, and what failed, if anything."""
        return self.ask(judge_in_time, sample) or (0.0, DEATH)


def samples(originals: Sequence[Sample], options: argparse.Namespace, share: int, child: Child) -> Iterator[Sample]:
    """What one of the children judges; programs that bring down the library that grows them are left out."""
    every = 100 if options.quick else 1
    grown = options.grown // every
    yield from originals[::every][share::CHILDREN]
    for number in range(share, options.mutations // every, CHILDREN):
        random = Random(f"{options.seed} {number}")
        original = random.choice(originals)
        language = Language.IPYTHON if number % 8 == 7 else Language.PYTHON
        yield Sample("mutation", f"{number} of {original.name}", mutate(original.content, random), language)
    for batch in range(share, math.ceil(grown / BATCH), CHILDREN):
        for program in child.ask(grow, options.seed + batch, min(BATCH, grown - batch * BATCH)) or []:
            yield Sample("grown", f"in batch {batch}", program)


def drive(originals: Sequence[Sample], options: argparse.Namespace, share: int) -> list[tuple[float, str, str]]:
    """Have one child judge its share: seconds, sample and failure of each."""
    child = Child()
    results: list[tuple[float, str, str]] = []
    kept = {""}
    for sample in samples(originals, options, share, child):
        seconds, failure = child.judge(sample)
        digest = Argument(sample.content).digest()[:16]
        results.append((seconds, f"{sample.kind} {digest} {sample.name} ({len(sample.content):,})", failure))
        if failure not in kept:
            kept.add(failure)
            keep_failure(sample, failure, child, options.scratch / digest)
    return results


def keep_failure(sample: Sample, failure: str, child: Child, path: Path) -> None:
    """Write the sample that failed, and the smallest one found that fails in the same way."""
    until = time.monotonic() + SHRINKING
    content = sample.content
    encode = partial(str.encode, encoding="latin-1") if isinstance(content, bytes) else str

    def fails(text: str) -> bool:
        return time.monotonic() < until and child.judge(replace(sample, content=encode(text)))[1] == failure

    path.parent.mkdir(parents=True, exist_ok=True)
    for suffix, text in ((".whole", content), (".small", encode(shrink(as_text(content), fails)))):
        path.with_suffix(suffix).write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))


def shrink(text: str, fails: Callable[[str], bool]) -> str:
    """A shorter text that still fails: ever smaller stretches are left out, first of lines, then of characters."""
    for pattern in PIECES:
        pieces = pattern.findall(text)
        for power in range(1, len(pieces).bit_length()):
            width = max(len(pieces) >> power, 1)
            for start in range(len(pieces) - width, -1, -width):
                shorter = pieces[:start] + pieces[start + width :]
                pieces = shorter if fails("".join(shorter)) else pieces
        text = "".join(pieces)
    return text


def report(results: Iterable[tuple[float, str, str]]) -> int:
    """Print what came of it; how many samples failed."""
    ranked = sorted(results)
    failures = Counter(failure for _, _, failure in ranked if failure)
    print(f"judged {len(ranked):,}:", dict(Counter(name.split()[0] for _, name, _ in ranked)))
    others = failures.total() - failures[DEATH] - failures[LATE]
    print(f"exceptions {others}, {DEATH} {failures[DEATH]}, {LATE} {failures[LATE]}")
    print(", ".join(f"p{part} {ranked[len(ranked) * part // 100][0] * 1_000:.1f} ms" for part in (50, 99)))
    for seconds, name, _ in reversed(ranked[-5:]):
        print(f"  {seconds:6.2f} s  {name}")
    for failure, count in failures.most_common():
        print(f"{failure}: {count} times,", next(name for _, name, failed in ranked if failed == failure))
    return failures.total()


def main() -> int:
    """Judge everything, and print what failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="*", type=Path)
    parser.add_argument("--mutations", type=int, default=20_000)
    parser.add_argument("--grown", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="one per cent of everything")
    parser.add_argument("--scratch", type=Path, default=Path(tempfile.gettempdir()) / "robust")
    options = parser.parse_args()
    with ThreadPoolExecutor(CHILDREN) as pool:
        results = list(pool.map(partial(drive, list(read(options.data)), options), range(CHILDREN)))
    return 1 if report(chain(*results)) else 0


if __name__ == "__main__":
    sys.exit(main())
