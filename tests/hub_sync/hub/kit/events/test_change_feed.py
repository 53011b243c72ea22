"""The numbers of an event's feed: which of them only a pull brings."""

from hub_sync.hub.kit.events import change_feed
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded


def test_a_change_in_no_row_is_the_last_number_that_only_a_pull_brings(
    hub: HubContext, seeded: Seeded
) -> None:
    key = FeedKey(seeded.tenant_id, seeded.event_id)

    def position() -> tuple[int, int]:
        with hub.uow.read() as work:
            return change_feed.pull_position(work.session, key)[1:]

    head, _ = position()
    with hub.uow.begin() as work:
        change_feed.advance(work.session, *key, 2)
        change_feed.advance_for_pull(work.session, *key)
        change_feed.advance(work.session, *key, 2)
    assert position() == (head + 5, head + 3)
    with hub.uow.begin() as work:
        change_feed.advance_all(work.session, key.tenant_id)
    assert position() == (head + 6, head + 6)
