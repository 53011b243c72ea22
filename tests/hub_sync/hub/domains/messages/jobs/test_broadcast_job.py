"""One broadcast or event that fails keeps no other one from its turn."""

from typing import Any

import pytest

from hub_sync.hub.domains.messages.bulletins import bulletins
from hub_sync.hub.domains.messages.jobs import broadcast_job
from hub_sync.hub.domains.messages.jobs.broadcast_job import BroadcastJob
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.context import HubContext


def test_what_stands_behind_one_that_fails_has_its_turn(
    hub: HubContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first of two raised in each look, so that the second was never ended, nor a reminder sent, nor a new station included."""
    tried: list[Any] = []

    def fail_at_first(name: str) -> Any:
        def act(_: Any, key: Any = None, *more: Any) -> bool:
            tried.append((name, key))
            if len([each for each in tried if each[0] == name]) == 1:
                raise LookupError(name)
            return True

        return act

    keys = [FeedKey("t", "e1"), FeedKey("t", "e2")]
    monkeypatch.setattr(BroadcastJob, "run_once", fail_at_first("look"))
    monkeypatch.setattr(broadcast_job, "list_due", lambda _: keys)
    monkeypatch.setattr(broadcast_job, "remind_event", fail_at_first("remind"))
    monkeypatch.setattr(bulletins, "include_new_stations", fail_at_first("stations"))
    job = BroadcastJob(hub)
    assert job.act() == job.interval_s
    assert tried == [("look", None), ("remind", keys[0]), ("remind", keys[1]), ("stations", None)]
