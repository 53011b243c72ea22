"""Rows of newer stations: what this hub does not know makes no scan invalid, unless it decides what the scan is."""

from typing import Any

import orjson
import pytest

from hub_sync.contract.door import DoorRecord
from hub_sync.contract.enums import Mark
from hub_sync.contract.passage import PassageRecord
from hub_sync.contract.queue import QueueRecord
from hub_sync.contract.sync import ScanRecord
from hub_sync.hub.domains.sync.push.scan_records import InvalidRecord, JournalOrigin, parse_record
from tests.hub_sync.hub.station_client import Journal

ORIGIN = JournalOrigin("device", {"event": ("gate",)}.get)


def parse(**members: Any) -> ScanRecord | PassageRecord | QueueRecord | DoorRecord | InvalidRecord:
    return parse_record(orjson.dumps(Journal("device", "event", "gate").record(**members)).decode(), ORIGIN)


def test_a_member_and_a_mark_of_a_newer_station_are_left_out() -> None:
    record = parse(mood="good", badge={"id": 7}, marks=["clock_unsure", "teleported"])
    assert isinstance(record, ScanRecord)
    assert record.marks == (Mark.CLOCK_UNSURE,)
    assert record.participant_id == "p-1"


@pytest.mark.parametrize(
    "members",
    [
        {"result": "PERHAPS"},
        {"reason": "teleported"},
        {"direction": "up"},
        {"kind": "passage"},
        {"scan_type": "NFC"},
        {"mood": "good", "scanned_at_ms": "noon"},
        {"marks": "all"},
    ],
)
def test_what_decides_the_meaning_of_a_row_must_be_known(members: dict[str, Any]) -> None:
    record = parse(**members)
    assert isinstance(record, InvalidRecord)
    assert record.code == "MalformedRecord"


def test_a_newer_row_is_checked_like_any_other() -> None:
    record = parse(mood="good", device_id="other")
    assert isinstance(record, InvalidRecord)
    assert record.code == "ForeignDevice"


def test_a_row_with_more_unknown_members_than_any_newer_station_has_is_none() -> None:
    assert isinstance(parse(**{f"x{number}": 1 for number in range(64)}), ScanRecord)
    record = parse(**{f"x{number}": 1 for number in range(65)})
    assert record == InvalidRecord("MalformedRecord", "more than 64 errors")


@pytest.mark.parametrize("body", ["", "[]", "null", "{", "5"])
def test_what_is_no_object_is_malformed(body: str) -> None:
    assert isinstance(parse_record(body, ORIGIN), InvalidRecord)
