"""Rows about seats at the door over HTTP: what a station makes up is kept aside with a reason, and stops nothing."""

from typing import Any

import orjson

from hub_sync.contract.enums import WaitlistStatus
from hub_sync.contract.ids import new_id
from hub_sync.contract.sync import PushResponse
from tests.hub_sync.hub.domains.waitlist.conftest import Waitlist, waitlist
from tests.hub_sync.hub.station_client import Journal, StationClient

__all__ = ["waitlist"]


def fill(journal: Journal, **members: Any) -> None:
    """Write a row about a seat that no gate has, with these changes."""
    scan = journal.record()
    clock = ("observed_at_ms", "monotonic_ms", "boot_id", "clock_offset_ms", "clock_sure")
    record = {
        **{name: scan[name] for name in ("device_id", "event_id", "checkpoint_id", *clock[1:])},
        "id": new_id(),
        "kind": "door",
        "participant_id": "p",
        "observed_at_ms": scan["scanned_at_ms"],
        "entry_id": new_id(),
        "seat_ids": [new_id()],
        **members,
    }
    journal.write(orjson.dumps(record).decode())


def answers(station: StationClient, journal: Journal) -> list[str]:
    answer = station.push(journal.request())
    assert answer.status_code == 200, answer.text
    verdicts = PushResponse.model_validate_json(answer.content).verdicts
    return [each.code or each.verdict for each in verdicts]


_MADE_UP: tuple[tuple[dict[str, Any], str], ...] = (
    ({"device_id": new_id()}, "ForeignDevice"),
    ({"checkpoint_id": new_id()}, "UnknownCheckpoint"),
    ({"event_id": new_id()}, "ForeignEvent"),
    ({"id": "x" * 36}, "MalformedRecord"),
    ({"entry_id": "e" * 65}, "MalformedRecord"),
    ({"seat_ids": ["s"] * 101}, "MalformedRecord"),
    ({"seat_ids": ["a\0b"]}, "MalformedRecord"),
    ({"observed_at_ms": 2**60}, "MalformedRecord"),
    ({"a newer word": 1}, "MalformedRecord"),
    ({"observed_at_ms": 0, "clock_offset_ms": 1 - 2**52}, "ACCEPTED"),
    ({"observed_at_ms": 2**52 - 1, "clock_offset_ms": 2**52 - 1, "seat_ids": ["s"] * 100}, "ACCEPTED"),
)


def test_rows_that_are_made_up_are_kept_aside_and_the_next_row_is_stored(
    station: StationClient, journal: Journal
) -> None:
    for members, _ in _MADE_UP:
        fill(journal, **members)
    journal.scan()
    assert answers(station, journal) == [*(code for _, code in _MADE_UP), "ACCEPTED"]


def test_a_row_with_the_id_of_another_row_or_of_an_offer_is_kept_aside(
    station: StationClient, journal: Journal, waitlist: Waitlist
) -> None:
    waitlist.cancel("ada")
    offered, dora, eve = (waitlist.join(name) for name in ("olga", "dora", "eve"))
    for id_, entry_id in ((waitlist.offer(offered), dora), ("3f0c8a51-0000-4000-8000-000000000001", dora)):
        fill(journal, id=id_, entry_id=entry_id)
    fill(journal, id="3f0c8a51-0000-4000-8000-000000000001", entry_id=eve)
    journal.scan()
    assert answers(station, journal) == ["DuplicateId", "ACCEPTED", "DuplicateId", "ACCEPTED"]
    assert [waitlist.entry(each).status for each in (dora, eve)] == [
        WaitlistStatus.ACCEPTED,
        WaitlistStatus.WAITING,
    ]
