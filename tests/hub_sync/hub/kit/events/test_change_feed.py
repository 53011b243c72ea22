"""The numbers of an event's feed: which of them only a pull brings."""

import ast
from pathlib import Path

from hub_sync.hub import domains
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


def test_who_takes_a_number_for_no_row_says_so() -> None:
    """A number that nobody uses is in no row, so that no change of the live stream could bring what it stands for."""
    unused = [
        f"{path.name}:{node.lineno}"
        for path in Path(str(domains.__file__)).parent.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Attribute)
        and node.value.func.attr in ("advance", "advance_feed")
        and isinstance(node.value.func.value, ast.Name)
        and node.value.func.value.id in ("change_feed", "events")
    ]
    assert unused == [], "use `change_feed.advance_for_pull`"
