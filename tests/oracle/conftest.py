"""The harness of the oracle: each program runs in an interpreter and a folder of its own, beside a tiny loopback server."""

import ast
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from validator.model.catalog import Catalog
from validator.rulebook.catalog import load_catalog

HERE = Path(__file__).parent
FILES = {"data.txt": "one\ntwo\n", "table.csv": "a,b\n1,2\n", "folder/a.txt": "a\n", "folder/b.txt": "b\n"}
TYPED = b"x = 'typed'\n"
TALLY = pytest.StashKey[Counter[tuple[str, str]]]()
KINDS = ("events", "named", "missed")
Event = tuple[str, tuple[object, ...]]


@dataclass(frozen=True)
class Program:
    """A program as it stands in `programs/<area>.yaml`."""

    area: str
    name: str
    code: str


@dataclass(frozen=True)
class Run:
    """What a program was seen to do: its code as it ran, its events in their order, its folder, and what went wrong."""

    code: str
    events: list[Event]
    home: str
    fault: str | None


class Page(BaseHTTPRequestHandler):
    """A server that answers everything with one word."""

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:
        pass


def programs() -> list[Program]:
    return [
        Program(path.stem, name, code)
        for path in sorted((HERE / "programs").glob("*.yaml"))
        for name, code in yaml.load(path.read_text(), Loader=yaml.CSafeLoader).items()
    ]


def run(program: Program, port: int) -> Run:
    """Run a program in a folder of its own and read the report."""
    code = program.code.replace("PORT", str(port))
    with tempfile.TemporaryDirectory(prefix="oracle-") as place:
        home = Path(place).resolve() / "home"
        for name, text in FILES.items():
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            (home / name).write_text(text)
        source, report = home.parent / "program.py", home.parent / "report"
        source.write_text(code)
        command = [sys.executable, "-I", "-S", "-B", str(HERE / "runner.py"), str(source), str(report)]
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(home), "TMPDIR": str(home), "LANG": "C.UTF-8"}
        done = subprocess.run(
            command, cwd=home, env=environment, input=TYPED, capture_output=True, timeout=30, check=False
        )
        events = list(dict.fromkeys(ast.literal_eval(line) for line in report.read_text().splitlines()))
    return Run(code, events, str(home), done.stderr.decode(errors="replace") if done.returncode else None)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "observed" in metafunc.fixturenames:
        metafunc.parametrize("program", programs(), ids=lambda program: f"{program.area}-{program.name}", indirect=True)


@pytest.fixture
def program(request: pytest.FixtureRequest) -> Program:
    found: Program = request.param
    return found


@pytest.fixture
def area(program: Program) -> str:
    return program.area


@pytest.fixture
def observed(program: Program, runs: dict[Program, Future[Run]]) -> tuple[str, list[Event], str]:
    """The code as it ran, the events that it caused, and its folder."""
    done = runs[program].result()
    assert done.fault is None, done.fault
    return done.code, done.events, done.home


@pytest.fixture(scope="session")
def runs(request: pytest.FixtureRequest) -> Iterator[dict[Program, Future[Run]]]:
    """The runs of every program that is asked for, two at a time."""
    calls = [
        item.callspec
        for item in request.session.items
        if isinstance(item, pytest.Function) and hasattr(item, "callspec")
    ]
    found = [call.params.get("program") for call in calls]
    wanted = [each for each in found if isinstance(each, Program)]
    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server, ThreadPoolExecutor(2) as pool:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield {program: pool.submit(run, program, server.server_port) for program in wanted}
        server.shutdown()


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return load_catalog((HERE.parents[1] / "rules" / "catalog").glob("*.yaml"))


@pytest.fixture(scope="session")
def tally(pytestconfig: pytest.Config) -> Counter[tuple[str, str]]:
    """How many events of each area there were, and how many were covered."""
    return pytestconfig.stash.setdefault(TALLY, Counter())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """`-v` shows the coverage of each area; the last line is always there."""
    tally = config.stash.get(TALLY, Counter())
    areas = sorted({area for area, _ in tally})
    for area in [*areas, "all"] if areas else []:
        events, named, missed = (
            sum(count for (each, what), count in tally.items() if what == kind and area in (each, "all"))
            for kind in KINDS
        )
        share = 100 * (events - missed) / max(events, 1)
        if area == "all" or config.option.verbose > 0 or missed:
            behind = events - missed - named
            terminalreporter.write_line(
                f"oracle {area}: events {events}, covered {events - missed} ({share:.1f} %), by name {named}, behind a door {behind}"
            )
