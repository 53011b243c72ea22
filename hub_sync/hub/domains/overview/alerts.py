"""The alerts of the dashboard: problems that need attention."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hub_sync.contract.clock import from_epoch_ms
from hub_sync.contract.enums import WebhookStatus
from hub_sync.hub.console import N_, _, ngettext
from hub_sync.hub.console.i18n.formats import clock_time, number
from hub_sync.hub.console.i18n.isolation import isolated
from hub_sync.hub.domains.check_in.manifest import CONFLICT_KINDS
from hub_sync.hub.domains.check_in.service import OpenConflict
from hub_sync.hub.domains.stations.service import StationRow
from hub_sync.hub.domains.webhooks import service as webhooks
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.rules.conflicts import ConflictKind

_SENTENCES = {
    WebhookStatus.SUSPENDED: N_("Its endpoint failed repeatedly. Events are queued until it is resumed."),
    WebhookStatus.DISABLED: N_("Its endpoint no longer exists. Events are not queued for it."),
}


@dataclass(frozen=True, slots=True)
class Alert:
    """A problem that needs attention; `count` of them."""

    title: str
    text: str
    tone: str
    count: int = 1
    href: str = ""


def build_alerts(
    stations: Sequence[StationRow],
    counts: Mapping[ConflictKind, int],
    doubles: Sequence[OpenConflict],
    scanners: Mapping[str, str],
    *,
    zone: str,
    is_on: bool,
    conflicts_path: str = "",
    stations_path: str = "",
) -> Sequence[Alert]:
    """Return the alerts, the worst first; one about a station leads to its page.

    Args:
        stations: the event's stations.
        counts: the number of conflicts to look at, by kind.
        doubles: the latest double entries of them.
        scanners: the names of what scanned these, by id.
        zone: the event's time zone.
        is_on: True while the event is on: a silent station is an alert only then.
        conflicts_path: the path of the inbox; empty: the reader may not see conflicts.
        stations_path: the path of the list of stations; empty: the reader may see the lines of the overview only.
    """
    alerts: list[Alert] = []
    alerts += [
        Alert(
            _("%(station)s may have been copied") % {"station": isolated(station.name)},
            _("Two machines use its credential. Lock it until you have checked it."),
            "bad",
            href=_page_of(station, stations_path),
        )
        for station in stations
        if station.clone_suspected
    ]
    alerts += [
        Alert(
            f"{isolated(station.name)}: {isolated(word)}",
            isolated(sentence),
            "bad",
            href=_page_of(station, stations_path),
        )
        for station in stations
        for word, sentence in station.alarms
    ]
    alerts += _of_conflicts(counts, doubles, scanners, zone, conflicts_path)
    alerts += [
        Alert(
            _("%(station)s is offline") % {"station": isolated(station.name)},
            _last_seen(station, zone),
            "warn",
            href=_page_of(station, stations_path),
        )
        for station in stations
        if station.silent and is_on
    ]
    alerts += [
        Alert(
            _("%(station)s: rows set aside") % {"station": isolated(station.name)},
            ngettext(
                "%(n)s row of its journal could not be stored as a scan.",
                "%(n)s rows of its journal could not be stored as scans.",
                station.quarantined,
            )
            % {"n": number(station.quarantined)},
            "warn",
            station.quarantined,
            href=_page_of(station, stations_path),
        )
        for station in stations
        if station.quarantined
    ]
    return alerts


def _of_conflicts(
    counts: Mapping[ConflictKind, int],
    doubles: Sequence[OpenConflict],
    names: Mapping[str, str],
    zone: str,
    path: str,
) -> Sequence[Alert]:
    """Return an alert for each of the latest double entries, and one for everything else to look at."""
    alerts = [
        Alert(
            _("Double entry %(one)s / %(other)s")
            % {
                "one": isolated(names.get(conflict.other_device_id, _("unknown station"))),
                "other": isolated(names.get(conflict.device_id, _("unknown station"))),
            },
            _("One ticket was let in twice, the second time at %(time)s.")
            % {"time": clock_time(from_epoch_ms(conflict.at_ms), zone)},
            "bad",
            href=f"{path}/{conflict.id}" if path else "",
        )
        for conflict in doubles
    ]
    more = counts.get(ConflictKind.DOUBLE_ENTRY, 0) - len(doubles)
    if more > 0:
        text = ngettext("%(n)s more double entry", "%(n)s more double entries", more) % {"n": number(more)}
        href = f"{path}?filter[kind]={ConflictKind.DOUBLE_ENTRY}" if path else ""
        alerts.append(Alert(text, "", "bad", more, href))
    others = {
        kind: count for kind, count in counts.items() if kind is not ConflictKind.DOUBLE_ENTRY and count
    }
    if others:
        total = sum(others.values())
        title = ngettext("%(n)s other conflict to look at", "%(n)s other conflicts to look at", total) % {
            "n": number(total)
        }
        words = [f"{_(CONFLICT_KINDS[kind])}: {number(count)}" for kind, count in others.items()]
        alerts.append(Alert(title, " · ".join(words), "warn", href=path))
    return alerts


def _page_of(station: StationRow, stations_path: str) -> str:
    """Return the address of a station's page, or of its line on the overview."""
    return f"{stations_path}/{station.id}" if stations_path else f"#station-{station.id}"


def _last_seen(station: StationRow, zone: str) -> str:
    unsent = (
        ngettext("%(n)s scan waits to be sent.", "%(n)s scans wait to be sent.", station.unsent)
        % {"n": number(station.unsent)}
        if station.unsent
        else ""
    )
    if station.last_seen_at is None:
        return _("It was never seen.")
    if not station.roster_age:
        sentence = _("Last seen at %(time)s. It has no list yet, so it admits nobody.")
    elif not station.place:
        sentence = _("Last seen at %(time)s. It has no checkpoint, so it admits nobody.")
    else:
        sentence = _("Last seen at %(time)s. It continues to admit people from its own list.")
    return f"{sentence % {'time': clock_time(station.last_seen_at, zone)}} {unsent}".strip()


def webhook_alerts(work: Work, tenant_id: str) -> Sequence[Alert]:
    """Return an alert for each webhook that the hub has stopped."""
    return [
        Alert(
            _("Webhook stopped: %(name)s") % {"name": isolated(webhook.name)},
            _(_SENTENCES[webhook.status]),
            "bad",
            href=f"/settings/webhooks/{webhook.id}",
        )
        for webhook in webhooks.list_stopped(work, tenant_id)
    ]
