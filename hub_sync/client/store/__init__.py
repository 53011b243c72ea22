"""The station's sealed store: one folder, two kinds of SQLCipher file.

    store = open_store(folder, best_custody(folder), clock, new_id)      # may take a second: it checks every page
    open_store(..., beside=True)       also while another program has the folder: for reading alone
    store.recovery                     Recovery | None: the operator must be told (`recovery.sentence`)

    the gate's thread
    store.journal.record(record)       -> JournalRow(journal_id, sequence, hash, record); durable when it returns
    store.journal.recent(50)           -> JournalRow, newest first      .last()  .verify() -> sentence | None  .rows()
    store.journal.waiting()            -> Waiting(rows, set_aside)
    store.memory.presence(participant_id, zone)   -> rules.admission.Presence, own memory and the hub's merged
    store.roster.find(participant_id)  -> Participant | None (merged ones resolved); .person is admission's Person
    store.roster.find_code(text)  .search(text, limit)  .count
    store.venue.event() -> EventRow | None     .checkpoint(id) -> CheckpointRow | None     .checkpoints()
    store.venue.occupancy()  .conflicts(since: datetime)  .age(now: datetime) -> timedelta | None
    store.keys.ring()                  -> rules.ticket_codec.KeyRing (empty before the first pull)
    store.settings.get(name, default)  .put(name, value)  .enrolment() -> Enrolment | None  .enrol(enrolment)
    store.boots                        what is known of the clocks; see client.timekeeper

    the sync thread, on its own `store.open_again()`
    store.outbox.pending(limit)  .acknowledged()  .acknowledge(sequence, head)  .set_aside(sequence, why)  .start_anew(why)
    store.feed.position()  .apply(page)  .begin_snapshot()  .adopt(snapshot, last_page)
    store.keys.replace(rows)    store.backups.save(path)  .rotate()    store.tidy()

    restore(folder, custody, clock, new_id, backup) -> Recovery          # while no store is open

**One program a folder**: `open_store` holds a lock until the store is closed; a second program is told so in a sentence.

**Threads**: each thread opens its own (`open_again`) and closes its own; only frozen values cross between them.

**Failures** are `StoreFailed` with a `fault` and one sentence (full disk, locked, read-only, newer schema, key). All else is
a bug and passes through.

**Two files, where `design.md` speaks of one.** SQLite has one writer a file. Writing a page of a snapshot of 100,000 people
takes tens of milliseconds, and a gate that waits for it keeps a person standing. So `store.db` holds what this station alone
knows (journal, memory, enrolment, keys) and is written in single rows; `roster-<n>.db` holds what the hub can send again. A
snapshot is built as a new file at full speed without fsync, made durable, and swapped in by one committed pointer in
`store.db`; readers move over at their next question, and `tidy()` removes the old file once nobody reads it. Both are sealed by one key.
"""

from hub_sync.client.store.disk.errors import JournalDiffers, StoreFailed, StoreFault
from hub_sync.client.store.disk.keystore import FileCustody, KeyCustody, KeyringCustody, best_custody
from hub_sync.client.store.journal.journal import Journal, JournalRow, Waiting
from hub_sync.client.store.journal.outbox import Outbox, PendingRow, Prefix
from hub_sync.client.store.journal.presence import Memory
from hub_sync.client.store.recovery import Recovery
from hub_sync.client.store.roster.feed import SnapshotIncomplete
from hub_sync.client.store.roster.roster import Participant, Roster, Venue
from hub_sync.client.store.station.settings import Enrolment, Settings
from hub_sync.client.store.store import Store, open_store, restore

__all__ = [
    "Enrolment",
    "FileCustody",
    "Journal",
    "JournalDiffers",
    "JournalRow",
    "KeyCustody",
    "KeyringCustody",
    "Memory",
    "Outbox",
    "Participant",
    "PendingRow",
    "Prefix",
    "Recovery",
    "Roster",
    "Settings",
    "SnapshotIncomplete",
    "Store",
    "StoreFailed",
    "StoreFault",
    "Venue",
    "Waiting",
    "best_custody",
    "open_store",
    "restore",
]
