"""The console's form of the events that a station serves."""

from collections.abc import Sequence
from typing import Any

from fastapi.responses import Response
from sqlalchemy import Row

from hub_sync.hub.console import FormInvalid, Page, PageCall, PageRouter, _
from hub_sync.hub.console.i18n.formats import days
from hub_sync.hub.console.i18n.isolation import isolated
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.devices.errors import (
    DeviceChanged,
    DeviceNotFound,
    EventIsOver,
    StationOutOfUse,
)
from hub_sync.hub.domains.devices.manifest import KIOSK_MANAGE
from hub_sync.hub.domains.devices.service import MAX_EVENTS, DeviceChanges, KioskDevice
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.choices import choosable_events
from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.domains.stations.forms import EventsForm
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.security.credential_bounds import ExceedsCreatorGrant, PermissionNotHeld
from hub_sync.hub.kit.text_types import Id

_PATH = "/events/{event_id}/stations/{device_id}/events"

router = PageRouter()


def station_of(work: Work, tenant_id: str, event_id: str, device_id: str) -> KioskDevice:
    """Return a station that serves an event, or did once: its scans there are still in the log.

    Raises:
        DeviceNotFound: 404.
    """
    device = devices.get(work, tenant_id, device_id)
    if event_id not in {row.event_id for row in device.assignments}:
        raise DeviceNotFound
    return device


@router.get(_PATH, permissions=KIOSK_MANAGE)
def choose_events(page: PageCall, event_id: Id, device_id: Id) -> Response:
    """Show the events that the station may serve, to be ticked."""
    device = station_of(page.work, page.tenant_id, event_id, device_id)
    values = _form_values(device)
    return page.render(
        "stations/events.html",
        event=events.get(page.work, page.tenant_id, event_id),
        device=device,
        values=values,
        choices=_choices(page, [*device.events, *page.values("events", values["events"])]),
        unsent=(device.report or {}).get("unsent") or 0,
    )


@router.post(
    _PATH,
    permissions=KIOSK_MANAGE,
    on_error=choose_events,
    beside={
        DeviceChanged: "",
        StationOutOfUse: "",
        PermissionNotHeld: "",
        ExceedsCreatorGrant: "",
        EventIsOver: "events",
        EventNotFound: "events",
    },
)
def assign_events(page: PageCall, event_id: Id, device_id: Id) -> Response:
    """Assign the station to the ticked events; the first one stays the first if it is still ticked."""
    with page.begin() as work:
        device = station_of(work, page.tenant_id, event_id, device_id)
        event = events.get(work, page.tenant_id, event_id)
        audit.merge_form(page, work, "kiosk_device", device, _form_values(device), event.time_zone)
        chosen = page.parse(EventsForm).events
        if not chosen:
            raise FormInvalid({"events": _("Tick at least one event.")})
        if len(set(chosen)) > MAX_EVENTS:
            raise FormInvalid(
                {"events": _("A station serves at most %(most)s events.") % {"most": MAX_EVENTS}}
            )
        wanted = _in_order(work, page.tenant_id, device.events, chosen)
        if wanted != device.events:
            changes = DeviceChanges(events=wanted)
            devices.update(work, page.tenant_id, device_id, changes, page.caller.bounds, device.version)
    current_id = event_id if event_id in wanted else wanted[0]
    return page.redirect(
        f"/events/{current_id}/stations/{device_id}",
        say=_("The changes are saved. The station knows them within seconds."),
    )


def _form_values(device: KioskDevice) -> dict[str, list[str]]:
    return {"events": device.events}


def _choices(page: Page, ids: Sequence[str]) -> list[tuple[str, str, str]]:
    """Return the events of these ids, and those that have not ended: id, name, and when they are."""
    rows = choosable_events(page.work, page.tenant_id, ids)
    return [(row.id, isolated(row.name), _hint(page, row)) for row in rows]


def _hint(page: Page, event: Row[Any]) -> str:
    state = _("Deleted") if event.deleted_at else _(events.phase_of(event, page.work.now()).label)
    return f"{days(event.starts_at, event.ends_at, event.time_zone)} · {state}"


def _in_order(work: Work, tenant_id: str, before: Sequence[str], chosen: Sequence[str]) -> list[str]:
    """Return the ids as a station gets them: those that it had as they stood, then the others by their start."""
    starts = {
        row.id: row.starts_at for row in events.list_of_ids(work, tenant_id, list(dict.fromkeys(chosen)))
    }
    new = [event_id for event_id in dict.fromkeys(chosen) if event_id not in before]
    known = sorted((event_id for event_id in new if event_id in starts), key=lambda id_: (starts[id_], id_))
    unknown = [event_id for event_id in new if event_id not in starts]
    return [*(event_id for event_id in before if event_id in chosen), *known, *unknown]
