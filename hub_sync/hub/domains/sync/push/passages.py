"""The rows about passages in a push: which admission each names, and what becomes of it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from hub_sync.contract.enums import Passage
from hub_sync.contract.passage import PassageRecord
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.sync.push.scan_records import InvalidRecord
from hub_sync.rules.passage import GrantedScan, PassageRefusal, first_passage, settle

_MESSAGES = {
    PassageRefusal.UNKNOWN_SCAN: "the passage names a scan that the hub does not have",
    PassageRefusal.FOREIGN_SCAN: "the passage names a scan of another station",
    PassageRefusal.NOT_ADMITTED: "the passage names a scan that admitted nobody",
    PassageRefusal.ALREADY_SETTLED: "what became of the admission is known already",
    PassageRefusal.TOO_LATE: "the admission was given back too late",
}


class PassageSettlement:
    """Settles the admissions of one push, and those that were stored before. Rows must come in their order."""

    def __init__(self, session: Session, tenant_id: str, records: Sequence[PassageRecord]) -> None:
        self._scans: dict[str, check_in.StoredScan] = {}
        self._taken: set[str] = set()
        if records:
            named = [record.scan_id for record in records if record.scan_id is not None]
            self._scans = check_in.find_granted(session, tenant_id, named)
            self._taken = check_in.taken_passage_ids(session, tenant_id, [each.id for each in records])
        self._stored = {scan.id: scan.granted.passage for scan in self._scans.values()}
        self._outcomes: dict[str, Passage] = {}

    def add_scan(self, entry: check_in.AccessLogEntry) -> None:
        """Add a scan of this push."""
        record = entry.record
        known = self._scans.get(record.id)
        if known is None or (known.granted.passage is None and record.result.admits):
            granted = GrantedScan(
                record.device_id, first_passage(record), record.boot_id, record.monotonic_ms
            )
            self._scans[record.id] = check_in.StoredScan(
                entry.id, record.event_id, record.participant_id, granted
            )

    def settle(self, record: PassageRecord) -> check_in.StoredScan | InvalidRecord | None:
        """Apply a row, and return its scan (None: it has none), or why the row is quarantined."""
        if record.id in self._taken:
            return InvalidRecord("DuplicateId", "a passage with this id is stored already")
        if record.scan_id is not None:
            scan = self._scans.get(record.scan_id)
            after = settle(None if scan is None else scan.granted, record)
            if isinstance(after, PassageRefusal):
                code = "Passage" + "".join(word.capitalize() for word in after.value.split("_"))
                return InvalidRecord(code, _MESSAGES[after])
            if scan is not None:
                if scan.event_id != record.event_id:
                    return InvalidRecord("ForeignEvent", "the passage belongs to another event than its scan")
                settled = replace(scan, granted=replace(scan.granted, passage=after))
                self._scans[record.scan_id] = settled
                self._outcomes[scan.id] = after
        self._taken.add(record.id)
        return None if record.scan_id is None else self._scans[record.scan_id]

    def with_outcomes(self, entries: Iterable[check_in.AccessLogEntry]) -> list[check_in.AccessLogEntry]:
        """Return the scans of this push with what became of them."""
        return [
            replace(entry, passage=self._outcomes[entry.id]) if entry.id in self._outcomes else entry
            for entry in entries
        ]

    def stored_outcomes(self) -> dict[str, Passage]:
        """Return what became of scans that were stored before this push, by the id of their row."""
        return {row_id: passage for row_id, passage in self._outcomes.items() if row_id in self._stored}

    def settled_by_event(self) -> dict[str, list[str]]:
        """Return the rows of `stored_outcomes` by their event."""
        settled: dict[str, list[str]] = defaultdict(list)
        for scan in self._scans.values():
            if scan.id in self._outcomes and scan.id in self._stored:
                settled[scan.event_id].append(scan.id)
        return settled

    def recounted_people(self) -> dict[str, set[str]]:
        """Return the people of scans that were stored before, and that count no more, or count again, by the scans' event."""
        people: dict[str, set[str]] = defaultdict(set)
        for scan in self._scans.values():
            before, after = self._stored.get(scan.id), self._outcomes.get(scan.id)
            if (
                scan.participant_id
                and before is not None
                and after is not None
                and before.counts != after.counts
            ):
                people[scan.event_id].add(scan.participant_id)
        return people
