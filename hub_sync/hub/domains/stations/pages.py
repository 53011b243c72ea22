"""The console's pages of stations: the list with one line each, and the forms of one station."""

from typing import Any

from fastapi.responses import Response
from markupsafe import Markup

from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.enums import DeviceProfile, DeviceStatus
from hub_sync.contract.fleet import CommandKind
from hub_sync.contract.sync import EnrolmentCode
from hub_sync.hub.console import FormInvalid, Page, PageCall, PageRouter, _
from hub_sync.hub.console.i18n.formats import duration
from hub_sync.hub.console.i18n.isolation import isolated
from hub_sync.hub.console.one_time_secrets import OneTimeSecrets
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.check_in.errors import CheckpointNotFound
from hub_sync.hub.domains.check_in.service import DailyStatisticsCache
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.devices.errors import (
    DeviceChanged,
    DeviceEnrolled,
    DeviceStatusImpossible,
    EventNotAssigned,
    NothingDoubted,
)
from hub_sync.hub.domains.devices.manifest import DEVICES_READ, FF_KIOSK_MODE, KIOSK_MANAGE
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.stations import (
    command_pages,
    configuration_pages,
    event_pages,
    fleet_pages,
    station_page,
)
from hub_sync.hub.domains.stations.event_pages import station_of
from hub_sync.hub.domains.stations.fleet_views import bulk_acts, fleet_counts
from hub_sync.hub.domains.stations.forms import (
    HOURS,
    CodeForm,
    EditStationForm,
    EndForm,
    LockForm,
    NewStationForm,
    ResolveForm,
    form_values,
)
from hub_sync.hub.domains.stations.labels import (
    PROFILES,
    locked_words,
    stops_words,
)
from hub_sync.hub.domains.stations.ready_check import ready_summary
from hub_sync.hub.domains.stations.rows import list_station_rows
from hub_sync.hub.domains.stations.station_page import (
    LIST_PATH,
    PATH,
    get_station,
    page_of,
    places_of,
    show_station,
)
from hub_sync.hub.domains.sync import service as sync
from hub_sync.hub.kit import qr_codes
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.file_names import file_stem
from hub_sync.hub.kit.http.link_base import HubAddressUnknown, link_base
from hub_sync.hub.kit.http.routing import include_routes
from hub_sync.hub.kit.lists.exports import attachment_response
from hub_sync.hub.kit.security.access import NotSwitchedOn
from hub_sync.hub.kit.security.credential_bounds import ExceedsCreatorGrant, PermissionNotHeld
from hub_sync.hub.kit.text_types import Id
from hub_sync.rules.evidence.archive import MEDIA_TYPE
from hub_sync.rules.text_normalization import visible_text
from hub_sync.rules.times.time_zones import load_time_zone_or_utc

_CODE = OneTimeSecrets("doorward_enrolment_code", "enrolment code", "/events")
_BESIDE = {
    DeviceChanged: "",
    DeviceEnrolled: "",
    DeviceStatusImpossible: "",
    NothingDoubted: "",
    PermissionNotHeld: "",
    ExceedsCreatorGrant: "",
    HubAddressUnknown: "",
    NotSwitchedOn: "profile",
    CheckpointNotFound: "checkpoint_id",
    EventNotAssigned: "checkpoint_id",
}

router = PageRouter()


@router.get(LIST_PATH, permissions=DEVICES_READ)
def list_stations(page: PageCall, event_id: Id) -> Response:
    """List the event's stations, the worst first."""
    event = events.get(page.work, page.tenant_id, event_id)
    key = FeedKey(page.tenant_id, event_id)
    statistics_cache: DailyStatisticsCache = page.request.app.state.daily_statistics
    now = page.work.now()
    since = check_in.start_of_day(now, load_time_zone_or_utc(event.time_zone))
    today = statistics_cache.get(page.work, key, epoch_ms(since), epoch_ms(now))
    rows = list_station_rows(page.work, key, places_of(page, event_id), today.last_by_device)
    ready = ready_summary([row.ready for row in rows])
    return page.render(
        "stations/list.html",
        event=event,
        stations=rows,
        ready=ready,
        may_manage=page.caller.has_permission(KIOSK_MANAGE),
        acts=bulk_acts(),
        counts=fleet_counts(rows),
    )


@router.get(f"{LIST_PATH}/new", permissions=KIOSK_MANAGE)
def new_station(page: PageCall, event_id: Id) -> Response:
    """Show the form of a new station."""
    return page.render("stations/new.html", **_form_context(page, event_id))


@router.post(f"{LIST_PATH}/new", creates=True, permissions=KIOSK_MANAGE, on_error=new_station, beside=_BESIDE)
def create_station(page: PageCall, event_id: Id) -> Response:
    """Create the station, and redirect to the page with its enrolment code."""
    form = page.parse(NewStationForm)
    link_base(page.hub.settings, page.request, page.hub.trusted_proxies)
    with page.begin() as work:
        device, code = devices.create(work, page.tenant_id, form.new_device(event_id), page.caller.bounds)
        device_id = device.id
    return _redirect_to_code(page, event_id, device_id, code)


