"""Words for what a station is and says of itself, in the language of the page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub_sync.contract.enums import DeviceProfile, DeviceStatus
from hub_sync.contract.seals import SealState
from hub_sync.contract.station_report import AlarmCode
from hub_sync.hub.console import N_, _, ngettext
from hub_sync.hub.console.i18n.formats import duration, number
from hub_sync.hub.console.i18n.isolation import isolated
from hub_sync.hub.domains.devices.manifest import KIOSK_DEVICE, PROFILE_NAMES
from hub_sync.hub.domains.sync.service import JournalState, SealRow, SealStatus

PROFILES = PROFILE_NAMES
_STATUS_TONES = {
    DeviceStatus.PENDING: "info",
    DeviceStatus.ACTIVE: "good",
    DeviceStatus.LOCKED: "bad",
    DeviceStatus.REVOKED: "quiet",
    DeviceStatus.RETIRED: "quiet",
}
_NOTABLE_OFFSET_MS = 2000


_GOES_ON = {
    DeviceProfile.GATE: (
        N_("Without the hub it goes on admitting people for %(time)s at most."),
        N_("Without the hub it goes on admitting people, for as long as it is kept offline."),
    ),
    DeviceProfile.KIOSK: (
        N_("Without the hub it goes on checking visitors in for %(time)s at most, and giving queue numbers."),
        N_(
            "Without the hub it goes on checking visitors in and giving queue numbers, for as long as it is kept offline."
        ),
    ),
    DeviceProfile.DESK: (
        N_(
            "Without the hub it goes on calling people and showing their names, for as long as it is kept offline."
        ),
    )
    * 2,
    DeviceProfile.BOARD: (
        N_(
            "Without the hub it goes on showing the numbers that it knows, for as long as it is kept offline."
        ),
    )
    * 2,
}
"""What a station goes on doing with a longest time without the hub, and without: gates and kiosks heed one."""
_ONCE_LOCKED = {
    DeviceProfile.GATE: N_(
        "The hub locks it now: from its next contact on it admits nobody and shows no names."
    ),
    DeviceProfile.KIOSK: N_(
        "The hub locks it now: from its next contact on it serves nobody and shows no names."
    ),
    DeviceProfile.DESK: N_(
        "The hub locks it now: from its next contact on it calls nobody and shows no names."
    ),
    DeviceProfile.BOARD: N_("The hub locks it now: from its next contact on it shows no numbers."),
}
_STOPS = {
    DeviceProfile.GATE: N_("From its next contact on it admits nobody."),
    DeviceProfile.KIOSK: N_("From its next contact on it serves nobody."),
    DeviceProfile.DESK: N_("From its next contact on it calls nobody."),
    DeviceProfile.BOARD: N_("From its next contact on it shows no numbers."),
}
_IS_LOCKED = {
    DeviceProfile.GATE: N_("It is locked and admits nobody."),
    DeviceProfile.KIOSK: N_("It is locked and serves nobody."),
    DeviceProfile.DESK: N_("It is locked and calls nobody."),
    DeviceProfile.BOARD: N_("It is locked and shows no numbers."),
}
_LOCKED = {
    DeviceProfile.GATE: N_("“%(name)s” is locked: it admits nobody."),
    DeviceProfile.KIOSK: N_("“%(name)s” is locked: it serves nobody."),
    DeviceProfile.DESK: N_("“%(name)s” is locked: it calls nobody."),
    DeviceProfile.BOARD: N_("“%(name)s” is locked: it shows no numbers."),
}


def offline_words(profile: DeviceProfile, stops_after: str) -> str:
    """Return what a station goes on doing without the hub; `stops_after` empty: there is no longest time."""
    limited, unlimited = _GOES_ON[profile]
    return _(limited if stops_after else unlimited) % {"time": stops_after}


def once_locked_words(profile: DeviceProfile) -> str:
    """Return what a station that is locked does not do any more."""
    return _(_ONCE_LOCKED[profile])


def stops_words(profile: DeviceProfile) -> str:
    """Return what a station does not do any more once it hears that it is locked, withdrawn or out of use."""
    return _(_STOPS[profile])


def is_locked_words(profile: DeviceProfile) -> str:
    """Return what a station that is locked does not do."""
    return _(_IS_LOCKED[profile])


def locked_words(profile: DeviceProfile) -> str:
    """Return the sentence, with a place for the name, on a station that was locked just now."""
    return _(_LOCKED[profile])


def status_badge(status: DeviceStatus) -> tuple[str, str]:
    """Return the label and the tone of a status."""
    words = KIOSK_DEVICE.values["status"]
    return _(words[status]), _STATUS_TONES[status]


def clock_words(report: Mapping[str, Any]) -> tuple[str, str]:
    """Return what is known of a station's clock, and the tone: how far it is from the hub's, and whether it trusts it."""
    offset_ms = report.get("clock_offset_ms")
    codes = {alarm["code"] for alarm in report.get("alarms", ())}
    if AlarmCode.CLOCK_UNSURE in codes:
        return _("Not to be trusted; its scans are marked"), "bad"
    if offset_ms is None:
        return "", ""
    if abs(offset_ms) < _NOTABLE_OFFSET_MS:
        return _("Agrees with the hub"), "good"
    words = (
        _("%(time)s behind the hub, corrected")
        if offset_ms > 0
        else _("%(time)s ahead of the hub, corrected")
    )
    return words % {"time": duration(abs(offset_ms) / 1000)}, "warn"


def journal_words(
    journals: Sequence[JournalState], report: Mapping[str, Any], *, parted: bool
) -> tuple[str, str]:
    """Return how much of a station's journal the hub has, and the tone."""
    codes = {alarm["code"] for alarm in report.get("alarms", ())}
    if parted or AlarmCode.JOURNAL_PARTED in codes:
        return _("Two histories: a copied disk, or a restored backup"), "bad"
    if not journals:
        return _("Nothing received yet"), ""
    stored = journals[0].sequence
    missing = max(0, (report.get("journal_sequence") or 0) - stored)
    if not missing:
        rows = ngettext(
            "Whole: %(n)s row, its chain verified", "Whole: %(n)s rows, their chain verified", stored
        )
        return rows % {"n": number(stored)}, "good"
    waiting = ngettext("%(n)s row is still at the station", "%(n)s rows are still at the station", missing)
    return waiting % {"n": number(missing)}, "warn"


