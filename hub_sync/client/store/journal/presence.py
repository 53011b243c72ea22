"""The presence register: where each person was last, by this station's own scans and the hub's.

There are three sources: this station's own scans (kept for ever, also after their upload), the hub's presence rows of
all stations, and the hub's merges of participants. The newest entry by `(time, device, sequence)` wins. Times of own
rows are corrected by their boot's anchor if there is one. A row was written after the hub's rows that were known by
then, so its time is never before theirs: a slow clock can't make the gate forget an entry. Of the own rows the last
written one counts, whatever its time.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from hub_sync.client.store.disk.encrypted_file import EncryptedFile
from hub_sync.client.store.roster.roster import Roster
from hub_sync.contract.clock import from_epoch_ms
from hub_sync.contract.enums import Direction
from hub_sync.contract.sync import ScanRecord
from hub_sync.rules.admission import Presence

_CLOCKS = ("scanned_at_ms", "monotonic_ms", "boot_id", "offset_ms", "after_ms")
_UPSERT_LAST_SCAN = f"""
    INSERT INTO memory (zone, participant_id, direction, entries, device_id, sequence,
                        scanned_at_ms, monotonic_ms, boot_id, offset_ms, after_ms,
                        {", ".join(f"entered_{clock}" for clock in _CLOCKS)})
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (zone, participant_id) DO UPDATE SET
        direction = excluded.direction, entries = entries + excluded.entries, device_id = excluded.device_id,
        sequence = excluded.sequence, scanned_at_ms = excluded.scanned_at_ms,
        monotonic_ms = excluded.monotonic_ms, boot_id = excluded.boot_id, offset_ms = excluded.offset_ms,
        after_ms = max(after_ms, excluded.after_ms),
        {", ".join(f"entered_{c} = coalesce(excluded.entered_{c}, entered_{c})" for c in _CLOCKS)}"""  # noqa: S608

_OWN = """
    SELECT max(m.after_ms, coalesce(b.anchor_ms + m.monotonic_ms, m.scanned_at_ms + m.offset_ms)),
           m.device_id, m.sequence, m.direction, m.entries,
           coalesce(max(m.entered_after_ms, coalesce(e.anchor_ms + m.entered_monotonic_ms,
                                                     m.entered_scanned_at_ms + m.entered_offset_ms)), 0)
    FROM memory m LEFT JOIN boots b ON b.boot_id = m.boot_id
                  LEFT JOIN boots e ON e.boot_id = m.entered_boot_id
    WHERE m.zone = ? AND m.participant_id = ?"""


@dataclass(frozen=True, slots=True, order=True)
class PresenceEntry:
    """A person's last scan in a zone. The order of the fields is the order of time."""

    at_ms: int
    device_id: str
    sequence: int
    direction: Direction
    entries: int
    entered_at_ms: int


class PresenceRegister:
    """Last-writer-wins register of presence, merged from this station and the roster."""

    def __init__(self, file: EncryptedFile, roster: Roster) -> None:
        self._file, self._roster = file, roster

    def get(self, participant_id: str, zone: str | None) -> Presence:
        """Return a person's presence in a zone ("" or None: the event as a whole).

        `entries` is the greater of the station's and the hub's count: the hub's includes this station's entries once
        they are uploaded.
        """
        zone = zone or ""
        people = (participant_id, *self._roster.merged_ids(participant_id))
        scans = [*self._own(zone, people), *self._hubs(zone, people)]
        if not scans:
            return Presence()
        last, entered_at_ms = max(scans), max(scan.entered_at_ms for scan in scans)
        return Presence(
            inside=last.direction is Direction.ENTRY,
            entries=max(scan.entries for scan in scans),
            last_at=from_epoch_ms(last.at_ms),
            entered_at=from_epoch_ms(entered_at_ms) if entered_at_ms else None,
        )

    def record(self, record: ScanRecord, sequence: int) -> None:
        """Record an admitted scan. The journal calls it inside the transaction that appends the row."""
        hub_scans = self._hubs(record.zone or "", (record.participant_id or "",))
        after_ms = max((scan.at_ms + 1 for scan in hub_scans), default=0)
        upsert_last_scan(self._file, record, sequence, after_ms)

    def _own(self, zone: str, people: Iterable[str]) -> list[PresenceEntry]:
        rows = (self._file.row(_OWN, (zone, person)) for person in people)
        return [_last_scan(*row) for row in rows if row is not None]

    def _hubs(self, zone: str, people: Iterable[str]) -> list[PresenceEntry]:
        rows = (self._roster.find_presence_row(person, zone) for person in people)
        return [_last_scan(*row) for row in rows if row is not None]


def upsert_last_scan(file: EncryptedFile, record: ScanRecord, sequence: int, after_ms: int = 0) -> None:
    """Write an admitted scan to the register. `after_ms`: its true time is not before this."""
    is_entry = record.direction is Direction.ENTRY
    clocks = (
        record.scanned_at_ms,
        record.monotonic_ms,
        record.boot_id,
        record.clock_offset_ms or 0,
        after_ms,
    )
    who = (record.zone or "", record.participant_id or "", record.direction.value)
    scan = (int(is_entry), record.device_id, sequence)
    file.run(_UPSERT_LAST_SCAN, (*who, *scan, *clocks, *(clocks if is_entry else [None] * len(clocks))))


def _last_scan(
    at_ms: int, device_id: str, sequence: int, direction: str, entries: int, entered_at_ms: int
) -> PresenceEntry:
    return PresenceEntry(at_ms, device_id, sequence, Direction(direction), entries, entered_at_ms)
