"""A station as the hub sees it: a journal that grows, pushes that carry it, and a signed-in client."""

import gzip
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import Any

import orjson
import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from hub_sync.contract.ids import new_id
from hub_sync.contract.sync import PushItem, PushRequest
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.credential_bounds import UNBOUNDED
from hub_sync.rules.journal_chain import GENESIS, chain_hash
from tests.hub_sync.hub.conftest import NOON, Seeded
from tests.support.builders.event import new_checkpoint

START_MS = 1_781_085_600_000
"""2026-06-10 10:00 UTC."""


@dataclass
class Journal:
    """The journal of one station, as a list of items that can be sent in any portions."""

    device_id: str
    event_id: str
    checkpoint_id: str
    zone: str | None = "hall-a"
    id: str = field(default_factory=new_id)
    items: list[PushItem] = field(default_factory=list)

    @property
    def head(self) -> str:
        return self.items[-1].hash if self.items else GENESIS

    def record(self, **members: Any) -> dict[str, Any]:
        """Return the members of a scan record: an admitted entry with these changes."""
        sequence = len(self.items) + 1
        return {
            "id": new_id(),
            "device_id": self.device_id,
            "event_id": self.event_id,
            "checkpoint_id": self.checkpoint_id,
            "zone": self.zone,
            "participant_id": f"p-{sequence}",
            "scan_type": "QR",
            "direction": "entry",
            "result": "VALID",
            "reason": "admitted",
            "code_digest": sha256(b"code").hexdigest(),
            "scanned_at_ms": START_MS + sequence * 1000,
            "monotonic_ms": sequence * 1000,
            "boot_id": "boot",
            "clock_offset_ms": 0,
            "clock_sure": True,
            "roster_age_s": 5,
            **members,
        }

    def scan(self, **members: Any) -> PushItem:
        """Write a scan."""
        return self.write(orjson.dumps(self.record(**members)).decode())

    def write(self, body: str) -> PushItem:
        """Write any body at all."""
        item = PushItem(
            sequence=len(self.items) + 1, body=body, hash=chain_hash(self.head, body.encode("utf-8"))
        )
        self.items.append(item)
        return item

    def request(self, *items: PushItem, anchors: dict[str, int] | None = None) -> PushRequest:
        """Return a push of these items, or of the whole journal."""
        return PushRequest(
            journal_id=self.id, sent_at_ms=START_MS, anchors=anchors or {}, items=items or tuple(self.items)
        )


@dataclass(frozen=True)
class StationClient:
    """The HTTP client of an enrolled station."""

    client: TestClient
    credential: str
    device_id: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.credential}", "Doorward-Boot": "boot"}

    def push(self, request: PushRequest) -> Response:
        return self.send(request.model_dump_json().encode())

    def send(self, body: bytes, **headers: str) -> Response:
        extra = {"Content-Type": "application/json", **headers}
        return self.client.post("/api/v1/sync/push", content=body, headers=self.headers | extra)

    def send_gzip(self, body: bytes) -> Response:
        return self.send(gzip.compress(body), **{"Content-Encoding": "gzip"})

    def pull(self, **query: Any) -> dict[str, Any]:
        answer = self.client.get("/api/v1/sync/pull", params=query, headers=self.headers)
        assert answer.status_code == 200, answer.text
        page: dict[str, Any] = answer.json()
        return page

    def scan(self, event_id: str, **body: Any) -> Response:
        return self.client.post(f"/api/v1/events/{event_id}/check-in/scans", json=body, headers=self.headers)


def enrol(client: TestClient, token: str) -> StationClient:
    """Exchange an enrolment code for a credential."""
    answer = client.post("/api/v1/sync/enrol", json={"token": token, "serial": token})
    assert answer.status_code == 200, answer.text
    return StationClient(client, answer.json()["credential"], answer.json()["device_id"])


def another_station(hub: HubContext, client: TestClient, seeded: Seeded) -> tuple[StationClient, Journal]:
    """Create and enrol a second station at the seeded gate."""
    with hub.uow.begin() as work:
        new = devices.NewDevice(name="Gate 2", event_id=seeded.event_id, checkpoint_id=seeded.gate_id)
        _, code = devices.create(work, seeded.tenant_id, new, UNBOUNDED)
    station = enrol(client, code)
    return station, Journal(station.device_id, seeded.event_id, seeded.gate_id)


def another_event(hub: HubContext, seeded: Seeded, slug: str = "fair") -> tuple[str, str]:
    """Create another event of the tenant, whose gate leads to a zone of the same name; return its id and that of its gate."""
    with hub.uow.begin() as work:
        new = events.NewEvent(
            slug=slug,
            name=slug.capitalize(),
            starts_at=NOON,
            ends_at=NOON + timedelta(days=1),
            time_zone="UTC",
        )
        event = events.create(work, seeded.tenant_id, new)
        gate = check_in.create_checkpoint(
            work, seeded.tenant_id, event.id, new_checkpoint("Main gate", "hall-a")
        )
        return event.id, gate.id


def serve(hub: HubContext, seeded: Seeded, *event_ids: str) -> None:
    """Assign the seeded station to these events, in this order, and to no others."""
    with hub.uow.begin() as work:
        changes = devices.DeviceChanges(events=list(event_ids))
        devices.update(work, seeded.tenant_id, seeded.device_id, changes, UNBOUNDED)


@pytest.fixture
def station(client: TestClient, seeded: Seeded) -> StationClient:
    """Return the seeded station, enrolled."""
    return enrol(client, seeded.enrol_code)


@pytest.fixture
def journal(station: StationClient, seeded: Seeded) -> Journal:
    """Return the seeded station's journal at the seeded gate."""
    return Journal(station.device_id, seeded.event_id, seeded.gate_id)
