"""What a person says of grants and policies in, the gate of any grant out."""

import gc
import os
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from typing import Final

from validator.audit.log import AuditLog
from validator.cli.state import (
    DEFAULT,
    Kept,
    approvals_url,
    audit_target,
    counters_url,
    grant_file,
    open_approvals,
)
from validator.live import FindPolicy, LiveGate, find_by_grant, find_by_policy, make_base
from validator.model.errors import GrantError, Problem
from validator.policy.approval import Approvals, Request
from validator.policy.grant import GrantFile
from validator.policy.quota import Store
from validator.policy.store import open_quota
from validator.policy.webhook import Webhook
from validator.proxy.notes import note
from validator.worker.pool import Pool

SECRET: Final = "VALIDATOR_WEBHOOK_SECRET"
# An answer need not wait until the disk has heard of it: its record is flushed with the next decision, or soon.
PATIENCE: Final = 0.05
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


def make_gates(kept: Kept, policy: Path | None, server: str, stack: ExitStack) -> Gates:
    """Open all that gates share; what is to be closed goes on the stack. Raises ValidatorError."""
    log = _open_audit(audit_target(kept.audit), kept.keep_code, stack)
    approvals = cache(partial(open_approvals, approvals_url(kept.approvals)))
    told = _open_webhook(kept.webhook, stack)
    counters = open_quota(counters_url(kept.store))
    return Gates(grant_file(kept.grants), policy, server, log, counters, approvals, told)


def _open_audit(target: str | None, keep_code: bool, stack: ExitStack) -> AuditLog | None:
    if target is None:
        return None
    log = AuditLog(target, keep_code=keep_code, patience=PATIENCE)
    stack.callback(log.close)
    return log


def _open_webhook(url: str | None, stack: ExitStack) -> Callable[[Request], None] | None:
    if url is None:
        return None
    hook = Webhook(url, os.environ.get(SECRET, ""), note)
    stack.callback(hook.close)
    return hook
