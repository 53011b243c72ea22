"""What the credential of each profile may do."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from hub_sync.client.http.pull_pages import parse_pull_page
from hub_sync.contract.enums import DeviceProfile
from hub_sync.contract.queue import QueueActionKind
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.devices.manifest import FF_KIOSK_MODE
from hub_sync.hub.domains.devices.profiles import MODES
from hub_sync.hub.domains.devices.service import StationRouter
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.credential_bounds import UNBOUNDED
from hub_sync.rules.queue.authority import may_send_action
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.station_client import Journal, enrol


def test_a_call_that_is_not_in_the_table_can_not_be_registered() -> None:
    with pytest.raises(ValueError, match="who may call it"):
        StationRouter(prefix="/sync", tags=["sync"]).get("/secrets", model=dict)


def test_a_gate_issues_no_queue_number_a_kiosk_calls_nobody_and_a_board_does_neither() -> None:
    allowed = {
        profile: {kind for kind in QueueActionKind if may_send_action(profile, kind)}
        for profile in DeviceProfile
    }
    assert allowed == {
        DeviceProfile.GATE: set(),
        DeviceProfile.BOARD: set(),
        DeviceProfile.KIOSK: {QueueActionKind.ISSUED, QueueActionKind.CANCELLED},
        DeviceProfile.DESK: set(QueueActionKind),
    }
    assert set(MODES) == set(DeviceProfile)


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_board_gets_no_ticket_key_and_a_scan_of_it_is_set_aside_with_the_reason_and_not_lost(
    hub: HubContext, client: TestClient, seeded: Seeded
) -> None:
    with hub.uow.begin() as work:
        feature_flags.switch(work, seeded.tenant_id, FF_KIOSK_MODE, enabled=True)
        new = devices.NewDevice(name="B", event_id=seeded.event_id, profile=DeviceProfile.BOARD)
        _, code = devices.create(work, seeded.tenant_id, new, UNBOUNDED)
    board = enrol(client, code)
    first = board.pull()
    assert first["keys"] is None, "it opens no ticket, and so has no key that could be stolen with it"
    assert parse_pull_page(first).aside == (), "and that is no word that it does not understand"
    assert "keys" not in board.pull(epoch=first["epoch"], cursor=first["cursor"])
    journal = Journal(board.device_id, seeded.event_id, seeded.gate_id)
    journal.scan()
    answer: dict[str, Any] = board.push(journal.request()).json()
    (verdict,) = answer["verdicts"]
    assert (verdict["verdict"], verdict["code"]) == ("QUARANTINED", "ProfileForbidsRow")
    assert answer["acknowledged"]["sequence"] == 1
