"""The schema of `store.db`, as numbered steps. A released step is never edited; a new one follows it.

Every step has its own test (`tests/hub_sync/client/store/test_migrations.py`).
"""

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from hub_sync.client.store.disk.errors import StoreError, StoreFault

MIGRATIONS = Migrations("store")


@MIGRATIONS()
def m001_journal(db: Database) -> None:
    """Create the journal. `sequence = position - incarnation.base`, so sequences have no gap.

    An incarnation is a run of the journal with one journal id. A restored backup, or a journal that diverged from the
    hub's, starts another.
    """
    db.execute("""
        CREATE TABLE incarnations (
            number INTEGER PRIMARY KEY,
            journal_id TEXT NOT NULL UNIQUE,
            base INTEGER NOT NULL,
            acknowledged INTEGER NOT NULL DEFAULT 0,
            head BLOB NOT NULL DEFAULT x'',
            started_at_ms INTEGER NOT NULL,
            why TEXT NOT NULL
        ) STRICT""")
    db.execute("""
        CREATE TABLE journal (
            position INTEGER PRIMARY KEY,
            record_id TEXT NOT NULL,
            boot_id TEXT NOT NULL,
            hash BLOB NOT NULL CHECK (length(hash) = 32),
            body TEXT NOT NULL
        ) STRICT""")
    for act in ("UPDATE", "DELETE"):
        db.execute(f"""
            CREATE TRIGGER journal_refuses_{act.lower()} BEFORE {act} ON journal
            BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END""")


@MIGRATIONS()
def m002_set_aside(db: Database) -> None:
    """Create the table of rows that the hub fails on. They stay in the journal and are pushed as a note."""
    db.execute("""
        CREATE TABLE set_aside (
            position INTEGER PRIMARY KEY REFERENCES journal (position),
            why TEXT NOT NULL,
            at_ms INTEGER NOT NULL
        ) STRICT""")


@MIGRATIONS()
def m003_memory(db: Database) -> None:
    """Create the table of each person's last scan at this station. It is kept after the upload."""
    db.execute("""
        CREATE TABLE memory (
            zone TEXT NOT NULL,
            participant_id TEXT NOT NULL,
            direction TEXT NOT NULL,
            entries INTEGER NOT NULL,
            device_id TEXT NOT NULL,
            sequence INTEGER NOT NULL,
            scanned_at_ms INTEGER NOT NULL,
            monotonic_ms INTEGER NOT NULL,
            boot_id TEXT NOT NULL,
            offset_ms INTEGER NOT NULL,
            after_ms INTEGER NOT NULL,
            PRIMARY KEY (zone, participant_id)
        ) STRICT, WITHOUT ROWID""")


@MIGRATIONS()
def m004_boots(db: Database) -> None:
    """Create the table of boots: the first state of the clocks, and the hub's time at monotonic zero."""
    db.execute("""
        CREATE TABLE boots (
            boot_id TEXT PRIMARY KEY,
            wall_ms INTEGER NOT NULL,
            monotonic_ms INTEGER NOT NULL,
            anchor_ms INTEGER
        ) STRICT, WITHOUT ROWID""")


@MIGRATIONS()
def m005_settings_and_keys(db: Database) -> None:
    """Create the tables of settings (JSON values, with the enrolment) and of ticket keys."""
    db.execute("CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID")
    db.execute("""
        CREATE TABLE qr_keys (
            kid TEXT PRIMARY KEY,
            material TEXT NOT NULL,
            not_before_ms INTEGER,
            not_after_ms INTEGER
        ) STRICT, WITHOUT ROWID""")


@MIGRATIONS()
def m006_room(db: Database) -> None:
    """Create the table whose one row is overwritten at opening to extend the WAL. Its content means nothing."""
    db.execute("CREATE TABLE room (only INTEGER PRIMARY KEY CHECK (only = 1), filler BLOB NOT NULL) STRICT")


