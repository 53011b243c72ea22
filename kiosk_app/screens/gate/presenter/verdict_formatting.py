"""Format a scan: its colour, its word, its sentence. Qt-free and stateless."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from hub_sync.contract.enums import Direction, Mark, ReasonCode, ScanResult
from hub_sync.rules.admission import KEY_ENDED, Decision
from hub_sync.rules.verdict_cues import VerdictColour, colour_of
from kiosk_app.messages import GateOutcome, GateReadiness, Notice, ReadinessState, Trouble
from kiosk_app.screens.gate.presenter.door_formatting import door_text
from kiosk_app.screens.gate.presenter.passage_formatting import (
    annulment_reason,
    is_annulled,
    passage_chip,
    passage_suffix,
)
from kiosk_app.screens.gate.presenter.view_state import Verdict
from kiosk_app.ui.items import Chip, ListItem
from resources.themes import Signal
from resources.translations.catalogue import Texts

_WORDS = {
    ReasonCode.ALREADY_INSIDE: "word.already_inside",
    ReasonCode.ALREADY_USED: "word.already_used",
    ReasonCode.ENTRIES_USED_UP: "word.already_used",
    ReasonCode.REENTRY_TOO_SOON: "word.too_early",
    ReasonCode.EVENT_NOT_STARTED: "word.too_early",
    ReasonCode.TICKET_NOT_YET_VALID: "word.too_early",
    ReasonCode.TICKET_EXPIRED: "word.over",
    ReasonCode.EVENT_OVER: "word.over",
    ReasonCode.DOORS_CLOSED: "word.over",
    ReasonCode.EVENT_CANCELLED: "word.cancelled",
}

_TIME_FORMS = {
    ReasonCode.ALREADY_INSIDE: "time",
    ReasonCode.ALREADY_USED: "at",
    ReasonCode.REENTRY_TOO_SOON: "at",
    ReasonCode.EVENT_OVER: "at",
    ReasonCode.DOORS_CLOSED: "at",
    ReasonCode.EVENT_NOT_STARTED: "at",
    ReasonCode.TICKET_NOT_YET_VALID: "at",
    ReasonCode.TICKET_EXPIRED: "at",
}

_NOTICE_SIGNALS = {
    Notice.TWO_CODES: Signal.AMBER,
    Notice.NOT_READY: Signal.BLUE,
    Notice.NOT_DECIDED: Signal.AMBER,
    Notice.NOT_SAVED: Signal.AMBER,
    Notice.DOOR_CHANGED: Signal.AMBER,
    Notice.GROUP_CHANGED: Signal.AMBER,
    Notice.SIGN_ON: Signal.AMBER,
    Notice.EVENT_SERVED: Signal.BLUE,
    Notice.TAKEN_BACK: Signal.AMBER,
    Notice.UNDO_PASSED: Signal.AMBER,
    Notice.UNDO_TOO_LATE: Signal.AMBER,
    Notice.UNDO_NOT_LAST: Signal.AMBER,
    Notice.UNDO_SEATED: Signal.AMBER,
    Notice.NOT_ALLOWED: Signal.AMBER,
    Notice.NO_SPEECH_ENGINE: Signal.AMBER,
    Notice.STATION_FAILED: Signal.RED,
}
_WAITING_STATES = frozenset(
    {
        ReadinessState.STARTING,
        ReadinessState.DOOR_STARTING,
        ReadinessState.CONNECTING,
        ReadinessState.LOADING,
    }
)
"""States of the gate that end by themselves; in all others somebody must act."""

_MARK_SIGNALS = {
    Mark.BLACKLIST_FLAG: Signal.RED,
    Mark.OVERRIDE_NOT_NEEDED: None,
    Mark.ENTERED_AGAIN: None,
    Mark.IN_GROUP: None,
}


@dataclass(frozen=True, slots=True)
class FormatContext:
    """The language, the zone and the time to format with."""

    texts: Texts
    time_zone: ZoneInfo
    now: datetime


def shows_as_banner(outcome: GateOutcome) -> bool:
    """Return True if a banner is enough: a poster's web address needs no full verdict."""
    return outcome.decision.reason is ReasonCode.NOT_A_TICKET and not outcome.decision.override_asked


