"""The door of this room: the rules that ship, or those of a folder, as one rulebook."""

from collections.abc import Sequence
from pathlib import Path

from validator.rulebook.index import assemble
from validator.rulebook.rule import Rulebook
from validator.rulebook.snapshot import SNAPSHOT, digest_of, thaw

__all__ = ["Rulebook", "assemble", "load_rulebook", "shipped"]


def shipped() -> Path:
    """The folder of the rules that ship: inside the package once installed, else beside it."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "rules"
    return inside if inside.is_dir() else package.parent / "rules"


def load_rulebook(folder: Path | None = None, *, extra: Sequence[Path] = ()) -> Rulebook:
    """Load a rules folder and further packs; raises RuleError with every problem of every file.

    A folder that was built into a wheel has a snapshot of itself beside its files; as long as no file differs from
    it, reading the files again, and importing what reads them, is spared.
    """
    root = folder or shipped()
    snapshot = root / SNAPSHOT
    if not extra and snapshot.is_file():
        book = thaw(snapshot.read_text(encoding="utf-8"), digest_of(root))
        if book is not None:
            return book
    from validator.rulebook.folder import read_folder  # needs pydantic and YAML, which a snapshot spares

    return read_folder(root, extra)[0]
