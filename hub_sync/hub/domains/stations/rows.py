"""The stations of an event, one line each, the worst first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from hub_sync.contract.clock import from_epoch_ms
from hub_sync.contract.enums import DeviceStatus
from hub_sync.contract.station_report import AlarmCode
from hub_sync.hub.console import N_, _
from hub_sync.hub.console.i18n.formats import duration
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.devices.manifest import COMMANDS, PROFILE_NAMES
from hub_sync.hub.domains.devices.service import DeviceSummary
from hub_sync.hub.domains.stations.alarms import alarm_label, alarm_sentence
from hub_sync.hub.domains.stations.ready_check import ReadyView, ready_view
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey

_NOT_ACTIVE = {
    DeviceStatus.PENDING: (N_("Not enrolled"), "quiet"),
    DeviceStatus.LOCKED: (N_("Locked"), "bad"),
    DeviceStatus.REVOKED: (N_("Revoked"), "quiet"),
}
MODES = {**PROFILE_NAMES, "setup": N_("Set-up")}


@dataclass(frozen=True, slots=True)
class StationRow:
    """A station in one line. What it never reported is None."""

    id: str
    name: str
    place: str
    elsewhere: bool
    """True if it serves another of its events now."""
    state: str
    tone: str
    unsent: int | None
    roster_age: str
    last_scan_at: datetime | None
    alarms: Sequence[tuple[str, str]]
    """Each alarm in a word or two and in a sentence, in the language of the page."""
    more_alarms: int
    """The number of alarms that the state does not tell."""
    clone_suspected: bool
    quarantined: int
    silent: bool
    last_seen_at: datetime | None
    ready: ReadyView
    kind: str
    """What it runs as, by its last report; else what it is enrolled as."""
    software: str
    reported_at: datetime | None
    """When it last said how it is."""
    pending: Sequence[str]
    """The commands that it has not finished, the oldest first."""
    is_configured: bool
    """True if all settings that are wanted of it are applied."""
    rank: int
    """How bad it is: 0 is the worst."""


def list_station_rows(
    work: Work, key: FeedKey, places: Mapping[str, str], last_scans: Mapping[str, int]
) -> Sequence[StationRow]:
    """Return the event's stations, the worst first, equally bad ones by name."""
    now = work.now()
    summaries = devices.list_in_service(work, *key)
    pending = devices.pending_kinds(work, key.tenant_id, [device.id for device in summaries])
    rows = [
        station_row(device, key.event_id, places, last_scans, now, pending.get(device.id, ()))
        for device in summaries
    ]
    return sorted(rows, key=lambda row: (row.rank, row.name.casefold(), row.id))


def station_row(
    device: DeviceSummary,
    event_id: str,
    places: Mapping[str, str],
    last_scans: Mapping[str, int],
    now: datetime,
    pending: Sequence[str] = (),
) -> StationRow:
    """Return the line of a station at an event; `places` are the checkpoints' names, `last_scans` times by device.

    `pending` are the kinds of commands that it has not finished.
    """
    report = device.report or {}
    alarms = [
        (alarm_label(alarm["code"]), alarm_sentence(alarm["code"], alarm.get("sentence") or ""))
        for alarm in report.get("alarms", ())
    ]
    if device.seals_disagree_at is not None:
        own = AlarmCode.SEALS_DISAGREE
        alarms = [(alarm_label(own), alarm_sentence(own, "")), *alarms]
    online = device.is_online
    state, tone = _state(device, online, alarms, now)
    age = report.get("roster_age_s")
    if age is not None and device.reported_at is not None:
        age += (now - device.reported_at).total_seconds()
    last = last_scans.get(device.id)
    return StationRow(
        id=device.id,
        name=device.name,
        # The operator's choice goes before the hub's, as it does at the station.
        place=places.get(report.get("checkpoint_id") or "") or places.get(device.checkpoint_id or "", ""),
        elsewhere=report.get("event_id") not in (None, event_id),
        state=state,
        tone=tone,
        unsent=report.get("unsent"),
        roster_age="" if age is None else duration(age),
        last_scan_at=None if last is None else from_epoch_ms(last),
        alarms=alarms,
        more_alarms=len([word for word, _sentence in alarms if word != state]),
        clone_suspected=device.clone_suspected,
        quarantined=report.get("quarantined", 0),
        silent=device.status is DeviceStatus.ACTIVE and not online,
        last_seen_at=device.last_seen_at,
        ready=ready_view(report, device.status, now, has_alarms=bool(alarms)),
        kind=_(MODES.get((report.get("fleet") or {}).get("mode") or device.profile, "")),
        software=device.software_version,
        reported_at=device.reported_at,
        pending=[_(COMMANDS[kind]) for kind in pending],
        is_configured=device.is_configured or device.last_seen_at is None,
        rank=_rank(device, tone),
    )


def _rank(device: DeviceSummary, tone: str) -> int:
    """Return how bad it is: a copy, then alarms and locks, what is offline or expected, what works, what is over."""
    if device.status is DeviceStatus.REVOKED:
        return 5
    if device.status is DeviceStatus.PENDING:
        return 3
    if device.clone_suspected:
        return 0
    return {"bad": 1, "warn": 2}.get(tone, 4)


def _state(
    device: DeviceSummary, online: bool, alarms: Sequence[tuple[str, str]], now: datetime
) -> tuple[str, str]:
    if device.status in _NOT_ACTIVE:
        label, tone = _NOT_ACTIVE[device.status]
        return _(label), tone
    if device.clone_suspected:
        return _("Copy suspected"), "bad"
    if device.seals_disagree_at is not None:
        return alarms[0][0], "bad"
    if device.last_seen_at is None:
        return _("Never seen"), "warn"
    if not online:
        gone = duration((now - device.last_seen_at).total_seconds())
        return _("Offline %(time)s") % {"time": gone}, "warn"
    return (alarms[0][0], "bad") if alarms else (_("Online"), "good")
