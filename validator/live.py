"""An open gate that follows its files: an edited policy holds from the next call on, a broken one changes nothing."""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final, NoReturn, TypeAlias

from validator.audit.log import AuditLog
from validator.gate import INTERNAL_ERROR, Admission, Gate
from validator.intake.tools import load_tools
from validator.model.argument import Argument
from validator.model.call import Call
from validator.model.decision import Action, Decision
from validator.model.errors import GrantError, ValidatorError
from validator.model.record import Record
from validator.opening import Opened, named_files, open_policy
from validator.policy.approval import Reply
from validator.policy.grant import GrantFile
from validator.policy.terms import Policy
from validator.rulebook.load import load_rulebook
from validator.watched import Watched
from validator.worker.pool import Pool

NO_POLICY: Final = "(no policy)"
NO_GRANT: Final = "(no grant)"
RELOAD: Final = "(policy reload)"
_BROKEN: Final = Decision(Action.REFUSE, INTERNAL_ERROR, "internal error: the policy cannot be looked after")
FindPolicy: TypeAlias = Callable[[], "Path | Decision"]
"""Where the policy that holds now stands, or why everything is refused; raises GrantError where that cannot be told."""


class LiveGate:
    """A gate that looks at its files before each call; counters and all else that it keeps live on."""

    def __init__(self, base: Gate, find: FindPolicy, tell: Callable[[str], None], pool: Pool | None = None) -> None:
        """Load the policy that holds now; `tell` hears of every later change, `pool` judges what is heavy.

        Raises ValidatorError.
        """
        self._base = base
        self._broken = replace(base, closed=_BROKEN)
        self._find = find
        self._pool = pool
        self._tell = tell
        self._book = load_rulebook()
        self._lock = threading.Lock()
        self._opened = Opened(base, ())
        self._watched = Watched(())
        place = find()
        self._place = place
        if isinstance(place, Path):
            self._open(place)

    @property
    def gate(self) -> Gate:
        """The gate under the policy that was in force at the last call."""
        return self._opened.gate

    def inspect(self, call: Call) -> Admission:
        """Decide on a call by what the files say now; never raises."""
        return self._looked_after().inspect(call)

    def answer(self, call: Call, request: str, reply: Reply) -> Admission:
        """Decide on a call that was asked about, by what the files say now; never raises."""
        return self._looked_after().answer(call, request, reply)

    def refuse(self, reason: str, *, tool: str, request: str) -> Admission:
        """Refuse a call that could not be parsed; never raises."""
        return self._opened.gate.refuse(reason, tool=tool, request=request)

    def settle(self, admission: Admission, outcome: str, milliseconds: float) -> None:
        """Close a forwarded call, under whatever policy it was let through."""
        self._base.settle(admission, outcome, milliseconds)

    def finish(self, admission: Admission) -> None:
        """A call that was cancelled has ended after all."""
        self._base.finish(admission)

    def hidden(self, tool: str) -> bool:
        """Whether the policy hides a tool from those that are listed."""
        return self._opened.gate.hidden(tool)

    def takes_long(self, tool: str) -> bool:
        """Whether deciding on a call of a tool may take long, as far as the policy of the last call tells."""
        return self._opened.gate.takes_long(tool)

    def _looked_after(self) -> Gate:
        gate = self._broken
        # Whatever goes wrong here leaves the gate closed.
        with suppress(Exception):
            gate = self._now()
        return gate

    def _now(self) -> Gate:
        with self._lock:
            try:
                place = self._find()
            except GrantError as error:
                # Whether the grant still holds cannot be told, or it does not.
                return self._shut(NO_GRANT, f"{error.problems[0].reason}, so this client may call nothing")
            if isinstance(place, Decision):
                return replace(self._base, closed=place)
            if place != self._place or self._watched.changed():
                self._reload(place)
            return self._opened.gate

    def _reload(self, place: Path) -> None:
        moved, self._place = place != self._place, place
        try:
            self._open(place)
        except ValidatorError as error:
            if moved:
                # The last good policy was the promise of another file; it says nothing of this one.
                gate = self._shut(NO_POLICY, "the policy of this grant does not load, so this client may call nothing")
                self._opened = Opened(gate, (place,))
            self._say(Action.REFUSE, f"the policy does not load, and the last good one stays in force: {error}")
        else:
            self._say(Action.FORWARD, f"the policy was changed, and the new one is in force: {place}")

    def _open(self, place: Path) -> None:
        # Read first: what changes while it is loaded is seen as a change again. What a policy names that does not load
        # is looked after as well: mending it there may be all that is missing.
        self._watched = Watched(named_files(place))
        opened = open_policy(place, self._base, self._book, self._base.clock, self._pool)
        if opened.files != self._watched.files:
            self._watched = Watched(opened.files)
        self._opened = opened

    def _shut(self, rule: str, reason: str) -> Gate:
        return replace(self._base, closed=Decision(Action.REFUSE, rule, reason))

    def _say(self, action: Action, text: str) -> None:
        """Tell the person who runs the gate, and the audit."""
        self._tell(text)
        base, digest = self._base, self._opened.gate.policy.digest
        record = Record(base.clock(), base.grant, base.server, "", "", (), Decision(action, RELOAD, text), digest)
        # An audit that cannot be kept denies the call that follows.
        with suppress(ValidatorError):
            if base.audit is not None:
                base.audit.append(record)


def find_by_grant(grants: GrantFile, name: str) -> FindPolicy:
    """The policy to which a grant is bound at the moment."""

    def find() -> Path | Decision:
        bound = grants.find(name).policy
        return Path(bound) if bound else Decision(Action.REFUSE, NO_POLICY, f"the grant {name!r} has no policy")

    return find


def find_by_policy(policy: Path, grants: GrantFile, name: str) -> FindPolicy:
    """A policy that holds whatever the grant is bound to, as long as the grant has not ended. Raises GrantError."""
    known = name in grants.read()

    def find() -> Path:
        # A name that was never a grant is only a name; one that was is gone with it, however it went.
        if known:
            grants.find(name)
        else:
            grants.check_revoked(name)
        return policy

    return find


def make_base(grant: str, server: str, audit: AuditLog | None) -> Gate:
    """A gate that lets nothing through, to be put under a policy."""
    policy = Policy("", allow_unlisted=False)
    closed = Decision(Action.REFUSE, NO_POLICY, "there is no policy")
    return Gate(policy, _judge_nothing, load_tools(), audit=audit, grant=grant, server=server, closed=closed)


def _judge_nothing(_argument: Argument) -> NoReturn:
    raise RuntimeError("a gate without a policy judges nothing")
