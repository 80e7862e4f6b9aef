"""Facts of code in; which files it may change out, now or later, under whatever name: what is not certain is all.

Code may leave something behind that writes after its call: an open handle, a finalizer, a link. So a file that it may
write stays uncertain for good, and code of which more cannot be said than that it writes makes every file uncertain.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from typing import Final

from validator.model.fact import Fact
from validator.model.known import Choice, Known, Partial

# What changes no file that could be run, as far as it is all that code does.
_HARMLESS: Final = frozenset(
    {
        "import",
        "flow",
        "console.output",
        "env.read",
        "env.write",
        "fs.read",
        "fs.list",
        "network.connect",
        "network.resolve",
        "resource.loop",
        "resource.memory",
        "secret.read",
        "system.info",
        "thread.lock",
        "user.input",
    }
)
# After these a relative path means another file.
_MOVING: Final = frozenset({"os.chdir", "os.fchdir", "contextlib.chdir"})
# They make a folder under a name that nothing had before.
_NEW: Final = frozenset({"tempfile.TemporaryDirectory", "tempfile.mkdtemp"})
_ENDING: Final = frozenset({"fs.delete", "fs.permission"})
# What writes the files that it names and no other, by what it belongs to. Whatever is not listed may write a tree, put
# one folder in the place of another, or leave links.
_PLAIN: Final = {
    "builtins": ("open", "print"),
    "codecs": ("open",),
    "io": ("FileIO",),
    "io.IOBase": ("truncate", "write", "writelines"),
    "os": ("makedirs", "mkdir", "open", "truncate", "utime"),
    "pathlib.Path": ("mkdir", "open", "touch", "write_bytes", "write_text"),
    "shutil": ("copy", "copy2", "copyfile", "copymode", "copystat"),
    "bz2": ("BZ2File", "open"),
    "gzip": ("GzipFile", "open"),
    "lzma": ("LZMAFile", "open"),
    "wave": ("open",),
    "csv._Writer": ("writeheader", "writerow", "writerows"),
    "json": ("dump",),
    "marshal": ("dump",),
    "pickle": ("dump",),
    "plistlib": ("dump",),
    "joblib": ("dump",),
    "yaml": ("dump", "dump_all", "safe_dump"),
    "sqlite3": ("connect",),
    "sqlite3.Connection": ("execute",),
    "urllib.request": ("urlretrieve",),
    "zipfile": ("ZipFile",),
    "zipfile.ZipFile": ("writestr",),
    "xml.etree.ElementTree.ElementTree": ("write",),
    "logging": ("FileHandler", "basicConfig"),
    "numpy": ("save", "savetxt", "savez", "savez_compressed"),
    "numpy.ndarray": ("tofile",),
    "matplotlib.figure.Figure": ("savefig",),
    "matplotlib.pyplot": ("imsave", "savefig"),
    "PIL.Image.Image": ("save",),
    "openpyxl.Workbook": ("save",),
    "plotly.io": ("write_html",),
    "pandas.DataFrame": ("to_csv", "to_excel", "to_feather", "to_html", "to_json", "to_markdown", "to_pickle"),
    "pandas": ("ExcelWriter",),
    "unknown": ("savefig", "to_csv", "to_excel", "write_csv", "write_html"),
}
# Below these a name is that of something else, and a number that of an open file.
_OTHER_NAMES: Final = frozenset({"proc", "fd"})


@dataclass(frozen=True, slots=True)
class Names:
    """Files by what may stand in their paths: a part that is one of `parts`, or ends with one of `tails`; or any."""

    parts: frozenset[str] = frozenset()
    tails: frozenset[str] = frozenset()
    any: bool = False

    def __bool__(self) -> bool:
        """Whether there are any."""
        return self.any or bool(self.parts or self.tails)

    def __or__(self, other: "Names") -> "Names":
        """The files of both."""
        return Names(self.parts | other.parts, self.tails | other.tails, self.any or other.any)

    def cover(self, key: str) -> bool:
        """Whether the file with this folded path may be one of them."""
        if self.any:
            return True
        # A relative path depends on where the code runs, so whatever has a part of the same name may be meant.
        parts = key.split("/")
        return not self.parts.isdisjoint(parts) or any(part.endswith(tail) for part in parts for tail in self.tails)


NONE: Final = Names()
ALL: Final = Names(any=True)


@dataclass(frozen=True, slots=True)
class Effects:
    """The files that code ends while it runs, and those that it may write from now on, even after its call."""

    ended: Names = NONE
    lasting: Names = NONE


def effects_of(facts: Iterable[Fact]) -> Effects:
    """What code with these facts may do to files."""
    ended, lasting = NONE, NONE
    for fact in facts:
        if fact.name in _NEW:
            continue
        if fact.capability in _ENDING:
            ended |= _named(fact)
        elif fact.capability == "fs.write" and _plain(fact):
            lasting |= _named(fact)
        elif fact.capability not in _HARMLESS or fact.name in _MOVING or _fetches(fact):
            lasting = ALL
    return Effects(ended, lasting)


def names_of_path(path: str) -> Names:
    """The files that may be meant by a path, under whatever folder and by whatever kind of letters."""
    parts = folded(path.replace("\\", "/")).rstrip("/").split("/")
    last = parts[-1]
    if last in ("", ".", "..") or last.isdigit() or not _OTHER_NAMES.isdisjoint(parts):
        return ALL
    return Names(frozenset({last}))


def folded(path: str) -> str:
    """The path as a disk would take it that cares neither for case, nor for forms of letters, nor for unseen ones."""
    seen = "".join(each for each in path if unicodedata.category(each) != "Cf")
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", seen).casefold())


def _plain(fact: Fact) -> bool:
    """Whether what is called writes the files that it names and no other."""
    owner, _, name = fact.name.rpartition(".")
    return name in _PLAIN.get(owner, ())


def _fetches(fact: Fact) -> bool:
    """Whether what comes over the network may go to files of which no other fact speaks."""
    told = "path" in fact.roles or "target" in fact.roles
    return fact.capability == "network.connect" and told and not _plain(fact)


def _named(fact: Fact) -> Names:
    values = [fact.roles[role] for role in ("path", "target") if role in fact.roles]
    return reduce(Names.__or__, map(_names_of, values)) if values else ALL


def _names_of(value: Known) -> Names:
    match value:
        case str():
            return names_of_path(value)
        case Choice():
            return reduce(Names.__or__, map(_names_of, value.options), NONE)
        case Partial():
            return _names_of_tail(value)
    return ALL


def _names_of_tail(value: Partial) -> Names:
    """The files whose names end as the known end of a path does."""
    tail = value.pieces[-1]
    if not isinstance(tail, str):
        return ALL
    if "/" in tail.replace("\\", "/"):
        return names_of_path(tail)
    # Anything but a point and a letter might melt with what stands before it.
    certain = tail.isascii() and len(tail) > 1 and tail[0] == "." and tail[1:].isalnum()
    return Names(tails=frozenset({tail.casefold()})) if certain else ALL
