"""Rows that are told straight from the driver's values: to the letter what the resource's model writes of them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter
from sqlalchemy import select, update
from sqlalchemy.exc import MultipleResultsFound

from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.lists import EVENTS
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.lists import PARTICIPANTS
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.lists.json_columns import as_json, instant_as_json
from hub_sync.hub.kit.lists.result_pages import Listing, _dump_rows
from tests.hub_sync.hub.conftest import Seeded

TIMES = TypeAdapter(datetime)
AT = datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC)
PEOPLE: list[dict[str, Any]] = [
    {"first_name": "Ada", "last_name": '“Ä\U0001f600</b>\\"', "category": "a'b", "email": "ada@example.org"},
    {"extra": {"text": 'ä " \\ \u2028', "list": [1, -2.5, True, None, {"deep": {}}], "": 0}},
    {"phone": "+44 20", "photo": "http://example.org/ä", "extra": {"whole": 2**53 + 1, "nothing": None}},
]


@pytest.fixture
def filled(hub: HubContext, seeded: Seeded) -> Seeded:
    """Return the seeded event with participants of all kinds, changed at all kinds of times."""
    with hub.uow.begin() as work:
        for number, values in enumerate(PEOPLE):
            new = participants.NewParticipant.model_validate(values)
            participant = participants.create(work, seeded.tenant_id, seeded.event_id, new)
            changed = AT + timedelta(microseconds=number * 250_001)
            work.session.execute(
                update(participants.Participant)
                .where(participants.Participant.id == participant.id)
                .values(updated_at=changed)
            )
        work.session.execute(update(events.Event).values(capacity=None, updated_at=AT))
    return seeded


@pytest.mark.parametrize("listing", [EVENTS, PARTICIPANTS], ids=["events", "participants"])
def test_a_row_is_written_as_its_model_writes_it(hub: HubContext, filled: Seeded, listing: Listing) -> None:
    names = tuple(listing.schema.model_fields)
    columns = listing.row.__table__.c
    with hub.uow.read() as work:
        rows = work.session.scalars(select(listing.row).order_by(listing.row.id)).all()
        wanted = [orjson.loads(listing.schema.model_validate(row).model_dump_json()) for row in rows]
        assert len(wanted) == (3 if listing is PARTICIPANTS else 1)
        plain = [columns[name] for name in names]
        for selected in (plain, [as_json(column, work.dialect.name) for column in plain]):
            selected_rows = work.fetch_all(select(*selected).order_by(columns.id), {})
            written = orjson.loads(_dump_rows([row._asdict() for row in selected_rows]))
            assert [list(row.items()) for row in written] == [list(row.items()) for row in wanted]


@given(st.datetimes(timezones=st.just(UTC)))
def test_any_instant_is_written_as_the_models_write_it(instant: datetime) -> None:
    assert _dump_rows([{"at": instant}]) == b'[{"at":' + TIMES.dump_json(instant) + b"}]"
    stored = instant.replace(tzinfo=None).isoformat(" ", "microseconds")
    assert f'"{instant_as_json(stored)}"' == TIMES.dump_json(instant).decode()


def test_more_than_one_row_where_there_is_one_at_most_is_a_bug(hub: HubContext, filled: Seeded) -> None:
    with hub.uow.read() as work, pytest.raises(MultipleResultsFound):
        work.fetch_one(select(participants.Participant.id), {})
