"""Events: validation, updates, audit entries and domain events."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from pydantic import ValidationError
from sqlalchemy import text

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import EventStatus
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.errors import EventChanged, EventDatesReversed, EventExists, EventNotFound
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded


def stored_types(hub: HubContext, entity_id: str) -> list[str]:
    with hub.uow.read() as work:
        query = text("SELECT type FROM domain_events WHERE entity_id = :id ORDER BY id")
        return list(work.session.execute(query, {"id": entity_id}).scalars())


def test_an_event_is_changed_field_by_field_and_leaves_before_and_after(
    hub: HubContext, seeded: Seeded
) -> None:
    key = (seeded.tenant_id, seeded.event_id)
    with hub.uow.begin() as work:
        changed = events.update(
            work, *key, events.EventChanges(capacity=None, status=EventStatus.CANCELLED), if_version=1
        )
        assert (changed.version, changed.capacity, changed.name) == (2, None, "Summit")
    with hub.uow.begin() as work:
        with pytest.raises(EventChanged):
            events.update(work, *key, events.EventChanges(name="Late"), if_version=1)
        last = audit.entries_of(work, seeded.tenant_id, "event", seeded.event_id)[-1]
    assert last.before == {"capacity": 500, "status": "PUBLISHED", "version": 1}
    assert last.after == {"capacity": None, "status": "CANCELLED", "version": 2}
    assert stored_types(hub, seeded.event_id) == ["EventCreated", "EventUpdated"]


def test_an_event_in_another_zones_time_is_stored_as_the_same_instant(
    hub: HubContext, seeded: Seeded
) -> None:
    tokyo = timezone(timedelta(hours=9))
    with hub.uow.begin() as work:
        event = events.create(
            work,
            seeded.tenant_id,
            events.NewEvent(
                slug="tokyo",
                name="Tokyo",
                starts_at=datetime(2026, 6, 10, 9, tzinfo=tokyo),
                ends_at=datetime(2026, 6, 10, 18, tzinfo=tokyo),
                time_zone="Asia/Tokyo",
            ),
        )
    with hub.uow.read() as work:
        (change,) = events.change_of(work, FeedKey(seeded.tenant_id, event.id), 0, 99)
    assert change[1].starts_at_ms == int(datetime(2026, 6, 10, 0, tzinfo=UTC).timestamp() * 1000)


def test_events_refuse_what_makes_no_sense(hub: HubContext, seeded: Seeded, clock: ManualClock) -> None:
    good = {
        "slug": "a",
        "name": "A",
        "starts_at": clock.now(),
        "ends_at": clock.now() + timedelta(hours=1),
        "time_zone": "Europe/Berlin",
    }
    for bad in (
        {"time_zone": "Europe/Atlantis"},
        {"time_zone": "../etc/passwd"},
        {"slug": "Not A Slug"},
        {"name": "  "},
        {"name": "a\x00b"},
        {"capacity": -1},
        {"starts_at": datetime(2026, 1, 1)},  # noqa: DTZ001
    ):
        with pytest.raises(ValidationError):
            events.NewEvent.model_validate(good | bad)
    with hub.uow.begin() as work:
        with pytest.raises(EventDatesReversed):
            events.create(
                work, seeded.tenant_id, events.NewEvent.model_validate(good | {"ends_at": clock.now()})
            )
        with pytest.raises(EventExists):
            events.create(work, seeded.tenant_id, events.NewEvent.model_validate(good | {"slug": "summit"}))
        with pytest.raises(EventNotFound):
            events.get(work, "another-tenant", seeded.event_id)
