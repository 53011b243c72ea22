"""The dashboard of an event, composed from the services of other domains."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from hub_sync.contract.clock import epoch_ms, from_epoch_ms
from hub_sync.contract.enums import CheckpointDirection, EventStatus, ParticipantStatus
from hub_sync.hub.console import N_, _, ngettext
from hub_sync.hub.console.i18n.formats import number
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.check_in.service import DailyStatisticsCache, PresenceStatus
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.service import Event
from hub_sync.hub.domains.overview.alerts import Alert, build_alerts
from hub_sync.hub.domains.overview.charts import Chart
from hub_sync.hub.domains.overview.event_totals import EventTotals, is_over, read_totals
from hub_sync.hub.domains.overview.headline_figures import (
    Figure,
    ListPaths,
    figures_of_today,
    figures_of_totals,
)
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.stations.service import StationRow, list_station_rows, ready_summary
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.rules.conflicts import ConflictKind
from hub_sync.rules.occupancy import OccupancyLevel
from hub_sync.rules.times.time_zones import load_time_zone_or_utc

CONFLICTS_SHOWN = 3
_TONES = {
    OccupancyLevel.GREEN: "good",
    OccupancyLevel.YELLOW: "warn",
    OccupancyLevel.RED: "bad",
    OccupancyLevel.UNKNOWN: "good",
}
_WORDS = {
    OccupancyLevel.GREEN: N_("room"),
    OccupancyLevel.YELLOW: N_("filling up"),
    OccupancyLevel.RED: N_("nearly full"),
    OccupancyLevel.UNKNOWN: N_("no limit set"),
}


@dataclass(frozen=True, slots=True)
class Zone:
    """The occupancy of a zone."""

    name: str
    current: int
    capacity: int | None
    tone: str
    word: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Dashboard:
    """The dashboard's view model."""

    event: Event
    lead: str
    is_on: bool
    figures: Sequence[Figure]
    chart: Chart
    zones: Sequence[Zone]
    stations: Sequence[StationRow]
    ready: str
    """How many of the stations in use are ready; empty: there are none, or the event is over."""
    alerts: Sequence[Alert]
    totals: EventTotals | None = None
    """The totals, once the event is over."""
    log_path: str = ""
    """The path of the access log; empty: the reader may not see it."""


def build_dashboard(
    work: Work,
    statistics_cache: DailyStatisticsCache,
    tenant_id: str,
    event_id: str,
    more: Sequence[Alert] = (),
    *,
    shows_people: bool = True,
    shows_conflicts: bool = True,
    shows_stations: bool = True,
    shows_log: bool = True,
    shows_occupancy: bool = True,
) -> Dashboard:
    """Return the dashboard of an event; `shows_…`: what it shows leads there.

    Raises:
        EventNotFound.
    """
    event = events.get(work, tenant_id, event_id)
    key, now = FeedKey(tenant_id, event_id), work.now()
    zone = load_time_zone_or_utc(event.time_zone)
    path = f"/events/{event_id}"
    paths = ListPaths(
        people=f"{path}/participants" if shows_people else "",
        log=f"{path}/access-log" if shows_log else "",
        occupancy=f"{path}/occupancy" if shows_occupancy else "",
    )
    midnight, hour = epoch_ms(check_in.start_of_day(now, zone)), events.find_exit_all(work, key)
    today = statistics_cache.get(work, key, midnight, epoch_ms(now), hour)
    event_count, *zone_counts = check_in.counts(work, tenant_id, event_id)
    checkpoints = check_in.list_checkpoints(work, tenant_id, event_id)
    expected = participants.count_by_status(work, tenant_id, event_id)[ParticipantStatus.APPROVED]
    stations = list_station_rows(
        work, key, {checkpoint.id: checkpoint.name for checkpoint in checkpoints}, today.last_by_device
    )
    doubles = check_in.open_double_entries(work, key, CONFLICTS_SHOWN)
    alerts = [
        *build_alerts(
            stations,
            _to_look_at(work, key),
            doubles,
            _scanner_labels(work, tenant_id, stations, doubles),
            zone=event.time_zone,
            is_on=_is_on(event, now),
            conflicts_path=f"{path}/conflicts" if shows_conflicts else "",
            stations_path=f"{path}/stations" if shows_stations else "",
        ),
        *more,
    ]
    totals = read_totals(work, key, event_count.current) if is_over(event, now) else None
    zone_rows = [
        Zone(
            count.zone or event.name,
            count.current,
            count.capacity,
            _TONES[count.level],
            _word(count),
            paths.people_with(presence=PresenceStatus.INSIDE.value, zone=count.zone or ""),
        )
        for count in (zone_counts or [event_count])
    ]
    return Dashboard(
        event=event,
        lead=status_line(
            event,
            now,
            [
                (checkpoint.opens_at, checkpoint.closes_at)
                for checkpoint in checkpoints
                if checkpoint.active and checkpoint.direction is not CheckpointDirection.EXIT
            ],
        ),
        is_on=_is_on(event, now),
        figures=figures_of_totals(totals, alerts, event.time_zone, paths)
        if totals
        else figures_of_today(
            event_count.current,
            expected,
            today,
            from_epoch_ms(midnight).astimezone(zone),
            alerts,
            paths,
        ),
        chart=Chart(today.minutes, zone),
        zones=zone_rows,
        stations=stations,
        ready="" if totals is not None else ready_summary([station.ready for station in stations])[0],
        alerts=alerts,
        totals=totals,
        log_path=paths.log,
    )