_SEAL_FAULTS = {
    SealState.DISAGREES: N_("The hub has another row %(row)s than it signed."),
    SealState.FORKED: N_("It signed two journals that differ, or set its own back, before row %(row)s."),
    SealState.UNPROVEN: N_("A seal up to row %(row)s is not signed by its key."),
}


@dataclass(frozen=True, slots=True)
class SealView:
    """What the page of a station says of its seals."""

    words: str
    tone: str
    last: SealRow | None
    missing: str
    missing_since: datetime | None
    faults: Sequence[tuple[str, datetime]]


def seal_view(status: SealStatus) -> SealView:
    """Return what is to be said of a station's seals: the last, rows that are missing, and contradictions with their time."""
    faults = [
        (_(_SEAL_FAULTS[seal.state]) % {"row": number(seal.sequence)}, seal.received_at)
        for seal in status.contradictions
    ]
    missing = ""
    if status.missing is not None:
        first, last = map(number, status.missing)
        missing = _("Sealed, and not received: rows %(first)s to %(last)s") % {"first": first, "last": last}
        if status.witness:
            missing = _("“%(station)s” has heard of rows %(first)s to %(last)s, which have not come") % {
                "station": isolated(status.witness),
                "first": first,
                "last": last,
            }
    words, tone = _("Nothing sealed yet"), ""
    if faults:
        words, tone = _("Contradicts the hub"), "bad"
    elif status.last is not None:
        words = _("Up to row %(row)s") % {"row": number(status.last.sequence)}
        tone = "warn" if missing else "good"
    return SealView(words, tone, status.last, missing, status.missing_since, faults)
