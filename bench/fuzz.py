"""Deformed and damaged JSON-RPC through a real proxy: nothing unjudged may reach the server, nothing may end the proxy.

    python bench/fuzz.py [--messages N] [--transport stdio|http] [--seed N] [--part N]

Sends so many messages, in parts with a proxy each, to a server that keeps all it hears. Afterwards every call that was
heard must have been let through by a decision on the same code, every message that may be answered must have been
answered once, and the proxy must live. Over HTTP, some messages come without a session, as in protocol 2026-07-28.
Prints counts, messages per second and each problem. Exits 1 if there is any.
"""

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.fuzz.campaign import Outcome, over_http, over_stdio
from tests.fuzz.grammar import messages

MOST_TOLD = 20


def run(transport: str, seed: int, count: int) -> Outcome:
    """One part, in a scratch folder."""
    campaign = over_stdio if transport == "stdio" else over_http
    with tempfile.TemporaryDirectory(prefix="validator-fuzz-") as folder:
        return campaign(list(messages(seed, count)), Path(folder))


def main() -> int:
    """Send all parts and print what became of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=200_000, metavar="N", help="how many (default: %(default)s)")
    parser.add_argument("--transport", choices=("stdio", "http"), default="stdio", help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the first part; each has the next")
    parser.add_argument("--part", type=int, default=20_000, metavar="N", help="messages of one part")
    options = parser.parse_args()
    counts: Counter[str] = Counter()
    problems: list[str] = []
    seconds = 0.0
    for number, start in enumerate(range(0, options.messages, options.part)):
        seed, size = options.seed + number, min(options.part, options.messages - start)
        outcome = run(options.transport, seed, size)
        seconds += outcome.seconds
        counts.update(sent=outcome.sent, heard=outcome.heard, answers=outcome.answers)
        counts.update({"calls heard": outcome.calls.total(), "problems": len(outcome.problems)})
        counts.update({f"decided {action}": count for action, count in outcome.decisions.items()})
        counts.update({f"status {status}": count for status, count in sorted(outcome.statuses.items())})
        problems += [f"seed {seed}: {problem}" for problem in outcome.problems]
        print(
            f"part with seed {seed}: {size} messages, {outcome.seconds:.1f} s, {len(outcome.problems)} problems",
            flush=True,
        )
    for name, count in counts.items():
        print(f"{name:16} {count}")
    print(f"{'messages/s':16} {counts['sent'] / seconds:.0f}")
    print(*problems[:MOST_TOLD], sep="\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
