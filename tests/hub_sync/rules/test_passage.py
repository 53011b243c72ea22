from dataclasses import replace

import pytest
from pydantic import ValidationError

from hub_sync.contract.enums import Passage, PassageCause
from hub_sync.contract.passage import PassageRecord, is_passage, load_record
from hub_sync.contract.sync import ScanRecord
from hub_sync.rules.passage import GrantedScan, PassageRefusal, first_passage, settle
from tests.hub_sync.client.fake_hub import scan
from tests.support.passage_vectors import PassageVector, load_passage_vectors, passage_members


@pytest.mark.parametrize("vector", load_passage_vectors(), ids=lambda vector: vector.name)
def test_the_rules_decide_the_shared_passage_vectors(vector: PassageVector) -> None:
    record = ScanRecord.model_validate_json(scan(**vector.scan_members()).model_dump_json())
    granted = GrantedScan(record.device_id, first_passage(record), record.boot_id, record.monotonic_ms)
    refused: list[PassageRefusal | None] = []
    for members in vector.passage_members(record.model_dump(mode="json")):
        after = settle(granted, PassageRecord.model_validate(members))
        refused.append(after if isinstance(after, PassageRefusal) else None)
        if isinstance(after, Passage):
            granted = replace(granted, passage=after)
    assert (granted.passage, refused) == (vector.expect, vector.refused)
    assert (granted.passage is not None and granted.passage.counts) is vector.counts


def test_a_row_that_names_no_known_scan_settles_nothing() -> None:
    members = passage_members(scan().model_dump(mode="json"), "turn", "PASSED")
    assert settle(None, PassageRecord.model_validate(members)) is PassageRefusal.UNKNOWN_SCAN


@pytest.mark.parametrize(
    "changes",
    [
        {"outcome": None},
        {"scan_id": None},
        {"outcome": "GRANTED"},
        {"cause": "reverse_turn"},
        {"cause": "operator", "operator": None},
        {"result": "VALID"},
    ],
)
def test_a_row_that_contradicts_itself_is_none(changes: dict[str, str | None]) -> None:
    members = passage_members(scan().model_dump(mode="json"), "turn", "PASSED")
    with pytest.raises(ValidationError):
        PassageRecord.model_validate(members | changes)


def test_both_kinds_of_rows_are_told_apart_by_their_text() -> None:
    a_scan = scan(override={"reason": '"kind":"passage"', "operator": "Ada"}, result="MANUAL_OVERRIDE")
    passage = PassageRecord.model_validate(
        passage_members(a_scan.model_dump(mode="json"), PassageCause.REVERSE_TURN, None)
    )
    assert load_record(a_scan.model_dump_json()) == a_scan
    assert load_record(passage.model_dump_json()) == passage
    assert is_passage(passage.model_dump_json())
