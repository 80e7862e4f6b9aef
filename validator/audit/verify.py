"""The entries, the key and the head of an audit in, a report on whether it can be believed out."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from validator.audit.chain import Entry, Fault, Head, Torn, follow
from validator.audit.headfile import read_head
from validator.audit.keyfile import read_key
from validator.audit.place import Place
from validator.model.errors import AuditError


@dataclass(slots=True)
class Report:
    """How many records there are, every fault, and what is worth knowing but no fault."""

    records: int = 0
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def verify_audit(place: Place) -> Report:
    """Check a whole audit against its key and its head; raises AuditError when it cannot be read."""
    key = read_key(place.key)
    store = place.open(True)
    try:
        # The head is read first: what is appended meanwhile lies behind it.
        try:
            head, report = read_head(place.head, key), Report()
        except AuditError as error:
            head, report = Head(), Report(faults=[Fault(each.place, each.reason) for each in error.problems])
        return verify(key, head, store.entries(), report)
    finally:
        store.close()


def verify(key: bytes, head: Head, found: Iterable[Entry | Torn], report: Report) -> Report:
    """Check entries from the first one on, and that they reach the head."""
    last, reached = Head(), head.sequence == 0
    for each in follow(key, Head(), _noting(found, report)):
        if isinstance(each, Fault):
            report.faults.append(each)
            continue
        report.records += 1
        last = Head(each.sequence, each.mac, each.end)
        reached = reached or last == head
    if not reached:
        report.faults.append(Fault("the end", _missing(head, last)))
    elif last.sequence > head.sequence > 0:
        report.notes.append(f"{last.sequence - head.sequence} records were written after the head was last saved")
    return report


def _missing(head: Head, last: Head) -> str:
    if last.sequence < head.sequence:
        return (
            f"records {last.sequence + 1} to {head.sequence} were cut off: the head says {head.sequence} were written"
        )
    return f"record {head.sequence} is not the one that the head was saved with"


def _noting(found: Iterable[Entry | Torn], report: Report) -> Iterator[Entry | Torn]:
    for each in found:
        if isinstance(each, Torn) and each.last:
            report.notes.append(f"{each.place}: an unfinished record, never acknowledged; the next start takes it away")
        yield each
