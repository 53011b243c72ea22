"""The blacklist in a station's store: it holds for its event, survives a restart, and is not readable on the disk."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub_sync.client.store import Store
from hub_sync.contract.screening import ScreeningEffect, ScreeningList
from hub_sync.rules.screening import Restriction, event_hash, slow_hash
from tests.support.builders.people import participant_row
from tests.support.builders.station import build_station_store, screening_list

BLOCK = Restriction(ScreeningEffect.BLOCK, None, "2026-06-11")
FLAG = Restriction(ScreeningEffect.FLAG)


def hash_of(kind: str, value: str) -> str:
    return event_hash(slow_hash(kind, value, bytes.fromhex("5a" * 16)), bytes.fromhex("7e" * 32))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Yield a station's store with a list."""
    store = build_station_store(tmp_path, [participant_row("ada"), participant_row("bo")])
    hashes = [(hash_of("email", "mallory@example.org"), BLOCK), (hash_of("name", "eve secret"), FLAG)]
    store.screening.replace(screening_list([("ada", BLOCK), ("ada", FLAG)], hashes))
    yield store
    store.close()


def test_a_participant_carries_what_the_list_says(store: Store) -> None:
    ada, bo = store.roster.find("ada"), store.roster.find("bo")
    assert ada is not None
    assert bo is not None
    assert (ada.person.restrictions, bo.person.restrictions) == ((BLOCK, FLAG), ())


def test_a_typed_value_meets_its_hash_in_any_spelling(store: Store) -> None:
    find = store.screening.restrictions_of_text
    assert find(" MALLORY+vip@Example.org ") == (BLOCK,)
    assert find("Secret, Eve") == (FLAG,)
    assert find("Eve Secrets") == ()


def test_another_list_replaces_it_and_an_older_row_is_gone(store: Store) -> None:
    again = store.open_session()
    assert again.screening.stamp() == "stamp-1"
    again.screening.replace(ScreeningList(stamp="stamp-2", salt="5a" * 16, key="7e" * 32))
    ada = again.roster.find("ada")
    assert ada is not None
    assert (ada.restrictions, again.screening.stamp()) == ((), "stamp-2")
    assert again.screening.restrictions_of_text("mallory@example.org") == ()
    again.close()


def test_an_erased_list_leaves_nothing(store: Store) -> None:
    store.screening.of("another").replace(screening_list([("ada", BLOCK)]))
    store.screening.erase()
    assert store.screening.stamp() == ""
    assert store.screening.restrictions("ada") == ()


def test_nothing_of_the_list_is_readable_on_the_disk(store: Store, tmp_path: Path) -> None:
    texts = (b"mallory", b"eve secret", b"Mallory", b"p:ada", hash_of("name", "eve secret").encode())
    for file in tmp_path.rglob("*"):
        content = file.read_bytes() if file.is_file() else b""
        assert not any(text in content for text in texts), file
    rows = str(store._file.rows("SELECT * FROM screening_rows"))
    assert "mallory" not in rows, "nor with the key of the store"
    assert "eve" not in rows