@MIGRATIONS()
def m007_earlier_incarnations(db: Database) -> None:
    """Keep earlier incarnations sendable, and count quarantined rows once each.

    `send_until` is the last sequence of a closed incarnation that is sent under its journal id. An incarnation that starts
    an enrolment (`starts_enrolment`) cuts off the ones before it: their rows are for another hub.
    """
    db.execute("ALTER TABLE incarnations ADD COLUMN send_until INTEGER")
    db.execute("ALTER TABLE incarnations ADD COLUMN starts_enrolment INTEGER NOT NULL DEFAULT 0")
    db.execute(
        "UPDATE incarnations SET send_until = acknowledged"
        " WHERE number < (SELECT max(number) FROM incarnations)"
    )
    db.execute("UPDATE incarnations SET starts_enrolment = 1 WHERE why = 'enrolled again'")
    db.execute("""
        CREATE VIEW sendable_incarnations AS
        SELECT number, journal_id, base, acknowledged, head, send_until,
               coalesce(send_until, (SELECT coalesce(max(position), 0) FROM journal) - base) AS last
        FROM incarnations
        WHERE number >= (SELECT coalesce(max(number), 0) FROM incarnations WHERE starts_enrolment = 1)""")
    db.execute("CREATE TABLE quarantined (position INTEGER PRIMARY KEY REFERENCES journal (position)) STRICT")


@MIGRATIONS()
def m008_measured_clock(db: Database) -> None:
    """Add the measurement that waits for its confirmation, and the corrections that the hub must learn of."""
    for column in ("candidate_ms", "candidate_at_ms", "anchored_at_ms"):
        db.execute(f"ALTER TABLE boots ADD COLUMN {column} INTEGER")
    db.execute("""
        CREATE TABLE clock_corrections (
            boot_id TEXT PRIMARY KEY REFERENCES boots (boot_id),
            anchor_ms INTEGER NOT NULL,
            unsure_from_ms INTEGER,
            unsure_to_ms INTEGER
        ) STRICT, WITHOUT ROWID""")


@MIGRATIONS()
def m009_last_entry(db: Database) -> None:
    """Add the clocks of each person's last entry, by which a policy of re-entry is decided.

    Of somebody who has left since, only the exit is known: the entry was not later.
    """
    for column, kind in _ENTRY_CLOCKS.items():
        db.execute(f"ALTER TABLE memory ADD COLUMN entered_{column} {kind}")
    clocks = ", ".join(f"entered_{column} = {column}" for column in _ENTRY_CLOCKS)
    db.execute(f"UPDATE memory SET {clocks} WHERE entries > 0")  # noqa: S608  own column names


_ENTRY_CLOCKS = {
    "scanned_at_ms": "INTEGER",
    "monotonic_ms": "INTEGER",
    "boot_id": "TEXT",
    "offset_ms": "INTEGER",
    "after_ms": "INTEGER",
}


@MIGRATIONS()
def m010_zones_left(db: Database) -> None:
    """Create the table of each person's last scan here with which they left every other zone, and apply it to these.

    In a store from before, that is an exit at a checkpoint without a zone.
    """
    db.execute("""
        CREATE TABLE zones_left (
            participant_id TEXT PRIMARY KEY,
            device_id TEXT NOT NULL,
            sequence INTEGER NOT NULL,
            scanned_at_ms INTEGER NOT NULL,
            monotonic_ms INTEGER NOT NULL,
            boot_id TEXT NOT NULL,
            offset_ms INTEGER NOT NULL,
            after_ms INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID""")
    scan = "device_id, sequence, scanned_at_ms, monotonic_ms, boot_id, offset_ms, after_ms"
    db.execute(
        f"INSERT INTO zones_left SELECT participant_id, {scan} FROM memory"  # noqa: S608  own column names
        " WHERE zone = '' AND direction = 'exit'"
    )
    db.execute(f"""
        UPDATE memory SET direction = 'exit',
            ({scan}) = (SELECT {scan} FROM zones_left l WHERE l.participant_id = memory.participant_id)
        WHERE zone <> '' AND direction = 'entry' AND EXISTS (
            SELECT 1 FROM zones_left l WHERE l.participant_id = memory.participant_id
            AND l.scanned_at_ms + l.offset_ms >= memory.scanned_at_ms + memory.offset_ms)""")  # noqa: S608
    db.execute("CREATE INDEX memory_by_person ON memory (participant_id)")


@MIGRATIONS()
def m011_order_of_boots(db: Database) -> None:
    """Add numbers to boots. A row of one was written before the next began. The order of those from before is not known."""
    db.execute("ALTER TABLE boots ADD COLUMN number INTEGER")


