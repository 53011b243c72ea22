"""A scan in words: which colour, which word, which sentence. Qt-free and without memory."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from hub_sync.contract.enums import Direction, Mark, ReasonCode, ScanResult
from hub_sync.rules.admission import Decision
from kiosk_app.core.outcome import GateOutcome, Notice, Trouble
from kiosk_app.screens.gate.view_state import Chip, ScanLine, Verdict
from resources.themes import Signal
from resources.translations import Texts

HOLDS = frozenset({ReasonCode.UNKNOWN_PARTICIPANT, ReasonCode.ROSTER_STALE, ReasonCode.CLOCK_UNSURE})
"""Not the ticket's fault: the station lacks something, so it asks instead of refusing."""

_ASKING_RESULTS = frozenset({ScanResult.EXPIRED, ScanResult.ALREADY_SCANNED})

_WORDS = {
    ReasonCode.ALREADY_INSIDE: "word.already_inside",
    ReasonCode.ALREADY_USED: "word.already_used",
    ReasonCode.EVENT_NOT_STARTED: "word.too_early",
    ReasonCode.EVENT_OVER: "word.over",
    ReasonCode.EVENT_CANCELLED: "word.cancelled",
}

_TIME_FORMS = {
    ReasonCode.ALREADY_INSIDE: "time",
    ReasonCode.ALREADY_USED: "at",
    ReasonCode.EVENT_OVER: "at",
    ReasonCode.EVENT_NOT_STARTED: "at",
}

_MARK_SIGNALS = {Mark.BLACKLIST_FLAG: Signal.RED, Mark.OVERRIDE_NOT_NEEDED: None}


@dataclass(frozen=True, slots=True)
class Voice:
    """In which language and zone to speak, and when."""

    texts: Texts
    time_zone: ZoneInfo
    now: datetime


def is_quiet(outcome: GateOutcome) -> bool:
    """Whether a banner is enough: a poster's web address is no case for the whole screen."""
    return outcome.decision.reason is ReasonCode.NOT_A_TICKET and not outcome.decision.override_asked


def signal_of(outcome: GateOutcome) -> Signal:
    """The verdict's colour. Green needs the decision and the disk, in this order of asking."""
    decision = outcome.decision
    if outcome.is_green:
        if outcome.trouble is Trouble.NOT_WRITTEN:
            return Signal.RED
        return Signal.AMBER if outcome.trouble is Trouble.GATE_STUCK else Signal.GREEN
    if decision.admits or outcome.trouble is Trouble.NOT_WRITTEN:
        return Signal.RED
    held = decision.overridable and decision.reason in HOLDS
    return Signal.AMBER if held or decision.result in _ASKING_RESULTS else Signal.RED


def reason_of(outcome: GateOutcome, voice: Voice) -> str:
    """Why, in one sentence of the operator's language."""
    decision, texts = outcome.decision, voice.texts
    if _unwritten(outcome):
        return texts("reason.not_written")
    if outcome.trouble is Trouble.GATE_STUCK:
        return texts("reason.gate_stuck")
    if decision.result is ScanResult.MANUAL_OVERRIDE and decision.override:
        override = decision.override
        return texts(
            "reason.overridden", operator=override.operator, reason=override.reason.strip().rstrip(".")
        )
    return texts(f"reason.{decision.reason.value}", detail=detail_of(decision, voice))


def detail_of(decision: Decision, voice: Voice) -> str:
    """The rules' detail as a person says it: an instant as a time in the event's zone, all else as it is."""
    if not decision.detail or decision.reason not in _TIME_FORMS:
        return decision.detail
    try:
        at = datetime.fromisoformat(decision.detail)
    except ValueError:
        return decision.detail
    today = voice.now.astimezone(voice.time_zone)
    local = at.astimezone(voice.time_zone) if at.tzinfo else at.replace(tzinfo=voice.time_zone)
    return voice.texts.when(local, today, form=_TIME_FORMS[decision.reason])


def verdict_of(outcome: GateOutcome, voice: Voice, *, serial: int, flash: bool) -> Verdict:
    """The large answer to one scan."""
    texts, signal = voice.texts, signal_of(outcome)
    chips = [
        Chip(texts(f"mark.{mark.value}"), _MARK_SIGNALS.get(mark, Signal.AMBER))
        for mark in _shown_marks(outcome)
    ]
    if outcome.decision.result is ScanResult.MANUAL_OVERRIDE:
        chips.insert(0, Chip(texts("short.overridden"), Signal.BLUE))
        chips.insert(1, Chip(texts(f"short.{outcome.decision.reason.value}"), Signal.AMBER))
    return Verdict(
        serial=serial,
        signal=signal,
        word=texts(_word_key(outcome, signal)),
        name=outcome.name,
        line=" \u00b7 ".join(part for part in (outcome.registration_code, outcome.category) if part),
        reason=reason_of(outcome, voice),
        chips=tuple(chips),
        note=outcome.trouble_sentence,
        flash=flash,
    )


def verdict_of_notice(notice: Notice, voice: Voice, *, serial: int, flash: bool) -> Verdict:
    """The large answer where there was no scan to decide."""
    ask = notice is Notice.TWO_CODES
    return Verdict(
        serial=serial,
        signal=Signal.AMBER if ask else Signal.BLUE,
        word=voice.texts(f"word.{notice.value}"),
        name="",
        line="",
        reason=voice.texts(f"reason.{notice.value}"),
        flash=flash and ask,
    )


def scan_line(outcome: GateOutcome, voice: Voice, key: int) -> ScanLine:
    """One row of the last scans: who (or what it was), and what became of it."""
    texts = voice.texts
    word = texts(f"short.{_short_key(outcome)}")
    who = outcome.name or outcome.registration_code
    return ScanLine(
        key=key,
        signal=signal_of(outcome),
        title=who or word,
        word=word if who else "",
        time=f"{outcome.at.astimezone(voice.time_zone):%H:%M:%S}",
    )


def _unwritten(outcome: GateOutcome) -> bool:
    return outcome.trouble is Trouble.NOT_WRITTEN or (outcome.decision.admits and not outcome.is_green)


def _word_key(outcome: GateOutcome, signal: Signal) -> str:
    decision = outcome.decision
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


def _shown_marks(outcome: GateOutcome) -> list[Mark]:
    """All but those whose reason says the same already."""
    told = {
        ReasonCode.UNKNOWN_PARTICIPANT: Mark.UNKNOWN_PARTICIPANT,
        ReasonCode.ADMITTED_UNKNOWN: Mark.UNKNOWN_PARTICIPANT,
        ReasonCode.CLOCK_UNSURE: Mark.CLOCK_UNSURE,
        ReasonCode.ROSTER_STALE: Mark.ROSTER_STALE,
    }.get(outcome.decision.reason)
    return [mark for mark in outcome.decision.marks if mark is not told]