def verdict_signal(outcome: GateOutcome) -> Signal:
    """Return the verdict's colour. Green needs the decision and the journal row on disk."""
    decision = outcome.decision
    if outcome.is_green:
        if is_annulled(outcome):
            return Signal.AMBER
        if outcome.trouble is Trouble.NOT_WRITTEN:
            return Signal.RED
        return Signal.AMBER if outcome.trouble is Trouble.GATE_STUCK else Signal.GREEN
    if decision.admits or outcome.trouble is Trouble.NOT_WRITTEN:
        return Signal.RED
    return Signal.AMBER if colour_of(decision) is VerdictColour.AMBER else Signal.RED


def reason_text(outcome: GateOutcome, context: FormatContext) -> str:
    """Return the reason in one sentence of the operator's language."""
    decision, texts = outcome.decision, context.texts
    if _unwritten(outcome):
        return texts("reason.not_written")
    if is_annulled(outcome):
        return annulment_reason(outcome, texts)
    if outcome.trouble is Trouble.GATE_STUCK:
        return texts("reason.gate_stuck")
    if decision.result is ScanResult.MANUAL_OVERRIDE and decision.override:
        override = decision.override
        return texts(
            "reason.overridden", operator=override.operator, reason=override.reason.strip().rstrip(".")
        )
    if outcome.is_registration_code:
        return texts("registration_code.scanned")
    key = "wrong_event_named" if outcome.other_event else decision.reason.value
    if decision.reason is ReasonCode.TICKET_OUTDATED and decision.detail == KEY_ENDED:
        key = "ticket_key_ended"
    return texts(
        f"reason.{key}",
        detail=detail_text(decision, context),
        event=outcome.other_event,
        now=outcome.event_name,
    )


def detail_text(decision: Decision, context: FormatContext) -> str:
    """Return the decision's detail for people: an instant as a time in the event's zone, all else unchanged."""
    if not decision.detail or decision.reason not in _TIME_FORMS:
        return decision.detail
    try:
        at = datetime.fromisoformat(decision.detail)
    except ValueError:
        return decision.detail
    today = context.now.astimezone(context.time_zone)
    local = at.astimezone(context.time_zone) if at.tzinfo else at.replace(tzinfo=context.time_zone)
    return context.texts.when(local, today, form=_TIME_FORMS[decision.reason])


def build_verdict(
    outcome: GateOutcome, context: FormatContext, *, serial: int, flash: bool, seconds_left: float = 0
) -> Verdict:
    """Build the large answer to a scan. `seconds_left`: in which the admitted person may still pass."""
    texts, signal = context.texts, verdict_signal(outcome)
    chips = [
        Chip(texts(f"mark.{mark.value}"), _MARK_SIGNALS.get(mark, Signal.AMBER))
        for mark in _visible_marks(outcome)
    ]
    if outcome.decision.result is ScanResult.MANUAL_OVERRIDE:
        chips.insert(0, Chip(texts("short.overridden"), Signal.BLUE))
        chips.insert(1, Chip(texts(f"short.{outcome.decision.reason.value}"), Signal.AMBER))
    if (chip := passage_chip(outcome, texts, seconds_left)) is not None and not is_annulled(outcome):
        chips.append(chip)
    return Verdict(
        serial=serial,
        signal=signal,
        word=verdict_word(outcome, texts),
        name=outcome.name,
        subtitle=" \u00b7 ".join(part for part in (outcome.registration_code, outcome.category) if part),
        reason=reason_text(outcome, context),
        chips=tuple(chips),
        note=_note(outcome, texts),
        flash=flash,
    )


def build_notice_verdict(notice: Notice, context: FormatContext, *, serial: int, flash: bool) -> Verdict:
    """Build the large answer where there was no scan to decide."""
    return Verdict(
        serial=serial,
        signal=_NOTICE_SIGNALS[notice],
        word=context.texts(f"word.{notice.value}"),
        name="",
        subtitle="",
        reason=context.texts(f"reason.{notice.value}"),
        flash=flash,
    )