@MIGRATIONS()
def m012_signed_tickets(db: Database) -> None:
    """Add the algorithm of a ticket key, and the tenant of one that verifies signatures. All from before are AES keys."""
    db.execute("ALTER TABLE qr_keys ADD COLUMN algorithm TEXT NOT NULL DEFAULT 'AES-256-GCM'")
    db.execute("ALTER TABLE qr_keys ADD COLUMN tenant_id TEXT NOT NULL DEFAULT ''")


@MIGRATIONS()
def m013_memory_by_person(db: Database) -> None:
    """Order the scans of people by person, as they are read: an admitted scan has no index to write besides."""
    columns = ", ".join(row[1] for row in db.execute("PRAGMA table_info(memory)"))
    db.execute("DROP INDEX memory_by_person")
    db.execute("ALTER TABLE memory RENAME TO memory_by_zone")
    db.execute("""
        CREATE TABLE memory (
            participant_id TEXT NOT NULL,
            zone TEXT NOT NULL,
            direction TEXT NOT NULL,
            entries INTEGER NOT NULL,
            device_id TEXT NOT NULL,
            sequence INTEGER NOT NULL,
            scanned_at_ms INTEGER NOT NULL,
            monotonic_ms INTEGER NOT NULL,
            boot_id TEXT NOT NULL,
            offset_ms INTEGER NOT NULL,
            after_ms INTEGER NOT NULL,
            entered_scanned_at_ms INTEGER,
            entered_monotonic_ms INTEGER,
            entered_boot_id TEXT,
            entered_offset_ms INTEGER,
            entered_after_ms INTEGER,
            PRIMARY KEY (participant_id, zone)
        ) STRICT, WITHOUT ROWID""")
    db.execute(f"INSERT INTO memory ({columns}) SELECT {columns} FROM memory_by_zone")  # noqa: S608  own column names
    db.execute("DROP TABLE memory_by_zone")


@MIGRATIONS()
def m014_annulled_scans(db: Database) -> None:
    """Create the table of admissions that were given back, with the hub's presence rows from before each (JSON)."""
    db.execute("""
        CREATE TABLE annulled_scans (
            participant_id TEXT NOT NULL,
            scan_id TEXT NOT NULL,
            device_id TEXT NOT NULL,
            sequence INTEGER NOT NULL,
            passage_sequence INTEGER NOT NULL,
            hub_before TEXT NOT NULL,
            PRIMARY KEY (participant_id, scan_id)
        ) STRICT, WITHOUT ROWID""")


@MIGRATIONS()
def m015_peers(db: Database) -> None:
    """Create the tables of what other stations of the local network told: where people are, and how far each has told it.

    The clocks are this station's, as if it had scanned. `entered_before_ms` and `left_before_ms`: how long before the scan the last
    entry was, and the last scan with which the person left every other zone; null: never.
    """
    db.execute("""
        CREATE TABLE peer_presence (
            participant_id TEXT NOT NULL,
            device_id TEXT NOT NULL,
            zone TEXT NOT NULL,
            direction TEXT NOT NULL,
            entries INTEGER NOT NULL,
            sequence INTEGER NOT NULL,
            checkpoint_id TEXT NOT NULL,
            scanned_at_ms INTEGER NOT NULL,
            monotonic_ms INTEGER NOT NULL,
            boot_id TEXT NOT NULL,
            offset_ms INTEGER NOT NULL,
            after_ms INTEGER NOT NULL,
            entered_before_ms INTEGER,
            left_before_ms INTEGER,
            PRIMARY KEY (participant_id, device_id, zone)
        ) STRICT, WITHOUT ROWID""")
    db.execute("""
        CREATE TABLE peer_positions (
            device_id TEXT PRIMARY KEY,
            journal_id TEXT NOT NULL,
            position INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID""")


