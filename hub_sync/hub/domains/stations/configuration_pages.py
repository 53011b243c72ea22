"""The forms of what is wanted of stations: the defaults of an event and a kind, and the settings of one station."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi.responses import Response
from pydantic import BaseModel, Field

from hub_sync.contract.configuration import (
    ConfigurationValues,
    Setting,
    SettingKind,
    read_values,
    settings_of,
)
from hub_sync.contract.enums import DeviceProfile
from hub_sync.hub.console import FormInvalid, Page, PageCall, PageRouter, _, ngettext
from hub_sync.hub.console.i18n.formats import duration, number
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.devices.errors import (
    DeviceChanged,
    DeviceNotFound,
    FleetConfigurationChanged,
    SettingOfAnotherProfile,
)
from hub_sync.hub.domains.devices.manifest import DEVICES_READ, FF_KIOSK_MODE, KIOSK_MANAGE, PROFILE_NAMES
from hub_sync.hub.domains.devices.service import (
    GROUP_LABELS,
    SETTING_HINTS,
    SETTING_LABELS,
)
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.stations.event_pages import station_of
from hub_sync.hub.domains.stations.fleet_views import QueueChoices, setting_value
from hub_sync.hub.domains.stations.station_page import LIST_PATH, PATH, get_station, page_of
from hub_sync.hub.kit.errors import NotFound
from hub_sync.hub.kit.text_types import Id
from hub_sync.rules.text_normalization import whole_number

NONE = "-"
"""What a form has for "no such device", as an empty field is a setting that is not set."""
MOST_AT_ONCE = 500
OFFLINE_HOURS = (1, 4, 12, 24, 72, 168)
_DEFAULTS = f"{LIST_PATH}/settings/{{profile_name}}"
_OF_STATION = f"{PATH}/settings"
_KIOSKS = (DeviceProfile.KIOSK, DeviceProfile.BOARD)
_BESIDE = {DeviceChanged: "", FleetConfigurationChanged: "", SettingOfAnotherProfile: ""}

router = PageRouter()


@dataclass(frozen=True, slots=True)
class FieldView:
    """A setting as a form shows it."""

    name: str
    label: str
    hint: str
    value: str
    options: Sequence[tuple[str, str]]
    """Of a choice; empty: it is typed."""
    minimum: int | None
    maximum: int | None
    boxes: Sequence[tuple[str, str, str]] | None = None
    """What can be ticked, as value, label and hint, where a setting has several values; None: it has one."""
    ticked: Sequence[str] = ()


def _profile(name: str) -> DeviceProfile:
    """Return the kind of station that an address names. It is read after the reader's rights.

    Raises:
        NotFound: 404, there is no such kind.
    """
    if name not in set(DeviceProfile):
        raise NotFound
    return DeviceProfile(name)


class DefaultsForm(BaseModel):
    """The part of the defaults that is no setting of a station's program."""

    max_offline_h: int | None = Field(default=None, ge=1, le=90 * 24)
    version: int | None = None


@router.get(_DEFAULTS, permissions=DEVICES_READ)
def show_defaults(page: PageCall, event_id: Id, profile_name: str) -> Response:
    """Show what is wanted of all stations of a kind."""
    profile = _profile(profile_name)
    row = devices.find_defaults(page.work, page.tenant_id, event_id, profile)
    hours = row.max_offline_s // 3600 if row and row.max_offline_s else None
    kinds = [kind for kind in DeviceProfile if kind not in _KIOSKS or page.caller.has_flag(FF_KIOSK_MODE)]
    entries = audit.entries_of(page.work, page.tenant_id, "fleet_configuration", row.id) if row else []
    may_see_history = page.caller.has_permission("audit:read")
    event = events.get(page.work, page.tenant_id, event_id)
    return page.render(
        "stations/defaults.html",
        event=event,
        profile=profile.value,
        kinds=[(kind.value, _(PROFILE_NAMES[kind])) for kind in kinds],
        groups=_groups(page, event_id, profile, row.settings if row else {}, {}),
        version=row.version if row else 0,
        max_offline_h=hours,
        hours=_hours(hours),
        may_manage=page.caller.has_permission(KIOSK_MANAGE),
        history=audit.history(page.work, entries[-20:][::-1], event.time_zone) if may_see_history else (),
        may_see_history=may_see_history,
    )


