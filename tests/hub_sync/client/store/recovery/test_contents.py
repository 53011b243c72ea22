"""The contents of a store: nothing that a store holds is forgotten by a recovery."""

from pathlib import Path

from hub_sync.client.store import FileKeyStore, Store
from hub_sync.client.store.journal.journal_copy import CopiedRow
from hub_sync.client.store.recovery.contents import (
    KEYED_TABLES,
    SavedIncarnation,
    StoreContents,
    merge,
    read_store,
)
from tests.hub_sync.client.fake_hub import scan

OWN_CODE = {"incarnations", "journal", "set_aside", "quarantined", "settings", "qr_keys"}
MEANINGLESS = {
    *("room", "_sqlite_migrations", "sqlite_sequence", "peer_presence", "peer_positions", "peer_given_back"),
    *("queue_tickets", "queue_blocks", "queue_lanes", "queue_claims"),
    *("screening_lists", "screening_rows"),
    *("bulletins", "bulletin_lists", "bulletin_receipts"),
    *("door_lists", "door_fills"),
}
"""Other stations say again what they told, tickets are folded from their actions, what was given at the door is in the journal, numbers are leased again, and the hub sends the
blacklist again; until then its last standings hold."""


def test_every_table_of_the_store_is_recovered_or_means_nothing(store: Store) -> None:
    tables = {name for (name,) in store._file.rows("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert tables == OWN_CODE | MEANINGLESS | set(KEYED_TABLES)


def test_every_part_of_a_store_is_read(store: Store, folder: Path) -> None:
    row = store.journal.append(scan("p1"))
    store.journal.append(scan("p2"))
    store.outbox.acknowledge(1, row.hash)
    store.outbox.set_aside(2, "poison")
    store.outbox.record_quarantine(row.journal_id, [1], [])
    store.settings.put("name", 7)
    store.boots.get_or_create("boot-1", 1, 2)
    contents = read_store(folder / "store.db", FileKeyStore(folder).load() or b"")
    incarnation = contents.incarnations[row.journal_id]
    assert (incarnation.acknowledged, sorted(incarnation.rows)) == (1, [1, 2])
    assert list(contents.set_aside) == [(row.journal_id, 2)]
    assert contents.quarantined == {(row.journal_id, 1)}
    assert contents.settings["name"] == "7"
    assert list(contents.tables["boots"]) == [("boot-1",)]
    assert set(contents.tables["memory"]) == {("event", "hall", "p1"), ("event", "hall", "p2")}


def test_two_scans_under_one_number_are_both_taken() -> None:
    def with_row(digest: str) -> StoreContents:
        row = CopiedRow("j", 1, digest, "{}")
        return StoreContents(incarnations={"j": SavedIncarnation(1, "j", 0, 0, "", rows={1: row})})

    older, newer = with_row("aa"), with_row("bb")
    merge(older, newer)
    assert older.incarnations["j"].rows[1].hash == "bb"
    assert [row.hash for row in older.conflicting] == ["aa"]
