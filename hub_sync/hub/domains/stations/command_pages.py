"""Commands to a station in the console: send, take back, wipe, and what to do when a station is lost."""

from fastapi.responses import Response
from pydantic import BaseModel

from hub_sync.contract.enums import DeviceProfile, DeviceStatus, QrFormat
from hub_sync.contract.fleet import CommandKind
from hub_sync.hub.console import FormInvalid, Page, PageCall, PageRouter, _
from hub_sync.hub.console.i18n.formats import duration
from hub_sync.hub.console.i18n.isolation import isolated
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.devices.errors import (
    CommandDelivered,
    CommandFinished,
    CommandNotFound,
    CommandPending,
    CommandUnreachable,
    DeviceStatusImpossible,
    KeyDoubted,
)
from hub_sync.hub.domains.devices.manifest import COMMANDS, KIOSK_MANAGE
from hub_sync.hub.domains.devices.service import KioskDevice, NewCommand
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.stations.event_pages import station_of
from hub_sync.hub.domains.stations.fleet_views import PLAIN_COMMANDS
from hub_sync.hub.domains.stations.labels import offline_words, once_locked_words
from hub_sync.hub.domains.stations.station_page import PATH, get_station, page_of, show_station
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.kit.http.file_names import file_stem
from hub_sync.hub.kit.lists.exports import attachment_response
from hub_sync.hub.kit.text_types import Id, SingleLineText
from hub_sync.rules.text_normalization import visible_text

_BESIDE = {
    CommandPending: "",
    CommandUnreachable: "",
    CommandDelivered: "",
    CommandFinished: "",
    CommandNotFound: "",
    KeyDoubted: "",
    DeviceStatusImpossible: "",
}
_HEED_LIMIT = (DeviceProfile.GATE, DeviceProfile.KIOSK)
"""The profiles that stop after the longest time without the hub."""
_WITHDRAWN = (DeviceStatus.REVOKED, DeviceStatus.RETIRED)

router = PageRouter()


class CommandForm(BaseModel):
    """The form of a command that one press sends."""

    kind: CommandKind


class WipeForm(BaseModel):
    """The form that wipes a station; `typed` is its name, typed again."""

    typed: str = ""


class LostForm(BaseModel):
    """The form of a lost station; the reason stands at its lock."""

    reason: SingleLineText


@router.post(f"{PATH}/commands", permissions=KIOSK_MANAGE, on_error=show_station, beside=_BESIDE)
def send_command(page: PageCall, event_id: Id, device_id: Id) -> Response:
    """Send a command that one press sends."""
    kind = page.parse(CommandForm).kind
    if kind not in PLAIN_COMMANDS:
        raise FormInvalid({"": _("This command needs its own page.")})
    with page.begin() as work:
        name = station_of(work, page.tenant_id, event_id, device_id).name
        devices.command(work, page.tenant_id, device_id, NewCommand(kind=kind))
    say = _("“%(command)s” waits for “%(name)s”. It is done when the station says so.")
    return page.redirect(
        page_of(event_id, device_id), say=say % {"command": _(COMMANDS[kind]), "name": isolated(name)}
    )


@router.post(
    f"{PATH}/commands/{{command_id}}/cancel", permissions=KIOSK_MANAGE, on_error=show_station, beside=_BESIDE
)
def cancel_command(page: PageCall, event_id: Id, device_id: Id, command_id: Id) -> Response:
    """Take back a command that the station does not have yet."""
    with page.begin() as work:
        station_of(work, page.tenant_id, event_id, device_id)
        devices.cancel_command(work, page.tenant_id, device_id, command_id)
    return page.redirect(page_of(event_id, device_id), say=_("The command is taken back."))


