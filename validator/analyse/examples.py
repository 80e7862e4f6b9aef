"""What `doctest` runs: the examples that stand in the text after `>>>`, wherever it finds them."""

import re
from collections.abc import Iterator
from typing import Final

import libcst as cst

from validator.analyse.nested import run_code
from validator.analyse.parse import look
from validator.analyse.run import Arguments, Roles, Run
from validator.analyse.values import NOTHING, Value
from validator.model.limits import Limits

MOST: Final = 200
EXAMPLE: Final = re.compile(r"""(?:^[ \t]*|["'])>>> ?([^\n]*(?:\n[ \t]*\.\.\. ?[^\n]*)*)""", re.MULTILINE)
CONTINUED: Final = re.compile(r"\n[ \t]*\.\.\. ?")
END: Final = re.compile(r"""(?:\\n)?["']{1,3}[^"']{0,40}$""")


def run_examples(run: Run, roles: Roles, arguments: Arguments, node: cst.CSTNode) -> Value:
    """Follow the examples of the whole text, for any of them may be found."""
    for code in _examples(run.source, run.limits):
        run_code(run, code, node)
    return NOTHING


def _examples(source: str, limits: Limits) -> Iterator[str]:
    for found in list(EXAMPLE.finditer(source))[:MOST]:
        code = CONTINUED.sub("\n", found[1])
        # The literal that the example stands in may end on its line.
        for each in (code, END.sub("", code)):
            if each.strip() and look(each, limits) is not None:
                yield each
                break
