"""The roster files when a store is opened: the served event's is checked, and whatever nobody needs is removed."""

import contextlib
from enum import StrEnum
from pathlib import Path

from hub_sync.client.store.disk.atomic_files import remove_database_files, rename_durably
from hub_sync.client.store.disk.encrypted_file import check_integrity
from hub_sync.client.store.disk.errors import KNOWN_FAULTS, StoreError, StoreFault
from hub_sync.client.store.roster.files import OTHER_ROSTERS, POINTER, RosterFiles
from hub_sync.client.store.roster.schema import is_current
from hub_sync.client.store.station.events import SERVED_EVENT
from hub_sync.client.store.station.settings import StoredSettings

DAMAGED_ROSTER = "damaged-roster.db"


class RosterState(StrEnum):
    """The result of a check of the served event's roster."""

    USABLE = "usable"
    UNREADABLE = "unreadable"
    """The disk failed. That proves nothing about the file."""
    OUTDATED = "outdated"
    """Unfinished, or of another version of the schema."""
    DAMAGED = "damaged"
    MISSING = "missing"
    """The file that the store names is not there: it was deleted, or put aside by an earlier start."""


def find_roster(folder: Path, key: bytes, settings: StoredSettings) -> tuple[RosterFiles, RosterState]:
    """Return the roster files, with the served event's if it is usable, and the state of that one.

    Those of other events are checked in whole when they are served. One of another version is dropped now.
    """
    pointer, others = settings.get(POINTER, 0), settings.get(OTHER_ROSTERS) or {}
    rosters = RosterFiles(folder, key, pointer, others, settings.get(SERVED_EVENT) or "")
    for slot in rosters.slots:
        if slot != rosters.served and (other := rosters.number(slot)) and _is_outdated(rosters, other):
            rosters.publish(0, slot)
    number = rosters.current
    if not number:
        was_there = {"": pointer, **others}[rosters.served]
        return rosters, RosterState.MISSING if was_there else RosterState.USABLE
    state = _check_roster(rosters, number)
    if state is not RosterState.USABLE:
        rosters.mark_damaged(number)
    return rosters, state


def _is_outdated(rosters: RosterFiles, number: int) -> bool:
    try:
        with contextlib.closing(rosters.open(number)) as file:
            return not is_current(file)
    except StoreError as failure:
        return failure.fault is StoreFault.CORRUPT


def _check_roster(rosters: RosterFiles, number: int) -> RosterState:
    is_read_only = False
    try:
        with contextlib.closing(rosters.open(number)) as file:
            is_read_only = file.is_read_only
            check_integrity(file)
            return RosterState.USABLE if is_current(file) else RosterState.OUTDATED
    except StoreError as failure:
        if failure.fault is StoreFault.LOCKED:
            return RosterState.USABLE  # each query tries again
        is_damaged = failure.fault is StoreFault.CORRUPT and not is_read_only  # its WAL may make it whole
        return RosterState.DAMAGED if is_damaged else RosterState.UNREADABLE


def put_roster_aside(folder: Path, rosters: RosterFiles) -> Path:
    """Move the served event's damaged roster aside, in the place of an earlier one, and return where it is."""
    aside = folder / DAMAGED_ROSTER
    number = rosters.damaged_number
    with KNOWN_FAULTS:
        remove_database_files(aside)
        for suffix in ("-wal", ""):
            source = rosters.path(number).with_name(rosters.path(number).name + suffix)
            if source.exists():
                rename_durably(source, aside.with_name(aside.name + suffix))
    return aside


def remove_other_rosters(folder: Path, rosters: RosterFiles, *, keeps_unreadable: bool) -> None:
    """Remove unfinished snapshots, and rosters before the current ones.

    `keeps_unreadable`: the served event's, too, though it can't be used now.
    """
    numbers = {rosters.number(slot) for slot in rosters.slots}
    used = {
        rosters.path(number) for number in numbers | ({rosters.damaged_number} if keeps_unreadable else set())
    }
    with KNOWN_FAULTS:
        for path in folder.glob("roster-*.db"):
            if path not in used:
                with contextlib.suppress(PermissionError):  # Windows: another program has it open
                    remove_database_files(path)