@MIGRATIONS()
def m016_seals(db: Database) -> None:
    """Create the tables of the journal's seals, of what the hub has recorded of them, and of other stations' seals.

    `witness` is "" for the hub.
    """
    db.execute("""
        CREATE TABLE seals (
            position INTEGER PRIMARY KEY,
            chain TEXT NOT NULL,
            number INTEGER NOT NULL,
            journal_id TEXT NOT NULL,
            sequence INTEGER NOT NULL,
            hash TEXT NOT NULL UNIQUE,
            statement TEXT NOT NULL,
            signature TEXT NOT NULL,
            UNIQUE (chain, number)
        ) STRICT""")
    db.execute("CREATE INDEX seals_by_journal ON seals (journal_id, sequence)")
    for act in ("UPDATE", "DELETE"):
        db.execute(f"""
            CREATE TRIGGER seals_refuse_{act.lower()} BEFORE {act} ON seals
            BEGIN SELECT RAISE(ABORT, 'the seals are append-only'); END""")
    db.execute("""
        CREATE TABLE seal_anchors (
            hash TEXT NOT NULL,
            witness TEXT NOT NULL,
            at_ms INTEGER NOT NULL,
            state TEXT NOT NULL,
            PRIMARY KEY (hash, witness)
        ) STRICT, WITHOUT ROWID""")
    db.execute("""
        CREATE TABLE peer_seals (
            device_id TEXT NOT NULL,
            chain TEXT NOT NULL,
            number INTEGER NOT NULL,
            hash TEXT NOT NULL,
            journal_id TEXT NOT NULL,
            sequence INTEGER NOT NULL,
            head TEXT NOT NULL,
            at_ms INTEGER NOT NULL,
            PRIMARY KEY (device_id, chain, number)
        ) STRICT""")


@MIGRATIONS()
def m017_presence_by_event(db: Database) -> None:
    """Keep where people are by event: a station may serve several. What is known already is of the event of its enrolment.

    Where the enrolment was lost, it is of the last scan's event.
    """
    event = (
        "coalesce((SELECT json_extract(value, '$.event_id') FROM settings WHERE name = 'enrolment'),"
        " (SELECT json_extract(body, '$.event_id') FROM journal ORDER BY position DESC LIMIT 1), '')"
    )
    for table, key in _BY_EVENT.items():
        columns = db.execute(f"PRAGMA table_info({table})").fetchall()
        names = ", ".join(column[1] for column in columns)
        definitions = ", ".join(
            f"{name} {kind}{' NOT NULL' if required else ''}" for _, name, kind, required, *_ in columns
        )
        db.execute(f"ALTER TABLE {table} RENAME TO {table}_of_one_event")
        db.execute(
            f"CREATE TABLE {table} (event_id TEXT NOT NULL, {definitions}, PRIMARY KEY (event_id, {key}))"
            " STRICT, WITHOUT ROWID"
        )
        db.execute(
            f"INSERT INTO {table} (event_id, {names}) SELECT {event}, {names} FROM {table}_of_one_event"  # noqa: S608
        )
        db.execute(f"DROP TABLE {table}_of_one_event")


_BY_EVENT = {
    "memory": "participant_id, zone",
    "zones_left": "participant_id",
    "annulled_scans": "participant_id, scan_id",
    "peer_presence": "participant_id, device_id, zone",
    "peer_positions": "device_id",
}
"""Tables of `m017_presence_by_event`, and their keys within an event."""


@MIGRATIONS()
def m018_given_back(db: Database) -> None:
    """Add what counts entries and admissions that were given back by the numbers of their rows, at this station and its neighbours.

    Of entries from before, the numbers are not known. They are numbers of the newest incarnation: another begins without.
    `known_upto` of a peer's row: the sequence of that station's newest row about the person.
    """
    db.execute("ALTER TABLE memory ADD COLUMN entry_sequences TEXT NOT NULL DEFAULT '[]'")
    db.execute("""
        CREATE TRIGGER memory_of_a_new_incarnation AFTER INSERT ON incarnations
        BEGIN UPDATE memory SET entry_sequences = '[]' WHERE entry_sequences <> '[]'; END""")
    for column in ("journal_id", "zone", "direction"):
        db.execute(f"ALTER TABLE annulled_scans ADD COLUMN {column} TEXT NOT NULL DEFAULT ''")
    db.execute("ALTER TABLE peer_presence ADD COLUMN entry_sequences TEXT NOT NULL DEFAULT '[]'")
    db.execute("ALTER TABLE peer_presence ADD COLUMN known_upto INTEGER NOT NULL DEFAULT 0")
    db.execute("""
        CREATE TABLE peer_given_back (
            event_id TEXT NOT NULL,
            participant_id TEXT NOT NULL,
            device_id TEXT NOT NULL,
            sequence INTEGER NOT NULL,
            passage_sequence INTEGER NOT NULL,
            zone TEXT NOT NULL,
            direction TEXT NOT NULL,
            hub_before TEXT NOT NULL,
            scanned_at_ms INTEGER NOT NULL,
            monotonic_ms INTEGER NOT NULL,
            boot_id TEXT NOT NULL,
            offset_ms INTEGER NOT NULL,
            after_ms INTEGER NOT NULL,
            PRIMARY KEY (event_id, participant_id, device_id, sequence)
        ) STRICT, WITHOUT ROWID""")