@router.get(f"{PATH}/logs/{{log_id}}.txt", permissions=KIOSK_MANAGE)
def download_log(page: PageCall, event_id: Id, device_id: Id, log_id: Id) -> Response:
    """Send a log that the station has uploaded."""
    device = get_station(page, event_id, device_id)
    with page.begin() as work:
        pieces = devices.read_log(work, page.tenant_id, device_id, log_id)
    slot = page.hub.export_slots.take(page.caller)
    return attachment_response(slot, pieces, "text/plain", f"log-{file_stem(device.name, 'station')}.txt")


@router.get(f"{PATH}/wipe", permissions=KIOSK_MANAGE)
def ask_to_wipe(page: PageCall, event_id: Id, device_id: Id) -> Response:
    """Ask before a station is wiped."""
    return _ask(page, "stations/wipe.html", event_id, device_id)


@router.post(f"{PATH}/wipe", permissions=KIOSK_MANAGE, on_error=ask_to_wipe, beside=_BESIDE)
def wipe_station(page: PageCall, event_id: Id, device_id: Id) -> Response:
    """Queue the wipe of a station."""
    form = page.parse(WipeForm)
    with page.reading():
        name = get_station(page, event_id, device_id).name
    if visible_text(form.typed) != visible_text(name):
        raise FormInvalid({"typed": _("This is not the name of the station.")})
    with page.begin() as work:
        devices.command(work, page.tenant_id, device_id, NewCommand(kind=CommandKind.WIPE))
    say = _("“%(name)s” is wiped at its next contact, once its scans are here.")
    return page.redirect(page_of(event_id, device_id), say=say % {"name": isolated(name)})


@router.get(f"{PATH}/lost", permissions=KIOSK_MANAGE)
def ask_if_lost(page: PageCall, event_id: Id, device_id: Id) -> Response:
    """Say what a lost station still knows and does, and what one button does about it."""
    return _ask(page, "stations/lost.html", event_id, device_id)


@router.post(f"{PATH}/lost", permissions=KIOSK_MANAGE, on_error=ask_if_lost, beside=_BESIDE)
def report_lost(page: PageCall, event_id: Id, device_id: Id) -> Response:
    """Lock a lost station at once, and queue its wipe."""
    reason = page.parse(LostForm).reason
    with page.begin() as work:
        device = station_of(work, page.tenant_id, event_id, device_id)
        name, tenant_id = device.name, page.tenant_id
        if device.status is DeviceStatus.ACTIVE:
            devices.set_status(work, tenant_id, device_id, DeviceStatus.LOCKED, reason)
        if not _waits_for_wipe(page, device):
            devices.command(work, tenant_id, device_id, NewCommand(kind=CommandKind.WIPE))
    say = _("“%(name)s” is locked now, and wiped at its next contact, once its scans are here.")
    return page.redirect(page_of(event_id, device_id), say=say % {"name": isolated(name)})


def _waits_for_wipe(page: Page, device: KioskDevice) -> bool:
    with page.hub.uow.read() as work:
        return CommandKind.WIPE in devices.pending_kinds(work, page.tenant_id, [device.id]).get(device.id, ())


def _ask(page: Page, template: str, event_id: str, device_id: str) -> Response:
    device = get_station(page, event_id, device_id)
    report = device.report or {}
    served = events.list_of_ids(page.work, page.tenant_id, device.events)
    ids = [event.id for event in served if event.deleted_at is None]
    people = sum(participants.counts(page.work, page.tenant_id, ids).values())
    return page.render(
        template,
        event=events.get(page.work, page.tenant_id, event_id),
        device=device,
        unsent=report.get("unsent") or 0,
        people=people,
        makes_tickets=tenants.get(page.work, page.tenant_id).qr_format is QrFormat.V1,
        may_rotate=page.caller.has_permission("tenant:manage"),
        is_withdrawn=device.status in _WITHDRAWN,
        wipe_waits=_waits_for_wipe(page, device),
        goes_on=offline_words(
            device.profile, "" if device.max_offline_s is None else duration(device.max_offline_s)
        ),
        lacks_limit=device.profile in _HEED_LIMIT and device.max_offline_s is None,
        once_locked=once_locked_words(device.profile),
    )
