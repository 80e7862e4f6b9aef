"""The address of a store of counters in, the open store out."""

from pathlib import Path
from typing import Final

from validator.model.errors import Problem
from validator.policy.memory import MemoryStore
from validator.policy.quota import QuotaError, Store

_SQLITE: Final = "sqlite:///"
_REDIS: Final = ("redis://", "rediss://", "unix://")
_KINDS: Final = "write memory, sqlite:///FILE (an absolute path takes four slashes) or redis://HOST:PORT/NUMBER"


def open_quota(url: str) -> Store:
    """Open `memory`, `sqlite:///FILE` or `redis://HOST:PORT/NUMBER`; raises QuotaError when it cannot count now."""
    # What a store needs is imported only when it is asked for: most runs need none of it.
    if url == "memory":
        return MemoryStore()
    if url.startswith(_SQLITE) and len(url) > len(_SQLITE):
        return _sqlite(Path(url.removeprefix(_SQLITE)))
    if url.startswith(_REDIS):
        return _redis(url)
    # An address may hold a password, so no more of it is repeated than its kind.
    raise QuotaError(Problem("store", f"{url.partition(':')[0]!r} is no store of counters", _KINDS))


def _sqlite(file: Path) -> Store:
    from validator.policy.sqlite_quota import SqliteStore

    return SqliteStore(file)


def _redis(url: str) -> Store:
    try:
        from validator.policy.redis_quota import RedisStore
    except ImportError as error:
        advice = "pip install 'mcp-code-validator[redis]'"
        raise QuotaError(Problem("store", "the client of Redis is not installed", advice)) from error
    return RedisStore(url)
