"""What a station's last ready check says, in the language of the page: the state in a word, and what is to be done at which part."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from hub_sync.contract.clock import epoch_ms, from_epoch_ms
from hub_sync.contract.enums import DeviceStatus
from hub_sync.contract.ready_check import MAX_AGE_MS, ReadyPart, ReadyPoint, ReadyReport, ReadyState
from hub_sync.hub.console import N_, _, ngettext
from hub_sync.hub.console.i18n.formats import number

_PARTS: dict[str, str] = {
    ReadyPart.ROSTER: N_("List of participants"),
    ReadyPart.EVENTS: N_("Lists of other events"),
    ReadyPart.CHECKPOINT: N_("Checkpoint"),
    ReadyPart.HUB: N_("Hub"),
    ReadyPart.CLOCK: N_("Clock"),
    ReadyPart.CAMERA: N_("Camera"),
    ReadyPart.SCANNER: N_("Hand-held scanner"),
    ReadyPart.RELAY: N_("Turnstile"),
    ReadyPart.SENSOR: N_("Passage sensor"),
    ReadyPart.SOUND: N_("Sound"),
    ReadyPart.SCREEN: N_("Screen"),
    ReadyPart.DISK: N_("Disk space"),
    ReadyPart.STORE: N_("Store"),
    ReadyPart.OPERATORS: N_("Operator"),
    ReadyPart.PEERS: N_("Other stations"),
    ReadyPart.PRINTER: N_("Printer"),
}
_CAUSES: dict[tuple[str, str], str] = {
    (ReadyPart.ROSTER, "empty"): N_("It is here, and nobody is on it. Check the event at the hub."),
    (ReadyPart.ROSTER, "not_enrolled"): N_(
        "Not ready: no list. Enrol this station with a code from the hub."
    ),
    (ReadyPart.ROSTER, "missing"): N_("Not ready: no list. Connect the network cable."),
    (ReadyPart.ROSTER, "loading"): N_("It was still being loaded."),
    (ReadyPart.ROSTER, "no_event"): N_(
        "Not ready: the hub has no event for this station. Assign it one there."
    ),
    (ReadyPart.ROSTER, "old"): N_("It was old. Connect the network cable."),
    (ReadyPart.ROSTER, "event_removed"): N_(
        "Not ready: it may not serve its event any more. Choose another one at the gate, or here."
    ),
    (ReadyPart.EVENTS, "missing"): N_("A list is missing. Connect the network cable."),
    (ReadyPart.EVENTS, "old"): N_("A list was old. Connect the network cable."),
    (ReadyPart.CHECKPOINT, "unknown"): N_("It is known once the list is here."),
    (ReadyPart.CHECKPOINT, "none_exists"): N_(
        "The event has no checkpoint that is switched on. Create one at the hub."
    ),
    (ReadyPart.CHECKPOINT, "not_chosen"): N_("None is chosen. Choose one at the gate, or here."),
    (ReadyPart.CHECKPOINT, "switched_off"): N_(
        "It is switched off or deleted. Choose another one at the gate, or here."
    ),
    (ReadyPart.HUB, "offline"): N_(
        "It does not answer. The station works without it; check the network cable."
    ),
    (ReadyPart.HUB, "refused"): N_("It does not accept this station. Enrol it again with a new code."),
    (ReadyPart.HUB, "locked"): N_("This station is locked at the hub. Ask an organiser to unlock it."),
    (ReadyPart.HUB, "not_enrolled"): N_(
        "This station belongs to no hub. Enrol it with a code from the console."
    ),
    (ReadyPart.CLOCK, "unsure"): N_("It may be wrong. Connect the network once, or set the clock."),
    (ReadyPart.CAMERA, "unread"): N_("It works. Hold any ticket or the test code into view."),
    (ReadyPart.CAMERA, "missing"): N_("It delivers no picture. Check its cable."),
    (ReadyPart.CAMERA, "dark"): N_(
        "Its picture is black or white. Uncover the lens, or turn it from the light."
    ),
    (ReadyPart.CAMERA, "denied"): N_("This user may not open it. Add the user to the group video."),
    (ReadyPart.SCANNER, "unread"): N_("Scan any ticket or the test code with it."),
    (ReadyPart.SCANNER, "missing"): N_("It does not answer. Check its cable."),
    (ReadyPart.SCANNER, "denied"): N_(
        "This user may not open it. The set-up page of the scanner has the details."
    ),
    (ReadyPart.SCANNER, "floods"): N_("It sends without a pause. Check its cable and its settings."),
    (ReadyPart.RELAY, "missing"): N_("Its board does not answer. Check the cable and the power."),
    (ReadyPart.RELAY, "untested"): N_("Nobody has tested it yet. Send a test pulse and watch it."),
    (ReadyPart.RELAY, "not_turned"): N_("It did not turn at the test. Check the wires, and test again."),
    (ReadyPart.RELAY, "stays_on"): N_("Its relay stays on. See whether it is open, and change the board."),
    (ReadyPart.RELAY, "long_ago"): N_("Its last test is long ago. Test it again."),
    (ReadyPart.RELAY, "rebooted"): N_("The computer was restarted since its test. Test it again."),
    (ReadyPart.RELAY, "reconnected"): N_("Its board was unplugged or changed since its test. Test it again."),
    (ReadyPart.SENSOR, "unreadable"): N_(
        "It can't be read. Check the board's cable and the setting \u201cinputs\u201d."
    ),
    (ReadyPart.SENSOR, "fire"): N_("The fire alarm's contact is active. Ask the venue before you open."),
    (ReadyPart.SENSOR, "jammed"): N_("The turnstile is jammed. Free the arm."),
    (ReadyPart.SENSOR, "active"): N_("It is active though nobody passes. See whether something covers it."),
    (ReadyPart.SENSOR, "opened"): N_("The turnstile's housing is open. Close it."),
    (ReadyPart.SOUND, "silent"): N_("There is no sound device. Plug one in, or rely on the screen."),
    (ReadyPart.SOUND, "unheard"): N_("Play a tone, and say if it was heard."),
    (ReadyPart.SOUND, "not_heard"): N_(
        "Nobody heard it. Turn the volume up or check the cable, and play it again."
    ),
    (ReadyPart.SCREEN, "sleeps"): N_("It may go to sleep. Switch that off in the settings of this computer."),
    (ReadyPart.DISK, "low"): N_("Little space is left. Free some."),
    (ReadyPart.DISK, "full"): N_("The disk is full: soon nothing can be written. Free some space now."),
    (ReadyPart.DISK, "unreadable"): N_("The disk does not answer. Change it before you open."),
    (ReadyPart.STORE, "unwritable"): N_(
        "Nothing can be written, so nobody is admitted or served. Check the disk."
    ),
    (ReadyPart.STORE, "recovered"): N_("A damaged file was replaced at this start. The disk may be failing."),
    (ReadyPart.STORE, "no_copy"): N_(
        "The second copy can't be written. Everything is still recorded; the disk may be failing."
    ),
    (ReadyPart.OPERATORS, "nobody"): N_("Nobody is signed on. Sign on there before the doors open."),
    (ReadyPart.PEERS, "missing"): N_("Some are not heard. Switch them on, or check the network."),
    (ReadyPart.PRINTER, "untested"): N_("It answers. Print a test slip, and look at it."),
    (ReadyPart.PRINTER, "bad_print"): N_(
        "Its test print was not right. Check width and paper, and print it again."
    ),
    (ReadyPart.PRINTER, "paper_low"): N_("Its roll is near its end. Have a new one at hand."),
    (ReadyPart.PRINTER, "paper_out"): N_("It has no paper. Put a new roll in."),
    (ReadyPart.PRINTER, "cover_open"): N_("Its cover is open. Close it."),
    (ReadyPart.PRINTER, "offline"): N_("It is off-line. Switch it off and on."),
    (ReadyPart.PRINTER, "error"): N_("It reports a fault. Remove jammed paper, and switch it off and on."),
    (ReadyPart.PRINTER, "missing"): N_("It is not there. Check its cable, its power and its address."),
    (ReadyPart.PRINTER, "no_access"): N_("Another program uses it, or the station's user may not."),
    (ReadyPart.PRINTER, "silent"): N_("It does not answer. Switch it off and on."),
    (ReadyPart.PRINTER, "garbled"): N_("It answers with what nobody understands. Check its baud rate."),
    (ReadyPart.PRINTER, "hung"): N_("It holds a print up. Pull its plug, and plug it in again."),
    (ReadyPart.PRINTER, "unknown"): N_("Its state was not known yet."),
}
_OF_ANY_PART: dict[str, str] = {
    "unread_store": N_("The store could not be read. Restart the station; if it stays so, call for help."),
    "check_failed": N_("The check of this part failed; the station's log has the details."),
}
_TONES = {ReadyState.NOT_READY: "bad", ReadyState.WARN: "warn"}


@dataclass(frozen=True, slots=True)
class ReadyAdvice:
    """A part at which something is to be done."""

    label: str
    text: str
    tone: str


@dataclass(frozen=True, slots=True)
class ReadyView:
    """A station's readiness. `at` None: nobody has finished a check. `is_expected`: the station is in use, so it should be ready."""

    word: str
    tone: str
    is_ready: bool = False
    is_expected: bool = True
    at: datetime | None = None
    operator: str = ""
    turnstile_tested_at: datetime | None = None
    """When a person last saw the turnstile turn, or not, at a test pulse."""
    lines: Sequence[ReadyAdvice] = ()


