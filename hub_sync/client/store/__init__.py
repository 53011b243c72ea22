"""The station's encrypted store: a folder with two kinds of SQLCipher file.

    store = open_store(folder, choose_keystore(folder), clock, new_id)      # may take a second: it checks every page
    open_store(..., allow_read_only=True)   read-only if another program has the folder
    store.recovery                     Recovery | None: the operator must see `recovery.sentence`; then .dismiss_recovery()

    the gate's thread
    store.journal.append(record)       -> JournalRow(journal_id, sequence, hash, record); durable when it returns
    store.journal.append_passage(record) -> PassageRow, or a PassageRefusal (rules.passage)      .passage_of(scan_id)  .unsettled()
    store.queue.write(build)           -> QueueActionRow, ...; see `store.queue.stored_queue`
    store.journal.recent(50)           -> JournalRow, newest first      .last()  .verify() -> sentence | None  .rows()
    store.journal.backlog()            -> Backlog(rows, set_aside)
    store.presence.get(participant_id, zone)   -> rules.admission.Presence, merged from own scans and the hub's
    store.roster.find(participant_id)  -> RosterParticipant | None (merged ones resolved); .person is admission's Person
    store.roster.find_by_code(text)  .search(text, limit)  .count
    store.venue.event() -> EventRow | None     .checkpoint(id) -> CheckpointRow | None     .checkpoints()
    store.venue.occupancy()  .conflicts(since: datetime)  .age(now: datetime) -> timedelta | None
    store.keys.key_ring()              -> rules.ticket_codec.KeyRing (empty before the first pull)
    store.settings.get(name, default)  .put(name, value)  .enrolment() -> StationEnrolment | None
    .save_enrolment(enrolment)
    store.device_key.get_or_create()   -> rules.device_keys.DeviceKey: signs, and agrees on secrets with other stations
    store.boots                        the clocks of each boot; see client.timekeeper

    the sync thread, on its own `store.open_session()`
    store.outbox.pending(limit)  .acknowledged()  .acknowledge(sequence, head)  .set_aside(sequence, reason)
    .start_new_incarnation(reason)
    store.feed.position()  .apply(page)  .begin_snapshot()  .publish_snapshot(snapshot, last_page)
    store.keys.replace(rows)    store.backups.save(path)  .rotate()    store.run_maintenance()

    restore_store(folder, keystore, clock, new_id, backup) -> Recovery   # while no store is open

**One program a folder**: `open_store` holds a lock until the store is closed. A second program gets a `StoreError`.

**Threads**: each thread opens its own (`open_session`) and closes its own; only frozen values cross between them.

**Failures** are `StoreError` with a `fault` and one sentence (full disk, locked, read-only, newer schema, key). Every
other error is a bug and passes through.

**Files**: `store.db` holds what this station alone knows (journal, presence, enrolment, keys). `journal.copy` holds journal,
settings and keys a second time (`docs/adr/0037-journal-copy.md`). `roster-<n>.db` holds what the hub can send again
(`docs/adr/0002-two-sealed-store-files.md`).
"""

from hub_sync.client.store.disk.disk_space import DiskSpace, DiskState
from hub_sync.client.store.disk.errors import JournalMismatch, StoreCause, StoreError, StoreFault
from hub_sync.client.store.disk.keystore import FileKeyStore, KeyringKeyStore, KeyStore, choose_keystore
from hub_sync.client.store.journal.journal import Backlog, JournalRow, PassageRow, QueueActionRow, ScanJournal
from hub_sync.client.store.journal.outbox import AcknowledgedPrefix, Outbox, PendingRow
from hub_sync.client.store.journal.presence import PresenceRegister
from hub_sync.client.store.recovery.opening import Recovery
from hub_sync.client.store.recovery.sentences import RecoveryCause, RecoveryFacts
from hub_sync.client.store.roster.feed import SnapshotIncomplete
from hub_sync.client.store.roster.roster import Roster, RosterParticipant, Venue
from hub_sync.client.store.station.settings import StationEnrolment, StoredSettings
from hub_sync.client.store.store import Store, make_folder, open_store, restore_store

__all__ = [
    "AcknowledgedPrefix",
    "Backlog",
    "DiskSpace",
    "DiskState",
    "FileKeyStore",
    "JournalMismatch",
    "JournalRow",
    "KeyStore",
    "KeyringKeyStore",
    "Outbox",
    "PassageRow",
    "PendingRow",
    "PresenceRegister",
    "QueueActionRow",
    "Recovery",
    "RecoveryCause",
    "RecoveryFacts",
    "Roster",
    "RosterParticipant",
    "ScanJournal",
    "SnapshotIncomplete",
    "StationEnrolment",
    "Store",
    "StoreCause",
    "StoreError",
    "StoreFault",
    "StoredSettings",
    "Venue",
    "choose_keystore",
    "make_folder",
    "open_store",
    "restore_store",
]
