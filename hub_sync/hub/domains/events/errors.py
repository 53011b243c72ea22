"""What events refuse."""

from hub_sync.hub.kit.errors import Conflict, HubError, NotFound, Unprocessable


class EventNotFound(NotFound):
    """There is no such event in the tenant."""


class EventExists(Conflict):
    """The slug is taken."""


class EventDatesReversed(Unprocessable):
    """The event ends before it starts."""


class EventChanged(HubError):
    """Somebody changed the event meanwhile."""

    status = 412
