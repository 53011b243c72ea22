"""The operators of an event as a station gets them, and as it names them in rows."""

import pytest

from hub_sync.contract.operators import OperatorRow, operators_digest
from hub_sync.hub.domains.operators import service
from hub_sync.hub.domains.operators.errors import OperatorExists
from hub_sync.hub.domains.operators.schemas import NewOperator, OperatorChanges
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.rules.operator_pins import matches_pin
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.domains.check_in.conftest import CallerFactory
from tests.hub_sync.hub.station_client import Journal, StationClient, another_station


def create(hub: HubContext, seeded: Seeded, name: str, *stations: str) -> str:
    with hub.uow.begin() as work:
        new = NewOperator(name=name, pin="250917", device_ids=stations)
        return service.create(work, seeded.tenant_id, seeded.event_id, new).id


def rows(page: dict[str, object]) -> tuple[OperatorRow, ...]:
    sent = page["operators"]
    assert isinstance(sent, list)
    return tuple(OperatorRow.model_validate(row) for row in sent)


def test_a_station_gets_the_operators_who_may_use_it_with_verifiers_of_their_pins(
    hub: HubContext, seeded: Seeded, station: StationClient
) -> None:
    other, _ = another_station(hub, station.client, seeded)
    create(hub, seeded, "Mara")
    create(hub, seeded, "Tom", other.device_id)
    (mara,) = rows(station.pull())
    assert (mara.name, matches_pin("250917", mara.verifier)) == ("Mara", True)
    assert {row.name for row in rows(other.pull())} == {"Mara", "Tom"}


def test_two_names_that_look_alike_are_refused_and_the_own_one_may_be_mended(
    hub: HubContext, seeded: Seeded
) -> None:
    mara = create(hub, seeded, "Mara  L\u0065\u0301a")
    for name in ("Mara L\u00e9a", "Mara\u200b L\u00e9a", "\u202bMara L\u00e9a", "MARA L\u00c9A"):
        with pytest.raises(OperatorExists):
            create(hub, seeded, name)
    with hub.uow.begin() as work:
        mended = OperatorChanges(name="Mara L\u00e9a")
        service.update(work, seeded.tenant_id, seeded.event_id, mara, mended)


def test_the_list_is_sent_again_only_if_the_stations_differs(
    hub: HubContext, seeded: Seeded, station: StationClient
) -> None:
    first = station.pull()
    assert rows(first) == ()
    digest = operators_digest(())
    assert "operators" not in station.pull(operators=digest)
    mara = create(hub, seeded, "Mara")
    changed = station.pull(epoch=first["epoch"], cursor=first["cursor"], operators=digest)
    assert changed["cursor"] != first["cursor"], "or the live stream would not wake the station"
    digest = operators_digest(rows(changed))
    with hub.uow.begin() as work:
        off = OperatorChanges(active=False)
        service.update(work, seeded.tenant_id, seeded.event_id, mara, off)
    assert rows(station.pull(operators=digest)) == ()


def test_who_was_signed_on_stands_in_the_access_log_also_after_the_operator_is_deleted(
    hub: HubContext, seeded: Seeded, station: StationClient, journal: Journal, make_caller: CallerFactory
) -> None:
    mara = create(hub, seeded, "Mara")
    scan = journal.scan(operator={"id": mara, "name": "Mara"})
    journal.scan()
    assert station.push(journal.request()).json()["verdicts"][0]["verdict"] == "ACCEPTED"
    with hub.uow.begin() as work:
        service.delete(work, seeded.tenant_id, seeded.event_id, mara)
    log = make_caller("access-logs:read").data("GET", "/access-logs?sort=scanned_at")
    assert [(row["operator_id"], row["operator_name"]) for row in log] == [(mara, "Mara"), (None, None)]
    assert scan.sequence == 1
