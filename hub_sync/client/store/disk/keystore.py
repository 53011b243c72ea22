"""Key stores of the store's key: the OS keyring if a usable one exists, else a file of mode 600.

A headless Linux machine has no keyring, and a locked keyring would prompt a person who is not there. So only back ends
that answer without a prompt are used, and each call runs in a thread with a time-out. Decision:
`docs/adr/0006-sqlcipher-and-keystore.md`.
"""

import logging
import os
import secrets
import stat
import threading
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from hub_sync.client.store.disk.atomic_files import write_atomically
from hub_sync.client.store.disk.encrypted_file import KEY_BYTES
from hub_sync.client.store.disk.errors import KNOWN_FAULTS, StoreCause, StoreError, StoreFault

KEY_FILE = "store.key"
KEYRING_MARKER = "store.custody"
"""Marker file: the key is in a keyring. A start that can't reach the keyring must not create another key."""
IN_KEYRING = b"keyring\n"
SERVICE = "doorward-station"
KEYRING_TIMEOUT_S = 3.0

_log = logging.getLogger(__name__)


class KeyPlace(StrEnum):
    """The place of a folder's key."""

    FILE = "file"
    KEYRING = "keyring"


def find_key_place(folder: Path) -> KeyPlace | None:
    """Return where the key of a folder's store is, or None if there is no store yet. Asks no keyring."""
    if (folder / KEY_FILE).exists():
        return KeyPlace.FILE
    return KeyPlace.KEYRING if (folder / KEYRING_MARKER).exists() else None


class KeyStore(Protocol):
    """Storage of the 32 bytes that open the store."""

    def load(self) -> bytes | None:
        """Return the key, or None if there is none yet.

        Raises:
            StoreError: KEY. The key exists and can't be read.
        """
        ...

    def save(self, key: bytes) -> None:
        """Save a key.

        Raises:
            StoreError: The key could not be saved.
        """
        ...


class FileKeyStore:
    """Key file that only the station's user may read."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / KEY_FILE

    def load(self) -> bytes | None:
        """Return the key. A file that others may read is refused, because its key may be known already."""
        if not self._path.exists():
            return None
        with KNOWN_FAULTS:
            mode = self._path.stat().st_mode
            text = self._path.read_bytes()
        if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise StoreError(
                StoreFault.KEY,
                f"The store's key may be read by others (mode {stat.S_IMODE(mode):o}). "
                f"Run: chmod 600 {self._path.name}",
                StoreCause.KEY_READABLE,
            )
        return _parse(text.decode("ascii", "replace"))

    def save(self, key: bytes) -> None:
        """Write the key file atomically."""
        write_atomically(self._path, key.hex().encode(), mode=0o600)


class KeyringKeyStore:
    """Entry in the operating system's keyring, one for each folder."""

    def __init__(self, folder: Path) -> None:
        self._account = str(folder.resolve())
        self._marker = folder / KEYRING_MARKER

    def load(self) -> bytes | None:
        """Return the folder's key from the keyring. A missing key whose marker exists is an error, not a new station."""
        import keyring  # noqa: PLC0415  loads its back ends; not needed on most stations

        text = _with_timeout(lambda: keyring.get_password(SERVICE, self._account))
        marked = self._marker.exists()
        if text is None:
            if marked:
                raise StoreError(
                    StoreFault.KEY,
                    "The key of this station's store is in the keyring of the user who set it up, and not in this one. "
                    "Start the station as that user.",
                    StoreCause.KEYRING_OF_OTHER_USER,
                )
            return None
        key = _parse(text)
        if not marked:
            write_atomically(self._marker, IN_KEYRING)
        return key

    def save(self, key: bytes) -> None:
        """Save the key in the keyring."""
        import keyring  # noqa: PLC0415

        _with_timeout(lambda: keyring.set_password(SERVICE, self._account, key.hex()))
        write_atomically(self._marker, IN_KEYRING)


class KeyringState(StrEnum):
    """What can be done with the keyring of the operating system."""

    USABLE = "usable"
    """It answers without a prompt."""
    LOCKED = "locked"
    """It is there, and needs a person's password first."""
    ABSENT = "absent"
    """There is none, or none that can be reached from here."""


_SENTENCES = {
    KeyringState.LOCKED: "The key of this station's store is in this user's keyring, and the keyring is locked. Unlock "
    "it (sign in on the desktop with the password, or open \u201cPasswords and Keys\u201d and unlock "
    "\u201cLogin\u201d), then start the station again.",
    KeyringState.ABSENT: "The key of this station's store is in this user's keyring, which can't be reached from here: "
    "start the station in their desktop session.",
}

_CAUSES = {
    KeyringState.LOCKED: StoreCause.KEYRING_LOCKED,
    KeyringState.ABSENT: StoreCause.KEYRING_UNREACHABLE,
}

_LOCKED_FOR_NEW_STORE = (
    "This user's keyring is locked, so the key of the new store is saved in the file %s, which only this user may read. To have "
    "it in the keyring, unlock the keyring before the station is set up, and set it up in a new folder."
)


