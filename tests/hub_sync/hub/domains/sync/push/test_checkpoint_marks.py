"""Rows whose zone or direction is not their checkpoint's: stored, counted and marked."""

from typing import Any

import pytest
from sqlalchemy import select, text

from hub_sync.hub.domains.check_in.tables import AccessLog
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.station_client import Journal, StationClient


@pytest.mark.parametrize(
    ("members", "is_marked"),
    [
        ({}, False),
        ({"direction": "exit"}, False),
        ({"zone": "vip"}, True),
        ({"zone": None}, True),
        ({"zone": "vip", "marks": ["checkpoint_differs"]}, True),
    ],
)
def test_a_row_that_does_not_fit_its_checkpoint_is_stored_with_a_mark(
    hub: HubContext, station: StationClient, journal: Journal, members: dict[str, Any], is_marked: bool
) -> None:
    item = journal.scan(**members)
    pushed = station.push(journal.request())
    assert pushed.json()["verdicts"][0]["verdict"] == "ACCEPTED"
    with hub.uow.read() as work:
        (row,) = work.session.scalars(select(AccessLog)).all()
        assert (row.marks.count("checkpoint_differs"), row.journal_hash) == (int(is_marked), item.hash)


def test_an_entry_at_an_exit_is_marked(hub: HubContext, station: StationClient, journal: Journal) -> None:
    with hub.uow.begin() as work:
        work.session.execute(text("UPDATE checkpoints SET direction = 'exit'"))
    journal.scan(direction="exit")
    journal.scan(direction="entry")
    station.push(journal.request())
    with hub.uow.read() as work:
        rows = work.session.scalars(select(AccessLog).order_by(AccessLog.sequence)).all()
        assert ["checkpoint_differs" in row.marks for row in rows] == [False, True]
