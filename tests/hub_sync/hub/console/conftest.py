"""An event with people and scans, for pages that show some."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

import pytest

from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.enums import (
    DeviceStatus,
    Direction,
    ParticipantStatus,
    ReasonCode,
    ScanResult,
    ScanType,
)
from hub_sync.contract.sync import ScanRecord
from hub_sync.hub.domains.check_in.access_log import repository
from hub_sync.hub.domains.check_in.occupancy import projection
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.credential_bounds import UNBOUNDED
from tests.hub_sync.hub.conftest import Seeded

JOURNAL = str(uuid4())


@dataclass
class Fair:
    """The seeded event with a way to let people in; `people` are ids by first name."""

    hub: HubContext
    seeded: Seeded
    people: dict[str, str] = field(default_factory=dict)
    sequence: dict[str, int] = field(default_factory=dict)

    def register(self, name: str, status: ParticipantStatus = ParticipantStatus.APPROVED, **more: str) -> str:
        """Somebody registers."""
        values = {"first_name": name, "last_name": "Example", "email": f"{name.lower()}@example.org"} | more
        new = participants.NewParticipant.model_validate({**values, "status": status})
        with self.hub.uow.begin(actor="user:ada@example.org") as work:
            participant = participants.create(work, self.seeded.tenant_id, self.seeded.event_id, new)
            self.people[name] = participant.id
        return participant.id

    def scan(
        self,
        name: str,
        at: datetime,
        *,
        direction: Direction = Direction.ENTRY,
        result: ScanResult = ScanResult.VALID,
        reason: ReasonCode = ReasonCode.ADMITTED,
        device_id: str = "",
        zone: str = "hall-a",
        journal_id: str = JOURNAL,
    ) -> None:
        """A gate sends a scan."""
        device = device_id or self.seeded.device_id
        self.sequence[device] = self.sequence.get(device, 0) + 1
        record = ScanRecord(
            id=str(uuid4()),
            device_id=device,
            event_id=self.seeded.event_id,
            checkpoint_id=self.seeded.gate_id,
            zone=zone,
            participant_id=self.people[name],
            scan_type=ScanType.QR,
            direction=direction,
            result=result,
            reason=reason,
            marks=(),
            override_asked=False,
            override=None,
            code_digest=None,
            scanned_at_ms=epoch_ms(at),
            monotonic_ms=1,
            boot_id="boot",
            clock_offset_ms=0,
            clock_sure=True,
            roster_age_s=0,
        )
        entry = repository.AccessLogEntry(
            id=record.id,
            record=record,
            journal_id=journal_id,
            sequence=self.sequence[device],
            hash="0" * 64,
            effective_at_ms=record.scanned_at_ms,
        )
        with self.hub.uow.begin(actor="device") as work:
            repository.append(work, self.seeded.tenant_id, [entry])
            projection.refresh(
                work,
                self.seeded.tenant_id,
                self.seeded.event_id,
                [self.people[name]] if result.admits else [],
                added=repository.added_scans([entry]),
            )

    def station(self, name: str = "", **changes: object) -> str:
        """A station as it stands; without a name the seeded one."""
        with self.hub.uow.begin() as work:
            device_id = self.seeded.device_id
            if name:
                new = devices.NewDevice(
                    name=name, event_id=self.seeded.event_id, checkpoint_id=self.seeded.gate_id
                )
                device_id = devices.create(work, self.seeded.tenant_id, new, UNBOUNDED)[0].id
            device = devices.get(work, self.seeded.tenant_id, device_id)
            device.status = DeviceStatus.ACTIVE
            for field_name, value in changes.items():
                setattr(device, field_name, value)
        return device_id


@pytest.fixture
def fair(hub: HubContext, seeded: Seeded) -> Fair:
    """The seeded event, nobody registered yet."""
    return Fair(hub, seeded)
