"""How much work one argument may cause."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one analysis; passing one is a fact (`unreadable.*` or `unresolved.budget`), never a pass."""

    size: int = 262_144  # bytes of source
    nesting: int = 100  # brackets or blocks inside each other
    chain: int = 600  # operators, calls or branches in one chain
    steps: int = 30_000  # nodes interpreted, nested code included
    calls: int = 8  # user functions inside each other
    nested: int = 4  # code inside strings inside code
    folded: int = 65_536  # characters or items of one folded constant
    # What parsing takes on a slow core, in microseconds; 100 to 200 MB of memory go with each second.
    work: int = 2_000_000


DEFAULT_LIMITS = Limits()
