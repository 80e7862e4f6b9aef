"""Requests for approval in a table of SQLite or PostgreSQL; every step is one transaction that waits for its turn."""

import os
import secrets
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Connection,
    Engine,
    Float,
    MetaData,
    RowMapping,
    String,
    Table,
    and_,
    create_engine,
    delete,
    event,
    func,
    insert,
    make_url,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.exc import SQLAlchemyError

from validator.model.errors import ApprovalError, Problem
from validator.policy.approval import Binding, Filed, Permission, Petition, Piece, Request, State, covers

MOST_OPEN: Final = 20  # requests of one grant that may wait at the same time
KEPT: Final = 7 * 86400.0  # seconds after which a request is forgotten
WAIT: Final = 5  # seconds for a lock or a connection
_LOCK: Final = 0x76616C69  # any number that no other program locks
_ADVICE: Final = "see that the database is there and can be written, then call again"
_METADATA: Final = MetaData()
_BINDING: Final = ("grant", "server", "tool", "policy", "arguments", "rest")
_TABLE: Final = Table(
    "approval_requests",
    _METADATA,
    Column("id", String, primary_key=True),
    *(Column(name, String, nullable=False, index=name == "grant") for name in _BINDING),
    Column("asked", JSON, nullable=False),
    Column("petition", JSON, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("timeout", Float, nullable=False),
    Column("state", String, nullable=False),
    Column("created", Float, nullable=False),
    Column("expires", Float, nullable=False),
    Column("decided_by", String, nullable=False, default=""),
    Column("reason", String, nullable=False, default=""),
    Column("permitted_until", Float, nullable=False, default=0.0),
)
_OF: Final = _TABLE.c
_OPEN: Final = (State.PENDING.value, State.APPROVED.value, State.DENIED.value)


class ApprovalStore:
    """Requests in a database, safe to share between threads and processes."""

    def __init__(self, url: str, most_open: int = MOST_OPEN) -> None:
        """Open the database of a URL, making it if it is not there; raises ApprovalError."""
        self._most_open = most_open
        self._place = url
        with self._telling():
            self._place = make_url(url).render_as_string(hide_password=True)
            self._engine = _open_engine(url)
        with self._begin() as connection:
            _METADATA.create_all(connection)

    def look(self, petition: Petition, now: float) -> Permission | None:
        """The approval that would let the call pass at this moment."""
        answered = (State.APPROVED.value, State.DENIED.value)
        exact = select(_OF.id, _OF.state).where(*_same(petition.binding), _OF.state.in_(answered), _OF.expires > now)
        rest = [_OF[name] == getattr(petition.binding, name) for name in _BINDING if name != "arguments"]
        wide = select(_OF.id, _OF.facts, _OF.asked).where(*rest, _OF.permitted_until > now)
        with self._begin() as connection:
            for row in connection.execute(exact).mappings():
                return Permission(row["id"], single=True) if row["state"] == State.APPROVED.value else None
            for row in connection.execute(wide).mappings():
                if covers(row["facts"], petition) and petition.asked <= set(row["asked"]):
                    return Permission(row["id"], single=False)
        return None

    def take(self, permission: Permission, now: float) -> bool:
        """Use an approval; of all who take a single one at once, one succeeds."""
        mine = _OF.id == permission.request
        with self._begin() as connection:
            if not permission.single:
                found = select(func.count()).select_from(_TABLE).where(mine, _OF.permitted_until > now)
                return bool(connection.execute(found).scalar())
            usable = update(_TABLE).where(mine, _OF.state == State.APPROVED.value, _OF.expires > now)
            return connection.execute(usable.values(state=State.USED.value)).rowcount == 1

    def file(self, petition: Petition, now: float) -> Filed:
        """File a request, or give the open or denied one that is the same."""
        open_ones = select(_TABLE).where(_OF.expires > now, _OF.state.in_(_OPEN))
        waiting = (
            select(func.count())
            .select_from(_TABLE)
            .where(_OF.grant == petition.binding.grant, _OF.state == State.PENDING.value, _OF.expires > now)
        )
        with self._begin() as connection:
            connection.execute(delete(_TABLE).where(_OF.expires < now - KEPT, _OF.permitted_until < now))
            row = connection.execute(open_ones.where(*_same(petition.binding))).mappings().first()
            if row is not None:
                return Filed(_read(row))
            if (connection.execute(waiting).scalar() or 0) >= self._most_open:
                return Filed(None)
            request = Request(secrets.token_hex(5), petition, State.PENDING, now, now + petition.timeout)
            connection.execute(insert(_TABLE).values(_write(request)))
        return Filed(request, new=True)

    def requests(self, now: float, *, everything: bool = False) -> Sequence[Request]:
        """The requests that wait for an answer, oldest first; or all that are remembered."""
        waiting = () if everything else (_OF.state == State.PENDING.value, _OF.expires > now)
        with self._begin() as connection:
            rows = connection.execute(select(_TABLE).where(*waiting).order_by(_OF.created, _OF.id)).mappings()
            return [_read(row) for row in rows]

    def find(self, identifier: str) -> Request:
        """The request with this id; raises ApprovalError if there is none."""
        with self._begin() as connection:
            row = connection.execute(select(_TABLE).where(_OF.id == identifier)).mappings().first()
        if row is None:
            advice = "see: validator approvals list --all"
            raise ApprovalError(Problem(f"request {identifier!r}", "there is no such request", advice))
        return _read(row)

    def approve(self, identifier: str, person: str, now: float, *, permitted_for: float = 0.0) -> Request:
        """Let the call pass once, and for `permitted_for` seconds others that do nothing more; raises ApprovalError."""
        request = self.find(identifier)
        if permitted_for and request.petition.obstacles:
            reason = f"its facts cannot be approved for other code: {', '.join(request.petition.obstacles)}"
            raise ApprovalError(Problem(f"request {identifier!r}", reason, "approve this one call alone"))
        values = {
            "state": State.APPROVED.value,
            "decided_by": person,
            # From now on the agent has as much time to try again as the person had to answer.
            "expires": now + request.petition.timeout,
            "permitted_until": now + permitted_for if permitted_for else 0.0,
        }
        waits = and_(_OF.state == State.PENDING.value, _OF.expires > now)
        return self._answer(request, waits, values, now)

    def deny(self, identifier: str, person: str, reason: str, now: float) -> Request:
        """Refuse the call until the request expires, and end what was approved by it; raises ApprovalError."""
        answered = {"state": State.DENIED.value, "decided_by": person, "reason": reason, "permitted_until": 0.0}
        usable = and_(_OF.state.in_([State.PENDING.value, State.APPROVED.value]), _OF.expires > now)
        return self._answer(self.find(identifier), or_(usable, _OF.permitted_until > now), answered, now)

    def withdraw(self, identifier: str, now: float) -> None:
        """Let a request expire that nobody has answered, and nobody needs to any more."""
        self._change(identifier, State.PENDING, now, expires=now)

    def give_back(self, identifier: str, now: float) -> None:
        """Let an approval pass its call once more, which has not come to its end."""
        self._change(identifier, State.USED, now, state=State.APPROVED.value)

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def _change(self, identifier: str, before: State, now: float, **values: float | str) -> None:
        change = update(_TABLE).where(_OF.id == identifier, _OF.state == before.value, _OF.expires > now)
        with self._begin() as connection:
            connection.execute(change.values(**values))

    def _answer(self, request: Request, if_it: ColumnElement[bool], values: Mapping[str, Any], now: float) -> Request:
        """Write down an answer to a request that is still in the state for it."""
        answer = update(_TABLE).where(_OF.id == request.id, if_it).values(**values)
        with self._begin() as connection:
            answered = connection.execute(answer).rowcount
        found = self.find(request.id)
        if answered != 1:
            reason = f"it does not wait for an answer: it is {found.standing(now)}"
            raise ApprovalError(Problem(f"request {request.id!r}", reason, "let the agent call again to ask anew"))
        return found

    @contextmanager
    def _begin(self) -> Iterator[Connection]:
        """One transaction, alone in the database for as long as it lasts."""
        with self._telling(), self._engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            yield connection

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """What keeps the database from answering, as an error for a person."""
        try:
            yield
        except (SQLAlchemyError, OSError, ImportError) as error:
            cause = getattr(error, "orig", None) or error
            reason = f"approvals cannot be read or kept: {' '.join(str(cause).split()) or type(cause).__name__}"
            raise ApprovalError(Problem(self._place, reason, _ADVICE)) from error


def _open_engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        options = {"connect_timeout": WAIT, "options": f"-c statement_timeout={WAIT * 1000}"}
        return create_engine(parsed.set(drivername="postgresql+psycopg"), connect_args=options, pool_pre_ping=True)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        reason = "is neither sqlite:///FILE nor postgresql://…"
        raise ApprovalError(Problem(parsed.render_as_string(), reason, "name a database of one of these kinds"))
    _keep_private(Path(parsed.database))
    engine = create_engine(parsed, connect_args={"timeout": WAIT})
    event.listen(engine, "connect", _take_over)
    event.listen(engine, "begin", _take_turn)
    return engine


def _keep_private(file: Path) -> None:
    """Make the file, for its owner alone: what it holds is code that nobody has approved yet."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if stat.S_IMODE(os.fstat(descriptor).st_mode) != 0o600:
            os.fchmod(descriptor, 0o600)
    finally:
        os.close(descriptor)


def _take_over(connection: Any, _record: object) -> None:
    """Keep the driver from opening transactions by itself, which it would do too late."""
    connection.isolation_level = None


def _take_turn(connection: Connection) -> None:
    """Ask for the right to write first, so that no step is built on what another one is changing."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _same(binding: Binding) -> list[Any]:
    return [_OF[name] == getattr(binding, name) for name in _BINDING]


def _write(request: Request) -> dict[str, object]:
    petition = request.petition
    pieces = [asdict(piece) for piece in petition.pieces]
    shown = {"message": petition.message, "arguments": petition.arguments, "pieces": pieces}
    return {
        **asdict(petition.binding),
        "id": request.id,
        "asked": sorted(petition.asked),
        "petition": {**shown, "obstacles": list(petition.obstacles)},
        "facts": sorted(petition.facts),
        "timeout": petition.timeout,
        "state": request.state.value,
        "created": request.created,
        "expires": request.expires,
    }


def _read(row: RowMapping) -> Request:
    shown = row["petition"]
    petition = Petition(
        binding=Binding(*(row[name] for name in _BINDING)),
        asked=frozenset(row["asked"]),
        message=shown["message"],
        timeout=row["timeout"],
        arguments=shown["arguments"],
        pieces=tuple(Piece(each["origin"], each["code"], tuple(each["findings"])) for each in shown["pieces"]),
        facts=frozenset(row["facts"]),
        obstacles=tuple(shown["obstacles"]),
    )
    request = Request(row["id"], petition, State(row["state"]), row["created"], row["expires"])
    return replace(request, decided_by=row["decided_by"], reason=row["reason"], permitted_until=row["permitted_until"])
