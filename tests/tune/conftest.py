"""Without the extra `tune` nothing here can be tested: `test_extra` says so, and the rest is left out."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

from validator.cli import main
from validator.cli.tuning import NEEDED

HERE = Path(__file__).parent
CORPUS = HERE.parent.parent / "corpus"
MISSING = [name for name in NEEDED if find_spec(name) is None]
collect_ignore = [path.name for path in HERE.glob("test_*.py") if path.name != "test_extra.py"] if MISSING else []


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


Run = Callable[..., Done]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command line in this process."""

    def command(*arguments: str | Path) -> Done:
        monkeypatch.setattr(sys, "argv", ["validator", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        code = ended.value.code
        return Done(code if isinstance(code, int) else 0, *capsys.readouterr())

    return command


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every sixth program of the corpus, which is quickly judged."""
    lines = [line for name in ("benign", "near_misses", "hostile", "bypasses") for line in _lines(name)[::6]]
    file = tmp_path_factory.mktemp("tune") / "data.jsonl"
    file.write_text("\n".join(lines))
    return file


@pytest.fixture(scope="session")
def more(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All honest programs of the corpus, and every sixth of the others."""
    lines = [line for name in ("benign", "near_misses") for line in _lines(name)]
    lines += [line for name in ("hostile", "bypasses") for line in _lines(name)[::6]]
    file = tmp_path_factory.mktemp("tune") / "more.jsonl"
    file.write_text("\n".join(lines))
    return file


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write records as JSON lines."""

    def lines(*records: object) -> Path:
        file = tmp_path / "given.jsonl"
        file.write_text("\n".join(each if isinstance(each, str) else json.dumps(each) for each in records))
        return file

    return lines


def _lines(name: str) -> list[str]:
    return (CORPUS / f"{name}.jsonl").read_text().splitlines()
