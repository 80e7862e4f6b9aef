"""A notebook in, its code cells out: one series, for a cell may use what the cells before it have left."""

from typing import Final

from validator.model.argument import Language
from validator.model.known import JsonValue
from validator.scan.inputs.record import decode
from validator.scan.sample import Place, Sample, Series, single

PYTHON: Final = frozenset({"python", "python3", "ipython", ""})


def read_notebook(content: bytes, name: str) -> Series:
    """The cells of a notebook of format 3 or 4; what is none is one sample with a problem."""
    try:
        notebook = decode(content)
    except (ValueError, RecursionError) as error:
        return _refuse(name, f"the notebook is not JSON: {error}")
    cells = _cells(notebook)
    if cells is None:
        return _refuse(name, "not a notebook of format 3 or 4: it has no list of cells")
    language = _language(notebook)
    if language not in PYTHON:
        return _refuse(name, f"the notebook is written in {language!r}, which is not judged here")
    return Series(tuple(_sample(cell, number, name) for number, cell in enumerate(cells, 1) if _is_code(cell)))


def _cells(notebook: JsonValue) -> list[JsonValue] | None:
    if not isinstance(notebook, dict):
        return None
    cells = notebook.get("cells")
    sheets = notebook.get("worksheets")
    if isinstance(sheets, list):  # format 3
        lists = [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)]
        cells = [cell for each in lists if isinstance(each, list) for cell in each]
    return cells if isinstance(cells, list) else None


def _language(notebook: JsonValue) -> str:
    metadata = notebook.get("metadata") if isinstance(notebook, dict) else None
    for key, name in (("language_info", "name"), ("kernelspec", "language")):
        section = metadata.get(key) if isinstance(metadata, dict) else None
        if isinstance(section, dict) and isinstance(language := section.get(name), str):
            return language.lower()
    return ""


def _is_code(cell: JsonValue) -> bool:
    # Of what is no cell we do not know that it is harmless; it becomes a sample with a problem.
    return not isinstance(cell, dict) or cell.get("cell_type") not in ("markdown", "raw", "heading", "html")


def _sample(cell: JsonValue, number: int, name: str) -> Sample:
    table = cell if isinstance(cell, dict) else {}
    source = table.get("source", table.get("input"))
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(map(str, source))
    known = table.get("id")
    key = f"{name} {known if isinstance(known, str) else number}"
    problem = "" if isinstance(source, str) else "the cell has no source that is text"
    text = source if isinstance(source, str) else ""
    place = Place(name, part=f"cell {number}")
    return Sample(f"{name}#cell-{number}", text, problem, place, Language.IPYTHON, name, key, True)


def _refuse(name: str, problem: str) -> Series:
    return single(Sample(name, b"", problem, Place(name), key=name))
