"""A snapshot gives the rulebook that the files give, and nothing once a file has changed."""

from pathlib import Path

import pytest

from validator.rulebook.folder import read_folder
from validator.rulebook.load import load_rulebook, shipped
from validator.rulebook.rule import Rulebook
from validator.rulebook.signatures import CatalogText
from validator.rulebook.snapshot import SNAPSHOT, digest_of, freeze, thaw


@pytest.fixture(scope="module")
def read() -> tuple[Rulebook, CatalogText]:
    return read_folder(shipped())


def test_a_snapshot_gives_back_every_rule_profile_and_name(read: tuple[Rulebook, CatalogText]) -> None:
    book, text = read
    again = thaw(freeze(book, text, "same"), "same")
    assert again is not None
    assert (again.rules, again.profiles, again.capabilities) == (book.rules, book.profiles, book.capabilities)
    assert again.listings == book.listings
    assert book.listings
    assert dict(again.catalog.entries) == dict(book.catalog.entries)
    assert dict(again.catalog.commands) == dict(book.catalog.commands)
    assert (again.catalog.aliases, again.catalog.names) == (book.catalog.aliases, book.catalog.names)


def test_a_snapshot_of_other_files_is_not_used(read: tuple[Rulebook, CatalogText]) -> None:
    assert thaw(freeze(*read, "before"), "after") is None


def test_a_changed_rule_file_is_read_although_a_snapshot_lies_beside_it(
    tmp_path: Path, read: tuple[Rulebook, CatalogText]
) -> None:
    for name in ("catalog", "profiles", "env"):
        (tmp_path / name).mkdir()
        for file in (shipped() / name).glob("*.yaml"):
            (tmp_path / name / file.name).write_bytes(file.read_bytes())
    (tmp_path / "capabilities.yaml").write_bytes((shipped() / "capabilities.yaml").read_bytes())
    for profile in (tmp_path / "profiles").glob("*.yaml"):
        profile.write_text("about: For this test\nreview_at: 1\ndeny_at: 2\n")
    (tmp_path / SNAPSHOT).write_text(freeze(*read, "the digest of other files"))
    assert load_rulebook(tmp_path).profiles["balanced"].deny_at == 2
    (tmp_path / SNAPSHOT).write_text(freeze(*read, digest_of(tmp_path)))
    assert load_rulebook(tmp_path).profiles["balanced"].deny_at == read[0].profiles["balanced"].deny_at
