"""Where the store's key lives: the OS keyring where there is a usable one, else a file of mode 600.

A headless Linux box has no keyring, and a locked one would ask a person who isn't there. So only back ends that are known
to answer by themselves are used, and the question is asked in a thread that may be given up on.
"""

import os
import secrets
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from hub_sync.client.store.disk.atomic_files import write_atomically
from hub_sync.client.store.disk.encrypted_file import KEY_BYTES
from hub_sync.client.store.disk.errors import KNOWN_FAULTS, StoreError, StoreFault

KEY_FILE = "store.key"
KEYRING_MARKER = "store.custody"
"""Says that the key is in a keyring, and nothing else: a start out of its reach must not take that for no key."""
IN_KEYRING = b"keyring\n"
SERVICE = "doorward-station"
KEYRING_TIMEOUT_S = 3.0


class KeyStore(Protocol):
    """Keeps the 32 bytes that open the store."""

    def load(self) -> bytes | None:
        """The key, or None if there is none yet.

        Raises:
            StoreError: KEY, with a sentence: it is there and cannot be had.
        """
        ...

    def save(self, key: bytes) -> None:
        """Keep a key for good.

        Raises:
            StoreError: it cannot be kept.
        """
        ...


class FileKeyStore:
    """The key in a file that only the station's user may read."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / KEY_FILE

    def load(self) -> bytes | None:
        """The key. Refuses a file that others may read: it may be known already."""
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
            )
        return _parse(text.decode("ascii", "replace"))

    def save(self, key: bytes) -> None:
        """Write the key file, whole or not at all."""
        write_atomically(self._path, key.hex().encode(), mode=0o600)


class KeyringKeyStore:
    """The key in the operating system's keyring, one entry a folder."""

    def __init__(self, folder: Path) -> None:
        self._account = str(folder.resolve())
        self._note = folder / KEYRING_MARKER

    def load(self) -> bytes | None:
        """The key that the keyring holds for this folder. One that was put there and is not found is not made anew."""
        import keyring  # noqa: PLC0415  loads its back ends; not needed on most stations

        text = _with_timeout(lambda: keyring.get_password(SERVICE, self._account))
        noted = self._note.exists()
        if text is None:
            if noted:
                raise StoreError(
                    StoreFault.KEY,
                    "The key of this station's store is in the keyring of the user who set it up, and not in this one. "
                    "Start the station as that user.",
                )
            return None
        key = _parse(text)
        if not noted:
            write_atomically(self._note, IN_KEYRING)
        return key

    def save(self, key: bytes) -> None:
        """Hand the key to the keyring."""
        import keyring  # noqa: PLC0415

        _with_timeout(lambda: keyring.set_password(SERVICE, self._account, key.hex()))
        write_atomically(self._note, IN_KEYRING)


class UnreachableKeyringKeyStore:
    """The key is in a keyring that can't be asked from here, as from a service or over ssh. It is never replaced."""

    def load(self) -> bytes | None:
        """Say where the key is."""
        raise StoreError(
            StoreFault.KEY,
            "The key of this station's store is in this user's keyring, which can't be reached from here: "
            "start the station in their desktop session.",
        )

    def save(self, key: bytes) -> None:
        """Never: another key would not open the store."""
        del key
        self.load()


def choose_keystore(folder: Path) -> KeyStore:
    """A key file if one is there already, else the keyring if one is usable, else a key file to be made.

    A key that is in a keyring stays there: where that can't be reached, the custody only says so.
    """
    if (folder / KEY_FILE).exists():
        return FileKeyStore(folder)
    if keyring_is_usable():
        return KeyringKeyStore(folder)
    return UnreachableKeyringKeyStore() if (folder / KEYRING_MARKER).exists() else FileKeyStore(folder)


def keyring_is_usable() -> bool:
    """Whether the OS has a keyring that answers without a person.

    On Linux that needs a session bus; without one, asking may start a prompt or wait for ever.
    """
    if (
        os.name == "posix"
        and os.uname().sysname == "Linux"
        and not os.environ.get("DBUS_SESSION_BUS_ADDRESS")
    ):
        return False
    try:
        import keyring  # noqa: PLC0415
        from keyring.backends import fail, null  # noqa: PLC0415

        backend = keyring.get_keyring()
        if isinstance(backend, fail.Keyring | null.Keyring):
            return False
        _with_timeout(lambda: keyring.get_password(SERVICE, "is-anybody-there"))
    except Exception:  # noqa: BLE001  back ends raise what they like; a keyring that fails is none
        return False
    return True


def new_key() -> bytes:
    """A fresh key for a fresh store."""
    return secrets.token_bytes(KEY_BYTES)


def _parse(text: str) -> bytes:
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise StoreError(StoreFault.KEY, "The store's key is damaged. Put the right key back.")
    return key


def _with_timeout(ask: Callable[[], str | None]) -> str | None:
    """Ask a keyring, for a few seconds at most: one that prompts has nobody to answer it."""
    answers: list[str | None] = []
    failures: list[Exception] = []

    def run() -> None:
        try:
            answers.append(ask())
        except Exception as error:  # noqa: BLE001  see keyring_is_usable
            failures.append(error)

    thread = threading.Thread(target=run, name="keyring", daemon=True)
    thread.start()
    thread.join(KEYRING_TIMEOUT_S)
    if failures:
        raise StoreError(StoreFault.KEY, "The keyring of this computer refused to answer.") from failures[0]
    if not answers:
        raise StoreError(
            StoreFault.KEY, "The keyring of this computer does not answer. Unlock it and try again."
        )
    return answers[0]
