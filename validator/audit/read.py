"""The entries of an audit in, calls out: each decision with what became of it, as one JSON object."""

from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from validator.audit.chain import Entry, Torn
from validator.audit.journal import event
from validator.audit.log import DECIDED, SETTLED
from validator.audit.place import Place
from validator.model.decision import Action
from validator.model.known import JsonValue

Told: TypeAlias = dict[str, JsonValue]

OPEN: Final = "open"  # forwarded, and nothing is known of what became of it
# A call is settled within minutes; this many others may be decided meanwhile before it counts as open.
_MOST_WAITING: Final = 10_000
_PER_CALL: Final = 4


@dataclass(frozen=True, slots=True)
class Wanted:
    """What calls are asked for; an empty text and None ask for any."""

    since: float | None = None
    until: float | None = None
    same: Mapping[str, str] | None = None
    capability: str = ""
    finding: str = ""

    def takes(self, call: Told) -> bool:
        """Whether a call is asked for."""
        moment = call.get("time")
        moment = moment if isinstance(moment, int | float) else 0.0
        if (self.since is not None and moment < self.since) or (self.until is not None and moment >= self.until):
            return False
        if any(call.get(key, "") != value for key, value in (self.same or {}).items()):
            return False
        if self.capability and not any(_below(name, self.capability) for name in _list(call, "capabilities")):
            return False
        rules = (each.get("rule") for each in _list(call, "findings") if isinstance(each, dict))
        return not self.finding or self.finding in rules


def read_calls(place: Place) -> Iterator[Told]:
    """Every call of an audit in the order of the decisions; raises AuditError when it cannot be read."""
    store = place.open(True)
    try:
        yield from join_calls(store.entries())
    finally:
        store.close()


def last_calls(place: Place, count: int) -> list[Told]:
    """The last few calls of an audit, without reading it all where the store can do that."""
    store = place.open(True)
    try:
        return list(deque(join_calls(store.last(count * _PER_CALL)), count))
    finally:
        store.close()


def join_calls(entries: Iterable[Entry | Torn]) -> Iterator[Told]:
    """Put decisions and settlements together; what is no entry is left to `verify`."""
    waiting: OrderedDict[int, Told] = OrderedDict()
    for entry in entries:
        if isinstance(entry, Torn):
            continue
        told = event(entry)
        if told.get("event") == DECIDED:
            waiting[entry.sequence] = _call(told)
        elif told.get("event") == SETTLED:
            call = waiting.get(of) if isinstance(of := told.get("of"), int) else None
            if call is not None:
                call.update(
                    outcome=told.get("outcome"), milliseconds=told.get("milliseconds"), settled=told.get("time")
                )
        while waiting and (len(waiting) > _MOST_WAITING or next(iter(waiting.values()))["outcome"] != OPEN):
            yield waiting.popitem(last=False)[1]
    yield from waiting.values()


def _call(told: Told) -> Told:
    told.pop("event")
    told["outcome"] = OPEN if told.get("decision") == Action.FORWARD else ""
    told["milliseconds"] = 0.0
    return told


def _list(call: Told, key: str) -> list[JsonValue]:
    found = call.get(key)
    return found if isinstance(found, list) else []


def _below(name: JsonValue, branch: str) -> bool:
    return isinstance(name, str) and (name == branch or name.startswith(branch + "."))
