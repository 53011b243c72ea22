"""The page of one station: what it is, does and lacks."""

from typing import Any

from fastapi.responses import Response

from hub_sync.contract.clock import from_epoch_ms
from hub_sync.contract.enums import DeviceStatus
from hub_sync.hub.console import Page, PageCall, PageRouter, _
from hub_sync.hub.console.i18n.formats import days, duration
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.check_in.manifest import SHORT_REASONS
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.devices.manifest import DEVICES_READ, KIOSK_MANAGE
from hub_sync.hub.domains.devices.service import KioskDevice
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.stations.event_pages import station_of
from hub_sync.hub.domains.stations.fleet_views import fleet_view
from hub_sync.hub.domains.stations.labels import (
    PROFILES,
    clock_words,
    is_locked_words,
    journal_words,
    seal_view,
    status_badge,
    stops_words,
)
from hub_sync.hub.domains.stations.rows import station_row
from hub_sync.hub.domains.sync import service as sync
from hub_sync.hub.kit.text_types import Id

SCANS_SHOWN = 15
HISTORY_SHOWN = 20
LIST_PATH = "/events/{event_id}/stations"
PATH = f"{LIST_PATH}/{{device_id}}"

router = PageRouter()


@router.get(PATH, permissions=DEVICES_READ)
def show_station(page: PageCall, event_id: Id, device_id: Id) -> Response:
    """Show a station: state, alarms, clock, list, journal, last scans, history."""
    device = get_station(page, event_id, device_id)
    work, now = page.work, page.work.now()
    summary = devices.summarize(device, now, devices.checkpoint_at(device, event_id))
    journals = sync.journals_of(work, page.tenant_id, device_id)
    scans = check_in.last_scans_of_device(
        work,
        page.tenant_id,
        device_id,
        [journal.journal_id for journal in journals] or ["hub"],
        SCANS_SHOWN,
    )
    fleet = fleet_view(page, device, event_id)
    may_see_history = page.caller.has_permission("audit:read")
    entries = audit.entries_of(work, page.tenant_id, "kiosk_device", device_id) if may_see_history else []
    report = summary.report or {}
    event = events.get(work, page.tenant_id, event_id)
    return page.render(
        "stations/station.html",
        event=event,
        device=device,
        report=report,
        row=station_row(summary, event_id, places_of(page, event_id), {}, now),
        assigned=_assigned(page, device),
        serves=event_id in device.events,
        fleet=fleet,
        badge=status_badge(device.status),
        profile=_(PROFILES[device.profile]),
        is_locked_words=is_locked_words(device.profile),
        stops=stops_words(device.profile),
        clock=clock_words(report),
        uptime=duration(report["uptime_s"]) if "uptime_s" in report else "",
        journals=journals,
        journal=journal_words(journals, report, parted=summary.clone_suspected),
        seals=seal_view(sync.seal_status(work, page.tenant_id, device_id, device.doubts_resolved_at)),
        is_doubted=device.clone_suspected or device.seals_disagree_at is not None,
        has_diverged=devices.reports_diverged_journal(report),
        may_export=page.caller.has_permission("access-logs:read"),
        may_read_people=page.caller.has_permission("participants:read"),
        scans=scans,
        reasons=SHORT_REASONS,
        instant=from_epoch_ms,
        may_manage=page.caller.has_permission(KIOSK_MANAGE),
        may_see_history=may_see_history,
        steps=audit.history(work, entries[-HISTORY_SHOWN:][::-1], event.time_zone),
        is_pending=device.status is DeviceStatus.PENDING,
        is_locked=device.status is DeviceStatus.LOCKED,
        is_active=device.status is DeviceStatus.ACTIVE,
        is_over=device.status in (DeviceStatus.REVOKED, DeviceStatus.RETIRED),
        is_retired=device.status is DeviceStatus.RETIRED,
    )


def get_station(page: Page, event_id: str, device_id: str) -> KioskDevice:
    """Return a station that serves an event, or did once.

    Raises:
        DeviceNotFound: 404.
    """
    return station_of(page.work, page.tenant_id, event_id, device_id)


def _assigned(page: Page, device: KioskDevice) -> list[dict[str, Any]]:
    """Return the events that a station serves, in their order, each with its days and its phase."""
    rows = events.list_of_ids(page.work, page.tenant_id, device.events)
    return [
        {
            "id": row.id,
            "name": row.name,
            "dates": days(row.starts_at, row.ends_at, row.time_zone),
            "deleted": row.deleted_at is not None,
            "phase": events.phase_of(row, page.work.now()),
            "is_now": (device.report or {}).get("event_id") == row.id,
        }
        for row in rows
    ]


def places_of(page: Page, event_id: str) -> dict[str, str]:
    """Return the names of an event's checkpoints by their ids."""
    checkpoints = check_in.list_checkpoints(page.work, page.tenant_id, event_id)
    return {checkpoint.id: checkpoint.name for checkpoint in checkpoints}


def page_of(event_id: str, device_id: str) -> str:
    """Return the path of a station's page."""
    return f"/events/{event_id}/stations/{device_id}"
