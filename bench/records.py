"""JSON lines in, records out: the one way in which the measurements read the corpus and data files."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

CORPUS: Final = Path(__file__).parent.parent / "corpus"


@dataclass(frozen=True, slots=True)
class Record:
    """One labelled program; what a file does not say of it is empty, and gateable where nothing says otherwise."""

    id: str
    code: str
    file: str
    label: str = ""
    kind: str = ""  # family or category
    outcome: str = ""
    split: str = ""
    tier: str = ""
    intent: str = ""
    language: str = "python"
    gateable: bool = True
    capabilities: tuple[str, ...] = ()


def read(paths: Iterable[Path]) -> Iterator[Record]:
    """Every record of the files, in their order."""
    for path in paths:
        for line in path.read_text("utf-8").splitlines():
            yield _record(path.name, json.loads(line))


def _record(file: str, line: dict[str, Any]) -> Record:
    return Record(
        id=str(line.get("id", "?")),
        code=line["code"],
        file=file,
        label=line.get("label") or "",
        kind=line.get("family") or line.get("category") or "",
        outcome=line.get("outcome") or "",
        split=line.get("split") or "",
        tier=line.get("tier") or "",
        intent=line.get("intent") or "",
        language=line.get("language") or "python",
        gateable=line.get("gateable") is not False,
        capabilities=tuple(line.get("capabilities") or ()),
    )