@router.get(f"{PATH}/evidence.zip", permissions="access-logs:read")
def export_evidence(page: PageCall, event_id: Id, device_id: Id) -> Response:
    """Send the evidence of the station's journal as a ZIP file."""
    device = get_station(page, event_id, device_id)
    with_names = page.caller.has_permission("participants:read")
    pieces = sync.write_evidence(page.hub.uow, page.tenant_id, device_id, with_names=with_names)
    stem = file_stem(device.name, "station")
    slot = page.hub.export_slots.take(page.caller)
    return attachment_response(slot, pieces, MEDIA_TYPE, f"evidence-{stem}.zip")


@router.get(f"{PATH}/edit", permissions=KIOSK_MANAGE)
def edit_station(page: PageCall, event_id: Id, device_id: Id) -> Response:
    """Show the form of a station's name and checkpoint."""
    device = get_station(page, event_id, device_id)
    return page.render(
        "stations/edit.html",
        device=device,
        values=form_values(device, event_id),
        **_form_context(page, event_id),
    )


@router.post(f"{PATH}/edit", permissions=KIOSK_MANAGE, on_error=edit_station, beside=_BESIDE)
def update_station(page: PageCall, event_id: Id, device_id: Id) -> Response:
    """Rename the station, or assign it to another checkpoint."""
    with page.begin() as work:
        device = station_of(work, page.tenant_id, event_id, device_id)
        event = events.get(work, page.tenant_id, event_id)
        values = form_values(device, event_id)
        audit.merge_form(page, work, "kiosk_device", device, values, event.time_zone)
        changes = page.parse(EditStationForm).changes(values)
        if changes is not None:
            devices.update(
                work,
                page.tenant_id,
                device_id,
                changes,
                page.caller.bounds,
                device.version,
                at_event_id=event_id,
            )
    return page.redirect(
        page_of(event_id, device_id), say=_("The changes are saved. The station knows them within seconds.")
    )


@router.get(f"{PATH}/code", permissions=KIOSK_MANAGE)
def show_code(page: PageCall, event_id: Id, device_id: Id) -> Response:
    """Show a new enrolment code as a QR code, once; below it the page says when a station has used it."""
    device = get_station(page, event_id, device_id)
    code = "" if page.request.headers.get("x-fragment") == "live" else _CODE.take(page, device_id)
    hub_url = link_base(page.hub.settings, page.request, page.hub.trusted_proxies)
    text = EnrolmentCode(hub=hub_url, token=code).model_dump_json() if code else ""
    now = page.work.now()
    left_s = (device.enrol_expires_at - now).total_seconds() if device.enrol_expires_at else 0
    answer = page.render(
        "stations/code.html",
        event=events.get(page.work, page.tenant_id, event_id),
        device=device,
        code=code,
        image=Markup(qr_codes.svg_inline(qr_codes.qr_code(text))) if code else "",  # noqa: S704 - the hub's own
        hub_url=hub_url,
        is_used=device.enrolled_at is not None,
        is_waiting=device.status is DeviceStatus.PENDING and left_s > 0,
        left=duration(left_s) if left_s > 0 else "",
        hours=[(hours, duration(hours * 3600)) for hours in HOURS],
    )
    return _CODE.forget(answer) if code else answer


@router.post(f"{PATH}/code", creates=True, permissions=KIOSK_MANAGE, on_error=show_code, beside=_BESIDE)
def renew_code(page: PageCall, event_id: Id, device_id: Id) -> Response:
    """Replace the enrolment code, and show the new one."""
    form = page.parse(CodeForm)
    link_base(page.hub.settings, page.request, page.hub.trusted_proxies)
    with page.begin() as work:
        code = devices.renew_code(work, page.tenant_id, device_id, form.hours, page.caller.bounds)[1]
    return _redirect_to_code(page, event_id, device_id, code)


@router.get(f"{PATH}/lock", permissions=KIOSK_MANAGE)
def ask_to_lock(page: PageCall, event_id: Id, device_id: Id) -> Response:
    """Ask why the station is to be locked."""
    return _ask(page, "stations/lock.html", event_id, device_id)


@router.post(f"{PATH}/lock", permissions=KIOSK_MANAGE, on_error=ask_to_lock, beside=_BESIDE)
def lock_station(page: PageCall, event_id: Id, device_id: Id) -> Response:
    """Lock the station."""
    form = page.parse(LockForm)
    with page.reading():
        profile = get_station(page, event_id, device_id).profile
    return _set_status(page, event_id, device_id, DeviceStatus.LOCKED, locked_words(profile), form.reason)


@router.get(f"{PATH}/resolve", permissions=KIOSK_MANAGE)
def ask_to_resolve(page: PageCall, event_id: Id, device_id: Id) -> Response:
    """Ask what was found out about a copied credential or a contradicted journal."""
    return _ask(page, "stations/resolve.html", event_id, device_id)


