"""Opening and recovery of a store. A recovery reads every file that still has rows, and is always reported.

`store.db` and the journal's copy (`journal.copy`) are compared at each start:

    both whole, the copy has nothing more      -> open; complete or rewrite the copy
    store.db damaged, missing, or lacking rows -> rebuild it from store.db, the copy and the newest backup

A rebuilt store is complete under the name `store.rebuilt` before the old one is moved aside. After a kill, the next start
goes on from there. Decision: `docs/adr/0037-journal-copy.md`.
"""

import contextlib
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson
import structlog

from hub_sync.client.store.backups import (
    BEFORE_MIGRATION,
    is_store,
    is_usable_backup,
    newest_first,
    require_store,
    save_copy,
)
from hub_sync.client.store.disk.atomic_files import rename_durably, write_atomically
from hub_sync.client.store.disk.encrypted_file import EncryptedFile, check_integrity
from hub_sync.client.store.disk.errors import KNOWN_FAULTS, StoreCause, StoreError, StoreFault
from hub_sync.client.store.disk.keystore import KeyStore, new_key
from hub_sync.client.store.journal.journal_copy import (
    COPY_FILE,
    CopiedSeal,
    CopyContents,
    JournalCopy,
    encode_dropped,
    encode_incarnation,
    encode_keys,
    encode_row,
    encode_seal,
    encode_setting,
    open_copy,
    read_copy,
    write_copy,
)
from hub_sync.client.store.journal.outbox import (
    close_incarnation,
    read_incarnations,
    read_rows,
    start_incarnation,
)
from hub_sync.client.store.migrations import is_behind, migrate, refuse_newer_schema
from hub_sync.client.store.recovery import sentences
from hub_sync.client.store.recovery.contents import StoreContents, from_copy, merge, read_store
from hub_sync.client.store.recovery.page_salvage import has_page_of_key
from hub_sync.client.store.recovery.rebuild import JournalPlan, NewIncarnation, plan_journal, write_store
from hub_sync.client.store.recovery.sentences import RecoveryCause, RecoveryFacts, recovery_facts
from hub_sync.client.store.station.settings import ENROLMENT, StoredSettings
from hub_sync.client.store.station.ticket_keys import SELECT_KEYS
from hub_sync.contract.clock import Clock, epoch_ms

STORE_FILE = "store.db"
REBUILT_FILE = "store.rebuilt"
KEY_CHECK = "store.check"
STORE_STARTING = "Another program of this station is just starting. Try again in a moment."
GATE_CHECKPOINT_PAGES = 4000
REPORT = "recovery_report"
"""Setting of a rebuilt store: what the operator must see. null: it was dismissed."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Recovery:
    """Result of the recovery of a store that could not be used. The operator must see its sentence."""

    damaged: Path | None
    """Path of the file that was put aside. None if there was none, or a person requested the backup."""
    restored_from: Path | None
    """The backup that was used too. None if there was none."""
    sentence: str
    facts: RecoveryFacts | None = None
    """What the sentence says, to be said in another language. None: a person requested the backup."""


@dataclass(frozen=True, slots=True)
class StoreLocation:
    """A station's folder, and all that opening it needs."""

    folder: Path
    key: bytes
    clock: Clock
    new_id: Callable[[], str]
    had_store: bool
    """True if this folder had a store before."""

    @property
    def path(self) -> Path:
        """Path of the store's file."""
        return self.folder / STORE_FILE

    def open(self) -> EncryptedFile:
        """Open the store's file without checks."""
        return EncryptedFile(self.path, self.key, checkpoint_pages=GATE_CHECKPOINT_PAGES)


@dataclass(frozen=True, slots=True)
class OpenedStore:
    """A store that can be used: its file, the journal's copy, and the recovery if there was one."""

    file: EncryptedFile
    journal_copy: JournalCopy
    recovery: Recovery | None


def had_store(folder: Path) -> bool:
    """Return True if a folder had a store before. Call it before `get_or_create_key`, which leaves a trace."""
    return (folder / KEY_CHECK).exists()


