"""The figures in the top row of the dashboard, each with the list behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from hub_sync.contract.enums import ParticipantStatus
from hub_sync.hub.console import _, ngettext
from hub_sync.hub.console.i18n.formats import moment, number, percent
from hub_sync.hub.domains.check_in.manifest import SHORT_REASONS
from hub_sync.hub.domains.check_in.service import (
    DailyStatistics,
    MinuteCounts,
    Outcome,
    PresenceStatus,
    RefusalCount,
)
from hub_sync.hub.domains.overview.alerts import Alert
from hub_sync.hub.domains.overview.event_totals import EventTotals

RATE_OVER_MIN = 5
"""The rate of entries is the mean over so many whole minutes."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of the top row."""

    label: str
    value: str
    note: str
    tone: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class ListPaths:
    """Where the figures lead; an empty path: the reader may not see that list."""

    people: str = ""
    log: str = ""
    occupancy: str = ""

    def people_with(self, **query: str) -> str:
        """Return the address of the participants behind a figure."""
        query = {name: value for name, value in query.items() if value}
        return f"{self.people}?{urlencode(query)}" if self.people else ""

    def scans_with(self, outcome: Outcome, since: datetime | None = None) -> str:
        """Return the address of the scans behind a figure; `since` is local."""
        query = {"outcome": outcome.value} | ({"from": f"{since:%Y-%m-%dT%H:%M}"} if since else {})
        return f"{self.log}?{urlencode(query, safe=':')}" if self.log else ""


def figures_of_today(
    inside: int,
    expected: int,
    today: DailyStatistics,
    midnight: datetime,
    alerts: Sequence[Alert],
    paths: ListPaths,
) -> Sequence[Figure]:
    """Return the figures of an event that is not over; `midnight` is the local beginning of today."""
    return (
        _inside(inside, today.minutes, paths.people_with(presence=PresenceStatus.INSIDE.value)),
        Figure(
            _("Admitted today"),
            number(today.admitted_people),
            _("of %(count)s expected") % {"count": number(expected)},
            href=paths.scans_with(Outcome.ADMITTED, midnight),
        ),
        _refused(
            today.refused_scans,
            today.refusals,
            _("Refused today"),
            paths.scans_with(Outcome.REFUSED, midnight),
        ),
        _alerts(alerts),
    )


def figures_of_totals(
    totals: EventTotals, alerts: Sequence[Alert], zone: str, paths: ListPaths
) -> Sequence[Figure]:
    """Return the figures of an event that is over; alerts are among them only while there are some."""
    peak_at = "" if totals.peak_at is None else moment(totals.peak_at, zone)
    no_shows = {"presence": PresenceStatus.ABSENT.value, "filter[status]": ParticipantStatus.APPROVED.value}
    figures = [
        Figure(
            _("Admitted"),
            number(totals.admitted),
            _("of %(count)s expected") % {"count": number(totals.expected)},
            "good" if totals.admitted else "",
            paths.scans_with(Outcome.ADMITTED),
        ),
        Figure(
            _("Did not come"),
            number(totals.no_shows),
            _("%(share)s of those expected") % {"share": percent(totals.no_shows / totals.expected)}
            if totals.expected
            else "",
            "",
            paths.people_with(**no_shows),
        ),
        _refused(totals.refused, totals.refusals, _("Refused"), paths.scans_with(Outcome.REFUSED)),
        Figure(_("Most people inside"), number(totals.peak), peak_at or _("nobody"), href=paths.occupancy),
    ]
    return [*figures, _alerts(alerts)] if alerts else figures


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


def _refused(count: int, refusals: Sequence[RefusalCount], label: str, href: str) -> Figure:
    top = " · ".join(
        f"{number(refusal.count)} {_(SHORT_REASONS[refusal.reason])}" for refusal in refusals[:2]
    )
    return Figure(label, number(count), top or _("nobody"), "warn" if top else "", href)


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
