"""The schema of a roster file.

The hub can send all its content again, so there are no migrations: a file of another version is dropped and pulled again.
"""

from hub_sync.client.store.disk.encrypted_file import EncryptedFile, empty_wal
from hub_sync.client.store.disk.errors import KNOWN_FAULTS

VERSION = 8

_TABLES = (
    """CREATE TABLE participants (
        rowid INTEGER PRIMARY KEY, id TEXT NOT NULL, first_name TEXT NOT NULL, last_name TEXT NOT NULL,
        code TEXT NOT NULL, status TEXT NOT NULL, category TEXT NOT NULL, standing TEXT NOT NULL,
        version INTEGER NOT NULL, tickets_valid_from INTEGER NOT NULL, group_ref TEXT NOT NULL,
        normal_code TEXT NOT NULL, names TEXT NOT NULL) STRICT""",
    "CREATE UNIQUE INDEX participants_by_id ON participants (id)",
    """CREATE TABLE merged (
        survivor TEXT NOT NULL, id TEXT NOT NULL UNIQUE, PRIMARY KEY (survivor, id)) STRICT, WITHOUT ROWID""",
    "CREATE TABLE absent (id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID",  # see `RosterFeed.carry_refused`
    """CREATE TABLE presence (
        zone TEXT NOT NULL, participant_id TEXT NOT NULL, direction TEXT NOT NULL, at_ms INTEGER NOT NULL,
        device_id TEXT NOT NULL, sequence INTEGER NOT NULL, entries INTEGER NOT NULL,
        entered_at_ms INTEGER NOT NULL, left_others_at_ms INTEGER NOT NULL,
        PRIMARY KEY (participant_id, zone)) STRICT, WITHOUT ROWID""",
    "CREATE TABLE events (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE TABLE checkpoints (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID",
    """CREATE TABLE occupancy (
        zone TEXT PRIMARY KEY, current INTEGER NOT NULL, capacity INTEGER) STRICT, WITHOUT ROWID""",
    """CREATE TABLE conflicts (
        id TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, cleared INTEGER NOT NULL, body TEXT NOT NULL)
        STRICT, WITHOUT ROWID""",
    """CREATE TABLE journals (
        device_id TEXT NOT NULL, journal_id TEXT NOT NULL, sequence INTEGER NOT NULL, missing TEXT NOT NULL,
        PRIMARY KEY (device_id, journal_id)) STRICT, WITHOUT ROWID""",  # of the stations; see `RosterReader.journal_heads`
    """CREATE TABLE feed (
        only INTEGER PRIMARY KEY CHECK (only = 1), epoch TEXT NOT NULL, cursor TEXT NOT NULL,
        synced_at_ms INTEGER NOT NULL, people INTEGER NOT NULL) STRICT""",
    f"PRAGMA user_version = {VERSION}",
)


def create(file: EncryptedFile) -> None:
    """Create the tables of an empty roster."""
    for statement in _TABLES:
        file.run(statement)


def is_current(file: EncryptedFile) -> bool:
    """Return True if a file is complete and of this version."""
    return file.row("PRAGMA user_version") == (VERSION,) and file.row("SELECT 1 FROM feed") is not None


_PEOPLE = ("participants", "merged", "absent", "presence", "conflicts")


def erase_people(file: EncryptedFile) -> None:
    """Delete everybody from a roster file of any version, and overwrite them. Readers may have it open.

    Raises:
        StoreError: A reader or writer was in the way, or a known fault.
    """
    file.rows("PRAGMA secure_delete = ON")
    tables = {row[0] for row in file.rows("SELECT name FROM sqlite_master WHERE type = 'table'")}
    with file.transaction():
        for table in tables.intersection(_PEOPLE):
            file.run(f"DELETE FROM {table}")  # noqa: S608  own table names
        if "participants_fts" in tables:  # its segments still have the words
            file.run("INSERT INTO participants_fts (participants_fts) VALUES ('delete-all')")
    empty_wal(file)


def has_people(file: EncryptedFile) -> bool:
    """Return True if a roster file of any version has somebody in it."""
    tables = {row[0] for row in file.rows("SELECT name FROM sqlite_master WHERE type = 'table'")}
    return any(file.row(f"SELECT 1 FROM {table} LIMIT 1") for table in tables.intersection(_PEOPLE))  # noqa: S608


def index(file: EncryptedFile) -> None:
    """Build the indexes of codes and names in one pass, which is faster than a row at a time.

    Triggers update the index of names at later changes.
    """
    file.run("CREATE INDEX participants_by_code ON participants (normal_code)")
    file.run("CREATE INDEX participants_by_group ON participants (group_ref) WHERE group_ref <> ''")
    with KNOWN_FAULTS:
        file.database().table("participants").enable_fts(
            ["names"], create_triggers=True, tokenize="unicode61 remove_diacritics 0"
        )
