"""The seals of a store: their chain, what a recovery does with them, and what others say of them."""

from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from hub_sync.client.store import StationEnrolment, Store
from hub_sync.client.store.journal.evidence import evidence_lines, station_evidence
from hub_sync.contract.clock import ManualClock, epoch_ms
from hub_sync.contract.seals import SealAnchor, SealReason, SealState, SealStatement
from hub_sync.rules.device_keys import DeviceKey, DevicePublicKey
from hub_sync.rules.evidence.verification import SEAL_WORD, Verification, seal_hash, verify
from tests.hub_sync.client.fake_hub import scan


@pytest.fixture
def enrolled(store: Store) -> Store:
    """Return a store that is enrolled."""
    store.settings.save_enrolment(
        StationEnrolment("http://hub", "gate-a", "t", "event", "checkpoint", "Gate", "gate", "secret")
    )
    return store


def write(store: Store, count: int) -> None:
    for _ in range(count):
        store.journal.append(scan())


def verified(store: Store, clock: ManualClock) -> Verification:
    return verify(lambda: evidence_lines(station_evidence(store, clock.now())), now_ms=epoch_ms(clock.now()))


def anchors_of(store: Store, state: SealState) -> tuple[SealAnchor, ...]:
    anchors = []
    for item in store.seals.items():
        statement = SealStatement.model_validate_json(item.statement)
        anchors.append(
            SealAnchor(
                chain=statement.chain,
                number=statement.number,
                seal=seal_hash(item.statement, item.signature),
                journal_id=statement.journal_id,
                sequence=statement.sequence,
                head=statement.head,
                received_at_ms=7,
                state=state,
            )
        )
    return tuple(anchors)


def test_a_seal_says_the_head_and_names_the_seal_before_it(enrolled: Store, clock: ManualClock) -> None:
    write(enrolled, 2)
    (first,) = enrolled.seals.seal(SealReason.TIME, sure=True)
    write(enrolled, 1)
    (second,) = enrolled.seals.seal(SealReason.STOP)
    items = list(enrolled.seals.items())
    last = enrolled.journal.last()
    assert last is not None
    assert (first.number, first.sequence, first.rows, first.previous) == (1, 2, 2, "")
    assert (second.number, second.sequence, second.rows, second.head) == (2, 3, 1, last.hash)
    assert second.previous == seal_hash(items[0].statement, items[0].signature)
    assert (second.reason, second.clock_sure, second.boot_id) == ("stop", False, clock.boot_id)
    key = DevicePublicKey.parse(second.key)
    assert key is not None
    assert key.is_signature(bytes.fromhex(items[1].signature), SEAL_WORD + items[1].statement.encode())
    assert enrolled.seals.seal(SealReason.TIME) == ()
    assert verified(enrolled, clock).faults == []


def test_a_store_that_is_not_enrolled_seals_nothing(store: Store) -> None:
    write(store, 1)
    assert store.seals.seal(SealReason.TIME) == ()


def test_another_key_starts_a_chain_that_names_the_last_seal(enrolled: Store, clock: ManualClock) -> None:
    write(enrolled, 1)
    (first,) = enrolled.seals.seal(SealReason.TIME)
    enrolled.device_key.replace(DeviceKey.generate())
    write(enrolled, 1)
    (second,) = enrolled.seals.seal(SealReason.TIME)
    item = next(iter(enrolled.seals.items()))
    assert (second.number, second.previous) == (1, seal_hash(item.statement, item.signature))
    assert second.chain != first.chain
    assert second.key != first.key
    assert verified(enrolled, clock).faults == []


def test_what_is_missing_from_a_store_is_known_by_its_seals(enrolled: Store, clock: ManualClock) -> None:
    write(enrolled, 3)
    enrolled.seals.seal(SealReason.TIME)
    enrolled._file.run("DROP TRIGGER journal_refuses_delete")
    enrolled._file.run("DELETE FROM journal WHERE position = 3")
    assert enrolled.journal.verify() is None, "the chain alone does not show it"
    assert verified(enrolled, clock).faults == ["row 3 is missing, and what follows it: seal 1 ends with it"]


