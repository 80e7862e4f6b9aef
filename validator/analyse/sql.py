"""SQL in, uses out: the files, addresses, libraries and programs that a statement names.

This is no parser of SQL. It looks for the few phrases by which an engine reaches outside its own tables; tables,
columns and conditions are of no concern here.
"""

import re
from collections.abc import Iterator
from typing import Final

from validator.model.known import UNKNOWN, Known, Partial

GAP: Final = "\ue000"  # stands for a piece of the text that is not known
LONGEST: Final = 65_536
NAME: Final = r"['\"]([^'\"]{1,1024})['\"]"
FILE_LIKE: Final = re.compile(r"[./\\~" + GAP + r"]")


def _phrase(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern.replace("NAME", NAME).replace(" ", r"\s+"), re.IGNORECASE)


# Each phrase has one group: the name. Repeats are bounded, so that no text makes a search slow.
PHRASES: Final = (
    ("fs.write", "path", _phrase(r"\bTO NAME")),
    ("fs.write", "path", _phrase(r"\bEXPORT DATABASE NAME")),
    ("fs.write", "path", _phrase(r"\bATTACH (?:DATABASE )?(?:IF NOT EXISTS )?NAME")),
    ("fs.write", "path", _phrase(r"\bINTO (?:OUTFILE |DUMPFILE |LOCAL |DIRECTORY )?NAME")),
    ("fs.read", "path", _phrase(r"\bIMPORT DATABASE NAME")),
    ("fs.read", "path", _phrase(r"\bINFILE NAME")),
    (
        "fs.read",
        "path",
        _phrase(
            r"\b(?:read_\w{2,24}|scan_\w{2,24}|\w{2,24}_scan|sniff_csv|parquet_\w{4,24}|glob|load_file|readfile"
            r"|pg_read_file|pg_read_binary_file|pg_ls_dir|lo_import|file|url|s3|bfilename)\s{0,8}\(\s{0,8}\[?\s{0,8}NAME"
        ),
    ),
    ("fs.write", "path", _phrase(r"\b(?:writefile|lo_export)\s{0,8}\(.{0,200}?NAME")),
    ("native.load", "library", _phrase(r"\bload_extension\s{0,8}\(\s{0,8}NAME")),
    (
        "native.load",
        "library",
        _phrase(r"(?:^|;)\s{0,64}(?:FORCE )?(?:LOAD|INSTALL) (?!DATA\b|XML\b)['\"]?(\w[^'\";\s]{0,255})"),
    ),
    ("process.shell", "command", _phrase(r"\bPROGRAM NAME")),
    ("process.shell", "command", _phrase(r"\b(?:xp_cmdshell|sys_exec|sys_eval)[\s(]{1,16}NAME")),
)
COMMENT: Final = re.compile(r"/\*.{0,200}?\*/", re.DOTALL)
# A file whose name is a parameter, or worked out by the engine.
ELSEWHERE: Final = _phrase(
    r"\b(?:ATTACH (?:DATABASE )?(?:IF NOT EXISTS )?|VACUUM (?:\w{1,64} )?INTO )(?=[?:@$\w(])(?!DATABASE\b)"
)
FROM: Final = _phrase(r"\b(?:FROM|JOIN) NAME")


DESTROYS: Final = _phrase(
    r"\b(?:DROP (?:DATABASE|SCHEMA|TABLESPACE|OWNED)\b|DROP TABLE (?!IF\b)\S|TRUNCATE (?:TABLE )?\w"
    r"|DELETE FROM [\w.\"`]{1,200}\s{0,64}(?:;|$))"
)


def destroys(pieces: tuple[str | None, ...]) -> bool:
    """Whether a statement throws away tables or all that is in one; a table that may not be there is a fresh start."""
    text = "".join(GAP if piece is None else piece for piece in pieces)
    return len(text) <= LONGEST and DESTROYS.search(text) is not None


def find_uses(pieces: tuple[str | None, ...]) -> Iterator[tuple[str, dict[str, Known]]]:
    """What a statement of known and unknown pieces does outside its tables: capability and roles."""
    text = COMMENT.sub(" ", "".join(GAP if piece is None else piece for piece in pieces))
    if ELSEWHERE.search(text):
        yield "fs.write", {"path": UNKNOWN}
    if len(text) > LONGEST or ("'" not in text and '"' not in text and "load" not in text.lower()):
        return
    for capability, role, pattern in PHRASES:
        for match in pattern.finditer(text):
            yield from _use(capability, role, match[1])
    for match in FROM.finditer(text):
        # Engines take a table's name in quotes as well; `EXTRACT(YEAR FROM '2020-01-01')` is no file either.
        if FILE_LIKE.search(match[1]):
            yield from _use("fs.read", "path", match[1])


def _use(capability: str, role: str, name: str) -> Iterator[tuple[str, dict[str, Known]]]:
    if name == ":memory:":
        return
    if role == "path" and "://" in name[:12] and not name.startswith("file:"):
        yield "network.connect", {"url": _known(name)}
    else:
        yield capability, {role: _known(name)}


def _known(name: str) -> Known:
    if GAP not in name:
        return name
    parts = re.split(f"({GAP})", name)
    return Partial(tuple(UNKNOWN if part == GAP else part for part in parts if part))