@MIGRATIONS()
def m019_heard_seals(db: Database) -> None:
    """Keep the seals of other stations whole, two of one number too, and which of them the hub has got. Earlier ones stay here."""
    db.execute("ALTER TABLE peer_seals RENAME TO peer_seals_in_short")
    db.execute("""
        CREATE TABLE peer_seals (
            device_id TEXT NOT NULL,
            chain TEXT NOT NULL,
            number INTEGER NOT NULL,
            hash TEXT NOT NULL,
            journal_id TEXT NOT NULL,
            sequence INTEGER NOT NULL,
            head TEXT NOT NULL,
            at_ms INTEGER NOT NULL,
            statement TEXT NOT NULL DEFAULT '',
            signature TEXT NOT NULL DEFAULT '',
            is_sent INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (device_id, chain, number, hash)
        ) STRICT""")
    columns = "device_id, chain, number, hash, journal_id, sequence, head, at_ms"
    db.execute(
        f"INSERT INTO peer_seals ({columns}) SELECT {columns} FROM peer_seals_in_short ORDER BY rowid"  # noqa: S608
    )
    db.execute("DROP TABLE peer_seals_in_short")


@MIGRATIONS()
def m020_queue(db: Database) -> None:
    """Create the tables of queues: what the hub sets up, all actions, the tickets that they add up to, and numbers to give.

    An action is this station's own, of the hub, or of a neighbour (`source`); `seq` is the order in which they came. A block or a lane
    is used with the journal `journal_id` only: a store that was restored does not give its numbers again.
    """
    for table in _QUEUE_TABLES:
        db.execute(table)
    for index in (
        "queue_actions_of_ticket ON queue_actions (ticket_id)",
        "queue_actions_by_tick ON queue_actions (event_id, tick)",
        "queue_tickets_of_day ON queue_tickets (event_id, service_date, status)",
    ):
        db.execute(f"CREATE INDEX {index}")


_QUEUE_TABLES = (
    """CREATE TABLE queue_state (
        event_id TEXT PRIMARY KEY,
        lane TEXT NOT NULL DEFAULT '',
        lane_journal TEXT NOT NULL DEFAULT '',
        status_url TEXT NOT NULL DEFAULT '',
        day TEXT NOT NULL DEFAULT '',
        as_of_ms INTEGER NOT NULL DEFAULT 0,
        is_complete INTEGER NOT NULL DEFAULT 0
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE queue_rows (
        event_id TEXT NOT NULL,
        kind TEXT NOT NULL,
        id TEXT NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (event_id, kind, id)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE queue_actions (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        event_id TEXT NOT NULL,
        service_date TEXT NOT NULL,
        ticket_id TEXT,
        counter_id TEXT,
        tick INTEGER NOT NULL,
        source TEXT NOT NULL,
        body TEXT NOT NULL
    ) STRICT""",
    """CREATE TABLE queue_tickets (
        ticket_id TEXT PRIMARY KEY,
        event_id TEXT NOT NULL,
        service_date TEXT NOT NULL,
        queue_id TEXT NOT NULL,
        lane TEXT NOT NULL,
        sequence INTEGER NOT NULL,
        number TEXT NOT NULL,
        participant_id TEXT,
        status TEXT NOT NULL,
        is_at_hub INTEGER NOT NULL,
        body TEXT NOT NULL
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE queue_blocks (
        id TEXT PRIMARY KEY,
        event_id TEXT NOT NULL,
        queue_id TEXT NOT NULL,
        service_date TEXT NOT NULL,
        journal_id TEXT NOT NULL,
        next INTEGER,
        last INTEGER
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE queue_lanes (
        event_id TEXT NOT NULL,
        queue_id TEXT NOT NULL,
        service_date TEXT NOT NULL,
        lane TEXT NOT NULL,
        next INTEGER NOT NULL,
        PRIMARY KEY (event_id, queue_id, service_date, lane)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE queue_claims (
        ticket_id TEXT PRIMARY KEY,
        claim_id TEXT NOT NULL,
        device_id TEXT NOT NULL,
        boot_id TEXT NOT NULL,
        granted_ms INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE queue_lost_calls (
        id TEXT PRIMARY KEY,
        event_id TEXT NOT NULL,
        counter_id TEXT NOT NULL,
        ticket_id TEXT NOT NULL
    ) STRICT, WITHOUT ROWID""",
)


