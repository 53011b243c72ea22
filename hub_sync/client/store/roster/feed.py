"""The writing side of the roster: a snapshot fills a new file that replaces the old one; deltas are small transactions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import orjson
import structlog

from hub_sync.client.store.disk.atomic_files import fsync_file, remove_database_files
from hub_sync.client.store.disk.encrypted_file import EncryptedFile, Row
from hub_sync.client.store.disk.errors import KNOWN_FAULTS, StoreError, StoreFault
from hub_sync.client.store.roster.files import OTHER_ROSTERS, POINTER, VENUE_COPY, RosterFiles
from hub_sync.client.store.roster.roster import RosterReader, Venue
from hub_sync.client.store.roster.schema import create, index
from hub_sync.client.store.roster.search_index import index_text
from hub_sync.client.store.station.settings import StoredSettings, event_setting
from hub_sync.contract.clock import epoch_ms, from_epoch_ms
from hub_sync.contract.sync import MERGED, ParticipantRow, PullPage
from hub_sync.rules.text_normalization import normalize_code

_COMPARED_ROWS = 1000
_NOT_ABSENT = "id NOT IN (SELECT id FROM absent)"
log = structlog.get_logger(__name__)

_PUT_PERSON = (
    "INSERT INTO participants"
    " (id, first_name, last_name, code, status, category, standing, version, tickets_valid_from,"
    " group_ref, normal_code, names)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
    " first_name = excluded.first_name, last_name = excluded.last_name, code = excluded.code,"
    " status = excluded.status, category = excluded.category, standing = excluded.standing,"
    " version = excluded.version, tickets_valid_from = excluded.tickets_valid_from,"
    " group_ref = excluded.group_ref, normal_code = excluded.normal_code, names = excluded.names"
)


@dataclass(frozen=True, slots=True)
class VanishedRows:
    """The part of the current roster that a snapshot lacks. `known`: the roster's participants, deleted ones too.

    `people` counts those of them that are missing, and `digest` is of their ids: the ids of a whole roster are 25 MB.
    """

    known: int = 0
    people: int = 0
    digest: str = ""
    checkpoints: tuple[str, ...] = ()


class SnapshotIncomplete(Exception):
    """The number of participants in a snapshot differs from the announced one. The snapshot is not used."""


class RosterFeed:
    """Writes pages of the hub's change feed to the roster of an event. Used by the pull loop's thread."""

    def __init__(self, files: RosterFiles, settings: StoredSettings, slot: str = "") -> None:
        self._files, self._settings, self._slot = files, settings, slot
        self._reader = RosterReader(files, slot)

    def position(self) -> tuple[str, str] | None:
        """Return the feed's (epoch, cursor) of the current roster, or None if a snapshot is needed."""
        try:
            file = self._current()
            row = None if file is None else file.row("SELECT epoch, cursor FROM feed")
        except StoreError as failure:
            if failure.fault is not StoreFault.CORRUPT:
                raise
            self._reader.mark_damaged()
            return None
        return None if row is None else (row[0], row[1])

    def apply(self, page: PullPage, *, has_all_journals: bool = True) -> None:
        """Apply a page of deltas and its cursor in one transaction. A second application changes nothing.

        `has_all_journals`: the journals on the page replace those before; False: they are those that have grown.

        Raises:
            StoreError: Nothing of the page was applied.
        """
        file = self._current()
        if file is None:
            raise StoreError(StoreFault.CORRUPT, "There is no roster to apply changes to.")
        try:
            self._apply(file, page, has_all_journals=has_all_journals)
            if not page.more:
                self._files.note_synced(self._files.number(self._slot), page.server_time_ms)
        except StoreError as failure:
            if failure.fault is StoreFault.CORRUPT:
                self._reader.mark_damaged()  # the next pull requests a snapshot
            raise
        if page.events or page.checkpoints:
            self._copy_venue()

    @staticmethod
    def _apply(file: EncryptedFile, page: PullPage, *, has_all_journals: bool) -> None:
        with file.transaction():
            ids = [(row[0],) for row in page.participants]
            gained = -sum(_is_counted(file, id_) for id_ in ids)
            write_page(file, page, has_all_journals=has_all_journals)
            gained += sum(_is_counted(file, id_) for id_ in ids)
            # The roster is known to be complete, and its age with it, only after the last page.
            file.run(
                "UPDATE feed SET epoch = ?, cursor = ?, people = people + ?,"
                " synced_at_ms = CASE WHEN ? THEN synced_at_ms ELSE ? END",
                (page.epoch, page.cursor, gained, page.more, page.server_time_ms),
            )

    def begin_snapshot(self) -> "RosterSnapshot":
        """Start a new file. The current one stays in use until `publish_snapshot`."""
        return RosterSnapshot(*self._files.create())

    def find_vanished(self, snapshot: "RosterSnapshot") -> VanishedRows:
        """Return the rows of the current roster that a snapshot neither has nor marks as deleted.

        Raises:
            StoreError: A fault other than a damaged roster, which knows nothing.
        """
        known, people, last, digest = 0, 0, 0, sha256()
        while rows := self._reader.rows(
            f"SELECT rowid, id FROM participants WHERE rowid > ? AND {_NOT_ABSENT} ORDER BY rowid LIMIT ?",  # noqa: S608
            (last, _COMPARED_ROWS),
        ):
            known, last = known + len(rows), rows[-1][0]
            missing = snapshot.missing("participants", [row[1] for row in rows])
            people += len(missing)
            digest.update("".join(f"{id_}\n" for id_ in missing).encode())
        open_checkpoints = self._reader.rows(
            "SELECT id FROM checkpoints WHERE NOT json_extract(body, '$.deleted') ORDER BY id"
        )
        checkpoints = snapshot.missing("checkpoints", [row[0] for row in open_checkpoints])
        return VanishedRows(known, people, digest.hexdigest(), tuple(checkpoints))

    def carry_refused(self, snapshot: "RosterSnapshot") -> None:
        """Copy to a snapshot the people whom it lacks and whom a gate may refuse, so that their tickets stay refused.

        They are *absent*: found by the id of a ticket only, and not counted. A page that has them ends that.

        Raises:
            StoreError: A fault other than a damaged roster, which knows nothing.
        """
        last = 0
        while rows := self._reader.rows(
            "SELECT rowid, id, first_name, last_name, code, status, category, standing, version,"
            " tickets_valid_from, group_ref FROM participants WHERE rowid > ?"
            " AND (status <> 'APPROVED' OR standing <> '' OR tickets_valid_from > 0) ORDER BY rowid LIMIT ?",
            (last, _COMPARED_ROWS),
        ):
            last = rows[-1][0]
            missing = set(snapshot.missing("participants", [row[1] for row in rows]))
            snapshot.add_absent([row[1:] for row in rows if row[1] in missing])

    def participant_count(self) -> int:
        """Return the number of participants whom the hub has sent, deleted and merged ones too."""
        row = self._reader.row(f"SELECT count(*) FROM participants WHERE {_NOT_ABSENT}")  # noqa: S608
        return row[0] if row else 0

    def publish_snapshot(self, snapshot: "RosterSnapshot", last: PullPage) -> None:
        """Finish a snapshot after its last page, and make it the current roster.

        Raises:
            SnapshotIncomplete: The snapshot differs from the hub's announcement, and was removed.
            StoreError: The snapshot could not be written. The current roster stays.
        """
        try:
            snapshot.finish(last)
            self._save_pointer(snapshot.number)
        except BaseException:
            snapshot.discard()
            raise
        self._files.publish(snapshot.number, self._slot)
        self._files.note_synced(snapshot.number, last.server_time_ms)
        self._copy_venue()
        try:
            self._files.remove_unused()
        except StoreError as failure:  # the new roster is in use; the maintenance loop tries again
            log.warning("old_roster_not_removed", fault=failure.fault)

    def _save_pointer(self, number: int) -> None:
        if self._slot:
            self._settings.put(OTHER_ROSTERS, {**self._files.other_numbers, self._slot: number})
        elif number or self._settings.get(POINTER):
            self._settings.put(POINTER, number)

    def _copy_venue(self) -> None:
        """Write event and checkpoints to the settings, too. The roster is complete without: a fault is logged only."""
        name = event_setting(VENUE_COPY, self._slot)
        tables = {"events": "events ORDER BY id LIMIT 1", "checkpoints": "checkpoints ORDER BY id"}
        try:
            copied = {
                name: [row[0] for row in self._reader.rows(f"SELECT body FROM {table}")]  # noqa: S608  own table names
                for name, table in tables.items()
            }
            if self._files.number(self._slot) and copied != self._settings.get(name):
                self._settings.put(name, copied)
        except StoreError as failure:
            log.warning("venue_not_copied", fault=failure.fault)

    def reset(self, *, keeps_venue: bool = False) -> None:
        """Drop the roster, because the station may not serve the event any more, or has another hub now.

        The file is removed once nobody reads it. `keeps_venue`: event and checkpoints stay known.
        """
        self._save_pointer(0)
        venue = event_setting(VENUE_COPY, self._slot)
        if not keeps_venue and self._settings.get(venue) is not None:
            self._settings.put(venue, None)
        self._files.publish(0, self._slot)

    def synced_at(self) -> datetime | None:
        """Return the corrected time at which this roster was last known to be complete, or None if there is none.

        Raises:
            StoreError: It could not be read.
        """
        known_ms = self._files.synced_ms(self._slot)
        if known_ms is None:
            row = self._reader.row("SELECT synced_at_ms FROM feed")
            if row is None:
                return None
            known_ms = row[0]
            self._files.note_synced(self._files.number(self._slot), known_ms)
        return from_epoch_ms(known_ms)

    def erase_people(self, venue: Venue) -> None:
        """Replace the roster by one with the event and its checkpoints only. No position of the feed fits it.

        Raises:
            StoreError: The roster could not be replaced.
        """
        event, as_of = venue.event(), venue.as_of()
        page = PullPage(
            epoch="",
            cursor="",
            more=False,
            snapshot=True,
            total=0,
            events=() if event is None else (event,),
            checkpoints=venue.checkpoints(),
            server_time_ms=0 if as_of is None else epoch_ms(as_of),
        )
        snapshot = self.begin_snapshot()
        try:
            snapshot.add(page)
        except BaseException:
            snapshot.discard()
            raise
        self.publish_snapshot(snapshot, page)

    def _current(self) -> EncryptedFile | None:
        return self._reader.current()

    def close(self) -> None:
        """Close the file."""
        self._reader.close()


