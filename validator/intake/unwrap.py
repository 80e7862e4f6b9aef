"""A code argument in, the code without its wrapping out; what is not clearly wrapped is left as it is."""

import json
import re

_OPENING = re.compile(r"\s*(```|~~~)[A-Za-z0-9_+.-]*[ \t]*\r?")


def unwrap_fence(text: str) -> str:
    """Empty the two lines of a Markdown fence that encloses the whole text, so that line numbers stay.

    Python cannot read a text with such lines, so either the upstream takes the fence away, and runs what
    we judge, or it runs nothing. Text with more than one fence is left for the parser to refuse.
    """
    lines = text.split("\n")
    filled = [number for number, line in enumerate(lines) if line.strip()]
    fences = [number for number in filled if lines[number].lstrip().startswith(("```", "~~~"))]
    if len(fences) != 2 or fences != [filled[0], filled[-1]]:
        return text
    first, last = fences
    opening = _OPENING.fullmatch(lines[first])
    if opening is None or lines[last].strip() != opening[1]:
        return text
    lines[first] = lines[last] = ""
    return "\n".join(lines)


def join_notebook(text: str) -> str | None:
    """The code cells of a notebook in their order, or None when the text is not a notebook."""
    try:
        cells = json.loads(text)["cells"]
        sources = [cell["source"] for cell in cells if cell["cell_type"] == "code"]
        return "\n".join(source if isinstance(source, str) else "".join(source) for source in sources)
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
