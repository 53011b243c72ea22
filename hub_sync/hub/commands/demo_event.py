"""`doorward-hub demo-event`: load a demo event to try the console and a gate with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from hub_sync.contract.enums import ParticipantStatus
from hub_sync.hub.commands.common import (
    AsJson,
    Data,
    DatabaseUrl,
    open_hub,
    print_result,
    report_errors,
)
from hub_sync.hub.commands.errors import CommandFailed
from hub_sync.hub.commands.lazy_imports import lazy_imports
from hub_sync.rules.times.time_zones import load_time_zone
from resources.demo import DemoEvent
from resources.demo import demo_event as make_demo_event

with lazy_imports():
    from hub_sync.hub import domains
    from hub_sync.hub.domains.check_in import service as check_in
    from hub_sync.hub.domains.events import service as events
    from hub_sync.hub.domains.feature_flags import service as feature_flags
    from hub_sync.hub.domains.participants import service as participants
    from hub_sync.hub.domains.tenants import service as tenants
    from hub_sync.hub.kit.db import unit_of_work
    from hub_sync.hub.kit.http import context

TENANT = "demo"


@report_errors
def demo_event(
    seed: Annotated[int, typer.Option(help="Decides who is who.")] = 1,
    people: Annotated[
        int, typer.Option("--participants", min=1, max=500_000, help="How many register.")
    ] = 2_000,
    with_participants: Annotated[
        bool,
        typer.Option("--with-participants", help="With --json: list everybody's id, code, status, category."),
    ] = False,
    data: Data = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Load the demo event, running today, into a tenant "demo". Once it is there, its dates are moved to today."""
    wanted = make_demo_event(seed, people)
    with open_hub(data, database_url, creates=True) as hub:
        with hub.uow.begin(actor="cli") as work:
            tenant = _get_or_create_tenant(hub, work)
            event, created = _get_or_create_event(work, tenant.id, wanted)
        with hub.uow.read() as work:
            answer = _result(work, tenant.id, event.id, created=created, listed=with_participants and as_json)
    plain = (
        f"{'Created' if created else 'Moved to today:'} {wanted.name} (event {wanted.slug}, tenant {TENANT}) with "
        f"{answer['participant_count']} participants and {len(answer['checkpoints'])} checkpoints."
    )
    print_result(plain, answer, as_json=as_json)


def _get_or_create_tenant(hub: context.HubContext, work: unit_of_work.Work) -> tenants.Tenant:
    known = [tenant for tenant in tenants.all_tenants(work) if tenant.slug == TENANT]
    if known:
        return known[0]
    try:
        tenant = tenants.create(
            work,
            hub.secret_box,
            slug=TENANT,
            name="Doorward Demo",
            qr_encryption_key=hub.settings.qr_encryption_key.get_secret_value(),
            session_secret=hub.settings.session_secret.get_secret_value(),
        )
    except ValueError as error:
        raise CommandFailed(f"QR_ENCRYPTION_KEY is no good: {error}.") from error
    for flag in domains.registry().flags.values():
        feature_flags.switch(work, tenant.id, flag, enabled=True)
    return tenant


def _get_or_create_event(
    work: unit_of_work.Work, tenant_id: str, wanted: DemoEvent
) -> tuple[events.Event, bool]:
    starts_at, ends_at = _dates_around(work.now(), wanted)
    try:
        there = events.get_by_slug(work, tenant_id, wanted.slug)
    except events.EventNotFound:
        return _create(work, tenant_id, wanted, starts_at, ends_at), True
    return events.update(
        work, tenant_id, there.id, events.EventChanges(starts_at=starts_at, ends_at=ends_at)
    ), False


def _create(
    work: unit_of_work.Work, tenant_id: str, wanted: DemoEvent, starts_at: datetime, ends_at: datetime
) -> events.Event:
    event = events.create(
        work,
        tenant_id,
        events.NewEvent(
            slug=wanted.slug,
            name=wanted.name,
            starts_at=starts_at,
            ends_at=ends_at,
            time_zone=wanted.time_zone,
            capacity=wanted.capacity,
        ),
    )
    for point in wanted.checkpoints:
        check_in.create_checkpoint(
            work,
            tenant_id,
            event.id,
            check_in.NewCheckpoint.model_validate(
                {
                    "name": point.name,
                    "type": point.type,
                    "direction": point.direction,
                    "zone": point.zone,
                    "allowed_categories": point.allowed_categories,
                }
            ),
        )
    for zone, capacity in wanted.zones.items():
        check_in.set_capacity(work, tenant_id, event.id, zone, capacity)
    participants.create_many(
        work,
        tenant_id,
        event.id,
        (
            participants.NewParticipant(
                first_name=person.first_name,
                last_name=person.last_name,
                email=person.email,
                registration_code=person.registration_code,
                status=ParticipantStatus(person.status),
                category=person.category,
            )
            for person in wanted.participants
        ),
    )
    return event


def _dates_around(now: datetime, wanted: DemoEvent) -> tuple[datetime, datetime]:
    zone = load_time_zone(wanted.time_zone)
    today, day = now.astimezone(zone).date(), timedelta(days=1)
    return (
        datetime.combine(today - day, wanted.opens, tzinfo=zone).astimezone(UTC),
        datetime.combine(today + day, wanted.closes, tzinfo=zone).astimezone(UTC),
    )


def _result(
    work: unit_of_work.Work, tenant_id: str, event_id: str, *, created: bool, listed: bool
) -> dict[str, Any]:
    key = (tenant_id, event_id)
    answer: dict[str, Any] = {
        "created": created,
        "tenant_id": tenant_id,
        "tenant": TENANT,
        "event_id": event_id,
        "event": events.get(work, *key).slug,
        "checkpoints": {
            checkpoint.name: checkpoint.id for checkpoint in check_in.list_checkpoints(work, *key)
        },
        "participant_count": participants.count(work, *key),
    }
    if listed:
        answer["participants"] = [
            {
                "id": checkpoint.id,
                "code": checkpoint.registration_code,
                "status": checkpoint.status.value,
                "category": checkpoint.category,
                "first_name": checkpoint.first_name,
                "last_name": checkpoint.last_name,
            }
            for checkpoint in participants.all_of(work, *key)
        ]
    return answer