class RosterSnapshot:
    """A roster file that is being filled. It is neither durable nor used before `publish_snapshot`.

    `received` counts the participants so far, `dropped` those that could not be read, `total` is the number that the hub
    announced.
    """

    def __init__(self, number: int, file: EncryptedFile) -> None:
        self.number, self._file = number, file
        self.epoch: str | None = None
        self.cursor = ""
        self.total: int | None = None
        self.received = 0
        self.dropped = 0
        create(file)

    def add(self, page: PullPage, dropped: int = 0) -> None:
        """Write a page. `dropped`: participants of it that could not be read, and that the hub has counted.

        Raises:
            StoreError: A known fault. Discard the snapshot.
        """
        with self._file.transaction():
            write_page(self._file, page)
        self.epoch, self.cursor = page.epoch, page.cursor
        self.dropped += dropped
        self.received += len(page.participants)
        self.total = page.total if page.total is not None else self.total

    def add_absent(self, people: Sequence[Row]) -> None:
        """Write people whom the hub does not send any more, as rows of `PARTICIPANT_FIELDS`."""
        with self._file.transaction():
            self._file.run_many(_PUT_PERSON, [(*row[:9], "", "", "") for row in people])
            self._file.run_many("INSERT OR IGNORE INTO absent VALUES (?)", [(row[0],) for row in people])

    def missing(self, table: str, ids: Sequence[str]) -> list[str]:
        """Return the ids that a table of the snapshot lacks, in their order."""
        rows = self._file.rows(
            f"SELECT value FROM json_each(?) WHERE value NOT IN (SELECT id FROM {table}) ORDER BY key",  # noqa: S608  own table names
            (orjson.dumps(ids).decode(),),
        )
        return [row[0] for row in rows]

    def require_complete(self) -> None:
        """Check the number of participants.

        Raises:
            SnapshotIncomplete: It differs from the announced one.
        """
        count = self._file.row(f"SELECT count(*) FROM participants WHERE {_NOT_ABSENT}")  # noqa: S608
        if count is None or self.total is None or count[0] + self.dropped != self.total:
            raise SnapshotIncomplete(
                f"The hub announced {self.total} participants and sent {count[0] if count else 0}."
            )

    def finish(self, last: PullPage) -> None:
        """Build the indexes, and make the file durable.

        Raises:
            SnapshotIncomplete: The number of participants differs from the announced one.
        """
        self.require_complete()
        self._file.run(
            "INSERT INTO feed (only, epoch, cursor, synced_at_ms, people) SELECT 1, ?, ?, ?, count(*)"
            " FROM participants WHERE NOT (standing = 'deleted' OR standing LIKE 'merged:%')"
            " AND id NOT IN (SELECT id FROM absent)",
            (last.epoch, last.cursor, last.server_time_ms),
        )
        index(self._file)
        self._file.rows("PRAGMA journal_mode = WAL")
        self._file.close()
        with KNOWN_FAULTS:
            fsync_file(self._file.path)

    def discard(self) -> None:
        """Close and remove the file."""
        self._file.close()
        with KNOWN_FAULTS:
            remove_database_files(self._file.path)