@router.post(f"{PATH}/resolve", permissions=KIOSK_MANAGE, on_error=ask_to_resolve, beside=_BESIDE)
def resolve_doubts(page: PageCall, event_id: Id, device_id: Id) -> Response:
    """Say that somebody has looked into what is suspected of the station."""
    form = page.parse(ResolveForm)
    with page.begin() as work:
        station_of(work, page.tenant_id, event_id, device_id)
        name = devices.resolve_doubts(work, page.tenant_id, device_id, form.note).name
    say = _("The check of “%(name)s” is noted. What comes after it raises the alarm again.")
    return page.redirect(page_of(event_id, device_id), say=say % {"name": isolated(name)})


@router.post(f"{PATH}/unlock", permissions=KIOSK_MANAGE, on_error=show_station, beside=_BESIDE)
def unlock_station(page: PageCall, event_id: Id, device_id: Id) -> Response:
    """Unlock the station."""
    return _set_status(
        page, event_id, device_id, DeviceStatus.ACTIVE, _("“%(name)s” is unlocked and in use again.")
    )


@router.get(f"{PATH}/revoke", permissions=KIOSK_MANAGE)
def ask_to_revoke(page: PageCall, event_id: Id, device_id: Id) -> Response:
    """Ask before the station's access is withdrawn for good."""
    return _ask(page, "stations/revoke.html", event_id, device_id)


@router.post(f"{PATH}/revoke", permissions=KIOSK_MANAGE, on_error=ask_to_revoke, beside=_BESIDE)
def revoke_station(page: PageCall, event_id: Id, device_id: Id) -> Response:
    """Withdraw the station's access for good."""
    form = page.parse(EndForm)
    _check_name(page, event_id, device_id, form)
    sentence = _("The access of “%(name)s” is withdrawn.")
    return _set_status(page, event_id, device_id, DeviceStatus.REVOKED, sentence, form.reason)


@router.get(f"{PATH}/retire", permissions=KIOSK_MANAGE)
def ask_to_retire(page: PageCall, event_id: Id, device_id: Id) -> Response:
    """Ask before the station is taken out of the list for good."""
    return _ask(page, "stations/retire.html", event_id, device_id)


@router.post(f"{PATH}/retire", permissions=KIOSK_MANAGE, on_error=ask_to_retire, beside=_BESIDE)
def retire_station(page: PageCall, event_id: Id, device_id: Id) -> Response:
    """Take the station out of use and out of the list."""
    form = page.parse(EndForm)
    _check_name(page, event_id, device_id, form)
    sentence = _("“%(name)s” is taken out of use. Its scans stay.")
    return _set_status(
        page,
        event_id,
        device_id,
        DeviceStatus.RETIRED,
        sentence,
        form.reason,
        to=f"/events/{event_id}/stations",
    )


def _form_context(page: Page, event_id: str) -> dict[str, Any]:
    profiles = [profile for profile in DeviceProfile if _may_be(page, profile)]
    return {
        "event": events.get(page.work, page.tenant_id, event_id),
        "places": list(places_of(page, event_id).items()),
        "profiles": [(profile.value, _(PROFILES[profile])) for profile in profiles],
        "hours": [(hours, duration(hours * 3600)) for hours in HOURS],
    }


def _may_be(page: Page, profile: DeviceProfile) -> bool:
    is_kiosk = profile in (DeviceProfile.KIOSK, DeviceProfile.BOARD)
    return not is_kiosk or page.caller.has_flag(FF_KIOSK_MODE)


def _ask(page: Page, template: str, event_id: str, device_id: str) -> Response:
    device = get_station(page, event_id, device_id)
    return page.render(
        template,
        event=events.get(page.work, page.tenant_id, event_id),
        device=device,
        stops=stops_words(device.profile),
        unsent=(device.report or {}).get("unsent") or 0,
        wipe_waits=CommandKind.WIPE
        in devices.pending_kinds(page.work, page.tenant_id, [device_id]).get(device_id, ()),
    )


def _check_name(page: Page, event_id: str, device_id: str, form: EndForm) -> None:
    """Check that the station's name was typed: what follows can't be undone.

    Raises:
        FormInvalid: 422; it was not.
    """
    with page.reading():
        name = get_station(page, event_id, device_id).name
    if visible_text(form.typed) != visible_text(name):
        raise FormInvalid({"typed": _("This is not the name of the station.")})


def _set_status(
    page: Page,
    event_id: str,
    device_id: str,
    status: DeviceStatus,
    say: str,
    reason: str = "",
    to: str = "",
) -> Response:
    with page.begin() as work:
        station_of(work, page.tenant_id, event_id, device_id)
        name = devices.set_status(work, page.tenant_id, device_id, status, reason).name
    return page.redirect(to or page_of(event_id, device_id), say=say % {"name": isolated(name)})


def _redirect_to_code(page: Page, event_id: str, device_id: str, code: str) -> Response:
    return _CODE.hand_on(page, page.redirect(f"{page_of(event_id, device_id)}/code"), device_id, code)


fleet_pages.add_selection(list_stations)
for _part in (station_page, event_pages, command_pages, configuration_pages, fleet_pages):
    include_routes(router, _part.router)