def test_a_lost_store_has_its_seals_again_from_the_copy(
    enrolled: Store, clock: ManualClock, folder: Path, opened: Callable[[], Store]
) -> None:
    write(enrolled, 2)
    enrolled.seals.seal(SealReason.TIME)
    items = list(enrolled.seals.items())
    enrolled.close()
    for file in folder.glob("store.db*"):
        file.unlink()
    again = opened()
    assert list(again.seals.items()) == items
    assert verified(again, clock).faults == []


def test_rows_that_a_new_incarnation_takes_over_are_sealed_again(enrolled: Store, clock: ManualClock) -> None:
    write(enrolled, 2)
    enrolled.outbox.start_new_incarnation("the hub has another row")
    (seal,) = enrolled.seals.seal(SealReason.TIME)
    assert (seal.sequence, seal.rows) == (2, 2)
    assert verified(enrolled, clock).faults == []


def test_only_seals_of_acknowledged_rows_are_sent_and_each_until_the_hub_has_it(enrolled: Store) -> None:
    write(enrolled, 2)
    enrolled.seals.seal(SealReason.TIME)
    assert enrolled.seals.pending(10) == ()
    last = enrolled.journal.last()
    assert last is not None
    enrolled.outbox.acknowledge(2, last.hash)
    assert len(enrolled.seals.pending(10)) == 1
    enrolled.seals.record_anchors(anchors_of(enrolled, SealState.AGREES))
    assert enrolled.seals.pending(10) == ()
    lines = list(enrolled.seals.anchors())
    assert [(line["by"], line["sequence"], line["at_ms"]) for line in lines] == [("hub", 2, 7)]


def test_after_a_fork_the_next_seal_starts_a_chain(enrolled: Store, clock: ManualClock) -> None:
    write(enrolled, 1)
    (first,) = enrolled.seals.seal(SealReason.TIME)
    enrolled.seals.record_anchors(anchors_of(enrolled, SealState.FORKED))
    write(enrolled, 2)
    (second,) = enrolled.seals.seal(SealReason.TIME)
    write(enrolled, 1)
    (third,) = enrolled.seals.seal(SealReason.TIME)
    assert second.chain != first.chain
    assert (third.chain, third.number) == (second.chain, 2)
    assert verified(enrolled, clock).faults == []


def test_a_hub_that_lost_seals_gets_the_chain_again(enrolled: Store) -> None:
    for _ in range(2):
        write(enrolled, 1)
        enrolled.seals.seal(SealReason.TIME)
    last = enrolled.journal.last()
    assert last is not None
    enrolled.outbox.acknowledge(2, last.hash)
    first, second = anchors_of(enrolled, SealState.AGREES)
    enrolled.seals.record_anchors((first,))
    enrolled.seals.record_anchors((second.model_copy(update={"state": SealState.GAP.value}),))
    assert len(enrolled.seals.pending(10)) == 2


def test_the_seals_of_another_station_are_kept_once_and_sent_once(
    enrolled: Store, clock: ManualClock
) -> None:
    write(enrolled, 1)
    enrolled.seals.seal(SealReason.TIME)
    item, head = enrolled.seals.newest(), enrolled.seals.head()
    assert item is not None
    for _ in range(2):
        enrolled.seals.record_peer_seal("gate-b", item)
    assert list(enrolled.seals.peer_heads()) == [("gate-b", head, epoch_ms(clock.now()))]
    (line,) = enrolled.seals.anchors()
    assert orjson.loads(orjson.dumps(line))["device_id"] == "gate-b"
    (heard,) = enrolled.seals.heard_pending(9)
    assert (heard.statement, heard.signature) == (item.statement, item.signature)
    enrolled.seals.record_heard_sent([heard])
    assert enrolled.seals.heard_pending(9) == ()