class UnreachableKeyringKeyStore:
    """Key in a keyring that is locked, or can't be reached from here, as from a service or over ssh. It is never replaced."""

    def __init__(self, state: KeyringState = KeyringState.ABSENT) -> None:
        self._state = state

    def load(self) -> bytes | None:
        """Raise with a sentence that says where the key is, and what to do.

        Raises:
            StoreError: KEY, always.
        """
        raise StoreError(StoreFault.KEY, _SENTENCES[self._state], _CAUSES.get(self._state))

    def save(self, key: bytes) -> None:
        """Raise, because another key would not open the store.

        Raises:
            StoreError: KEY, always.
        """
        del key
        self.load()


def choose_keystore(folder: Path) -> KeyStore:
    """Return the key store of a folder: an existing key file, else a usable keyring, else a new key file.

    A key that is in a keyring stays there. A new key that goes into a file because the keyring is locked is logged. If the keyring is locked or can't be reached, the returned key store raises.
    """
    if (folder / KEY_FILE).exists():
        return FileKeyStore(folder)
    keyring_state = find_keyring_state()
    if keyring_state is KeyringState.USABLE:
        return KeyringKeyStore(folder)
    if (folder / KEYRING_MARKER).exists():
        return UnreachableKeyringKeyStore(keyring_state)
    if keyring_state is KeyringState.LOCKED:
        _log.warning(_LOCKED_FOR_NEW_STORE, folder / KEY_FILE)
    return FileKeyStore(folder)


def find_keyring_state() -> KeyringState:
    """Return what can be done with the keyring of the operating system.

    On Linux it needs a session bus. Without one, a call may prompt or block for ever. A keyring that does not answer in
    time waits for its password.
    """
    if (
        os.name == "posix"
        and os.uname().sysname == "Linux"
        and not os.environ.get("DBUS_SESSION_BUS_ADDRESS")
    ):
        return KeyringState.ABSENT
    try:
        import keyring  # noqa: PLC0415
        from keyring.backends import fail, null  # noqa: PLC0415

        backend = keyring.get_keyring()
        if isinstance(backend, fail.Keyring | null.Keyring):
            return KeyringState.ABSENT
        _with_timeout(lambda: keyring.get_password(SERVICE, "is-anybody-there"))
    except _KeyringLocked:
        return KeyringState.LOCKED
    except Exception:  # noqa: BLE001  back ends raise what they like; a keyring that fails is none
        return KeyringState.ABSENT
    return KeyringState.USABLE


def forget_key(folder: Path) -> None:
    """Remove a folder's key from the keyring, if it is there. A keyring that is locked or gone has it still, and opens nothing.

    The file of a key is removed as any file is.
    """
    if not (folder / KEYRING_MARKER).exists():
        return
    try:
        import keyring  # noqa: PLC0415

        _with_timeout(lambda: keyring.delete_password(SERVICE, str(folder.resolve())))
    except Exception as failure:  # noqa: BLE001  back ends raise what they like
        _log.warning("The key of the erased store could not be removed from the keyring: %s", failure)


def new_key() -> bytes:
    """Return a new random key."""
    return secrets.token_bytes(KEY_BYTES)


def _parse(text: str) -> bytes:
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise StoreError(
            StoreFault.KEY, "The store's key is damaged. Put the right key back.", StoreCause.KEY_DAMAGED
        )
    return key


class _KeyringLocked(StoreError):
    """The keyring needs a person's password before it answers."""

    def __init__(self) -> None:
        super().__init__(StoreFault.KEY, _SENTENCES[KeyringState.LOCKED], StoreCause.KEYRING_LOCKED)


def _with_timeout(call: Callable[[], str | None]) -> str | None:
    """Call a keyring with a time-out, because nobody can answer its prompt."""
    answers: list[str | None] = []
    failures: list[Exception] = []

    def run() -> None:
        try:
            answers.append(call())
        except Exception as error:  # noqa: BLE001  see find_keyring_state
            failures.append(error)

    thread = threading.Thread(target=run, name="keyring", daemon=True)
    thread.start()
    thread.join(KEYRING_TIMEOUT_S)
    if failures and _is_locked(failures[0]):
        raise _KeyringLocked from failures[0]
    if failures:
        sentence = "The keyring of this computer refused to answer."
        raise StoreError(StoreFault.KEY, sentence, StoreCause.KEYRING_FAILED) from failures[0]
    if not answers:
        raise _KeyringLocked
    return answers[0]


def _is_locked(failure: Exception) -> bool:
    """Return True for the errors of a keyring that is locked, or whose prompt somebody dismissed."""
    from keyring.errors import InitError, KeyringLocked  # noqa: PLC0415  see KeyringKeyStore

    dismissed = isinstance(failure, InitError) and "dismissed" in str(failure).lower()
    return isinstance(failure, KeyringLocked) or dismissed
