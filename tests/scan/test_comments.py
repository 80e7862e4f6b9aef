"""Promises of comments that accept findings: a reason is required, the rule is named, and the gate knows none of it."""

import pytest

from validator import judge
from validator.rulebook.load import Rulebook
from validator.scan.block import Recipe, inspect_block
from validator.scan.judged import Judged
from validator.scan.sample import Place, Sample, single

RULES = "shell-command, program-started"


def inspect(content: str | bytes, *, own: bool = True, comments: bool = True) -> Judged:
    sample = Sample("x.py", content, "", Place("x.py", inside=True), own=own)
    return next(iter(inspect_block((single(sample),), Recipe("balanced", comments=comments).prepare())))


@pytest.mark.parametrize(
    "code",
    [
        f"import os\nos.system('date')  # validator: ignore[{RULES}] ours",
        f"import os\nos.system(  # validator: ignore[{RULES}] ours\n    'date'\n)",
        f"import os\n# validator: ignore[{RULES}] ours\nos.system('date')",
        f"import os\r\nos.system('date')  #validator:ignore[{RULES}]   ours",
    ],
)
@pytest.mark.parametrize("raw", [False, True])
def test_a_comment_at_the_finding_accepts_it_for_its_reason(code: str, raw: bool) -> None:
    judged = inspect(code.encode() if raw else code)
    assert (judged.outcome.value, judged.score, judged.findings, judged.notes) == ("allow", 0, (), ())
    assert {(found.rule, found.reason) for found in judged.ignored} == {("shell-command", "ours")}


@pytest.mark.parametrize(
    ("comment", "note"),
    [
        (f"# validator: ignore[{RULES}]", "gives no reason"),
        ("# validator: ignore[] ours", "names no rule"),
        ("# validator: ignore ours", "names no rule"),
        ("# validator: ignore[shell-comand] ours", "no rule 'shell-comand'"),
    ],
)
def test_a_comment_without_rule_or_reason_accepts_nothing_and_is_told(comment: str, note: str) -> None:
    judged = inspect(f"import os\nos.system('date')  {comment}")
    assert judged.outcome.value == "review"
    assert note in judged.notes[0]
    assert judged.notes[0].startswith("line 2: ")


@pytest.mark.parametrize(
    "code",
    [
        f"import os\nos.system('date')\n# validator: ignore[{RULES}] ours",
        f"import os\n# validator: ignore[{RULES}] ours\n\nos.system('date')",
        f"import os\nos.system('date'); x = '# validator: ignore[{RULES}] ours'",
        "import os\nos.system('date')  # validator: ignore[file-deleted] ours",
    ],
)
def test_a_comment_elsewhere_or_in_a_text_or_on_another_rule_accepts_nothing(code: str) -> None:
    judged = inspect(code)
    assert judged.outcome.value == "review"
    assert judged.ignored == ()


CODE = f"import os\nos.system('date')  # validator: ignore[{RULES}] ours"


def test_comments_in_records_and_where_they_are_declined_accept_nothing() -> None:
    assert inspect(CODE, own=False).outcome.value == "review"
    assert inspect(CODE, comments=False).outcome.value == "review"


def test_the_gates_own_judgment_knows_no_comments(book: Rulebook) -> None:
    assert judge(CODE).outcome.value == "review"
