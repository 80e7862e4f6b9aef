"""What the commands show of an audit: the last calls, those that match, figures, and forms for other programs."""

import csv
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.audit.records import make_fact, make_record
from validator.audit.export import COLUMNS
from validator.audit.log import AuditLog
from validator.cli import make_app
from validator.model.decision import Action

RUN = CliRunner()


@pytest.fixture
def filled(target: Path) -> str:
    """Four calls, a minute apart."""
    log = AuditLog(target)
    number = log.append(make_record(make_fact(path="a"), grant="one", time=0.0, message="first"))
    log.append(make_record(action=Action.REFUSE, grant="two", time=60.0, tool="other"))
    log.settle(number, time=61.0, outcome="ok", milliseconds=5.0)
    log.append(make_record(grant="one", time=120.0))
    log.append(make_record(action=Action.REFUSE, grant="one", time=180.0, tool="=evil()\x1b[2J"))
    log.close()
    return str(target)


def run(*arguments: str) -> str:
    result = RUN.invoke(make_app(["audit", "check"]), ["audit", *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


def told(*arguments: str) -> list[Any]:
    return [json.loads(line) for line in run(*arguments).splitlines()]


@pytest.mark.parametrize(
    ("options", "numbers"),
    [
        ([], [1, 2, 4, 5]),
        (["--grant", "one"], [1, 4, 5]),
        (["--grant", "on"], []),
        (["--tool", "other"], [2]),
        (["--decision", "refuse"], [2, 5]),
        (["--verdict", "allow"], [1, 2, 4, 5]),
        (["--verdict", "deny"], []),
        (["--outcome", "ok"], [1]),
        (["--outcome", "open"], [4]),
        (["--since", "1970-01-01T00:01:00"], [2, 4, 5]),
        (["--until", "1970-01-01T00:01:00"], [1]),
        (["--capability", "env.write"], [1]),
        (["--capability", "env"], [1]),
        (["--capability", "en"], []),
        (["--finding", "r"], [1]),
        (["--rule", "(allowed)", "--grant", "two"], [2]),
        (["--digest", "d", "--grant", "one", "--decision", "forward"], [1, 4]),
    ],
)
def test_a_query_shows_the_calls_that_match(filled: str, options: list[str], numbers: list[int]) -> None:
    assert [call["sequence"] for call in told("query", filled, "--format", "json", *options)] == numbers


def test_tail_shows_the_last_calls(filled: str) -> None:
    assert [call["sequence"] for call in told("tail", filled, "-n", "2", "--format", "json")] == [4, 5]


def test_a_line_for_people_says_what_was_decided_and_steers_no_terminal(filled: str) -> None:
    first, *_, last = run("tail", filled).splitlines()
    assert first == "1970-01-01T00:00:00Z  forward  (allowed)  allow 0  one t  ok"
    assert last.endswith("one =evil()\\x1b[2J  -")


def test_figures_say_how_often_what_was_decided(filled: str) -> None:
    figures = json.loads(run("stats", filled, "--format", "json"))
    assert (figures["calls"], figures["first"], figures["last"]) == (4, 0.0, 180.0)
    assert (figures["decision"], figures["grant"]) == ({"forward": 2, "refuse": 2}, {"one": 3, "two": 1})
    assert (figures["capabilities"], figures["findings"]) == ({"env.write": 1}, {"r": 1})
    assert run("stats", filled).startswith("4 calls, from 1970-01-01T00:00:00Z to 1970-01-01T00:03:00Z\n")


def test_an_export_of_json_lines_holds_every_call(filled: str) -> None:
    assert told("export", filled) == told("query", filled, "--format", "json")


def test_an_export_of_csv_holds_every_call_and_no_formula(filled: str, tmp_path: Path) -> None:
    run("export", filled, "--format", "csv", "--output", str(tmp_path / "out.csv"))
    with (tmp_path / "out.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert list(rows[0]) == list(COLUMNS)
    assert [row["sequence"] for row in rows] == ["1", "2", "4", "5"]
    assert (rows[0]["message"], json.loads(rows[0]["capabilities"])) == ("first", ["env.write"])
    assert rows[3]["tool"].startswith("'=evil")


def test_an_export_of_parquet_holds_every_call(filled: str, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow IS NOT INSTALLED: Parquet is not tested")
    run("export", filled, "--format", "parquet", "--output", str(tmp_path / "out.parquet"))
    table = parquet.read_table(tmp_path / "out.parquet")
    assert table.column_names == list(COLUMNS)
    assert table["sequence"].to_pylist() == [1, 2, 4, 5]
    assert table["outcome"].to_pylist() == ["ok", "", "open", ""]


def failing(*arguments: str) -> str:
    result = RUN.invoke(make_app(["audit", "check"]), ["audit", *arguments])
    return f"{result.exit_code} {result.exception}"


def test_parquet_without_its_package_says_what_to_install(filled: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert "needs the package pyarrow (pip install 'mcp-code-validator[parquet]'" in failing(
        "export", filled, "--format", "parquet"
    )


@pytest.mark.parametrize("command", ["tail", "query", "stats", "export", "verify"])
@pytest.mark.parametrize("name", ["none.jsonl", "none.db", "mysql://host/name"])
def test_an_audit_that_is_not_there_is_an_error_and_is_not_made(tmp_path: Path, command: str, name: str) -> None:
    place = name if "://" in name else str(tmp_path / name)
    assert any(text in failing(command, place) for text in ("No such file", "no audit is kept there"))
    assert list(tmp_path.iterdir()) == []


def test_verify_tells_what_is_wrong_and_ends_with_1(filled: str) -> None:
    assert run("verify", filled) == "5 records, nothing is wrong\n"
    Path(f"{filled}.head").unlink()
    result = RUN.invoke(make_app(["audit", "check"]), ["audit", "verify", filled, "--format", "json"])
    assert result.exit_code == 1
    assert json.loads(result.stdout)["records"] == 5
    assert "cannot be read: No such file" in json.loads(result.stdout)["faults"][0]["reason"]


def test_a_reader_changes_nothing(filled: str) -> None:
    before = Path(filled).read_bytes()
    run("verify", filled)
    run("stats", filled)
    assert Path(filled).read_bytes() == before


@pytest.mark.parametrize("moment", ['"time":Infinity', '"time":1e300', '"time":-1e300', '"time":"x"', '"time":NaN'])
def test_a_record_that_somebody_made_up_is_shown_and_stops_no_reader(tmp_path: Path, moment: str) -> None:
    log = AuditLog(tmp_path / "audit.jsonl")
    log.append(make_record())
    log.close()
    file = tmp_path / "audit.jsonl"
    file.write_text(file.read_text().replace('"time":1.5', moment))
    assert run("tail", str(file)).startswith("-  forward")
    assert "1 calls, from -" in run("stats", str(file))
