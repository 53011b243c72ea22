"""Events: validation, updates, audit entries and domain events."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from pydantic import ValidationError

from hub_sync.contract.clock import ManualClock, epoch_ms
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.errors import (
    DoorsReversed,
    EventDatesReversed,
    EventExists,
    EventNotFound,
)
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded


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


def test_doors_reach_the_gates(hub: HubContext, seeded: Seeded, clock: ManualClock) -> None:
    key = (seeded.tenant_id, seeded.event_id)
    opens, closes = clock.now() - timedelta(hours=9), clock.now() + timedelta(hours=2)
    with hub.uow.begin() as work:
        doors = events.EventChanges(doors_open_at=opens, doors_close_at=closes, day_begins_at="05:30")
        before = events.update(work, *key, doors).feed_seq - 1
    with hub.uow.read() as work:
        ((_, row),) = events.change_of(work, FeedKey(*key), before, 99)
    assert (row.doors_open_at_ms, row.doors_close_at_ms) == (epoch_ms(opens), epoch_ms(closes))
    assert row.day_begins_at == "05:30"


@pytest.mark.parametrize("doors", [{"opens": 9, "closes": 8}, {"opens": 8, "closes": 8}, {"closes": -1}])
def test_doors_close_after_they_open(
    hub: HubContext, seeded: Seeded, clock: ManualClock, doors: dict[str, int]
) -> None:
    hours = {name: clock.now() + timedelta(hours=hour) for name, hour in doors.items()}
    dates = {"starts_at": clock.now(), "ends_at": clock.now() + timedelta(hours=10), "time_zone": "UTC"}
    dates |= {f"doors_{name.removesuffix('s')}_at": at for name, at in hours.items()}
    new = events.NewEvent.model_validate({"slug": "a", "name": "A", **dates})
    with hub.uow.begin() as work, pytest.raises(DoorsReversed):
        events.create(work, seeded.tenant_id, new)


def test_an_event_whose_doors_are_open_is_on(hub: HubContext, seeded: Seeded, clock: ManualClock) -> None:
    with hub.uow.begin() as work:
        events.delete(work, seeded.tenant_id, seeded.event_id)
        later = {"starts_at": clock.now() + timedelta(hours=2), "ends_at": clock.now() + timedelta(hours=9)}
        new = {"slug": "night", "name": "Night", "time_zone": "UTC", **later}
        night = events.create(work, seeded.tenant_id, events.NewEvent.model_validate(new))
        assert events.current_event_id(work, seeded.tenant_id) is None
        doors = events.EventChanges(doors_open_at=clock.now() - timedelta(minutes=1))
        events.update(work, seeded.tenant_id, night.id, doors)
        assert events.current_event_id(work, seeded.tenant_id) == night.id