def ready_view(
    report: Mapping[str, Any], status: DeviceStatus, now: datetime, *, has_alarms: bool
) -> ReadyView:
    """Return the readiness that a station's report tells. An alarm since the check counts more than the check."""
    is_expected = status in (DeviceStatus.ACTIVE, DeviceStatus.LOCKED)
    check = _load(report)
    if check is None:
        return ReadyView(_("Not checked"), "quiet", is_expected=is_expected)
    word, tone = _state(check, now, is_locked=status is DeviceStatus.LOCKED, has_alarms=has_alarms)
    return ReadyView(
        word,
        tone,
        is_ready=tone == "good",
        is_expected=is_expected,
        at=from_epoch_ms(check.at_ms),
        operator=check.operator,
        turnstile_tested_at=_tested_at(check),
        lines=[_line(point) for point in check.to_do],
    )


def ready_summary(views: Sequence[ReadyView]) -> tuple[str, str]:
    """Return how many stations in use are ready, and the tone; empty where none is in use."""
    expected = [view for view in views if view.is_expected]
    ready = sum(view.is_ready for view in expected)
    if not expected:
        return "", ""
    words = ngettext("%(ready)s of %(n)s station ready", "%(ready)s of %(n)s stations ready", len(expected))
    tone = "good" if ready == len(expected) else "warn"
    return words % {"ready": number(ready), "n": number(len(expected))}, tone


