"""An event that has some of everything that a clone copies, and of what it leaves out."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Table

from hub_sync.contract.enums import (
    BroadcastStatus,
    CheckpointDirection,
    CheckpointType,
    DeviceProfile,
    MessageChannel,
)
from hub_sync.hub.domains.blacklist.tables import Blacklist, BlacklistKind
from hub_sync.hub.domains.check_in.tables import Checkpoint, VenueOccupancy
from hub_sync.hub.domains.devices.tables import FleetConfiguration
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.messages.tables import AutomaticRule, BroadcastMessage, MessageTemplate
from hub_sync.hub.domains.queue.tables import Queue, QueueCounter
from hub_sync.hub.domains.registration.tables import RegistrationSettings
from hub_sync.hub.domains.waitlist.tables import WaitlistSettings
from hub_sync.hub.domains.workflows.tables import Workflow, WorkflowVersion
from hub_sync.hub.kit.db.tables import Base
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey


def fill_event(
    work: Work,
    key: FeedKey,
    *,
    checkpoints: int = 2,
    queues: int = 2,
    workflows: int = 1,
    templates: int = 2,
    user_id: str = "",
) -> dict[str, list[str]]:
    """Add rows to an event, and return their ids by table."""
    starts_at = events.read(work, *key).starts_at
    ids: dict[str, list[str]] = {}

    def add(model: type[Base], **values: Any) -> str:
        id_ = work.new_id()
        work.session.add(model(tenant_id=key.tenant_id, id=id_, event_id=key.event_id, **values))
        table = model.__table__
        assert isinstance(table, Table)
        ids.setdefault(table.name, []).append(id_)
        return id_

    gates = [
        add(
            Checkpoint,
            name=f"Gate {n}",
            type=CheckpointType.GATE,
            direction=CheckpointDirection.BIDIRECTIONAL,
            zone="hall",
            opens_at="08:00",
            closes_at="18:30",
            allowed_categories=["Guest"],
        )
        for n in range(checkpoints)
    ]
    add(VenueOccupancy, zone="hall", current=7, capacity=120)
    lines = [
        add(Queue, name=f"Queue {n}", letter=_letters(n), opens_at="08:30", closes_at="17:00")
        for n in range(queues)
    ]
    gone = add(Queue, name="Gone", letter="Z", deleted_at=work.now())
    add(QueueCounter, name="Counter 1", queue_ids=[*lines, gone], state_operator="Ola")
    add(
        FleetConfiguration,
        profile=DeviceProfile.KIOSK,
        settings={"queues": lines[:1], "language": "de"},
    )
    _add_messages(add, key.event_id, gates, templates, starts_at)
    template_id = ids["message_templates"][0]
    added = [_add_workflow(work, key, n, gates, template_id, user_id) for n in range(workflows)]
    ids |= {"workflows": [each[0] for each in added], "workflow_versions": [each[1] for each in added]}
    _add_settings(add, starts_at, gates)
    add(
        Blacklist,
        kind=BlacklistKind.EMAIL,
        value="bob@example.org",
        label="bob@example.org",
        valid_until="2026-12-31",
        created_by="user:mara",
    )
    work.session.flush()
    return ids


def _add_workflow(
    work: Work, key: FeedKey, n: int, gates: list[str], template_id: str, user_id: str
) -> tuple[str, str]:
    workflow = Workflow(
        tenant_id=key.tenant_id,
        id=work.new_id(),
        event_id=key.event_id,
        name=f"Review {n}",
        draft={"steps": ["not finished"]},
        published_version=3,
    )
    work.session.add(workflow)
    work.session.flush()
    definition = {
        "steps": [
            {
                "key": "review",
                "when": {"all": [{"field": "scanned_at", "values": [gates[0]]}]},
                "assignees": {"users": [user_id] if user_id else [], "roles": ["ADMIN"]},
            },
            {"key": "tell", "template_id": template_id},
        ]
    }
    version = WorkflowVersion(
        tenant_id=key.tenant_id,
        id=work.new_id(),
        workflow_id=workflow.id,
        number=3,
        definition=definition,
        published_at=work.now(),
        published_by="user:mara",
    )
    work.session.add(version)
    return workflow.id, version.id


def _add_messages(add: Any, event_id: str, gates: list[str], templates: int, starts_at: datetime) -> None:
    newest = ""
    for n in range(templates):
        common = {
            "name": f"Template {n}",
            "channel": MessageChannel.EMAIL,
            "locale": "en",
            "subject": "Hello",
        }
        add(MessageTemplate, scope=event_id, body="Old.", version=1, published_at=starts_at, **common)
        newest = add(
            MessageTemplate,
            scope=event_id,
            body=f"See https://hub.example/checkpoints/{gates[0]}.",
            version=2,
            published_at=starts_at,
            **common,
        )
    add(
        AutomaticRule,
        trigger="reminder",
        template_name="Template 0",
        channels=["EMAIL"],
        is_active=True,
        minutes_before=60,
        active_since=starts_at,
    )
    shared: dict[str, Any] = {
        "template_name": "Template 0",
        "channels": ["EMAIL"],
        "requested_by": "user:mara",
    }
    add(
        BroadcastMessage,
        title="Where to go",
        templates={"EMAIL": {"en": newest}},
        audience={"query": f"filter[checkpoint]={gates[0]}"},
        status=BroadcastStatus.COMPLETED,
        scheduled_at=starts_at - timedelta(days=2),
        counts={"people": 3},
        **shared,
    )
    add(BroadcastMessage, title="To one", audience={"ids": ["a-participant"]}, **shared)


def _add_settings(add: Any, starts_at: datetime, gates: list[str]) -> None:
    add(
        RegistrationSettings,
        is_active=True,
        opens_at=starts_at - timedelta(days=30),
        closes_at=starts_at - timedelta(hours=1),
        categories={"Guest": 40},
        intro=f"Gate {gates[0]}",
        consent_text="Yes",
        consent_version=4,
    )
    add(WaitlistSettings, is_active=True, quotas={"Guest": 40}, evaluated_at=starts_at, look_at=starts_at)


def _letters(n: int) -> str:
    return "ABCDEFGHIJKLMNOPQRSTUVWXY"[n % 25] * (n // 25 + 1)
