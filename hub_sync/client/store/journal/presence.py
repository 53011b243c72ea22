"""The permanent memory of who passed here, and what the gate knows of a person in a zone.

Three things can tell where somebody is: what this station did itself (never forgotten, not even when all is uploaded),
what the hub said of all stations, and whom the hub merged into whom. The newest of them by `(time, device, sequence)`
wins. Times of this station's own rows are corrected by their boot's anchor once there is one; and since a row was
written after what the hub had said by then, its time is never before that: a slow clock can't make the gate forget an
entry. Of its own rows the last written counts, whatever their times say.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from hub_sync.client.store.disk.encrypted_file import EncryptedFile
from hub_sync.client.store.roster.roster import Roster
from hub_sync.contract.clock import from_epoch_ms
from hub_sync.contract.enums import Direction
from hub_sync.contract.sync import ScanRecord
from hub_sync.rules.admission import Presence

_UPSERT_LAST_SCAN = """
    INSERT INTO memory (zone, participant_id, direction, entries, device_id, sequence,
                        scanned_at_ms, monotonic_ms, boot_id, offset_ms, after_ms)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (zone, participant_id) DO UPDATE SET
        direction = excluded.direction, entries = entries + excluded.entries, device_id = excluded.device_id,
        sequence = excluded.sequence, scanned_at_ms = excluded.scanned_at_ms,
        monotonic_ms = excluded.monotonic_ms, boot_id = excluded.boot_id, offset_ms = excluded.offset_ms,
        after_ms = max(after_ms, excluded.after_ms)"""

_OWN = """
    SELECT max(m.after_ms, coalesce(b.anchor_ms + m.monotonic_ms, m.scanned_at_ms + m.offset_ms)),
           m.device_id, m.sequence, m.direction, m.entries
    FROM memory m LEFT JOIN boots b ON b.boot_id = m.boot_id
    WHERE m.zone = ? AND m.participant_id = ?"""


@dataclass(frozen=True, slots=True, order=True)
class LastScan:
    """Somebody passing; the order of the fields is the order of time."""

    at_ms: int
    device_id: str
    sequence: int
    direction: Direction
    entries: int


class PresenceRegister:
    """Who passed here, and with the roster's help who passed anywhere."""

    def __init__(self, file: EncryptedFile, roster: Roster) -> None:
        self._file, self._roster = file, roster

    def get(self, participant_id: str, zone: str | None) -> Presence:
        """What is known of a person in a zone ("" or None: the event as a whole).

        `entries` is the greater of what the station and the hub count: the hub's contains this station's own once they
        are uploaded.
        """
        zone = zone or ""
        people = (participant_id, *self._roster.merged_ids(participant_id))
        seen = [*self._own(zone, people), *self._hubs(zone, people)]
        if not seen:
            return Presence()
        last = max(seen)
        return Presence(
            inside=last.direction is Direction.ENTRY,
            entries=max(sighting.entries for sighting in seen),
            last_at=from_epoch_ms(last.at_ms),
        )

    def record(self, record: ScanRecord, sequence: int) -> None:
        """Note an admitted scan. The journal calls it inside the transaction that appends the row."""
        zone, participant_id = record.zone or "", record.participant_id or ""
        known = self._hubs(zone, (participant_id,))
        self._file.run(
            _UPSERT_LAST_SCAN,
            (
                zone,
                participant_id,
                record.direction.value,
                int(record.direction is Direction.ENTRY),
                record.device_id,
                sequence,
                record.scanned_at_ms,
                record.monotonic_ms,
                record.boot_id,
                record.clock_offset_ms or 0,
                max((sighting.at_ms + 1 for sighting in known), default=0),
            ),
        )

    def _own(self, zone: str, people: Iterable[str]) -> list[LastScan]:
        found = (self._file.row(_OWN, (zone, person)) for person in people)
        return [_sighting(*row) for row in found if row is not None]

    def _hubs(self, zone: str, people: Iterable[str]) -> list[LastScan]:
        found = (self._roster.find_presence_row(person, zone) for person in people)
        return [_sighting(*row) for row in found if row is not None]


def _sighting(at_ms: int, device_id: str, sequence: int, direction: str, entries: int) -> LastScan:
    return LastScan(at_ms, device_id, sequence, Direction(direction), entries)