def _load(report: Mapping[str, Any]) -> ReadyReport | None:
    try:
        return ReadyReport.model_validate(report["ready"]) if report.get("ready") else None
    except ValidationError:  # of another version, in the database
        return None


def _tested_at(check: ReadyReport) -> datetime | None:
    relay = next((point for point in check.points if point.part == ReadyPart.RELAY), None)
    return None if relay is None or relay.at_ms is None else from_epoch_ms(relay.at_ms)


def _state(check: ReadyReport, now: datetime, *, is_locked: bool, has_alarms: bool) -> tuple[str, str]:
    if is_locked:
        return _("Locked"), "bad"
    if epoch_ms(now) - check.at_ms > MAX_AGE_MS:
        return _("Not checked today"), "quiet"
    if not check.is_ready:
        n = sum(point.state == ReadyState.NOT_READY for point in check.points)
        return ngettext("%(n)s thing to do", "%(n)s things to do", n) % {"n": number(n)}, "bad"
    return (_("Alarm since the check"), "warn") if has_alarms else (_("Ready"), "good")


def _line(point: ReadyPoint) -> ReadyAdvice:
    words = _CAUSES.get((point.part, point.cause)) or _OF_ANY_PART.get(point.cause)
    return ReadyAdvice(
        _(_PARTS[point.part]) if point.part in _PARTS else point.part,
        _(words) if words else point.cause,
        _TONES[ReadyState(point.state)],
    )
