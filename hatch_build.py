"""Puts a snapshot of the rules into the wheel, so that an installed command starts without reading YAML."""

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class SnapshotHook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs when hatchling builds a wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Load the rules as the command would, and add them as one file; an editable install reads the YAML itself."""
        if version == "editable":
            return
        sys.path.insert(0, self.root)
        from validator.rulebook.folder import read_folder
        from validator.rulebook.snapshot import SNAPSHOT, digest_of, freeze

        rules = Path(self.root) / "rules"
        book, catalog = read_folder(rules)
        folder = Path(tempfile.mkdtemp())
        (folder / SNAPSHOT).write_text(freeze(book, catalog, digest_of(rules)), encoding="utf-8")
        build_data["force_include"][str(folder / SNAPSHOT)] = f"validator/rules/{SNAPSHOT}"
