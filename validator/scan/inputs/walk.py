"""A folder in, the files to read out, in the order of their paths; `.gitignore` is obeyed where there is one."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pathspec import GitIgnoreSpec

from validator.scan.inputs.opening import PACKED, allowed
from validator.scan.inputs.options import Reading
from validator.scan.inputs.program import unreadable
from validator.scan.sample import Sample

IGNORE: Final = ".gitignore"


@dataclass(frozen=True, slots=True)
class _Layer:
    """The patterns of one file, for what lies below a folder; `above` leads to that folder from where the file is."""

    folder: Path
    patterns: GitIgnoreSpec
    above: str = ""

    def says(self, path: Path, is_folder: bool) -> bool | None:
        """True: left out. False: taken back in. None: nothing."""
        name = self.above + path.relative_to(self.folder).as_posix() + ("/" if is_folder else "")
        return self.patterns.check_file(name).include


def walk(folder: Path, endings: Collection[str], reading: Reading) -> Iterator[Path | Sample]:
    """The files with one of the endings, packed or not; what cannot be listed is a sample with a problem.

    Hidden folders, virtual environments and linked folders are left out.
    """
    given = _Layer(folder, GitIgnoreSpec.from_lines(reading.exclude))
    above = tuple(_above(folder)) if reading.gitignore else ()
    yield from _walk(folder, endings, (given, *above), reading.gitignore)


def _walk(folder: Path, endings: Collection[str], layers: Sequence[_Layer], obey: bool) -> Iterator[Path | Sample]:
    try:
        children = sorted(folder.iterdir())
    except OSError as error:
        yield unreadable(folder.as_posix(), f"the folder cannot be listed: {error.strerror}")
        return
    # What a person gave comes first, then the nearest file.
    inner = (layers[0], *_layer(folder), *layers[1:]) if obey else layers
    for child in children:
        if child.name.startswith("."):
            continue
        # Whatever it is, opening it will say why it cannot be read.
        is_folder = allowed(child.is_dir)
        if _left_out(child, is_folder, inner):
            continue
        if is_folder:
            # Links are not followed, they may lead in a circle; an environment holds other people's code.
            if not child.is_symlink() and not allowed((child / "pyvenv.cfg").exists):
                yield from _walk(child, endings, inner, obey)
        elif _ending(child.name) in endings:
            yield child


def _left_out(path: Path, is_folder: bool, layers: Sequence[_Layer]) -> bool:
    """What the nearest file that speaks of it says."""
    return next((said for layer in layers if (said := layer.says(path, is_folder)) is not None), False)


def _ending(name: str) -> str:
    for packed in PACKED:
        name = name.removesuffix(packed)
    return Path(name).suffix.lower()


def _above(folder: Path) -> Iterator[_Layer]:
    """The layers of the folders that hold this one, the nearest first, up to the root of its repository."""
    whole = folder.resolve()
    parents = [whole, *whole.parents]
    root = next((number for number, each in enumerate(parents) if allowed((each / ".git").exists)), 0)
    for each in parents[1 : root + 1]:
        for layer in _layer(each):
            above = whole.relative_to(each).as_posix() + "/"
            # A folder that was named is wanted, whatever is said of it as a whole.
            if not layer.patterns.check_file(above).include:
                yield _Layer(folder, layer.patterns, above)


def _layer(folder: Path) -> Iterator[_Layer]:
    """The layer of one folder; a file that cannot be read leaves nothing out."""
    file = folder / IGNORE
    try:
        lines = file.read_text("utf-8", "surrogateescape").splitlines() if file.is_file() else []
    except OSError:
        return
    if lines:
        yield _Layer(folder, GitIgnoreSpec.from_lines(lines))
