"""The page on policies is true: its examples load and pass their cases, and it names every key, operator and field."""

import re
from pathlib import Path
from typing import Final

import pytest
from pydantic import BaseModel

from validator.policy import schema
from validator.policy.cases import read_cases
from validator.policy.scene import CODE_FIELDS
from validator.policy.terms import Operator
from validator.trial import open_trial, try_cases

ROOT: Final = Path(__file__).parents[2]
PAGES: Final = (ROOT / "docs" / "POLICIES.md", ROOT / "docs" / "QUOTAS.md")
TEXT: Final = PAGES[0].read_text()
KEYS: Final = {
    key
    for part in vars(schema).values()
    if isinstance(part, type) and issubclass(part, BaseModel)
    for key in part.model_fields
}


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


POLICIES: Final = [block for page in PAGES for block in blocks(page.read_text(), "json")]


def test_every_example_is_valid_without_warnings(tmp_path: Path) -> None:
    assert len(POLICIES) >= 3
    for policy in POLICIES:
        (tmp_path / "policy.json").write_text(policy)
        assert open_trial(tmp_path / "policy.json", 0.0).policy.warnings == ()


def test_the_cases_of_the_page_pass(tmp_path: Path) -> None:
    (tmp_path / "policy.json").write_text(POLICIES[0])
    (tmp_path / "cases.yaml").write_text(blocks(TEXT, "yaml")[0])
    cases = read_cases(tmp_path / "cases.yaml")
    gate = open_trial(tmp_path / "policy.json", 0.0, server=cases.server)
    assert len(cases.cases) >= 6
    assert [*map(str, try_cases(gate, tmp_path / "cases.yaml", cases))] == []


@pytest.mark.parametrize("word", sorted({*KEYS, *Operator, *(f"code.{field}" for field in CODE_FIELDS)}))
def test_the_page_names_every_key_operator_and_field(word: str) -> None:
    assert f"`{word}`" in TEXT


def test_every_file_that_the_page_links_exists() -> None:
    linked = re.findall(r"\]\(([\w./-]+)\)", TEXT)
    assert [name for name in linked if not (ROOT / "docs" / name).exists()] == []
    assert "docs/POLICIES.md" in (ROOT / "README.md").read_text()