def get_or_create_key(folder: Path, keystore: KeyStore) -> bytes:
    """Return the key of a folder's store, created if there is no store yet.

    Raises:
        StoreError: KEY. The key is missing, damaged or another store's. No file was changed, so the right key still works.
    """
    key = keystore.load()
    store_exists = any((folder / name).exists() for name in (STORE_FILE, REBUILT_FILE, COPY_FILE))
    fingerprint_file = folder / KEY_CHECK
    if key is None:
        if store_exists:
            raise StoreError(
                StoreFault.KEY,
                "This station's store is here, but its key is not. Put the key back.",
                StoreCause.KEY_MISSING,
            )
        key = new_key()
        keystore.save(key)
        if keystore.load() != key:
            raise StoreError(StoreFault.KEY, "The store's key could not be saved.", StoreCause.KEY_NOT_SAVED)
        write_atomically(fingerprint_file, _fingerprint(key))
    elif store_exists and fingerprint_file.exists():
        with KNOWN_FAULTS:
            stored_fingerprint = fingerprint_file.read_bytes()
        if not hmac.compare_digest(stored_fingerprint, _fingerprint(key)):
            if not _opens_store(folder, key):
                raise StoreError(
                    StoreFault.KEY,
                    "This is not the key of this station's store. Put the right key back.",
                    StoreCause.KEY_WRONG,
                )
            log.warning("key_check_rewritten")  # the check was damaged, the key is right
            with contextlib.suppress(StoreError):  # the disk is full: the next start writes it
                write_atomically(fingerprint_file, _fingerprint(key))
    elif not fingerprint_file.exists():
        write_atomically(fingerprint_file, _fingerprint(key))
    return key


def _opens_store(folder: Path, key: bytes) -> bool:
    """Return True if a page of the store, or a record of the journal's copy, was written with the key. Changes nothing."""
    stores = (folder / STORE_FILE, folder / REBUILT_FILE)
    return any(has_page_of_key(path, key) for path in stores) or bool(read_copy(folder, key).file.records)


def _fingerprint(key: bytes) -> bytes:
    # Distinguishes a wrong key from a damaged file. It reveals nothing about the key, which is 256 random bits.
    return hmac.new(key, b"doorward station store", hashlib.sha256).hexdigest().encode()


def open_or_recover(location: StoreLocation) -> OpenedStore:
    """Open the store, recover it if rows are missing or it is damaged, and migrate its schema.

    Raises:
        StoreError: NEWER, or a fault of the disk. No file was changed.
    """
    _finish_rebuild(location)
    copied = read_copy(location.folder, location.key)
    file, cause = _try_open(location, copied)
    if cause is not None:
        _rebuild(location, copied, cause)
        file = _open_checked(location)
    file = file or location.open()
    try:
        _migrate(location, file)
        copy_facts = None if cause is not None else _copy_facts(location, file, copied)
        report = _read_report(file)
        journal_copy = _update_copy(location, file, copied)
    except BaseException:
        file.close()
        raise
    if report is None and copy_facts is not None:
        report = Recovery(None, None, copy_facts.sentence, copy_facts)
    return OpenedStore(file, journal_copy, report)


def open_read_only(location: StoreLocation) -> EncryptedFile:
    """Open a store that another program has open, as it is: nothing is recovered or brought up to date.

    Raises:
        StoreError: LOCKED, the other program is still bringing it up; CORRUPT, NEWER, or a fault of the disk.
    """
    file = location.open()
    try:
        check_integrity(file)
        with KNOWN_FAULTS:
            refuse_newer_schema(file.database())
            ready = is_store(file) and not is_behind(file.database())
    except BaseException:
        file.close()
        raise
    if not ready:
        file.close()
        raise StoreError(StoreFault.LOCKED, STORE_STARTING, StoreCause.PROGRAM_STARTING)
    file.refuse_writes()
    return file


