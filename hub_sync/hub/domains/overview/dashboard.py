"""The dashboard of an event, composed from the services of other domains."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.enums import EventStatus, ParticipantStatus
from hub_sync.hub.console import N_, _, ngettext
from hub_sync.hub.console.i18n.formats import moment, number, percent
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.check_in.manifest import SHORT_REASONS
from hub_sync.hub.domains.check_in.service import (
    DailyStatisticsCache,
    MinuteCounts,
    PresenceStatus,
    RefusalCount,
)
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.service import Event
from hub_sync.hub.domains.overview.alerts import Alert, build_alerts
from hub_sync.hub.domains.overview.charts import Chart
from hub_sync.hub.domains.overview.event_totals import EventTotals, is_over, read_totals
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.stations.service import StationRow, list_station_rows, ready_summary
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.rules.conflicts import ConflictKind
from hub_sync.rules.occupancy import OccupancyLevel
from hub_sync.rules.times.time_zones import load_time_zone_or_utc

RATE_OVER_MIN = 5
"""The rate of entries is the mean over so many whole minutes."""
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
class Figure:
    """A figure of the top row."""

    label: str
    value: str
    note: str
    tone: str = ""
    href: str = ""


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
) -> Dashboard:
    """Return the dashboard of an event; `shows_people`, `shows_conflicts`, `shows_stations`, `shows_log`: what it shows leads there.

    Raises:
        EventNotFound.
    """
    event = events.get(work, tenant_id, event_id)
    key, now = FeedKey(tenant_id, event_id), work.now()
    zone = load_time_zone_or_utc(event.time_zone)
    people_path = f"/events/{event_id}/participants" if shows_people else ""
    midnight, hour = epoch_ms(check_in.start_of_day(now, zone)), events.find_exit_all(work, key)
    today = statistics_cache.get(work, key, midnight, epoch_ms(now), hour)
    event_count, *zone_counts = check_in.counts(work, tenant_id, event_id)
    checkpoints = check_in.list_checkpoints(work, tenant_id, event_id)
    expected = participants.count_by_status(work, tenant_id, event_id)[ParticipantStatus.APPROVED]
    stations = list_station_rows(
        work, key, {checkpoint.id: checkpoint.name for checkpoint in checkpoints}, today.last_by_device
    )
    alerts = [
        *build_alerts(
            stations,
            _to_look_at(work, key),
            check_in.open_double_entries(work, key, CONFLICTS_SHOWN),
            zone=event.time_zone,
            is_on=_is_on(event, now),
            conflicts_path=f"/events/{event_id}/conflicts" if shows_conflicts else "",
            stations_path=f"/events/{event_id}/stations" if shows_stations else "",
        ),
        *more,
    ]
    log_path = f"/events/{event_id}/access-log" if shows_log else ""
    totals = read_totals(work, key, event_count.current) if is_over(event, now) else None
    zone_rows = [
        Zone(
            count.zone or event.name,
            count.current,
            count.capacity,
            _TONES[count.level],
            _word(count),
            _people(people_path, presence="inside", zone=count.zone),
        )
        for count in (zone_counts or [event_count])
    ]
    return Dashboard(
        event=event,
        lead=status_line(
            event,
            now,
            [(checkpoint.opens_at, checkpoint.closes_at) for checkpoint in checkpoints if checkpoint.active],
        ),
        is_on=_is_on(event, now),
        figures=_figures_of_totals(totals, alerts, event.time_zone, people_path, log_path)
        if totals
        else (
            _inside(event_count.current, today.minutes, _people(people_path, presence="inside")),
            Figure(
                _("Admitted today"),
                number(today.admitted_people),
                _("of %(count)s expected") % {"count": number(expected)},
                href=_people(people_path, **{"filter[status]": ParticipantStatus.APPROVED.value}),
            ),
            _refused(today.refused_scans, today.refusals, log_path, _("Refused today")),
            _alerts(alerts),
        ),
        chart=Chart(today.minutes, zone),
        zones=zone_rows,
        stations=stations,
        ready="" if totals is not None else ready_summary([station.ready for station in stations])[0],
        alerts=alerts,
        totals=totals,
        log_path=log_path,
    )


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
    opens, closes = (
        min((opens_at for opens_at, _closes in hours if opens_at), default=""),
        max((to for _opens, to in hours if to), default=""),
    )
    doors = _("doors open %(opens)s to %(closes)s") % {"opens": opens, "closes": closes}
    return " · ".join(part for part in (when, doors if opens and closes else "", event.time_zone) if part)


def _word(count: check_in.Count) -> str:
    if count.capacity and count.current > count.capacity:
        return _("over its limit")
    return _(_WORDS[count.level])


def _is_on(event: Event, now: datetime) -> bool:
    return event.status is EventStatus.PUBLISHED and event.starts_at <= now <= event.ends_at


def _people(path: str, **query: str) -> str:
    """Return the address of the participants behind a figure; empty without a path."""
    query = {name: value for name, value in query.items() if value}
    return f"{path}?{urlencode(query)}" if path else ""


def _inside(current: int, flow: Sequence[MinuteCounts], href: str) -> Figure:
    pace = sum(minute.entries for minute in flow[-1 - RATE_OVER_MIN : -1]) / RATE_OVER_MIN
    recent = sum(minute.entries for minute in flow[-1 - RATE_OVER_MIN :])
    detail, tone = _("no entries in the last minutes"), ""
    if pace >= 1:
        detail, tone = _("▲ %(n)s a minute") % {"n": number(round(pace))}, "good"
    elif recent:
        sentence = ngettext("%(n)s entry in the last minutes", "%(n)s entries in the last minutes", recent)
        detail, tone = sentence % {"n": number(recent)}, "good"
    return Figure(_("Inside now"), number(current), detail, tone, href)


def _refused(count: int, refusals: Sequence[RefusalCount], log_path: str, label: str) -> Figure:
    top = " · ".join(
        f"{number(refusal.count)} {_(SHORT_REASONS[refusal.reason])}" for refusal in refusals[:2]
    )
    href = f"{log_path}?outcome=refused" if log_path else ""
    return Figure(label, number(count), top or _("nobody"), "warn" if top else "", href)


def _figures_of_totals(
    totals: EventTotals, alerts: Sequence[Alert], zone: str, people_path: str, log_path: str
) -> Sequence[Figure]:
    """Return the figures of an event that is over; alerts are among them only while there are some."""
    approved = {"filter[status]": ParticipantStatus.APPROVED.value}
    peak_at = "" if totals.peak_at is None else moment(totals.peak_at, zone)
    figures = [
        Figure(
            _("Admitted"),
            number(totals.admitted),
            _("of %(count)s expected") % {"count": number(totals.expected)},
            "good" if totals.admitted else "",
            _people(people_path, **approved),
        ),
        Figure(
            _("Did not come"),
            number(totals.no_shows),
            _("%(share)s of those expected") % {"share": percent(totals.no_shows / totals.expected)}
            if totals.expected
            else "",
            "",
            _people(people_path, presence=PresenceStatus.ABSENT.value, **approved),
        ),
        _refused(totals.refused, totals.refusals, log_path, _("Refused")),
        Figure(_("Most people inside"), number(totals.peak), peak_at or _("nobody")),
    ]
    return [*figures, _alerts(alerts)] if alerts else figures


def _alerts(alerts: Sequence[Alert]) -> Figure:
    count = sum(alert.count for alert in alerts)
    first = alerts[0].title if alerts else _("no alerts")
    return Figure(
        _("Alerts"),
        number(count),
        first,
        alerts[0].tone if alerts else "good",
        "#alerts" if alerts else "",
    )
