"""What a person says of grants and policies in, the gate of any grant out."""

import gc
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from validator.audit.log import AuditLog
from validator.live import FindPolicy, LiveGate, find_by_grant, find_by_policy, make_base
from validator.model.errors import GrantError, Problem
from validator.policy.approval import Approvals, Request
from validator.policy.grant import GrantFile
from validator.policy.quota import Store
from validator.proxy.stdio import note
from validator.worker.pool import Pool

DEFAULT: Final = "default"
TURN: Final = 0.0005  # seconds


@dataclass(frozen=True, slots=True)
class Gates:
    """Opens gates that share all they keep, and what judges; `policy` holds for every grant, where there is one."""

    grants: GrantFile
    policy: Path | None
    server: str
    audit: AuditLog | None
    store: Store
    approvals: Callable[[], Approvals]
    notify: Callable[[Request], None] | None
    pool: Pool = field(default_factory=Pool)

    def for_client(self, name: str) -> LiveGate:
        """The gate of the one client of this process; raises ValidatorError."""
        if self.policy is not None:
            return self.open(name)
        grant = self.grants.find(name)
        if self.server not in (DEFAULT, grant.server):
            reason = f"is bound to the server {grant.server!r}, not {self.server!r}"
            raise GrantError(Problem(f"grant {name!r}", reason, "name the server it is bound to, or none"))
        return replace(self, server=grant.server).open(name)

    def open(self, name: str) -> LiveGate:
        """The gate of a grant in front of this server; raises ValidatorError."""
        base = replace(
            make_base(name, self.server, self.audit), store=self.store, approvals=self.approvals, notify=self.notify
        )
        gate = LiveGate(base, self._find(name), note, self.pool)
        # The rules live as long as we do, and need not be looked through for garbage.
        gc.freeze()
        # A thread that judges gives way to the loop ten times as soon as it would by itself.
        sys.setswitchinterval(TURN)
        return gate

    def _find(self, name: str) -> FindPolicy:
        if self.policy is None:
            return find_by_grant(self.grants, name)
        return find_by_policy(self.policy.absolute(), self.grants, name)