def build_readiness_verdict(
    readiness: GateReadiness, context: FormatContext, *, serial: int, flash: bool
) -> Verdict:
    """Build the large answer of a gate that can't decide yet: what it lacks, and what to do."""
    texts, state = context.texts, readiness.state
    key = f"not_ready.{state.value}"
    if state is ReadinessState.LOADING and readiness.total is None:
        key = "not_ready.loading_first"
    return Verdict(
        serial=serial,
        signal=Signal.BLUE if state in _WAITING_STATES else Signal.AMBER,
        word=texts(f"not_ready.word.{state.value}"),
        name="",
        subtitle="",
        reason=texts(key, received=readiness.received, total=readiness.total or 0),
        note=_readiness_note(readiness, texts),
        flash=flash,
    )


def _readiness_note(readiness: GateReadiness, texts: Texts) -> str:
    if readiness.cause is not None:
        return texts(f"store_cause.{readiness.cause.value}")
    return readiness.detail if readiness.fault is None else texts(f"store.{readiness.fault.value}")


def recent_scan_item(
    outcome: GateOutcome, context: FormatContext, key: int, *, taken_back: bool = False
) -> ListItem:
    """Return the list item of a recent scan: the person (or the result where none is known), the result, the time."""
    texts = context.texts
    result = texts("short.taken_back" if taken_back else f"short.{_short_key(outcome)}")
    person = outcome.name or outcome.registration_code
    return ListItem(
        id=str(key),
        title=person or result,
        subtitle=" \u00b7 ".join(
            part for part in (result if person else "", passage_suffix(outcome, texts)) if part
        ),
        signal=Signal.AMBER if taken_back else verdict_signal(outcome),
        trailing=f"{outcome.at.astimezone(context.time_zone):%H:%M:%S}",
    )


def _note(outcome: GateOutcome, texts: Texts) -> str:
    """Return the sentence below the reason: the device's or the store's, that the program failed, or where the ticket was used."""
    if _unwritten(outcome) and outcome.decision.reason is ReasonCode.STATION_FAILED:
        return texts("reason.station_failed")
    if outcome.door_fault is not None:
        return door_text(outcome.door_fault, texts)
    if outcome.fault is not None:
        return texts(f"store.{outcome.fault.value}")
    return texts("already.gate", gate=outcome.earlier_gate) if outcome.earlier_gate else ""


def _unwritten(outcome: GateOutcome) -> bool:
    return outcome.trouble is Trouble.NOT_WRITTEN or (outcome.decision.admits and not outcome.is_green)


def verdict_word(outcome: GateOutcome, texts: Texts) -> str:
    """Return the word that the screen shows in large letters."""
    return texts(_word_key(outcome, verdict_signal(outcome)))


def _word_key(outcome: GateOutcome, signal: Signal) -> str:
    decision = outcome.decision
    if outcome.is_green and is_annulled(outcome):
        return "word.not_passed"
    if signal is Signal.GREEN:
        return "word.welcome" if decision.direction is Direction.ENTRY else "word.goodbye"
    if signal is Signal.RED:
        return "word.stop"
    if outcome.trouble is Trouble.GATE_STUCK:
        return "word.by_hand"
    return _WORDS.get(decision.reason, "word.check")


def _short_key(outcome: GateOutcome) -> str:
    if _unwritten(outcome):
        return Trouble.NOT_WRITTEN.value
    if outcome.trouble is Trouble.GATE_STUCK:
        return Trouble.GATE_STUCK.value
    overridden = outcome.decision.result is ScanResult.MANUAL_OVERRIDE
    return "overridden" if overridden else outcome.decision.reason.value


def _visible_marks(outcome: GateOutcome) -> list[Mark]:
    """Return the marks, except the one that the reason states already."""
    stated = {
        ReasonCode.UNKNOWN_PARTICIPANT: Mark.UNKNOWN_PARTICIPANT,
        ReasonCode.ADMITTED_UNKNOWN: Mark.UNKNOWN_PARTICIPANT,
        ReasonCode.CLOCK_UNSURE: Mark.CLOCK_UNSURE,
        ReasonCode.ROSTER_STALE: Mark.ROSTER_STALE,
    }.get(outcome.decision.reason)
    return [mark for mark in outcome.decision.marks if mark is not stated]
