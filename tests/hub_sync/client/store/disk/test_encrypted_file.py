from collections.abc import Callable, Iterator
from pathlib import Path

import orjson
import pytest

from hub_sync.client.store import StationEnrolment, Store
from hub_sync.client.store.disk.encrypted_file import EncryptedFile
from hub_sync.contract.enums import ScanResult
from hub_sync.contract.sync import Override, QrKeyRow
from tests.hub_sync.client.fake_hub import page, person, scan
from tests.hub_sync.client.store.roster.test_roster import pull

MATERIAL = "c0ffee" * 10 + "abcd"
SECRETS = [
    "Wilhelmina",
    "wilhelmina",
    "Quackenbush",
    "KLOR-4711",
    "KL0R4711",
    MATERIAL,
    "swordfish-credential",
    "forgot her badge",
    "participant-number-one",
    "11" * 32,
    "hub.example.test",
]


@pytest.fixture
def written(store: Store, folder: Path) -> Iterator[list[Path]]:
    """Return every file of an open station that has used all features."""
    store.settings.save_enrolment(
        StationEnrolment(
            "http://hub.example.test", "d", "t", "e", None, "North", "gate", "swordfish-credential"
        )
    )
    store.keys.replace([QrKeyRow(kid="k", material=MATERIAL, not_before_ms=None, not_after_ms=None)])
    pull(store, person("participant-number-one", "Wilhelmina", "Quackenbush", "KLOR-4711"))
    override = Override(reason="forgot her badge", operator="Quackenbush")
    store.journal.append(
        scan(
            "participant-number-one",
            result=ScanResult.MANUAL_OVERRIDE,
            override=override,
            code_digest="11" * 32,
        )
    )
    store.outbox.set_aside(1, "Wilhelmina")
    store.feed.apply(
        page(
            person("participant-number-one", "Wilhelmina", "Quackenbush", "KLOR-4711"),
            snapshot=False,
            cursor="2",
        )
    )
    store.backups.rotate()
    store.outbox.start_new_incarnation("Wilhelmina")
    unfinished = store.feed.begin_snapshot()
    unfinished.add(page(person("2", "Wilhelmina", "Quackenbush"), more=True, total=5))
    yield [path for path in folder.rglob("*") if path.is_file() and path.name != "store.key"]
    unfinished.discard()


def test_no_name_code_key_or_credential_can_be_read_from_any_file(written: list[Path]) -> None:
    names = {path.name for path in written}
    assert {"store.db", "store.db-wal", "roster-1.db", "roster-1.db-wal", "store.check"} <= names
    assert any(path.parent.name == "backups" for path in written)
    for path in written:
        content = path.read_bytes()
        for secret in SECRETS:
            for form in (secret.encode(), secret.encode("utf-16-le"), orjson.dumps(secret).strip(b'"')):
                assert form not in content, f"{secret} stands in {path.name}"
        if len(secret := MATERIAL) == 64:
            assert bytes.fromhex(secret) not in content


def test_the_stores_own_key_is_in_no_file_but_its_own(written: list[Path], folder: Path) -> None:
    key = (folder / "store.key").read_text()
    for path in written:
        content = path.read_bytes()
        assert key.encode() not in content
        assert bytes.fromhex(key) not in content


def test_after_closing_nothing_is_left_in_clear_either(
    store: Store, folder: Path, written: list[Path], opened: Callable[[], Store]
) -> None:
    store.close()
    for path in folder.rglob("*.db*"):
        assert b"Wilhelmina" not in path.read_bytes()
        assert not path.read_bytes().startswith(b"SQLite format 3")


def test_a_secret_does_not_show_in_what_is_printed() -> None:
    enrolment = StationEnrolment("http://hub", "d", "t", "e", None, "North", "gate", "swordfish-credential")
    assert "swordfish" not in repr(enrolment)


NAMES = "SELECT name FROM names ORDER BY name"


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[EncryptedFile, EncryptedFile]]:
    """Return two connections to one file with a table of names."""
    first, second = (EncryptedFile(tmp_path / "names.db", b"k" * 32) for _ in range(2))
    first.run("CREATE TABLE names (name TEXT)")
    yield first, second
    first.close()
    second.close()


def add(file: EncryptedFile, name: str) -> None:
    file.run("INSERT INTO names VALUES (?)", (name,))


def test_a_cached_query_has_what_this_and_other_connections_have_committed_since(
    pair: tuple[EncryptedFile, EncryptedFile],
) -> None:
    here, there = pair
    assert here.cached_rows(NAMES) == []
    add(here, "own")
    assert here.cached_rows(NAMES) == [("own",)]
    add(there, "others")
    assert here.cached_rows(NAMES) == here.rows(NAMES) == [("others",), ("own",)]
    assert here.cached_rows(NAMES) is here.cached_rows(NAMES), "it is not read again"


def test_a_cached_query_does_not_remember_what_was_rolled_back(
    pair: tuple[EncryptedFile, EncryptedFile],
) -> None:
    here, _ = pair
    here.cached_rows(NAMES)

    def fail_in_a_transaction() -> None:
        with here.transaction():
            add(here, "never")
            assert here.cached_rows(NAMES) == [("never",)]
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_in_a_transaction()
    assert here.cached_rows(NAMES) == []


def test_steady_reads_have_own_changes_at_once_and_those_of_others_after_the_block(
    pair: tuple[EncryptedFile, EncryptedFile],
) -> None:
    here, there = pair
    with here.steady_reads():
        assert here.cached_rows(NAMES) == []
        add(there, "others")
        with here.steady_reads():
            assert here.cached_rows(NAMES) == []
        assert here.cached_rows(NAMES) == []
        add(here, "own")
        assert here.cached_rows(NAMES) == [("others",), ("own",)]
    add(there, "third")
    assert len(here.cached_rows(NAMES)) == 3


def test_the_version_differs_after_every_change_and_only_then(
    pair: tuple[EncryptedFile, EncryptedFile],
) -> None:
    here, there = pair
    versions = [here.version()]
    for file in (here, there, here):
        add(file, "x")
        versions.append(here.version())
        here.rows(NAMES)
        with here.transaction():
            assert here.version() == versions[-1]
        assert here.version() == versions[-1]
    assert len(set(versions)) == 4


def test_a_transaction_that_keeps_cached_queries_does_so_only_if_nothing_else_was_written(
    pair: tuple[EncryptedFile, EncryptedFile],
) -> None:
    here, there = pair
    cached = here.cached_rows(NAMES)
    here.run("CREATE TABLE others (name TEXT)")
    with here.transaction(keeps_cached=True):
        here.run("INSERT INTO others VALUES ('x')")
    assert here.cached_rows(NAMES) is cached
    add(here, "own")
    with here.transaction(keeps_cached=True):
        here.run("INSERT INTO others VALUES ('y')")
    assert here.cached_rows(NAMES) == [("own",)]
    add(there, "others")
    with here.transaction(keeps_cached=True):
        here.run("INSERT INTO others VALUES ('z')")
    assert len(here.cached_rows(NAMES)) == 2
