"""How fast a scan is, beside bandit, semgrep and ruff; how much a second worker helps; whether memory stays flat.

    python -m venv tools && tools/bin/pip install bandit semgrep ruff
    python bench/scan.py DATA.jsonl ... --tools tools/bin [--records N] [--many N] [--only PART ...]

The records of the files are repeated until there are enough. Every run is a process of its own, started cold. Speed is
records for each second of processor time, that is, for each core: what others do on the machine hardly moves it.
Workers are compared by the clock, so that figure wants a machine with nothing else to do. Parts: speed, workers,
memory. Exits 1 if a bound is missed.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from time import monotonic, sleep
from typing import Final

HERE: Final = Path(__file__).parent
PARTS: Final = ("speed", "workers", "memory")
QUIET: Final = {**os.environ, "SEMGREP_SEND_METRICS": "off", "SEMGREP_ENABLE_VERSION_CHECK": "0"}


@dataclass(frozen=True, slots=True)
class Run:
    """What one command took: seconds by the clock and of all processors, and bytes at the peak of all its processes."""

    clock: float
    processor: float
    peak: int


def run(command: Sequence[str | Path], *, good: Sequence[int] = (0,)) -> Run:
    """Run a command to its end, which has to be a good one: what broke off early was not quick."""
    before, start, peaks = os.times(), monotonic(), dict[int, int]()
    with (
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors, env=QUIET) as process,
    ):
        while process.poll() is None:
            peaks.update(_peaks(process.pid))
            sleep(0.2)
        errors.seek(0)
        error = errors.read().decode("utf-8", "replace")
    if process.returncode not in good:
        sys.exit(f"{command[0]} ended with {process.returncode}: {error[-2000:]}")
    after = os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return Run(monotonic() - start, spent, sum(peaks.values()))


def _peaks(process: int) -> Iterable[tuple[int, int]]:
    """The greatest resident size of a process and of those it has started."""
    for each in (process, *_children(process)):
        try:
            for line in Path(f"/proc/{each}/status").read_text().splitlines():
                if line.startswith("VmHWM"):
                    yield each, int(line.split()[1]) * 1024
        except OSError:
            continue  # it has ended meanwhile


def _children(process: int) -> list[int]:
    try:
        return [int(each) for each in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    except OSError:
        return []


def write(data: Sequence[Path], count: int, target: Path) -> Path:
    """Repeat the records until there are so many, each with an id of its own."""
    lines = [line for path in data for line in path.read_text("utf-8").splitlines()]
    with target.open("w", encoding="utf-8") as file:
        for number, line in enumerate(islice(cycle(lines), count)):
            file.write(json.dumps({"id": str(number), "code": json.loads(line)["code"]}) + "\n")
    return target


def unfold(file: Path, folder: Path) -> Path:
    """A file for each record, a thousand in a folder."""
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            path = folder / str(number // 1000) / f"{number}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.loads(line)["code"], "utf-8", "backslashreplace")
    return folder


def scan(file: Path, jobs: int) -> Run:
    """A scan to JSON lines, which are thrown away."""
    command = (sys.executable, "-m", "validator", "scan", file, "--format", "jsonl", "--output", os.devnull)
    return run([*command, "--jobs", str(jobs)], good=(0, 1))


def measure_speed(file: Path, folder: Path, tools: Path, count: int) -> bool:
    """Compare with the others; bandit and semgrep have a bound."""
    unfold(file, folder)
    rules = ("--config", HERE / "semgrep.yaml", "--metrics", "off", "--disable-version-check", "--no-git-ignore")
    runs = {
        "validator": scan(file, 1),
        "bandit": run([tools / "python", HERE / "bandit_lines.py", file]),
        "semgrep": run([tools / "semgrep", "scan", *rules, "--jobs", "1", "--quiet", "--json", folder]),
        "ruff --select S": run(
            [tools / "ruff", "check", "--select", "S", "--isolated", "--exit-zero", "--no-cache", "--quiet", folder]
        ),
    }
    own = count / runs["validator"].processor
    kept = True
    for name, each in runs.items():
        speed = count / each.processor
        bound = {"bandit": 1.5, "semgrep": 5.0}.get(name)
        mark = "" if bound is None else f"  >= {bound}  {'pass' if own >= bound * speed else 'FAIL'}"
        kept = kept and (bound is None or own >= bound * speed)
        print(
            f"{name:<16} {speed:>9.0f}/s per core  {each.clock:>7.1f} s  validator is {own / speed:>6.2f} times{mark}"
        )
    return kept


def measure_workers(file: Path) -> bool:
    """What a second worker brings."""
    one, two = scan(file, 1).clock, scan(file, 2).clock
    kept = one >= 1.8 * two
    print(f"2 workers: {one / two:.2f} times 1 ({one:.1f} s, {two:.1f} s)  >= 1.8  {'pass' if kept else 'FAIL'}")
    return kept


def measure_memory(few: Path, many: Path) -> bool:
    """The peak of all processes with few and with many records."""
    small, large = scan(few, 2).peak, scan(many, 2).peak
    kept = abs(large - small) <= 0.1 * small
    print(f"peak memory: {small / 2**20:.0f} MiB, {large / 2**20:.0f} MiB  within 10 %  {'pass' if kept else 'FAIL'}")
    return kept


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="+", type=Path)
    parser.add_argument("--tools", type=Path, default=Path("tools/bin"), help="where bandit, semgrep and ruff are")
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--many", type=int, default=200_000)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        few = write(options.data, options.records, work / "few.jsonl")
        kept = True
        if "speed" in options.only:
            kept = measure_speed(few, work / "files", options.tools, options.records) and kept
        if "workers" in options.only:
            kept = measure_workers(few) and kept
        if "memory" in options.only:
            kept = measure_memory(few, write(options.data, options.many, work / "many.jsonl")) and kept
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
