"""The events among which a form lets people choose: however many there are, none is missing."""

from datetime import timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy import insert

from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.choices import event_options
from hub_sync.hub.domains.events.tables import Event
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.messages.manifest import FF_COMMUNICATION_HUB
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.console.browser_client import signed_in_as

MANY = 250


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_many_events_are_all_listed_and_the_one_that_is_over_first(
    app: FastAPI, hub: HubContext, seeded: Seeded
) -> None:
    """Forms ended at 100 or 200 events: a station could not be given the next one, and a template showed another event's people."""
    with hub.uow.begin() as work:
        feature_flags.switch(work, seeded.tenant_id, FF_COMMUNICATION_HUB, enabled=True)
        row = dict(events.read(work, seeded.tenant_id, seeded.event_id)._mapping)
        later = [
            row
            | {"id": work.new_id(), "slug": f"later-{n}"}
            | {at: row[at] + timedelta(days=n) for at in ("starts_at", "ends_at")}
            for n in range(1, MANY + 1)
        ]
        work.session.execute(insert(Event), later)
        event = events.get(work, seeded.tenant_id, seeded.event_id)
        event.starts_at, event.ends_at = (work.now() - timedelta(days=days) for days in (2, 1))
        event.doors_close_at = None
        work.session.flush()
        options = event_options(work, seeded.tenant_id, seeded.event_id, "")
        assert [id_ for id_, _ in options] == [seeded.event_id, *(each["id"] for each in later)]
        assert len({name for _, name in options}) == MANY + 1, "editions of one name have their days"
        assert len(event_options(work, seeded.tenant_id)) == MANY
    last = f'value="{later[-1]["id"]}"'
    admin = signed_in_as(app, seeded.tenant_id)
    assert last in admin.read(f"/events/{seeded.event_id}/stations/{seeded.device_id}/events")
    assert f'value="{seeded.event_id}" selected' in admin.read(
        f"/settings/message-templates?event={seeded.event_id}"
    )