def _scanner_labels(
    work: Work, tenant_id: str, stations: Sequence[StationRow], doubles: Sequence[check_in.OpenConflict]
) -> Mapping[str, str]:
    """Return the names of what scanned; people, API keys and stations of other events have no line among the stations."""
    labels = {station.id: station.name for station in stations}
    ids = {id_ for double in doubles for id_ in (double.device_id, double.other_device_id)} - labels.keys()
    more = check_in.find_scanner_names(work, tenant_id, ids)
    return labels | {id_: scanner.label for id_, scanner in more.items()}


def _to_look_at(work: Work, key: FeedKey) -> Mapping[ConflictKind, int]:
    """Return the number of conflicts that somebody should look at, by kind."""
    counts: Counter[ConflictKind] = Counter()
    for state, by_kind in check_in.count_conflicts(work, key).items():
        if state.needs_attention:
            counts.update(by_kind)
    return counts


def status_line(event: Event, now: datetime, hours: Sequence[tuple[str | None, str | None]]) -> str:
    """Return the line below the title: day of the event, opening hours, time zone."""
    zone = load_time_zone_or_utc(event.time_zone)
    first, last = event.starts_at.astimezone(zone).date(), event.ends_at.astimezone(zone).date()
    today, days = now.astimezone(zone).date(), (last - first).days + 1
    if event.status is not EventStatus.PUBLISHED:
        when = _(events.phase_of(event, now).label)
    elif now < event.starts_at and today < first:
        when = ngettext("Begins in %(n)s day", "Begins in %(n)s days", (first - today).days) % {
            "n": number((first - today).days)
        }
    elif now > event.ends_at:
        when = _("Over")
    elif days > 1:
        when = _("Day %(day)s of %(days)s") % {"day": number((today - first).days + 1), "days": number(days)}
    else:
        when = _("Today")
    return " · ".join(part for part in (when, _doors(hours), event.time_zone) if part)


def _doors(hours: Sequence[tuple[str | None, str | None]]) -> str:
    """Return the first opening and the last closing of a day; empty where a checkpoint is always open."""
    spans = [(opens, closes) for opens, closes in hours if opens and closes]
    if not spans or len(spans) < len(hours):
        return ""
    first, _closes = min(spans)
    _after_midnight, last = max((closes <= opens, closes) for opens, closes in spans)
    return _("doors open %(opens)s to %(closes)s") % {"opens": first, "closes": last}


def _word(count: check_in.Count) -> str:
    if count.capacity and count.current > count.capacity:
        return _("over its limit")
    return _(_WORDS[count.level])


def _is_on(event: Event, now: datetime) -> bool:
    return event.status is EventStatus.PUBLISHED and event.starts_at <= now <= event.ends_at
