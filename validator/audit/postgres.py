"""The address of a PostgreSQL database in, a store of entries in it out."""

from typing import Final
from urllib.parse import urlsplit

from validator.audit.table import Connection, Database, TableStore
from validator.model.errors import AuditError, Problem

_LOCK: Final = 0x6D637061  # any number will do, as long as every writer of an audit takes the same
_OPTIONS: Final = "-c lock_timeout=2000 -c statement_timeout=10000"


def open_postgres(address: str, *, read_only: bool = False) -> TableStore:
    """Connect to a database, with the table created unless it is only read; raises AuditError."""
    place = name_of(address)
    try:
        import psycopg
    except ImportError as error:
        advice = "pip install 'mcp-code-validator[postgres]'"
        raise AuditError(Problem(place, "PostgreSQL needs the package psycopg", advice)) from error

    def connect() -> Connection:
        return psycopg.connect(address, autocommit=True, connect_timeout=3, options=_OPTIONS)

    # SQL alone would let two writers append at once: the second has to wait until the first has committed.
    begin = ("BEGIN", f"DO 'BEGIN PERFORM pg_advisory_xact_lock({_LOCK}); END'")
    return TableStore(Database(place, connect, "%s", begin, (psycopg.Error,)), read_only=read_only)


def name_of(address: str) -> str:
    """The address without the password."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.hostname or 'localhost'}:{parts.port or 5432}{parts.path}"