def restore_backup(location: StoreLocation, backup: Path) -> Recovery:
    """Replace the store, which is moved aside, by a backup. The store must not be open anywhere.

    Settings are the backup's. No scan is lost: the journal's rows come from the present store and the copy too. The
    journal starts a new incarnation, because a restored store may lack rows that the hub has.

    Raises:
        StoreError: The backup is damaged, of another key or of a newer program. No file was changed.
    """
    if not is_usable_backup(backup, location.key):
        raise StoreError(StoreFault.CORRUPT, "This backup is damaged, or it belongs to another station.")
    refused = EncryptedFile(backup, location.key, journal="")
    try:
        with KNOWN_FAULTS:
            refuse_newer_schema(refused.database(), "This backup")
    finally:
        refused.close()
    _finish_rebuild(location)
    contents = read_store(backup, location.key)
    settings = contents.settings
    merge(contents, _read_all(location, read_copy(location.folder, location.key), None))
    contents.settings = settings  # but not its keys: a withdrawn one must not come back
    plan = plan_journal(contents)
    recovery = Recovery(None, backup, sentences.restored(backup.name, plan))
    _replace(location, contents, plan, recovery, aside="replaced", new_incarnation=True)
    return recovery


def _try_open(
    location: StoreLocation, copied: CopyContents
) -> tuple[EncryptedFile | None, RecoveryCause | None]:
    """Return the store's file, or the reason why it must be rebuilt; both None at a first start."""
    if not location.path.exists():
        is_lost = location.had_store or copied.file.exists
        return None, RecoveryCause.MISSING if is_lost else None
    try:
        file = _open_checked(location)
    except StoreError as failure:
        if failure.fault is not StoreFault.CORRUPT:
            raise
        return None, RecoveryCause.DAMAGED
    if _lacks_rows(file, copied):
        file.close()
        return None, RecoveryCause.ROWS_MISSING
    return file, None


def _lacks_rows(file: EncryptedFile, copied: CopyContents) -> bool:
    """Return True if the copy has a scan that the store lacks."""
    if not copied.rows:
        return False
    ids = {row[0] for row in file.rows("SELECT record_id FROM journal")}
    return any(orjson.loads(row.body)["id"] not in ids for row in copied.rows.values())


def _open_checked(location: StoreLocation) -> EncryptedFile:
    file = location.open()
    try:
        check_integrity(file)
        require_store(file)
        with KNOWN_FAULTS:
            refuse_newer_schema(file.database())
    except BaseException:
        file.close()
        raise
    return file


def _migrate(location: StoreLocation, file: EncryptedFile) -> None:
    database = file.database()
    with KNOWN_FAULTS:
        refuse_newer_schema(database)
        is_first_start = not is_store(file)
        if not is_first_start and is_behind(database):
            save_copy(file, location.folder / f"{BEFORE_MIGRATION}{epoch_ms(location.clock.now())}.db")
        migrate(database)
    if is_first_start:
        with file.transaction():
            start_incarnation(file, location.new_id(), epoch_ms(location.clock.now()), "first start")


# --- rebuilding -----------------------------------------------------------------------------------


def _rebuild(location: StoreLocation, copied: CopyContents, cause: RecoveryCause) -> None:
    backup = next(
        (path for _, path in newest_first(location.folder) if is_usable_backup(path, location.key)), None
    )
    contents = _read_all(location, copied, backup)
    plan = plan_journal(contents)
    is_tail_known = copied.file.exists and not copied.file.tail_is_damaged
    facts = recovery_facts(cause, contents, plan, is_tail_known=is_tail_known)
    damaged = _aside(location, "damaged") if location.path.exists() else None
    new_incarnation = bool(plan.missing or plan.strays) or not is_tail_known or not contents.incarnations
    log.warning("store_rebuilt", cause=cause.value, rows=contents.row_count, missing=plan.missing)
    _replace(
        location,
        contents,
        plan,
        Recovery(damaged, backup, facts.sentence, facts),
        new_incarnation=new_incarnation,
    )


def _read_all(location: StoreLocation, copied: CopyContents, backup: Path | None) -> StoreContents:
    """Return what all files have. Of settings and keys, an undamaged copy's win over the store's, and those over a backup's."""
    copy = from_copy(copied)
    enrolment = copy.settings.get(ENROLMENT)
    contents = StoreContents() if backup is None else read_store(backup, location.key, enrolment=enrolment)
    known = [*copy.incarnations.values(), *contents.incarnations.values()]
    enrolment = enrolment or contents.settings.get(ENROLMENT)
    store = read_store(location.path, location.key, known, enrolment)
    for newer in (store, copy) if copied.file.is_intact else (copy, store):
        merge(contents, newer)
    return contents


