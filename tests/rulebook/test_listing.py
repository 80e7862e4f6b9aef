"""A profile with a list lets pass what is surely on it, and nothing else."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from validator.judgment import judge_argument
from validator.model.argument import Argument
from validator.model.errors import RuleError
from validator.model.fact import Fact, Kind
from validator.model.known import UNKNOWN, Choice, Known, Partial
from validator.model.profile import NO_SETTINGS, Profile
from validator.model.verdict import Outcome
from validator.rulebook.compile import compile_listing
from validator.rulebook.load import load_rulebook
from validator.rulebook.match import UNLISTED, find
from validator.rulebook.rule import Rulebook
from validator.rulebook.schema import ProfileSection

PROVEN = Profile("proven", 10, 40)
SHIPPED = load_rulebook()


def section(listed: str, **fields: Any) -> ProfileSection:
    page = {"about": "test", "review_at": 10, "deny_at": 40, "unlisted": 40, "listed": yaml.safe_load(listed), **fields}
    return ProfileSection.model_validate(page)


def unlisted(listed: str, *facts: Fact) -> list[str]:
    """The facts that an otherwise empty rulebook with this list reports."""
    listing = compile_listing(section(listed))
    assert listing is not None
    book = Rulebook(SHIPPED.catalog, (), {"proven": PROVEN}, {}, listings={"proven": listing})
    found = find(facts, book, NO_SETTINGS, PROVEN)
    assert {finding.rule for finding in found} <= {UNLISTED}
    return [finding.fact.name for finding in found]


def call(capability: str, **roles: Known) -> Fact:
    return Fact(Kind.CALL, capability, "made", roles)


READING = "[{call: fs.read, where: {path: {under: .}}}]"


@pytest.mark.parametrize(
    ("listed", "fact"),
    [
        (READING, call("fs.read", path="a.csv")),
        (READING, call("fs.read", path=Choice(("a.csv", "b.csv")))),
        ("[{call: console.output}]", call("console.output")),
        ("[import: import]", Fact(Kind.IMPORT, "import", "json")),
        ("[import: company]", Fact(Kind.IMPORT, "import.unknown", "company.tools")),
        (
            "[flow: {from: fs, to: console.output}]",
            Fact(Kind.FLOW, "flow", "a", {"from": "fs.read", "to": "console.output", "path": "x"}),
        ),
    ],
)
def test_what_is_surely_on_the_list_passes(listed: str, fact: Fact) -> None:
    assert unlisted(listed, fact) == []


@pytest.mark.parametrize(
    ("listed", "fact"),
    [
        (READING, call("fs.read", path="/etc/x")),
        (READING, call("fs.read", path=UNKNOWN)),
        (READING, call("fs.read", path=Partial(("data/", UNKNOWN)))),
        (READING, call("fs.read", path=Choice(("a.csv", "/etc/x")))),
        (READING, call("fs.read")),
        (READING, call("fs.read", path="a.csv", target="b.csv")),
        (READING, call("fs.write", path="a.csv")),
        (READING, Fact(Kind.MENTION, "fs.read", "open", {"path": "a.csv"})),
        (READING, Fact(Kind.UNRESOLVED, "unresolved.call", "open")),
        ("[call: fs]", call("fs.delete")),
        ("[call: fs.delete]", call("fs.delete", path="a.csv")),
        ("[import: import]", Fact(Kind.IMPORT, "import.unknown", "mystery")),
        ("[import: $allowed_modules]", Fact(Kind.IMPORT, "import", "json")),
    ],
)
def test_what_is_not_surely_on_the_list_is_a_finding(listed: str, fact: Fact) -> None:
    assert unlisted(listed, fact) == [fact.name]


@pytest.mark.parametrize(
    ("listed", "said"),
    [
        ("[unresolved: unresolved.call]", "never listed"),
        ("[{any: [call: fs.read]}]", "never listed"),
        ("[{call: fs.read, unless: {name: open}}]", "never listed"),
        ("[{call: fs.read, where: {path: {known: false}}}]", "never listed"),
        ("[]", "at least 1"),
    ],
)
def test_a_list_cannot_let_pass_the_unknown(listed: str, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        section(listed)


def test_a_list_needs_its_price_and_a_price_its_list() -> None:
    with pytest.raises(ValidationError, match="belong together"):
        section("[import: import]", unlisted=None)


def test_a_list_that_speaks_of_what_there_is_not_is_told_where(tmp_path: Path) -> None:
    for name in ("catalog", "env", "profiles"):
        (tmp_path / name).symlink_to(SHIPPED_FOLDER / name) if name != "profiles" else (tmp_path / name).mkdir()
    (tmp_path / "capabilities.yaml").symlink_to(SHIPPED_FOLDER / "capabilities.yaml")
    text = "about: x\nreview_at: 1\ndeny_at: 2\nunlisted: 1\nlisted:\n  - call: fs.raed\n  - {call: fs.read, where: {paht: {known: true}}}\n"
    (tmp_path / "profiles" / "proven.yaml").write_text(text)
    with pytest.raises(RuleError) as caught:
        load_rulebook(tmp_path)
    told = str(caught.value)
    assert "proven.yaml:6: there is no capability 'fs.raed' (did you mean 'fs.read'?)" in told
    assert "proven.yaml:7: no call has a role 'paht'" in told


SHIPPED_FOLDER = Path(__file__).parents[2] / "rules"
PASSING = {
    "computing": "print(sum(i * i for i in range(10)))",
    "plotting": "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.savefig('plot.png')",
    "a data file": "import pandas as pd\ndf = pd.read_csv('data/in.csv')\nprint(df.describe())\ndf.to_csv('out.csv')",
    "text in, text out": "text = open('notes.txt').read()\nopen('shout.txt', 'w').write(text.upper())",
    "attribute by a plain name": "class A:\n    x = 1\nprint(getattr(A(), 'x'))",
    "listing": "import os\nprint(os.listdir('.'), os.path.join('a', 'b'))",
}
STOPPED = {
    "a program as a file": "open('helper.py', 'w').write('x = 1')",
    "a file without an ending": "open('Makefile', 'w').write('all:')",
    "a path made at run time": "import sys\nprint(open(sys.argv[1]).read())",
    "a copy that leaves": "import shutil\nshutil.copy('a.csv', '/srv/a.csv')",
    "a power as a value": "import json, pathlib\njson.dumps(1, default=pathlib.Path('data').write_text)",
    "an unlisted host": "import requests\nrequests.get('https://api.example.com/x')",
    "a deletion": "import os\nos.remove('a.csv')",
    "a module nobody described": "import mystery",
}


@pytest.mark.parametrize("code", PASSING.values(), ids=PASSING)
def test_strict_lets_pass_what_is_proven(code: str) -> None:
    assert judge_argument(Argument(code), SHIPPED, profile="strict").outcome is Outcome.ALLOW


@pytest.mark.parametrize("code", STOPPED.values(), ids=STOPPED)
def test_strict_stops_what_is_not_proven(code: str) -> None:
    assert judge_argument(Argument(code), SHIPPED, profile="strict").outcome is not Outcome.ALLOW


def test_strict_lets_pass_what_the_site_allows() -> None:
    code = "import requests, os\nprint(requests.get('https://api.example.com/x').json())\nstage = os.environ['STAGE']\nos.system('git status')"
    settings = {"allowed_hosts": ("api.example.com",), "allowed_env": ("STAGE",), "allowed_commands": ("git status",)}
    verdict = judge_argument(Argument(code), SHIPPED, profile="strict", settings=settings)
    assert (verdict.outcome, [finding.rule for finding in verdict.findings]) == (Outcome.ALLOW, [])
