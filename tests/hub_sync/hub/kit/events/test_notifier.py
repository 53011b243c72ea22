"""A subscriber that fails keeps nobody from the news of what is committed."""

from collections.abc import Collection
from typing import Any

from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.events.notifier import Notification, Notifier

NOTICE = Notification("tenant", "ParticipantApproved")


def fail(_: object) -> None:
    raise KeyError("a fault that nobody foresaw")


class Backend:
    """Records what it carries to other processes, and fails then."""

    def __init__(self) -> None:
        self.published: list[Any] = []

    def publish(self, notices: Collection[Any]) -> None:
        self.published += notices
        fail(notices)


def test_a_subscriber_that_raises_fails_neither_the_request_nor_the_others() -> None:
    notifier, received, backend = Notifier(), list[set[Notification]](), Backend()
    notifier.backend = backend
    notifier.add_subscriber(Notification, fail)
    notifier.add_subscriber(Notification, received.append)
    notifier.publish([NOTICE])
    assert received == [{NOTICE}]
    assert backend.published == [NOTICE]


def test_a_subscriber_gets_its_own_kind_only() -> None:
    notifier, received = Notifier(), list[set[FeedKey]]()
    notifier.add_subscriber(FeedKey, received.append)
    notifier.publish([NOTICE, FeedKey("tenant", "event")])
    assert received == [{FeedKey("tenant", "event")}]