def write_page(file: EncryptedFile, page: PullPage, *, has_all_journals: bool = True) -> None:
    """Write a page's rows to a roster file, inside a transaction. They replace the rows of the same ids."""
    file.run_many(_PUT_PERSON, map(_person, page.participants))
    for row in page.participants:
        if row[6].startswith(MERGED):
            file.run("INSERT OR REPLACE INTO merged VALUES (?, ?)", (row[6].removeprefix(MERGED), row[0]))
        elif not page.snapshot:
            file.run("DELETE FROM merged WHERE id = ?", (row[0],))
    if not page.snapshot:
        file.run_many("DELETE FROM absent WHERE id = ?", [(row[0],) for row in page.participants])
    file.run_many("INSERT OR REPLACE INTO presence VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", page.presence)
    if page.journals is not None and has_all_journals:
        file.run("DELETE FROM journals")
        _put(file, "journals", [("", "", 0, "[]")])
    if page.journals is not None and (has_all_journals or file.row("SELECT 1 FROM journals LIMIT 1")):
        heads = (
            (row.device_id, row.journal_id, row.sequence, orjson.dumps(row.missing).decode())
            for row in page.journals
        )
        _put(file, "journals", list(heads))
    _put(file, "events", [(row.id, row.model_dump_json()) for row in page.events if not row.deleted])
    file.run_many("DELETE FROM events WHERE id = ?", [(row.id,) for row in page.events if row.deleted])
    _put(file, "checkpoints", [(row.id, row.model_dump_json()) for row in page.checkpoints])
    _put(file, "occupancy", [(row.zone, row.current, row.capacity) for row in page.occupancy])
    conflicts = [
        (row.access_log_id, row.at_ms, int(row.cleared), row.model_dump_json()) for row in page.conflicts
    ]
    _put(file, "conflicts", conflicts)


def _put(file: EncryptedFile, table: str, rows: Iterable[Sequence[Any]]) -> None:
    for row in rows:
        places = ", ".join("?" * len(row))
        file.run(f"INSERT OR REPLACE INTO {table} VALUES ({places})", row)  # noqa: S608  own table names


def _person(row: ParticipantRow) -> tuple[Any, ...]:
    if row[6] == "deleted":
        return (*row, "", "")  # a deleted person is not found by name or code, only by the id of the ticket
    return (*row, normalize_code(row[3]), index_text(row[1], f"{row[2]} {row[9]}".strip()))


def _is_counted(file: EncryptedFile, participant: tuple[str]) -> int:
    row = file.row(
        f"SELECT NOT (standing = 'deleted' OR standing LIKE 'merged:%') AND {_NOT_ABSENT}"  # noqa: S608
        " FROM participants WHERE id = ?",
        participant,
    )
    return row[0] if row else 0
