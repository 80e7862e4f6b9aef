"""Grants in a file that only its owner may read: who may call which server under which policy, and by which token.

A token is 256 random bits, so its plain SHA-256 says nothing about it; only that is kept.
"""

import fcntl
import json
import os
import re
import secrets
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from hmac import compare_digest
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from validator.model.errors import GrantError, Problem

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
_PREFIX: Final = "validator_"


@dataclass(frozen=True, slots=True)
class Grant:
    """A named identity: the policy that holds for it and the one server it may call.

    `policy` is the absolute path of a policy file, or empty: then everything is denied. `token` is the SHA-256 of the
    bearer token in hexadecimal; `created` and `rotated` are seconds since the epoch.
    """

    name: str
    server: str
    policy: str
    token: str
    created: float
    rotated: float


Grants = Mapping[str, Grant]
"""Name to grant."""


class _GrantPart(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = Field(pattern=f"^{_NAME.pattern}$")
    server: str = Field(min_length=1)
    policy: str
    token: str = Field(pattern="^[0-9a-f]{64}$")
    created: float
    rotated: float


class _FilePart(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    version: str = Field(pattern="^1$")
    grants: list[_GrantPart]
    revoked: list[str] = []


class GrantFile:
    """The grants of one machine; each change is made alone and is either wholly there or not at all."""

    def __init__(self, file: Path) -> None:
        """Name the file; it is made with the first grant."""
        self._file = file
        self._last: tuple[bytes, Grants, frozenset[str]] | None = None

    def read(self) -> Grants:
        """All grants by name; none where there is no file. Raises GrantError."""
        return self._read()[0]

    def check_revoked(self, name: str) -> None:
        """Raise GrantError if there was a grant of this name which has been revoked, or if that cannot be told."""
        grants, revoked = self._read()
        if name in revoked:
            self._named(grants, revoked, name)

    def find(self, name: str) -> Grant:
        """The grant of a name; raises GrantError if there is none."""
        return self._named(*self._read(), name)

    def create(self, name: str, server: str, policy: str, now: float) -> str:
        """Add a grant and give its token, which is told only now; raises GrantError."""
        if _NAME.fullmatch(name) is None:
            advice = "write up to 64 letters, digits, dots, dashes or underscores"
            raise GrantError(Problem(f"grant {name!r}", "is not a name", advice))
        token = _make_token()

        def add(grants: Grants) -> Grants:
            if name in grants:
                advice = f"choose another name, or: validator grants revoke {name}"
                raise GrantError(Problem(f"grant {name!r}", "exists already", advice))
            return {**grants, name: Grant(name, server, policy, digest_of(token), now, now)}

        self._change(add)
        return token

    def rotate(self, name: str, now: float) -> str:
        """Give a grant another token, and end the old one; raises GrantError."""
        token = _make_token()
        self._change(
            lambda grants: {
                **grants,
                name: replace(self._named(grants, (), name), token=digest_of(token), rotated=now),
            }
        )
        return token

    def bind(self, name: str, policy: str) -> None:
        """Put a grant under another policy; raises GrantError."""
        self._change(lambda grants: {**grants, name: replace(self._named(grants, (), name), policy=policy)})

    def revoke(self, name: str) -> None:
        """End a grant: nobody calls by it any more; raises GrantError."""

        def remove(grants: Grants) -> Grants:
            self._named(grants, (), name)
            return {other: grant for other, grant in grants.items() if other != name}

        self._change(remove)

    def _read(self) -> tuple[Grants, frozenset[str]]:
        """The grants, and the names of those that were revoked."""
        try:
            content = self._file.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return {}, frozenset()
        except OSError as error:
            advice = "make it readable for you, or name another file with --grants FILE"
            raise self._error(f"cannot be read: {error.strerror or error}", advice) from error
        last = self._last
        if last is None or content != last[0]:
            # One who comes by token asks with every request, and the file is nearly always the same.
            self._last = last = (content, *self._parse(content))
        return last[1], last[2]

    def _parse(self, content: bytes) -> tuple[Grants, frozenset[str]]:
        try:
            parsed = _FilePart.model_validate_json(content)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = "/".join(map(str, ("", *first["loc"])))
            raise self._error(f"is damaged at #{where}: {first['msg']}", "restore it from a copy") from error
        grants = {part.name: Grant(**part.model_dump()) for part in parsed.grants}
        if len(grants) < len(parsed.grants):
            raise self._error("names a grant twice", "keep one of the two")
        return grants, frozenset(parsed.revoked) - grants.keys()

    def _named(self, grants: Grants, revoked: Collection[str], name: str) -> Grant:
        if name in grants:
            return grants[name]
        place = f"{self._file}: grant {name!r}"
        if name in revoked:
            advice = f"name another grant, or make it anew with: validator grants create {name}"
            raise GrantError(Problem(place, "the grant was revoked", advice))
        known = ", ".join(sorted(grants)) or "none"
        advice = f"there are: {known}; name a policy with --policy FILE, or make a grant with: validator grants create"
        raise GrantError(Problem(place, "there is no such grant", advice))

    def _change(self, change: Callable[[Grants], Grants]) -> None:
        with self._alone():
            before, revoked = self._read()
            grants = change(before)
            listed = [asdict(grant) for _, grant in sorted(grants.items())]
            # Kept by name, so that nobody goes on under it who was started with a policy of their own.
            ended = sorted((revoked | before.keys()) - grants.keys())
            content = {"version": "1", "grants": listed, "revoked": ended}
            self._write(json.dumps(content, indent=1).encode() + b"\n")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold a lock that all who change the file ask for; what the disk refuses is an error for a person."""
        lock = self._file.with_name(self._file.name + ".lock")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                yield
            finally:
                os.close(descriptor)
        except OSError as error:
            reason = f"cannot be written: {error.strerror or error}"
            raise self._error(reason, "make room, or name a folder you can write") from error

    def _write(self, content: bytes) -> None:
        """Put new content in the place of the old, so that a reader sees the one or the other."""
        beside = self._file.with_name(self._file.name + ".new")
        with suppress(FileNotFoundError):
            beside.unlink()
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as new:
            new.write(content)
            new.flush()
            os.fsync(new.fileno())
        beside.replace(self._file)

    def _error(self, reason: str, advice: str) -> GrantError:
        return GrantError(Problem(str(self._file), reason, advice))


def identify(grants: Grants, token: str) -> Grant | None:
    """The grant of a bearer token, None if it is nobody's; the time it takes does not depend on the token."""
    digest, found = digest_of(token), None
    for grant in grants.values():
        if compare_digest(grant.token, digest):
            found = grant
    return found


def digest_of(token: str) -> str:
    """What is kept of a token."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _make_token() -> str:
    return _PREFIX + secrets.token_urlsafe(32)
