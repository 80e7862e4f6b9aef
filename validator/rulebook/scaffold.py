"""The place of a new rule in, its file out: it loads, changes no verdict, and is sent back until it is written."""

import re
from pathlib import Path
from typing import Final

from validator.model.errors import Problem, RuleError
from validator.rulebook.check import BLANK, KEBAB
from validator.rulebook.folder import NOT_PACKS

PACK: Final = re.compile(r"[a-z][a-z0-9]*")
FORM: Final = "PACK/ID, such as files/key-file-read"
TEXT: Final = f"""\
name: {BLANK} a title
version: 1
status: draft # becomes stable once it is measured on honest code
capability: console.output # one of rules/capabilities.yaml
severity: low # how bad it is if it is real
confidence: low # how often it is real
weight: 0 # 0 to 100 points; the balanced profile reviews at 30 and denies at 70
attack: []
message: "{BLANK} what {{name}} does"
why: >
  {BLANK} what happens to whom.
misses: >
  {BLANK} what is as bad and is not reported.
false_alarms: >
  {BLANK} which honest code is reported.
remedy: "{BLANK} what to do instead."
match:
  call: console.output
examples: # at least two that are reported, in the lines that end in the mark, and two that are not
  bad:
    - code: |
        bad_example_1()  # <-
    - code: |
        bad_example_2()  # <-
  good:
    - code: |
        good_example_1()
    - code: |
        good_example_2()
"""


def scaffold(place: str, folder: Path) -> Path:
    """The file that a new rule of that place gets; raises RuleError if the place is taken or is none."""
    pack, _, identifier = place.partition("/")
    if not PACK.fullmatch(pack) or pack in NOT_PACKS or not KEBAB.fullmatch(identifier):
        raise RuleError(Problem(place, "is no place for a rule: a pack, and an id of several words", f"give {FORM}"))
    if not folder.is_dir():
        raise RuleError(Problem(str(folder), "is no folder", "name the folder of the rules with --rules"))
    taken = next(folder.glob(f"*/{identifier}.yaml"), None)
    if taken is not None:
        raise RuleError(Problem(str(taken), f"there is a rule {identifier!r}", "choose another id, or edit that rule"))
    return folder / pack / f"{identifier}.yaml"