def _replace(
    location: StoreLocation,
    contents: StoreContents,
    plan: JournalPlan,
    recovery: Recovery,
    *,
    new_incarnation: bool,
    aside: str = "damaged",
) -> None:
    """Write the new store, then move the old one aside."""
    contents.settings[REPORT] = orjson.dumps(
        {
            "aside": (recovery.damaged or _aside(location, aside)).name,
            "is_damaged": recovery.damaged is not None,
            "restored_from": None if recovery.restored_from is None else str(recovery.restored_from),
            "facts": recovery.facts,  # none after `restore`: who restores a backup reads the sentence at once
        }
    ).decode()
    at_ms = epoch_ms(location.clock.now())
    new = NewIncarnation(location.new_id(), at_ms, recovery.sentence) if new_incarnation else None
    write_store(location.folder / REBUILT_FILE, location.key, contents, plan, new)
    _finish_rebuild(location)


def _aside(location: StoreLocation, what: str) -> Path:
    return location.folder / f"{what}-{epoch_ms(location.clock.now())}-{location.new_id()[-6:]}.db"


def _finish_rebuild(location: StoreLocation) -> None:
    """Put a rebuilt store in the place of the old one, which is moved aside. Also goes on after a kill."""
    rebuilt = location.folder / REBUILT_FILE
    if not rebuilt.exists():
        return
    try:
        with contextlib.closing(EncryptedFile(rebuilt, location.key, journal="")) as file:
            check_integrity(file)
            require_store(file)
            row = file.row("SELECT value FROM settings WHERE name = ?", (REPORT,))
    except StoreError as failure:
        if failure.fault is not StoreFault.CORRUPT:
            raise
        _put_rebuilt_aside(location, rebuilt)
        return
    aside = location.folder / (orjson.loads(row[0])["aside"] if row else _aside(location, "damaged").name)
    with KNOWN_FAULTS:
        for suffix in ("-wal", "-shm", ""):  # the WAL first: it must not be applied to the new store
            source = location.path.with_name(STORE_FILE + suffix)
            if source.exists():
                rename_durably(source, aside.with_name(aside.name + suffix))
        rename_durably(rebuilt, location.path)


def _put_rebuilt_aside(location: StoreLocation, rebuilt: Path) -> None:
    """Put a rebuilt store that is damaged out of the way; what is left of it is read if there is no other store."""
    log.warning("rebuilt_store_damaged")
    target = _aside(location, "damaged") if location.path.exists() else location.path
    with KNOWN_FAULTS:
        for suffix in ("-wal", "-shm", "-journal"):
            rebuilt.with_name(REBUILT_FILE + suffix).unlink(missing_ok=True)
        rename_durably(rebuilt, target)


def _read_report(file: EncryptedFile) -> Recovery | None:
    """Return the recovery that a rebuilt store reports until it is dismissed."""
    row = file.row("SELECT value FROM settings WHERE name = ?", (REPORT,))
    report = None if row is None else orjson.loads(row[0])
    if report is None or report["facts"] is None:
        return None
    facts = RecoveryFacts(**{**report["facts"], "cause": RecoveryCause(report["facts"]["cause"])})
    folder = file.path.parent
    restored_from = report["restored_from"]
    return Recovery(
        folder / report["aside"] if report["is_damaged"] else None,
        None if restored_from is None else Path(restored_from),
        facts.sentence,
        facts,
    )


# --- the journal's copy ---------------------------------------------------------------------------


