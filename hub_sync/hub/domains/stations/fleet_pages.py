"""Many stations at once: commands for a selection, enrolment codes to print, and which stations have a ticket key."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fastapi.responses import Response
from markupsafe import Markup
from pydantic import BaseModel, Field

from hub_sync.contract.enums import DeviceStatus
from hub_sync.contract.fleet import CommandKind
from hub_sync.contract.sync import EnrolmentCode
from hub_sync.hub.console import FormInvalid, Page, PageCall, PageRouter, _, ngettext
from hub_sync.hub.console.i18n.formats import number
from hub_sync.hub.console.i18n.isolation import isolated
from hub_sync.hub.console.router import Endpoint
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.devices.manifest import COMMANDS, DEVICES_READ, KIOSK_MANAGE
from hub_sync.hub.domains.devices.service import KioskDevice, NewCommand
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.stations.configuration_pages import show_many
from hub_sync.hub.domains.stations.event_pages import station_of
from hub_sync.hub.domains.stations.fleet_views import CONFIGURE, PLAIN_COMMANDS, PRINT_CODES
from hub_sync.hub.domains.stations.station_page import LIST_PATH
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.kit import qr_codes
from hub_sync.hub.kit.errors import HubError
from hub_sync.hub.kit.http.link_base import HubAddressUnknown, link_base
from hub_sync.hub.kit.text_types import Id

MOST_AT_ONCE = 500
CODE_HOURS = 72
NAMES_SHOWN = 5
_ACTS = frozenset({*PLAIN_COMMANDS, CommandKind.LOCK, CommandKind.UNLOCK, PRINT_CODES, CONFIGURE})

router = PageRouter()


class SelectionForm(BaseModel):
    """Stations, and what to do with them. `reason` stands at a lock."""

    ids: list[Id] = Field(default=[], max_length=MOST_AT_ONCE)
    act: str = ""
    reason: str = Field(default="", max_length=200)


@dataclass(frozen=True, slots=True)
class EnrolmentCard:
    """An enrolment code as it is printed."""

    name: str
    code: str
    image: Markup


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """A station that reports its ticket keys, and whether it has one."""

    id: str
    event_id: str
    name: str
    has_key: bool


def add_selection(show_list: Endpoint) -> None:
    """Register the form of a selection; `show_list` shows the list again when something is wrong with it."""

    @router.post(
        f"{LIST_PATH}/selection", permissions=KIOSK_MANAGE, on_error=show_list, beside={HubAddressUnknown: ""}
    )
    def act_on_selection(page: PageCall, event_id: Id) -> Response:
        """Do something with the selected stations; what can't be done with some is said with their names."""
        form = page.parse(SelectionForm)
        if not form.ids:
            raise FormInvalid({"ids": _("Select at least one.")})
        if form.act not in _ACTS:
            raise FormInvalid({"act": _("Choose one of the list.")})
        if form.act == CommandKind.LOCK and not form.reason.strip():
            raise FormInvalid(
                {"reason": _("Say why: it stands on the page of the station and in the audit log.")}
            )
        if form.act == PRINT_CODES:
            return _print_codes(page, event_id, form.ids)
        if form.act == CONFIGURE:
            with page.reading():
                return show_many(page, event_id)
        kind = CommandKind(form.act)

        def send(device: KioskDevice, page: Page) -> None:
            with page.begin() as work:
                new = NewCommand(kind=kind)
                devices.command(work, page.tenant_id, device.id, new, form.reason.strip())

        done, failed = _for_each(page, event_id, form.ids, send)
        return page.redirect(
            f"/events/{event_id}/stations",
            say=_outcome(_(COMMANDS[kind]), done, failed),
            tone="info" if failed and done else "bad" if failed else "good",
        )


def _for_each(
    page: Page, event_id: str, ids: Sequence[str], act: Callable[[KioskDevice, Page], None]
) -> tuple[int, Sequence[str]]:
    """Do something with each station, in a transaction of its own. Return how many it was done with, and the names of the others."""
    done, failed = 0, []
    for device_id in dict.fromkeys(ids):
        with page.hub.uow.read() as work:
            device = station_of(work, page.tenant_id, event_id, device_id)
        try:
            act(device, page)
        except HubError:
            failed.append(device.name)
        else:
            done += 1
    return done, failed


def _outcome(label: str, done: int, failed: Sequence[str]) -> str:
    sent = ngettext(
        "“%(command)s”: sent to %(n)s station.", "“%(command)s”: sent to %(n)s stations.", done
    ) % {"command": label, "n": number(done)}
    if not failed:
        return sent
    names = ", ".join(isolated(name) for name in failed[:NAMES_SHOWN]) + (
        " …" if len(failed) > NAMES_SHOWN else ""
    )
    return f"{sent} " + _("Not possible now for: %(names)s.") % {"names": names}


def _print_codes(page: Page, event_id: str, ids: Sequence[str]) -> Response:
    hub_url = link_base(page.hub.settings, page.request, page.hub.trusted_proxies)
    cards: list[EnrolmentCard] = []

    def renew(device: KioskDevice, page: Page) -> None:
        with page.begin() as work:
            code = devices.renew_code(work, page.tenant_id, device.id, CODE_HOURS, page.caller.bounds)[1]
        text = EnrolmentCode(hub=hub_url, token=code).model_dump_json()
        image = Markup(qr_codes.svg_inline(qr_codes.qr_code(text)))  # noqa: S704 - the hub's own
        cards.append(EnrolmentCard(device.name, code, image))

    _done, failed = _for_each(page, event_id, ids, renew)
    if not cards:
        raise FormInvalid({"ids": _("None of these waits for a station.")})
    page.shows_secret = True
    with page.reading():
        return page.render(
            "stations/codes.html",
            event=events.get(page.work, page.tenant_id, event_id),
            cards=cards,
            failed=failed,
            hub_url=hub_url,
            hours=CODE_HOURS,
        )


@router.get("/settings/tickets/stations", permissions=DEVICES_READ)
def show_key_holders(page: PageCall) -> Response:
    """Show which stations have each ticket key already: an old one may end when all have the new one."""
    keys = [key for key in tenants.describe_keys(page.work, page.tenant_id) if key.state.value != "ended"]
    query = devices.all_of(page.work, page.tenant_id).where(KioskDevice.status == DeviceStatus.ACTIVE)
    rows = page.work.session.scalars(query.order_by(KioskDevice.name, KioskDevice.id))
    stations = [station for station in rows if devices.may_send_scans(station.profile)]
    holders = {
        key.kid: [
            KeyHolder(station.id, station.event_id, station.name, key.kid in _keys_of(station))
            for station in stations
        ]
        for key in keys
    }
    return page.render("stations/key_holders.html", keys=keys, holders=holders, count=len(stations))


def _keys_of(station: KioskDevice) -> Sequence[str]:
    fleet = (station.report or {}).get("fleet") or {}
    return fleet.get("ticket_keys") or ()
