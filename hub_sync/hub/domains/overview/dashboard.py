"""What the overview of an event shows, put together from the domains that know it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.enums import ParticipantStatus
from hub_sync.hub.console import N_, _, ngettext
from hub_sync.hub.console.i18n.formats import number
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.check_in.occupancy import projection, statistics
from hub_sync.hub.domains.check_in.occupancy.daily_statistics import Minute, Tallies, Told
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.service import Event
from hub_sync.hub.domains.overview import fleet
from hub_sync.hub.domains.overview.charts import Chart
from hub_sync.hub.domains.overview.fleet import Alert, Station
from hub_sync.hub.domains.participants import statistics as people
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.rules.occupancy import OccupancyLevel

RATE_OVER_MIN = 5
"""The pace at the doors is told over so many whole minutes."""
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
    """How full a zone is."""

    name: str
    current: int
    capacity: int | None
    tone: str
    word: str


@dataclass(frozen=True, slots=True)
class Dashboard:
    """All of the overview."""

    event: Event
    lead: str
    is_on: bool
    figures: Sequence[Figure]
    chart: Chart
    zones: Sequence[Zone]
    stations: Sequence[Station]
    alerts: Sequence[Alert]


def dashboard(
    work: Work, tallies: Tallies, tenant_id: str, event_id: str, more: Sequence[Alert] = ()
) -> Dashboard:
    """The event as it stands now. `more`: what else there is to look at, for this person.

    Raises:
        EventNotFound.
    """
    event = events.get(work, tenant_id, event_id)
    key, now = FeedKey(tenant_id, event_id), work.now()
    zone = ZoneInfo(event.time_zone)
    today = tallies.look(work, key, epoch_ms(start_of_day(now, zone)), epoch_ms(now))
    whole, *zones = projection.counts(work, tenant_id, event_id)
    points = check_in.checkpoints_of(work, tenant_id, event_id)
    expected = people.count_by_status(work, tenant_id, event_id)[ParticipantStatus.APPROVED]
    stations = fleet.stations(work, key, {one.id: one.name for one in points}, today.last_by_device)
    alerts = [
        *fleet.alerts(
            stations,
            *statistics.open_conflicts(work, key, CONFLICTS_SHOWN),
            zone=event.time_zone,
            is_on=_is_on(event, now),
        ),
        *more,
    ]
    shown = [
        Zone(one.zone or event.name, one.current, one.capacity, _TONES[one.level], _word(one))
        for one in (zones or [whole])
    ]
    return Dashboard(
        event=event,
        lead=lead(event, now, [(one.opens_at, one.closes_at) for one in points if one.active]),
        is_on=_is_on(event, now),
        figures=(
            _inside(whole.current, today.minutes),
            Figure(
                _("Admitted today"),
                number(today.people),
                _("of %(count)s expected") % {"count": number(expected)},
            ),
            _refused(today),
            _alerts(alerts),
        ),
        chart=Chart(today.minutes, zone),
        zones=shown,
        stations=stations,
        alerts=alerts,
    )


def start_of_day(now: datetime, zone: ZoneInfo) -> datetime:
    """When the event's day began: midnight where the event is."""
    return datetime.combine(now.astimezone(zone).date(), time(), tzinfo=zone)


def lead(event: Event, now: datetime, hours: Sequence[tuple[str | None, str | None]]) -> str:
    """Which day it is, when the doors open, and in whose time."""
    zone = ZoneInfo(event.time_zone)
    first, last = event.starts_at.astimezone(zone).date(), event.ends_at.astimezone(zone).date()
    today, days = now.astimezone(zone).date(), (last - first).days + 1
    if now < event.starts_at and today < first:
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
        min((one for one, _to in hours if one), default=""),
        max((to for _one, to in hours if to), default=""),
    )
    doors = _("doors open %(opens)s to %(closes)s") % {"opens": opens, "closes": closes}
    return " · ".join(part for part in (when, doors if opens and closes else "", event.time_zone) if part)


def _word(count: projection.Count) -> str:
    if count.capacity and count.current > count.capacity:
        return _("over its limit")
    return _(_WORDS[count.level])


def _is_on(event: Event, now: datetime) -> bool:
    return event.starts_at <= now <= event.ends_at


def _inside(current: int, flow: Sequence[Minute]) -> Figure:
    pace = sum(one.entries for one in flow[-1 - RATE_OVER_MIN : -1]) / RATE_OVER_MIN
    if pace >= 1:
        return Figure(
            _("Inside now"), number(current), _("▲ %(n)s a minute") % {"n": number(round(pace))}, "good"
        )
    return Figure(_("Inside now"), number(current), _("quiet at the doors"))


def _refused(today: Told) -> Figure:
    top = " · ".join(f"{number(one.count)} {_(fleet.SHORT_REASONS[one.reason])}" for one in today.refused[:2])
    return Figure(_("Refused today"), number(today.refusals), top or _("nobody"), "warn" if top else "")


def _alerts(alerts: Sequence[Alert]) -> Figure:
    count = sum(one.count for one in alerts)
    first = alerts[0].title if alerts else _("no alerts")
    return Figure(
        _("Alerts"),
        number(count),
        first,
        alerts[0].tone if alerts else "good",
        "#alerts" if alerts else "",
    )
