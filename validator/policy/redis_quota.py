"""Counters in Redis: a store for the proxies of several machines, which all go by the time of the server.

One script reserves all that a call takes, or none of it. A server that is down, slow or full, or that could throw
counters away, is an error, and so a denial. What Redis has not written to its disk is lost when it restarts.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final, cast
from urllib.parse import urlsplit

from redis import BlockingConnectionPool, Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from validator.model.errors import Problem
from validator.policy.quota import Charge, QuotaError, Reservation, Shortage, Slot
from validator.policy.redis_script import GIVE_BACK, TAKE
from validator.policy.unsettled import Unsettled
from validator.policy.window import hopeless, past_steps, shortage, steps

# What stands in braces keeps all keys on one node of a cluster.
_PREFIX: Final = "{validator-quota}:"
_CONNECTIONS: Final = 16
_PATIENCE: Final = 2.0  # seconds


class RedisStore:
    """Counters of one server, safe to share between threads."""

    def __init__(self, url: str, *, own_time: bool = True, patience: float = _PATIENCE) -> None:
        """Connect; raises QuotaError. The caller's clock counts only where the server's own time does not.

        `patience` is how long to wait for a free connection, for the server, and for its answer.
        """
        self._own_time = own_time
        self._place = _place(url)
        self._unsettled = Unsettled()
        with self._telling():
            # Nothing is sent twice: what was given back once more would be calls over the limit.
            pool = BlockingConnectionPool.from_url(
                url,
                max_connections=_CONNECTIONS,
                timeout=patience,
                socket_timeout=patience,
                socket_connect_timeout=patience,
                retry=Retry(NoBackoff(), 0),
                decode_responses=True,
            )
            self._client = Redis(connection_pool=pool)
            self._take = self._client.register_script(TAKE)
            self._return = self._client.register_script(GIVE_BACK)
            self._check_memory()

    def reserve(self, charges: Sequence[Charge], now: float) -> Reservation | Shortage:
        """Take every charge in the windows of the server's moment, or none of them."""
        short = hopeless(charges)
        if short is not None:
            return short
        if not charges:
            return self._unsettled.open(())
        counters = [charge.counter for charge in charges]
        keys = {counter: _PREFIX + str(counter) for counter in counters}
        numbers = {counter: number for number, counter in enumerate(keys, 2)}
        rows = [
            (
                numbers[counter],
                counter.window * 1000,
                steps(counter),
                past_steps(counter),
                charge.maximum,
                charge.amount,
            )
            for counter, charge in zip(counters, charges, strict=True)
        ]
        moment = "" if self._own_time else int(now * 1000)
        with self._telling():
            arguments = [moment, *(number for row in rows for number in row)]
            answer = cast(list[int | list[str]], self._take(keys=[_PREFIX + "clock", *keys.values()], args=arguments))
        taken = _read(charges, answer)
        return taken if isinstance(taken, Shortage) else self._unsettled.open(taken)

    def commit(self, reservation: Reservation) -> None:
        """Make a reservation final: the call has ended."""
        self._give_back(self._unsettled.commit(reservation))

    def roll_back(self, reservation: Reservation) -> None:
        """Give back what was taken, to the windows it was taken from; once at most."""
        self._give_back(self._unsettled.roll_back(reservation))

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()
        self._client.connection_pool.disconnect()

    def _give_back(self, taken: Sequence[tuple[Slot, int]]) -> None:
        if not taken:
            return
        keys = [_PREFIX + str(slot.counter) for slot, _ in taken]
        try:
            with self._telling():
                self._return(keys=keys, args=[number for slot, amount in taken for number in (slot.step, amount)])
        except QuotaError:
            # It stays taken until its window ends: fewer calls, never more.
            return

    def _check_memory(self) -> None:
        """Refuse a server that makes room by throwing keys away."""
        memory = cast(dict[str, object], self._client.info("memory"))
        policy = str(memory.get("maxmemory_policy", "noeviction"))
        if memory.get("maxmemory") and policy != "noeviction":
            advice = "set maxmemory-policy to noeviction, or use another server"
            raise self._error(f"may throw counters away (maxmemory-policy {policy})", advice)

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Say what to do about an error of Redis."""
        try:
            yield
        except (RedisError, ValueError) as error:
            raise self._error(f"cannot be used: {error}", "is the server up, and is the address right?") from error

    def _error(self, reason: str, advice: str) -> QuotaError:
        return QuotaError(Problem(self._place, f"the store of counters {reason}", advice))


def _place(url: str) -> str:
    """The address without the password that it may hold."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _read(charges: Sequence[Charge], answer: Sequence[int | list[str]]) -> list[tuple[Slot, int]] | Shortage:
    """What the script took, or why it took nothing."""
    if answer[0]:
        pairs = zip(charges, cast(list[int], answer[1:]), strict=True)
        return [(Slot(charge.counter, step), charge.amount) for charge, step in pairs if charge.amount]
    number, before, moment, now = cast(list[int], answer[1:5])
    flat = [int(text) for text in cast(list[str], answer[5])]
    held = dict(zip(flat[::2], flat[1::2], strict=True))
    return shortage(charges[number - 1], held, before, moment, now / 1000)
