"""The stations of the overview, and what somebody has to look at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from hub_sync.contract.clock import from_epoch_ms
from hub_sync.contract.enums import DeviceStatus, ReasonCode
from hub_sync.contract.station_report import AlarmCode
from hub_sync.hub.console import N_, _, ngettext
from hub_sync.hub.console.i18n.formats import clock_time, lasting, number
from hub_sync.hub.domains.check_in.occupancy.statistics import OpenConflict
from hub_sync.hub.domains.devices import statistics as devices
from hub_sync.hub.domains.devices.service import KioskDevice
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey

SHORT_REASONS: dict[ReasonCode, str] = {
    ReasonCode.ADMITTED: N_("let in"),
    ReasonCode.ADMITTED_UNKNOWN: N_("let in, not listed"),
    ReasonCode.EXITED: N_("left"),
    ReasonCode.EXIT_WITHOUT_ENTRY: N_("left without entry"),
    ReasonCode.NOT_A_TICKET: N_("not a ticket"),
    ReasonCode.TICKET_DAMAGED: N_("damaged"),
    ReasonCode.TICKET_FORGED: N_("forged"),
    ReasonCode.TICKET_UNSUPPORTED: N_("unsupported"),
    ReasonCode.TICKET_MALFORMED: N_("unreadable"),
    ReasonCode.UNKNOWN_CODE: N_("unknown code"),
    ReasonCode.WRONG_TENANT: N_("other organiser"),
    ReasonCode.WRONG_EVENT: N_("other event"),
    ReasonCode.UNKNOWN_PARTICIPANT: N_("not listed"),
    ReasonCode.PARTICIPANT_CANCELLED: N_("cancelled"),
    ReasonCode.PARTICIPANT_REJECTED: N_("turned down"),
    ReasonCode.PARTICIPANT_PENDING: N_("not approved"),
    ReasonCode.PARTICIPANT_DELETED: N_("withdrawn"),
    ReasonCode.BLACKLISTED: N_("not permitted"),
    ReasonCode.EVENT_OVER: N_("after the end"),
    ReasonCode.EVENT_NOT_STARTED: N_("too early"),
    ReasonCode.EVENT_CANCELLED: N_("event cancelled"),
    ReasonCode.CLOCK_UNSURE: N_("clock unsure"),
    ReasonCode.CHECKPOINT_INACTIVE: N_("gate switched off"),
    ReasonCode.CHECKPOINT_CLOSED: N_("gate closed"),
    ReasonCode.CATEGORY_NOT_ALLOWED: N_("wrong category"),
    ReasonCode.WRONG_DIRECTION: N_("wrong way"),
    ReasonCode.ROSTER_STALE: N_("list too old"),
    ReasonCode.ALREADY_INSIDE: N_("already in"),
    ReasonCode.ALREADY_USED: N_("already used"),
}
"""A reason in a word or two, as it stands behind a number."""

ALARMS: dict[str, str] = {
    AlarmCode.CAMERA_LOST: N_("Camera lost"),
    AlarmCode.CAMERA_POOR: N_("No picture"),
    AlarmCode.RELAY_LOST: N_("Relay board lost"),
    AlarmCode.RELAY_DISAGREES: N_("Relay in the wrong state"),
    AlarmCode.SOUND_LOST: N_("No sound"),
    AlarmCode.DISK_FULL: N_("Disk full"),
    AlarmCode.STORE_FAILED: N_("Store failed"),
    AlarmCode.STORE_RECOVERED: N_("Store was repaired"),
    AlarmCode.JOURNAL_PARTED: N_("Journal forked"),
    AlarmCode.CLOCK_UNSURE: N_("Clock unsure"),
}


@dataclass(frozen=True, slots=True)
class Station:
    """A row of the table of stations. What was never told is None."""

    id: str
    name: str
    place: str
    state: str
    tone: str
    unsent: int | None
    roster_age: str
    last_scan_at: datetime | None
    alarms: Sequence[tuple[str, str]]
    """Each alarm in a word or two, and the sentence that the station shows."""
    clone_suspected: bool
    quarantined: int
    silent: bool
    last_seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that somebody has to look at; `count` of them."""

    title: str
    text: str
    tone: str
    count: int = 1
    href: str = ""


def stations(
    work: Work, key: FeedKey, places: Mapping[str, str], last_scans: Mapping[str, int]
) -> Sequence[Station]:
    """The event's stations as they stand."""
    now = work.now()
    return [_station(one, places, last_scans, now) for one in devices.stations_of(work, *key)]


