"""Where an audit is kept in, the journal to write it with or the store, key and head to read it with out."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from validator.audit.begin import begin
from validator.audit.headfile import HeadFile
from validator.audit.journal import Journal
from validator.audit.keyfile import read_key
from validator.audit.lines import LineStore
from validator.audit.store import Store
from validator.model.errors import AuditError, Problem

_LINES: Final = {".jsonl", ".ndjson", ".json", ".log"}
_POSTGRES: Final = {"postgresql", "postgres"}
_BEGUN: Final = {"event": "begun", "message": "begun anew by a person; what was here before is not in this audit"}


@dataclass(frozen=True, slots=True)
class Place:
    """One audit: how its store is opened, and the files of its key and its head."""

    name: str
    open: Callable[[bool], Store]
    key: Path
    head: Path


def find_place(target: str | Path, *, key: Path | None = None, head: Path | None = None) -> Place:
    """Tell what a target means: `postgresql://…`, a file of JSON lines by its suffix, else an SQLite file.

    Key and head lie beside the file, or in the user's state folder for a database on a server.
    """
    text = str(target)
    scheme = text.partition("://")[0] if "://" in text else ""
    if scheme and scheme not in _POSTGRES:
        advice = "write postgresql://HOST/NAME, or the path of a file"
        raise AuditError(Problem(f"{scheme}://", "no audit is kept there", advice))
    beside = _state_file(text) if scheme else Path(text)
    return Place(
        text if not scheme else f"{scheme}://{urlsplit(text).hostname or 'localhost'}",
        _opener(text, bool(scheme)),
        key or beside.with_name(f"{beside.name}.key"),
        head or beside.with_name(f"{beside.name}.head"),
    )


def open_journal(place: Place, patience: float = 0.0) -> Journal:
    """Open an audit to write it, begun if there is none; raises AuditError, also where one was emptied."""
    store = place.open(False)
    try:
        secret = begin(place.name, place.key, place.head) if store.empty() else read_key(place.key)
        return Journal(store, HeadFile(place.head, secret), secret, patience)
    except AuditError:
        store.close()
        raise


def begin_anew(place: Place) -> None:
    """Begin an audit in the place of one that was emptied, and say so in it; raises AuditError if it has records."""
    store = place.open(False)
    try:
        if not store.empty():
            advice = "it goes on by itself; to begin another one, move it away with its key and head, or choose a name"
            raise AuditError(Problem(place.name, "has records, so it was begun already", advice))
        secret = begin(place.name, place.key, place.head, anew=True)
        Journal(store, HeadFile(place.head, secret), secret).append(_BEGUN)
    finally:
        store.close()


def _opener(text: str, server: bool) -> Callable[[bool], Store]:
    if server:
        from validator.audit.postgres import open_postgres

        return lambda read_only: open_postgres(text, read_only=read_only)
    if Path(text).suffix in _LINES:
        return lambda read_only: LineStore(Path(text), read_only=read_only)
    # What a proxy does not use it does not wait for.
    from validator.audit.sqlite import open_sqlite

    return lambda read_only: open_sqlite(Path(text), read_only=read_only)


def _state_file(address: str) -> Path:
    parts = urlsplit(address)
    base = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "validator"
    base.mkdir(mode=0o700, parents=True, exist_ok=True)
    return base / f"{parts.hostname or 'localhost'}-{parts.port or 5432}-{parts.path.strip('/')}"