@router.post(_DEFAULTS, permissions=KIOSK_MANAGE, on_error=show_defaults, beside=_BESIDE)
def save_defaults(page: PageCall, event_id: Id, profile_name: str) -> Response:
    """Save what is wanted of all stations of a kind."""
    profile = _profile(profile_name)
    form = page.parse(DefaultsForm)
    values = _read_form(page, profile)
    new = devices.NewFleetConfiguration(
        settings=values, max_offline_s=form.max_offline_h * 3600 if form.max_offline_h else None
    )
    with page.begin() as work:
        devices.set_defaults(work, page.tenant_id, event_id, profile, new, form.version)
    return page.redirect(
        f"/events/{event_id}/stations/settings/{profile}",
        say=_(
            "The settings are saved. Stations get them within seconds, and say when they have applied them."
        ),
    )


@router.get(_OF_STATION, permissions=KIOSK_MANAGE)
def edit_settings(page: PageCall, event_id: Id, device_id: Id) -> Response:
    """Show the settings of one station."""
    device = get_station(page, event_id, device_id)
    defaults = devices.find_defaults(page.work, page.tenant_id, device.event_id, device.profile)
    return page.render(
        "stations/settings.html",
        event=events.get(page.work, page.tenant_id, event_id),
        device=device,
        kind=_(PROFILE_NAMES[device.profile]),
        groups=_groups(
            page,
            event_id,
            device.profile,
            device.own_configuration,
            defaults.settings if defaults else {},
        ),
    )


@router.post(_OF_STATION, permissions=KIOSK_MANAGE, on_error=edit_settings, beside=_BESIDE)
def save_settings(page: PageCall, event_id: Id, device_id: Id) -> Response:
    """Save the settings of one station."""
    with page.reading():
        profile = get_station(page, event_id, device_id).profile
    version = page.parse(DefaultsForm).version
    values = _read_form(page, profile)
    with page.begin() as work:
        station_of(work, page.tenant_id, event_id, device_id)
        devices.configure(work, page.tenant_id, device_id, values, version)
    return page.redirect(
        page_of(event_id, device_id),
        say=_(
            "The settings are saved. The station gets them within seconds, and says when it has applied them."
        ),
    )


def show_many(page: PageCall, event_id: Id) -> Response:
    """Show the settings that the stations `ids` of the form have in common; an empty one leaves each as it is."""
    event = events.get(page.work, page.tenant_id, event_id)
    chosen = [
        station_of(page.work, page.tenant_id, event_id, device_id)
        for device_id in dict.fromkeys(page.values("ids"))
    ]
    profiles = {device.profile for device in chosen}
    common = [
        (label, [field for field in fields if _is_common(field.name, profiles)])
        for label, fields in _groups(page, event_id, chosen[0].profile, {}, {}, _("As it is"))
    ]
    return page.render(
        "stations/settings_many.html",
        event=event,
        stations=chosen,
        groups=[(label, fields) for label, fields in common if fields],
    )


@router.post(f"{LIST_PATH}/selected-settings", permissions=KIOSK_MANAGE, on_error=show_many, beside=_BESIDE)
def save_many(page: PageCall, event_id: Id) -> Response:
    """Set what the form sets at each of the stations; what it leaves empty stays as it is."""
    ids = list(dict.fromkeys(page.values("ids")))
    if not 0 < len(ids) <= MOST_AT_ONCE:
        raise DeviceNotFound
    with page.reading():
        chosen = [station_of(page.work, page.tenant_id, event_id, device_id) for device_id in ids]
        values = {device.id: _read_form(page, device.profile).set_values() for device in chosen}
    for device in chosen:
        with page.begin() as work:
            present = station_of(work, page.tenant_id, event_id, device.id).own_configuration
            merged = read_values({**present, **values[device.id]})[0]
            devices.configure(work, page.tenant_id, device.id, merged)
    say = ngettext(
        "The settings of %(n)s station are saved.", "The settings of %(n)s stations are saved.", len(chosen)
    )
    return page.redirect(f"/events/{event_id}/stations", say=say % {"n": number(len(chosen))})


def _is_common(name: str, profiles: Collection[DeviceProfile]) -> bool:
    """Return True if stations of all these profiles have a setting, with the same choices."""
    if name == "mode":
        return len(profiles) == 1
    return all(name in {setting.name for setting in settings_of(profile)} for profile in profiles)