def _update_copy(location: StoreLocation, file: EncryptedFile, copied: CopyContents) -> JournalCopy:
    """Complete or rewrite the copy, and return it. On a fault, the copy that it returns has that fault and takes nothing."""
    incarnations = read_incarnations(file)
    rows = {(row.journal_id, row.sequence): row for entry in incarnations for row in read_rows(file, entry)}
    settings: dict[str, str] = dict(file.rows("SELECT name, value FROM settings"))
    keys = file.rows(SELECT_KEYS)
    try:
        if copied.file.is_intact and copied.rows.items() <= rows.items() and not copied.has_keys_beside(keys):
            journal_copy = open_copy(location.folder, location.key, copied.file.end)
            for incarnation in incarnations:
                if incarnation.journal_id not in copied.incarnations:
                    journal_copy.add_incarnation(incarnation, ())
            journal_copy.add_rows(
                row
                for place, row in rows.items()
                if place not in copied.rows and row.sequence > copied.dropped.get(row.journal_id, 0)
            )
            for name, value in settings.items():
                if copied.settings.get(name) != value:
                    journal_copy.add_setting(name, value)
            if copied.keys != keys:
                journal_copy.add_keys(keys)
            for seal in read_seals(file):
                if seal.position not in copied.seals:
                    journal_copy.add_seal(seal)
            return journal_copy
        return write_copy(location.folder, location.key, copy_records(file))
    except StoreError as failure:
        log.warning("journal_copy_failed", fault=failure.fault, reason=str(failure.__cause__))
        return JournalCopy(None, failure.fault)  # the gate goes on without it, and says so


def copy_records(file: EncryptedFile, dropped: Mapping[str, int] | None = None) -> list[bytes]:
    """Return the records of a whole copy of a store. `dropped`: the last sequence that it does without, by journal id."""
    dropped = dropped or {}
    incarnations = read_incarnations(file)
    keys = file.rows(SELECT_KEYS)
    return [
        *(encode_incarnation(incarnation) for incarnation in incarnations),
        *(encode_setting(name, value) for name, value in file.rows("SELECT name, value FROM settings")),
        encode_keys(keys),
        *(encode_seal(seal) for seal in read_seals(file)),
        *(encode_dropped(journal_id, last) for journal_id, last in dropped.items()),
        *(
            encode_row(row)
            for incarnation in incarnations
            for row in read_rows(file, incarnation, dropped.get(incarnation.journal_id, 0))
        ),
    ]


def read_seals(file: EncryptedFile) -> list[CopiedSeal]:
    """Return the seals of a store as the journal's copy has them."""
    return [
        CopiedSeal(*row)
        for row in file.rows("SELECT position, statement, signature FROM seals ORDER BY position")
    ]


def _copy_facts(location: StoreLocation, file: EncryptedFile, copied: CopyContents) -> RecoveryFacts | None:
    """Return the facts about a copy that was damaged or missing.

    Without the end of the copy nobody knows if the store has the last scans (its WAL may have been lost, too). Then a new
    incarnation starts, because the hub may have rows under the next numbers.

    Raises:
        StoreError: The new incarnation could not be written.
    """
    last = _last_sequence(file)
    is_used = last > 0 or StoredSettings(file).get(ENROLMENT) is not None
    if copied.file.is_intact or not is_used:
        return None
    if copied.file.exists and not copied.file.tail_is_damaged:
        return RecoveryFacts(RecoveryCause.COPY)
    report = StoredSettings(file).get(REPORT) or {"aside": "", "is_damaged": False, "restored_from": None}
    facts = RecoveryFacts(RecoveryCause.COPY, doubtful_after=last)
    with file.transaction():
        close_incarnation(file, location.new_id(), epoch_ms(location.clock.now()), facts.sentence)
        reported = {**asdict(facts), **(report.get("facts") or {}), "doubtful_after": last}
        value = orjson.dumps({**report, "facts": reported}).decode()
        file.run("INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)", (REPORT, value))
    return facts


def _last_sequence(file: EncryptedFile) -> int:
    """Return the number of the last row of the newest incarnation that has rows; 0 if there is none."""
    row = file.row(
        "SELECT j.position - i.base FROM (SELECT max(position) AS position FROM journal) j"
        " JOIN incarnations i ON i.base < j.position ORDER BY i.number DESC LIMIT 1"
    )
    return 0 if row is None else int(row[0])