def _station(
    device: KioskDevice, places: Mapping[str, str], last_scans: Mapping[str, int], now: datetime
) -> Station:
    report = device.report or {}
    alarms = [
        (_(ALARMS.get(one["code"], one["code"])), one.get("sentence") or "")
        for one in report.get("alarms", ())
    ]
    online = devices.is_online(device, now)
    state, tone = _state(device, online, alarms, now)
    age = report.get("roster_age_s")
    if age is not None and device.reported_at is not None:
        age += (now - device.reported_at).total_seconds()
    last = last_scans.get(device.id)
    return Station(
        id=device.id,
        name=device.name,
        place=places.get(device.checkpoint_id or "", ""),
        state=state,
        tone=tone,
        unsent=report.get("unsent"),
        roster_age="" if age is None else lasting(age),
        last_scan_at=None if last is None else from_epoch_ms(last),
        alarms=alarms,
        clone_suspected=device.clone_suspected,
        quarantined=report.get("quarantined", 0),
        silent=device.status is DeviceStatus.ACTIVE and not online,
        last_seen_at=device.last_seen_at,
    )


def _state(
    device: KioskDevice, online: bool, alarms: Sequence[tuple[str, str]], now: datetime
) -> tuple[str, str]:
    if device.status is DeviceStatus.PENDING:
        return _("Not enrolled"), "quiet"
    if device.status is DeviceStatus.LOCKED:
        return _("Locked"), "bad"
    if device.last_seen_at is None:
        return _("Never seen"), "warn"
    if not online:
        gone = lasting((now - device.last_seen_at).total_seconds())
        return _("Offline %(time)s") % {"time": gone}, "warn"
    return (alarms[0][0], "bad") if alarms else (_("Online"), "good")


def alerts(
    stations: Sequence[Station], count: int, conflicts: Sequence[OpenConflict], *, zone: str, is_on: bool
) -> Sequence[Alert]:
    """What there is to look at, the worst first."""
    names = {one.id: one.name for one in stations}
    found: list[Alert] = []
    found += [
        Alert(
            _("%(station)s may have been copied") % {"station": one.name},
            _("Two machines use its credential. Lock it until you have checked it."),
            "bad",
        )
        for one in stations
        if one.clone_suspected
    ]
    found += [
        Alert(f"{one.name}: {word}", sentence, "bad") for one in stations for word, sentence in one.alarms
    ]
    found += _of_conflicts(count, conflicts, names, zone)
    found += [
        Alert(
            _("%(station)s is offline") % {"station": one.name},
            _last_seen(one, zone),
            "warn",
        )
        for one in stations
        if one.silent and is_on
    ]
    found += [
        Alert(
            _("%(station)s: rows set aside") % {"station": one.name},
            ngettext(
                "%(n)s row of its journal could not be stored as a scan.",
                "%(n)s rows of its journal could not be stored as scans.",
                one.quarantined,
            )
            % {"n": number(one.quarantined)},
            "warn",
            one.quarantined,
        )
        for one in stations
        if one.quarantined
    ]
    return found


def _of_conflicts(
    count: int, conflicts: Sequence[OpenConflict], names: Mapping[str, str], zone: str
) -> Sequence[Alert]:
    found = [
        Alert(
            _("Double entry %(one)s / %(other)s")
            % {
                "one": names.get(one.other_device_id, _("unknown station")),
                "other": names.get(one.device_id, _("unknown station")),
            },
            _("One ticket was let in twice, the second time at %(time)s.")
            % {"time": clock_time(from_epoch_ms(one.at_ms), zone)},
            "bad",
        )
        for one in conflicts
    ]
    more = count - len(conflicts)
    if more > 0:
        text = ngettext("%(n)s more double entry", "%(n)s more double entries", more) % {"n": number(more)}
        found.append(Alert(text, "", "bad", more))
    return found


def _last_seen(station: Station, zone: str) -> str:
    unsent = (
        ngettext("%(n)s scan waits to be sent.", "%(n)s scans wait to be sent.", station.unsent)
        % {"n": number(station.unsent)}
        if station.unsent
        else ""
    )
    if station.last_seen_at is None:
        return _("It was never seen.")
    seen = _("Last seen at %(time)s. It continues to admit people from its own list.") % {
        "time": clock_time(station.last_seen_at, zone)
    }
    return f"{seen} {unsent}".strip()
