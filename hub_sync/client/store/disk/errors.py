"""Errors of the station's disk. Known faults are distinguished from bugs.

StoreError             a known fault: one sentence for the operator, `fault` for programs
├── JournalMismatch     the hub acknowledges something that this journal never wrote
└── (every other error of SQLite is a bug and passes through with its traceback)
"""

import errno
from enum import StrEnum
from types import TracebackType
from typing import Self

import sqlcipher3.dbapi2 as sqlcipher


class StoreFault(StrEnum):
    """Kind of a known fault of the store."""

    FULL = "full"
    LOCKED = "locked"
    READ_ONLY = "read_only"
    IO = "io"
    CORRUPT = "corrupt"
    KEY = "key"
    NEWER = "newer"
    JOURNAL = "journal"


class StoreCause(StrEnum):
    """What exactly keeps a store from being opened, where a `StoreFault` has several causes."""

    KEY_MISSING = "key_missing"
    KEY_WRONG = "key_wrong"
    KEY_DAMAGED = "key_damaged"
    KEY_READABLE = "key_readable"
    """Others may read the key's file."""
    KEY_NOT_SAVED = "key_not_saved"
    KEYRING_OF_OTHER_USER = "keyring_of_other_user"
    KEYRING_LOCKED = "keyring_locked"
    KEYRING_UNREACHABLE = "keyring_unreachable"
    KEYRING_FAILED = "keyring_failed"
    PROGRAM_RUNNING = "program_running"
    """Another program of this station has the folder."""
    PROGRAM_STARTING = "program_starting"
    FOLDER_UNUSABLE = "folder_unusable"
    """The station's folder can't be created or entered."""


SENTENCES = {
    StoreFault.FULL: "The disk of this station is full: nothing can be written down. Free some space.",
    StoreFault.LOCKED: "Another program holds this station's store. Close it and try again.",
    StoreFault.READ_ONLY: "This station may not write to its store. Check the folder's permissions.",
    StoreFault.IO: "The disk of this station does not answer as it should.",
    StoreFault.CORRUPT: "A file of this station's store is damaged.",
}

_BY_CODE = {
    3: StoreFault.READ_ONLY,  # SQLITE_PERM
    5: StoreFault.LOCKED,  # SQLITE_BUSY
    6: StoreFault.LOCKED,  # SQLITE_LOCKED
    8: StoreFault.READ_ONLY,  # SQLITE_READONLY
    10: StoreFault.IO,  # SQLITE_IOERR
    11: StoreFault.CORRUPT,  # SQLITE_CORRUPT
    13: StoreFault.FULL,  # SQLITE_FULL
    14: StoreFault.IO,  # SQLITE_CANTOPEN
    26: StoreFault.CORRUPT,  # SQLITE_NOTADB: not a database, or another key
}

_BY_ERRNO = {
    errno.ENOSPC: StoreFault.FULL,
    errno.EDQUOT: StoreFault.FULL,
    errno.EFBIG: StoreFault.FULL,
    errno.EROFS: StoreFault.READ_ONLY,
    errno.EACCES: StoreFault.READ_ONLY,
    errno.EPERM: StoreFault.READ_ONLY,
}


class StoreError(Exception):
    """An operation of the store failed because of a known fault. `str()` is one sentence for the operator, in English."""

    def __init__(self, fault: StoreFault, sentence: str = "", cause: StoreCause | None = None) -> None:
        super().__init__(sentence or SENTENCES[fault])
        self.fault, self.cause = fault, cause


class JournalMismatch(StoreError):
    """The hub's acknowledged head is not a row of this journal: the two diverged."""

    def __init__(self, sentence: str) -> None:
        super().__init__(StoreFault.JOURNAL, sentence)


def classify_error(error: BaseException) -> StoreFault | None:
    """Return the known fault that an exception of SQLite or the file system stands for, or None for a bug."""
    if isinstance(error, sqlcipher.Error):
        code = getattr(error, "sqlite_errorcode", None)
        if code is None:  # raised while opening, before there is a handle to ask
            return StoreFault.IO if "unable to open" in str(error) else None
        return _BY_CODE.get(code & 0xFF)
    if isinstance(error, OSError):
        return _BY_ERRNO.get(error.errno or 0, StoreFault.IO)
    return None


class KnownFaults:
    """`with KNOWN_FAULTS:` turns known faults of SQLite and the file system into StoreError."""

    def __enter__(self) -> Self:
        """Enter; does nothing."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Translate a known fault.

        Raises:
            StoreError: The block raised a known fault.
        """
        if error is not None and (fault := classify_error(error)) is not None:
            raise StoreError(fault) from error


KNOWN_FAULTS = KnownFaults()
