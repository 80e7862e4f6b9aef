"""Samples in, the same samples out, and a bar on a terminal meanwhile; where nobody watches there is none."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Final, TextIO, TypeAlias, cast

from validator.scan.engine import Said
from validator.scan.inputs.opening import Meter, allowed

Follow: TypeAlias = Callable[[Iterable[Said]], Iterable[Said]]
OFTEN: Final = 0.2  # seconds between two looks at the meter


@contextmanager
def show_progress(meter: Meter, paths: Iterable[Path], file: TextIO | None) -> Iterator[tuple[Follow, TextIO]]:
    """Gives what the samples are to pass through, and the file to write to so that lines stand above the bar."""
    if not sys.stderr.isatty():
        yield iter, file or sys.stdout
        return
    # A pipe need not wait for rich, which is slow to import.
    from rich.console import Console
    from rich.file_proxy import FileProxy
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    shown = file or sys.stdout
    shares = shown.isatty()
    console = Console(file=shown if shares else sys.stderr)
    columns = (BarColumn(None), TextColumn("{task.completed} of {task.total} bytes"))
    text = TextColumn("{task.fields[samples]} samples, {task.fields[rate]:.0f}/s")
    with Progress(*columns, text, TimeRemainingColumn(), console=console, auto_refresh=False, transient=True) as bar:
        meter.total = _measure(paths)
        task = bar.add_task("", total=meter.total or None, samples=0, rate=0.0)

        def follow(said: Iterable[Said]) -> Iterator[Said]:
            start = last = monotonic()
            for number, each in enumerate(said, 1):
                yield each
                if (now := monotonic()) - last > OFTEN:
                    last = now
                    rate = number / (now - start)
                    bar.update(task, completed=meter.position(), samples=number, rate=rate, refresh=True)

        yield follow, cast(TextIO, FileProxy(console, shown)) if shares else shown


def _measure(paths: Iterable[Path]) -> int:
    """Bytes of the files that were named; what a folder holds is found out on the way."""
    return sum(path.stat().st_size for path in paths if allowed(path.is_file))
