"""What `doctor` says of the fleet."""

from datetime import timedelta

import pytest

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.fleet import CommandKind
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.devices.doctor import CHECKS, LONG_WAIT
from hub_sync.hub.kit.domain.doctor import CheckContext
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.domains.devices.fleet import issue, result, send_report
from tests.hub_sync.hub.station_client import StationClient, station

__all__ = ["station"]


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_doctor_warns_of_copies_and_of_wipes_that_have_waited_long(
    hub: HubContext, station: StationClient, seeded: Seeded, clock: ManualClock
) -> None:
    def warnings() -> list[str]:
        with hub.uow.read() as work:
            context = CheckContext(work, None, hub.settings)
            return [finding.message for check in CHECKS for finding in check(context)]

    wipe = issue(hub, seeded, CommandKind.WIPE)
    assert warnings() == []
    with hub.uow.begin() as work:
        devices.get(work, seeded.tenant_id, seeded.device_id).clone_suspected = True
    clock.advance(LONG_WAIT + timedelta(seconds=1))
    copies, waiting = warnings()
    assert "two machines" in copies
    assert "wait for their wipe" in waiting
    send_report(station, results=[result(wipe, "DONE")])
    assert len(warnings()) == 1
