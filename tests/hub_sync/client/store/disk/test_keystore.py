import stat
import threading
import time
from pathlib import Path
from typing import Any

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail
from keyring.errors import InitError, KeyringLocked

from hub_sync.client.store import (
    FileKeyStore,
    KeyringKeyStore,
    StoreError,
    StoreFault,
    choose_keystore,
    open_store,
)
from hub_sync.client.store.disk import keystore as module
from hub_sync.client.store.disk.keystore import KeyringState, find_keyring_state, new_key
from hub_sync.contract.clock import SystemClock
from hub_sync.contract.ids import new_id


class DrawerKeyring(KeyringBackend):
    """A real back end whose drawer is a dictionary."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.drawer: dict[tuple[str, str], str] = {}
        self.stuck = threading.Event()
        self.stuck.set()
        self.failure: Exception | None = None

    def get_password(self, service: str, username: str) -> str | None:
        self.stuck.wait(30)
        if self.failure is not None:
            raise self.failure
        return self.drawer.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.drawer[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.drawer[service, username]


@pytest.fixture
def drawer(monkeypatch: pytest.MonkeyPatch) -> Any:
    backend, before = DrawerKeyring(), keyring.get_keyring()
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
    keyring.set_keyring(backend)
    yield backend
    backend.stuck.set()
    keyring.set_keyring(before)


def test_the_key_file_is_its_owners_alone(tmp_path: Path) -> None:
    keystore, key = FileKeyStore(tmp_path), new_key()
    assert keystore.load() is None
    keystore.save(key)
    assert keystore.load() == key
    assert stat.S_IMODE((tmp_path / "store.key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["store.key"], "no half-written file beside it"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_file_that_others_may_read_is_refused_with_a_sentence(tmp_path: Path, mode: int) -> None:
    keystore = FileKeyStore(tmp_path)
    keystore.save(new_key())
    (tmp_path / "store.key").chmod(mode)
    with pytest.raises(StoreError, match=r"chmod 600 store\.key") as refused:
        keystore.load()
    assert refused.value.fault is StoreFault.KEY


@pytest.mark.parametrize("content", ["", "not hex", "ab", "ab" * 33])
def test_a_damaged_key_file_is_said(tmp_path: Path, content: str) -> None:
    (tmp_path / "store.key").write_text(content)
    (tmp_path / "store.key").chmod(0o600)
    with pytest.raises(StoreError, match="key is damaged"):
        FileKeyStore(tmp_path).load()


def test_a_headless_machine_uses_the_file_and_does_not_ask_a_keyring(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    began = time.monotonic()
    assert isinstance(choose_keystore(tmp_path), FileKeyStore)
    assert time.monotonic() - began < 1


def test_a_keyring_that_only_fails_is_none(monkeypatch: pytest.MonkeyPatch, drawer: DrawerKeyring) -> None:
    keyring.set_keyring(fail.Keyring())  # type: ignore[no-untyped-call]
    assert find_keyring_state() is KeyringState.ABSENT


def test_where_there_is_a_keyring_the_key_is_in_it_and_not_on_disk(
    tmp_path: Path, drawer: DrawerKeyring
) -> None:
    keystore, key = choose_keystore(tmp_path), new_key()
    assert isinstance(keystore, KeyringKeyStore)
    assert keystore.load() is None
    keystore.save(key)
    assert keystore.load() == key
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [
        ("store.custody", b"keyring\n")
    ]


def test_a_key_in_a_keyring_out_of_reach_is_said_and_never_made_anew(
    tmp_path: Path, drawer: DrawerKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_store(tmp_path, choose_keystore(tmp_path), SystemClock(), new_id).close()
    entries = dict(drawer.drawer)
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS")
    for _ in range(2):  # with its store, and with the store gone
        with pytest.raises(StoreError, match=r"in this user's keyring.*desktop session") as refused:
            open_store(tmp_path, choose_keystore(tmp_path), SystemClock(), new_id)
        assert refused.value.fault is StoreFault.KEY
        assert not (tmp_path / "store.key").exists()
        (tmp_path / "store.db").unlink(missing_ok=True)
    with pytest.raises(StoreError):
        choose_keystore(tmp_path).save(new_key())
    assert drawer.drawer == entries


def test_another_users_keyring_gets_no_new_key(tmp_path: Path, drawer: DrawerKeyring) -> None:
    KeyringKeyStore(tmp_path).save(new_key())
    drawer.drawer.clear()
    with pytest.raises(StoreError, match="Start the station as that user"):
        choose_keystore(tmp_path).load()


def test_a_key_that_was_put_into_a_keyring_without_a_note_gets_one(
    tmp_path: Path, drawer: DrawerKeyring
) -> None:
    KeyringKeyStore(tmp_path).save(new_key())
    (tmp_path / "store.custody").unlink()
    choose_keystore(tmp_path).load()
    assert (tmp_path / "store.custody").read_bytes() == b"keyring\n"


def test_two_stations_of_one_machine_have_a_key_each(tmp_path: Path, drawer: DrawerKeyring) -> None:
    (tmp_path / "one").mkdir()
    first, second = KeyringKeyStore(tmp_path / "one"), KeyringKeyStore(tmp_path / "two")
    first.save(b"1" * 32)
    assert second.load() is None


def test_a_key_file_that_is_there_is_used_though_there_is_a_keyring(
    tmp_path: Path, drawer: DrawerKeyring
) -> None:
    FileKeyStore(tmp_path).save(new_key())
    assert isinstance(choose_keystore(tmp_path), FileKeyStore)


def test_a_keyring_that_waits_for_a_person_is_given_up_on_and_a_new_key_file_is_said(
    tmp_path: Path, drawer: DrawerKeyring, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "KEYRING_TIMEOUT_S", 0.2)
    drawer.stuck.clear()
    with pytest.raises(StoreError, match="keyring is locked"):
        KeyringKeyStore(tmp_path).load()
    assert isinstance(choose_keystore(tmp_path), FileKeyStore)
    assert (
        f"keyring is locked, so the key of the new store is saved in the file {tmp_path / 'store.key'}"
        in caplog.text
    )


@pytest.mark.parametrize(
    "failure",
    [
        None,
        KeyringLocked("Failed to unlock the collection!"),
        InitError("Failed to create the collection: Prompt dismissed.."),
    ],
    ids=["a prompt that nobody answers", "locked", "dismissed"],
)
def test_a_key_in_a_locked_keyring_says_that_it_is_locked_and_how_to_unlock_it(
    tmp_path: Path, drawer: DrawerKeyring, monkeypatch: pytest.MonkeyPatch, failure: Exception | None
) -> None:
    monkeypatch.setattr(module, "KEYRING_TIMEOUT_S", 0.2)
    KeyringKeyStore(tmp_path).save(new_key())
    entries = dict(drawer.drawer)
    drawer.failure = failure
    if failure is None:
        drawer.stuck.clear()
    with pytest.raises(StoreError, match=r"keyring is locked\. Unlock it .*Passwords and Keys") as refused:
        open_store(tmp_path, choose_keystore(tmp_path), SystemClock(), new_id)
    assert refused.value.fault is StoreFault.KEY
    assert not (tmp_path / "store.key").exists()
    with pytest.raises(StoreError, match="is locked"):
        choose_keystore(tmp_path).save(new_key())
    assert drawer.drawer == entries


def test_a_keyring_that_fails_for_another_reason_is_not_called_locked(
    tmp_path: Path, drawer: DrawerKeyring
) -> None:
    KeyringKeyStore(tmp_path).save(new_key())
    drawer.failure = InitError("Failed to create the collection: no secret service")
    with pytest.raises(StoreError, match="can't be reached from here"):
        choose_keystore(tmp_path).load()