def _read_form(page: Page, profile: DeviceProfile) -> ConfigurationValues:
    """Return the settings that the form sets; an empty field sets none.

    Raises:
        FormInvalid: 422, with a message beside each field that can't be used.
    """
    values: dict[str, Any] = {}
    for setting in settings_of(profile):
        text = page.value(setting.name).strip()
        if setting.kind is SettingKind.IDS:
            chosen = [item for item in page.values(setting.name) if item]
            if chosen:
                values[setting.name] = tuple(chosen)
        elif text:
            values[setting.name] = _typed(setting, text)
    read, problems = read_values(values)
    if problems:
        raise FormInvalid({name: _problem(name, profile) for name in problems})
    return read


def _typed(setting: Setting, text: str) -> Any:
    match setting.kind:
        case SettingKind.SWITCH:
            return {"yes": True, "no": False}.get(text, text)
        case SettingKind.NUMBER:
            read = whole_number(text, setting.maximum or 0)
            return text if read is None else read
        case SettingKind.CHOICE:
            return next((choice for choice in setting.choices if str(choice) == text), text)
        case SettingKind.TEXT if text == NONE:
            return ""
        case _:
            return text


def _problem(name: str, profile: DeviceProfile) -> str:
    setting = next(each for each in settings_of(profile) if each.name == name)
    if setting.kind is SettingKind.NUMBER:
        return _("Give a whole number from %(least)s to %(most)s.") % {
            "least": setting.minimum,
            "most": setting.maximum,
        }
    return _("This can't be used here.")


def _groups(
    page: Page,
    event_id: str,
    profile: DeviceProfile,
    values: Mapping[str, Any],
    defaults: Mapping[str, Any],
    unset: str = "",
) -> Sequence[tuple[str, Sequence[FieldView]]]:
    groups: dict[str, list[FieldView]] = {}
    queues = QueueChoices.of_event(page, event_id)
    for setting in settings_of(profile):
        groups.setdefault(setting.info.group.value, []).append(
            _field(setting, profile, values, defaults, unset, queues)
        )
    return [(_(label), groups[group]) for group, label in GROUP_LABELS.items() if group in groups]


def _field(
    setting: Setting,
    profile: DeviceProfile,
    values: Mapping[str, Any],
    defaults: Mapping[str, Any],
    unset: str,
    queues: QueueChoices,
) -> FieldView:
    inherited, is_kept = setting_value(setting, defaults.get(setting.name), queues), bool(unset)
    if not unset:
        unset = _("Default: %(value)s") % {"value": inherited} if inherited else _("As set at the station")
    hint = _(SETTING_HINTS[setting.name]) if setting.name in SETTING_HINTS else ""
    options: list[tuple[str, str]] = []
    if setting.kind is SettingKind.SWITCH:
        options = [("", unset), ("yes", _("yes")), ("no", _("no"))]
    elif setting.kind is SettingKind.CHOICE:
        offered = devices.MODES[profile] if setting.name == "mode" else setting.choices
        options = [
            ("", unset),
            *((str(choice), setting_value(setting, choice, queues)) for choice in offered),
        ]
    elif inherited:
        hint = f"{unset}. {hint}".strip()
    boxes: Sequence[tuple[str, str, str]] | None = None
    ticked: Sequence[str] = ()
    if setting.kind is SettingKind.IDS:
        ticked = values.get(setting.name) or ()
        boxes = queues.boxes(ticked)
        if not boxes:
            hint = _("This event has no queues yet.")
        elif not inherited and not is_kept:
            hint = _("None ticked: those that are for self-service.")
        elif is_kept:
            hint = _("None ticked: as it is.")
    if setting.info.restarts:
        hint = f"{hint} {_('From the next start on.')}".strip()
    return FieldView(
        setting.name,
        f"{_(SETTING_LABELS[setting.name])} ({setting.info.unit})"
        if setting.kind is SettingKind.NUMBER and setting.info.unit
        else _(SETTING_LABELS[setting.name]),
        hint,
        _as_text(setting, values.get(setting.name)),
        options,
        setting.minimum,
        setting.maximum,
        boxes,
        ticked,
    )


def _as_text(setting: Setting, value: Any) -> str:
    if value is None:
        return ""
    if setting.kind is SettingKind.SWITCH:
        return "yes" if value else "no"
    return NONE if value == "" else str(value)


def _hours(stored: int | None) -> Sequence[tuple[str, str]]:
    chosen = sorted({*OFFLINE_HOURS, *([stored] if stored else [])})
    return [("", _("It goes on")), *((str(hours), duration(hours * 3600)) for hours in chosen)]
