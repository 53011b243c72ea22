"""A queue with two counters at the seeded event, a kiosk and a desk."""

import pytest
from starlette.testclient import TestClient

from hub_sync.contract.enums import DeviceProfile
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.domains.check_in.conftest import make_caller
from tests.support.builders.hub_queues import HubQueues, QueueStationClient, build_queues, queue_station

__all__ = ["make_caller"]


@pytest.fixture
def queues(hub: HubContext, seeded: Seeded) -> HubQueues:
    """Return queue A with two counters."""
    return build_queues(hub, seeded)


@pytest.fixture
def kiosk(hub: HubContext, client: TestClient, seeded: Seeded, queues: HubQueues) -> QueueStationClient:
    """Return an enrolled kiosk."""
    del queues
    return queue_station(hub, client, seeded, "Kiosk 1", DeviceProfile.KIOSK)


@pytest.fixture
def desk(hub: HubContext, client: TestClient, seeded: Seeded, queues: HubQueues) -> QueueStationClient:
    """Return an enrolled desk."""
    del queues
    return queue_station(hub, client, seeded, "Desk 1", DeviceProfile.DESK)
