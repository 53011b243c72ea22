"""The events of a station as the gate shows them, and the switch to another one."""

from zoneinfo import ZoneInfo

from hub_sync.client.store import Store
from hub_sync.contract.clock import from_epoch_ms
from hub_sync.contract.sync import AssignedEvent
from hub_sync.rules.tickets.ticket_codec import TicketPayload, TicketRejection
from hub_sync.rules.times.time_zones import UnknownTimeZone, load_time_zone
from kiosk_app.core.assignment import Assignment
from kiosk_app.messages import EventAnswer, EventOption, EventOptions, EventSwitch


def event_options(store: Store) -> EventOptions:
    """Return the events that this station may serve, with the age of each list; none where there is no choice.

    Raises:
        StoreError: the store could not be read.
    """
    events = store.events.assigned()
    served_id = store.events.served_id()
    if not events or (len(events) == 1 and events[0].id == served_id):
        return EventOptions()
    return EventOptions(tuple(_option(store, event) for event in events), served_id)


def serve_event(store: Store, event_id: str) -> EventAnswer:
    """Serve another event from now on, with its own list, checkpoint and operators. Works without the hub.

    Raises:
        StoreError: the disk failed; the station serves the event that it served before.
    """
    event = next((event for event in store.events.assigned() if event.id == event_id), None)
    if event is None:
        return EventAnswer(EventSwitch.NOT_ASSIGNED)
    is_served = store.events.serve(event_id)
    return EventAnswer(EventSwitch.SERVED if is_served else EventSwitch.NO_LIST, event.name)


def event_of_ticket(
    store: Store, assignment: Assignment, ticket: TicketPayload | TicketRejection | None
) -> str:
    """Return the name of another of the station's events that a genuine ticket is for; empty: it is for none of them.

    Raises:
        StoreError: the store could not be read.
    """
    if not isinstance(ticket, TicketPayload) or ticket.eid == assignment.event.id:
        return ""
    return next((event.name for event in store.events.assigned() if event.id == ticket.eid), "")


def _option(store: Store, event: AssignedEvent) -> EventOption:
    return EventOption(
        event.id,
        event.name,
        from_epoch_ms(event.starts_at_ms),
        from_epoch_ms(event.ends_at_ms),
        _time_zone(event.time_zone),
        store.events.synced_at(event.id),
    )


def _time_zone(name: str) -> ZoneInfo:
    try:
        return load_time_zone(name)
    except UnknownTimeZone:
        return load_time_zone("UTC")
