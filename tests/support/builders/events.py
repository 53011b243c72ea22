"""A station with two events: the assembly of its enrolment, and a gala in the same hall. Imports nothing of the hub."""

from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hub_sync.client.store import Store
from hub_sync.contract.clock import Clock, epoch_ms
from hub_sync.contract.sync import AssignedEvent, CheckpointRow, EventRow, ParticipantRow, PullPage
from tests.support.builders.people import EVENT
from tests.support.builders.station import CHECKPOINT_ROW, EVENT_ROW, build_station_store, pull_page

GALA, GALA_GATE = "gala-1", "gala-gate"
GALA_ROW: dict[str, Any] = EVENT_ROW | {
    "id": GALA,
    "name": "Gala",
    "slug": "gala",
    "ends_at_ms": epoch_ms(datetime(2026, 6, 13, 2, tzinfo=UTC)),
}
GALA_CHECKPOINT: dict[str, Any] = CHECKPOINT_ROW | {"id": GALA_GATE, "event_id": GALA, "name": "Gala door"}


def assigned(row: dict[str, Any]) -> AssignedEvent:
    """Return an event as the hub lists it for a station."""
    names = ("id", "name", "starts_at_ms", "ends_at_ms", "time_zone")
    return AssignedEvent.model_validate({name: row[name] for name in names})


BOTH = (assigned(EVENT_ROW), assigned(GALA_ROW))


def gala_page(people: Iterable[ParticipantRow] = (), **changes: Any) -> PullPage:
    """Return a whole snapshot of the gala; `changes` are members of the page."""
    members: dict[str, Any] = {
        "event_id": GALA,
        "events": (EventRow.model_validate(GALA_ROW),),
        "checkpoints": (CheckpointRow.model_validate(GALA_CHECKPOINT),),
    }
    return pull_page(people, **(members | changes))


def load_gala(store: Store, people: Iterable[ParticipantRow] = (), **changes: Any) -> None:
    """Assign both events to a station, and store the gala's roster as the pull loop does."""
    store.events.assign(BOTH)
    page = gala_page(people, **changes)
    with closing(store.feed_of(GALA)) as feed:
        snapshot = feed.begin_snapshot()
        snapshot.add(page)
        feed.publish_snapshot(snapshot, page)
    slot = store._rosters.slot_of(GALA)
    if page.operators is not None:
        store.operators.of(slot).replace(page.operators)
    if page.peers is not None:
        store.peers.of(slot).replace(page.peers)


def build_two_events(
    folder: Path,
    people: Iterable[ParticipantRow] = (),
    guests: Iterable[ParticipantRow] = (),
    clock: Clock | None = None,
    **changes: Any,
) -> Store:
    """Return the store of a station that serves the assembly and has the gala's list, too."""
    store = build_station_store(folder, people, clock)
    load_gala(store, guests, **changes)
    return store


__all__ = ["BOTH", "EVENT", "GALA", "GALA_GATE", "assigned", "build_two_events", "gala_page", "load_gala"]