@MIGRATIONS()
def m021_journals_of_queue_actions(db: Database) -> None:
    """Note of which row of a neighbour's journal an action is at most: once the hub has that row, it has the action or refused it."""
    db.execute("ALTER TABLE queue_actions ADD COLUMN journal_id TEXT NOT NULL DEFAULT ''")
    db.execute("ALTER TABLE queue_actions ADD COLUMN number INTEGER NOT NULL DEFAULT 0")
    db.execute("CREATE INDEX queue_actions_by_source ON queue_actions (event_id, source)")


@MIGRATIONS()
def m022_screening(db: Database) -> None:
    """Create the tables of the blacklist: a list for each event, and its rows by participant or by the hash of a value."""
    db.execute("""
        CREATE TABLE screening_lists (
            slot TEXT PRIMARY KEY,
            stamp TEXT NOT NULL,
            salt TEXT NOT NULL,
            key TEXT NOT NULL
        ) STRICT, WITHOUT ROWID""")
    db.execute("""
        CREATE TABLE screening_rows (
            slot TEXT NOT NULL,
            subject TEXT NOT NULL,
            effect TEXT NOT NULL,
            valid_from TEXT,
            valid_until TEXT
        ) STRICT""")
    db.execute("CREATE INDEX screening_rows_by_subject ON screening_rows (slot, subject)")


@MIGRATIONS()
def m023_bulletins(db: Database) -> None:
    """Create the tables of bulletins: a list for each event, its rows, and what the hub is to know of them."""
    db.execute("""
        CREATE TABLE bulletin_lists (
            slot TEXT PRIMARY KEY,
            stamp TEXT NOT NULL,
            as_of_ms INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID""")
    db.execute("""
        CREATE TABLE bulletins (
            slot TEXT NOT NULL,
            id TEXT NOT NULL,
            body TEXT NOT NULL,
            PRIMARY KEY (slot, id)
        ) STRICT, WITHOUT ROWID""")
    db.execute("""
        CREATE TABLE bulletin_receipts (
            id TEXT PRIMARY KEY,
            stored_at_ms INTEGER NOT NULL,
            shown_at_ms INTEGER,
            answered_at_ms INTEGER,
            answered_by TEXT NOT NULL DEFAULT '',
            is_sent INTEGER NOT NULL DEFAULT 0
        ) STRICT, WITHOUT ROWID""")


@MIGRATIONS()
def m024_door(db: Database) -> None:
    """Create the tables of the waitlist at the door: the list of each event, and what this station gave."""
    db.execute("""
        CREATE TABLE door_lists (
            slot TEXT PRIMARY KEY,
            journal_id TEXT NOT NULL,
            body TEXT NOT NULL
        ) STRICT, WITHOUT ROWID""")
    db.execute("""
        CREATE TABLE door_fills (
            id TEXT PRIMARY KEY,
            event_id TEXT NOT NULL,
            entry_id TEXT NOT NULL,
            participant_id TEXT NOT NULL,
            seat_ids TEXT NOT NULL,
            holder_ids TEXT NOT NULL
        ) STRICT, WITHOUT ROWID""")
    db.execute("CREATE INDEX door_fills_by_event ON door_fills (event_id)")


def known_steps() -> list[str]:
    """Return the names of the steps that this program knows, in order."""
    return [step.name for step in MIGRATIONS.pending(Database(memory=True))]


def refuse_newer_schema(db: Database, file: str = "This station's store") -> None:
    """Refuse a store that a newer program has changed. `file` is what the sentence calls it.

    Raises:
        StoreError: NEWER.
    """
    unknown = [step.name for step in MIGRATIONS.applied(db) if step.name not in known_steps()]
    if unknown:
        raise StoreError(
            StoreFault.NEWER,
            f"{file} was written by a newer version of the program ({unknown[-1]}). Update the program.",
        )


def is_behind(db: Database) -> bool:
    """Return True if steps are missing."""
    return bool(MIGRATIONS.pending(db))


def migrate(db: Database) -> None:
    """Apply the missing steps, each in its own transaction."""
    MIGRATIONS.apply(db)
