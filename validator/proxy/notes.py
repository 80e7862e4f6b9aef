"""What the proxy tells the person who runs it; stdout belongs to the protocol."""

import sys


def note(text: str) -> None:
    """Say it on standard error."""
    print(f"validator: {text}", file=sys.stderr, flush=True)
