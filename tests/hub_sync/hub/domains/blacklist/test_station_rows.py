"""What stations get of the blacklist, and when."""

import json

import pytest

from hub_sync.contract.screening import ScreeningEffect, ScreeningList
from hub_sync.hub.domains.blacklist import service
from hub_sync.hub.domains.blacklist.tables import HitStatus
from hub_sync.rules.screening import event_hash, slow_hash
from tests.hub_sync.hub.domains.blacklist.conftest import ListKeeper
from tests.hub_sync.hub.station_client import StationClient

ONE_DATABASE = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


def sent(page: dict[str, object]) -> ScreeningList:
    return ScreeningList.model_validate(page["screening"])


def test_a_block_reaches_a_station_with_the_next_pull_and_goes_with_its_entry(
    keeper: ListKeeper, station: StationClient
) -> None:
    ada = keeper.register(email="ada@example.org")
    first = station.pull()
    entry = keeper.add("email", "ada@example.org")
    keeper.job.run_once()
    page = station.pull(epoch=first["epoch"], cursor=first["cursor"])
    assert [(row[0], row[6]) for row in page["participants"]] == [(ada, "blocked:list")]
    keeper.remove(entry)
    keeper.job.run_once()
    page = station.pull(epoch=page["epoch"], cursor=page["cursor"])
    assert [(row[0], row[6]) for row in page["participants"]] == [(ada, "")]


def test_a_station_that_knows_no_list_gets_none_until_there_is_one_and_then_each_change(
    keeper: ListKeeper, station: StationClient
) -> None:
    ada = keeper.register(email="ada@example.org")
    first = station.pull()
    assert "screening" not in first
    keeper.add("email", "ada@example.org", valid_until="2026-06-30", reason="Stole a bicycle")
    keeper.job.run_once()
    changed = station.pull(epoch=first["epoch"], cursor=first["cursor"])
    screening = sent(changed)
    assert [
        (row.participant_id, row.effect, row.valid_until) for row in screening.rows if row.participant_id
    ] == [(ada, ScreeningEffect.BLOCK, "2026-06-30")]
    assert "screening" not in station.pull(screening=screening.stamp)
    (hit,) = keeper.hits(ada)
    with keeper.hub.uow.begin() as work:
        service.decide(work, keeper.seeded.tenant_id, hit.id, HitStatus.DISMISSED)
    later = sent(station.pull(screening=screening.stamp))
    assert [row.participant_id for row in later.rows if row.participant_id] == []


@ONE_DATABASE
def test_exact_values_go_as_salted_hashes_and_similar_names_reasons_and_labels_do_not_go(
    keeper: ListKeeper, station: StationClient
) -> None:
    keeper.add("email", "Mallory@Example.org", reason="Stole a bicycle")
    keeper.add("document", "C01X00T47")
    keeper.add("name", "Max Mustermann", match="FUZZY", action="FLAG")
    keeper.job.run_once()
    page = station.pull()
    screening, text = sent(page), json.dumps(page["screening"]).lower()
    salt, key = bytes.fromhex(screening.salt), bytes.fromhex(screening.key)
    hashes = {row.value_hash for row in screening.rows}
    assert hashes == {
        event_hash(slow_hash(kind, value, salt), key)
        for kind, value in (("email", "mallory@example.org"), ("document", "C01X00T47"))
    }
    assert not any(word in text for word in ("mallory", "example", "bicycle", "max", "c01x"))
