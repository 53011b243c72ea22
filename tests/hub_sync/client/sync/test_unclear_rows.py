"""The rows that were not understood, and when they are asked for again."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from hub_sync.client.http.pull_pages import NotUnderstood, PulledPage
from hub_sync.client.store import Store
from hub_sync.client.sync.unclear_rows import (
    UNCLEAR_RETRY_MS,
    UnclearRows,
)
from hub_sync.contract.clock import ManualClock
from tests.hub_sync.client.fake_hub import page

NEW_STATUS = NotUnderstood("participants", "1", "status", "NEW")


@pytest.fixture
def unclear(store: Store, clock: ManualClock) -> Callable[[str], UnclearRows]:
    """Open the rows as a start of the program of some version does."""
    return lambda software: UnclearRows(store.settings, software, clock)


def pulled(*aside: NotUnderstood, lost: bool = False) -> PulledPage:
    return PulledPage(page(), aside, lost_rows=lost)


def test_a_whole_page_does_not_bring_back_what_an_earlier_one_lost(
    unclear: Callable[[str], UnclearRows],
) -> None:
    rows = unclear("1")
    rows.begin_snapshot()
    rows.add(pulled(lost=True))
    rows.add(pulled())
    rows.save()
    assert rows.needs_snapshot()


def test_lost_rows_are_asked_for_more_and_more_seldom(
    unclear: Callable[[str], UnclearRows], clock: ManualClock
) -> None:
    rows = unclear("1")
    rows.add(pulled(lost=True))
    rows.save()
    waits = []
    for _ in range(5):
        assert rows.needs_snapshot()
        rows.record_snapshot_request()
        waited = 0
        while not rows.needs_snapshot():
            clock.advance(timedelta(milliseconds=1_000))
            waited += 1_000
        waits.append(waited)
    assert waits == [15_000, 30_000, 60_000, 120_000, 120_000]


def test_unclear_rows_are_asked_for_every_ten_minutes_and_at_once_by_another_version(
    unclear: Callable[[str], UnclearRows], clock: ManualClock
) -> None:
    rows = unclear("1")
    rows.add(pulled(NEW_STATUS))
    rows.save()
    assert rows.words() == "participants: status \u201cNEW\u201d"
    assert not rows.needs_snapshot()
    assert not unclear("1").needs_snapshot()
    assert unclear("2").needs_snapshot()
    clock.advance(timedelta(milliseconds=UNCLEAR_RETRY_MS))
    assert rows.needs_snapshot()


def test_a_snapshot_that_is_given_up_leaves_the_rows_as_they_were(
    unclear: Callable[[str], UnclearRows],
) -> None:
    rows = unclear("1")
    rows.add(pulled(NEW_STATUS, lost=True))
    rows.save()
    rows.begin_snapshot()
    rows.add(pulled())
    rows.abandon_snapshot()
    assert rows.words()
    assert rows.needs_snapshot()
