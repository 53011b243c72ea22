"""Format a decision for the visitor whom it is about. Who must see staff reads the same page, whatever the reason is."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from zoneinfo import ZoneInfo

from hub_sync.contract.enums import ReasonCode
from kiosk_app.core.kiosk.session import VisitorSession
from kiosk_app.kiosk_messages import KioskStatus
from kiosk_app.messages import GateOutcome, Notice, Trouble
from resources.themes import Signal
from resources.translations.catalogue import Texts


class Kind(Enum):
    """What a decision means at a kiosk."""

    WELCOME = auto()
    ALREADY = auto()
    """Checked in before: the visitor may draw a number all the same."""
    RETRY = auto()
    """The code was not read or typed well: another try is worth while."""
    STAFF = auto()


_ALREADY = frozenset({ReasonCode.ALREADY_INSIDE, ReasonCode.ALREADY_USED})
_RETRY = {
    ReasonCode.NOT_A_TICKET: "not_a_ticket",
    ReasonCode.TICKET_DAMAGED: "damaged",
    ReasonCode.TICKET_MALFORMED: "damaged",
    ReasonCode.UNKNOWN_CODE: "unknown_code",
    ReasonCode.TICKET_OUTDATED: "outdated",
}
_TIMES = {
    ReasonCode.EVENT_NOT_STARTED: "not_open",
    ReasonCode.EVENT_OVER: "over",
    ReasonCode.DOORS_CLOSED: "over",
}
"""Reasons that are nobody's fault. All others are the same page: a hall full of people reads along."""


@dataclass(frozen=True, slots=True)
class OutcomeText:
    """A decision in the visitor's words."""

    kind: Kind
    heading: str
    text: str
    icon: str
    signal: Signal


def kind_of(session: VisitorSession) -> Kind:
    """Return what the decision on a session's visitor means."""
    outcome = session.outcome
    if not isinstance(outcome, GateOutcome):
        return Kind.STAFF
    if outcome.is_green:
        return Kind.WELCOME
    if outcome.decision.admits or outcome.trouble is Trouble.NOT_WRITTEN:
        return Kind.STAFF
    if outcome.decision.reason in _ALREADY:
        return Kind.ALREADY
    if outcome.decision.reason in _RETRY and session.misses < MOST_MISSES:
        return Kind.RETRY
    return Kind.STAFF


MOST_MISSES = 3
"""After so many codes that nobody has, a visitor sees staff, and somebody who tries codes stands there."""


def outcome_text(
    session: VisitorSession, status: KioskStatus | None, texts: Texts, zone: ZoneInfo, now: datetime
) -> OutcomeText:
    """Return a decision in the visitor's words."""
    kind, outcome = kind_of(session), session.outcome
    if kind is Kind.WELCOME and isinstance(outcome, GateOutcome):
        is_stuck = outcome.trouble is Trouble.GATE_STUCK
        heading = texts("kiosk.welcome", name=session.name) if session.name else texts("kiosk.welcome_plain")
        text = texts("kiosk.checked_in_stuck" if is_stuck else "kiosk.checked_in")
        return OutcomeText(kind, heading, text, "verdict-green", Signal.GREEN)
    if kind is Kind.ALREADY:
        return OutcomeText(
            kind, texts("kiosk.already"), texts("kiosk.already_text"), "verdict-green", Signal.GREEN
        )
    if kind is Kind.RETRY and isinstance(outcome, GateOutcome):
        name = _RETRY[outcome.decision.reason]
        return OutcomeText(
            kind,
            texts(f"kiosk.retry.{name}"),
            texts(f"kiosk.retry.{name}_text"),
            "verdict-blue",
            Signal.BLUE,
        )
    return _staff_text(outcome, status, texts, zone, now)


def _staff_text(
    outcome: GateOutcome | Notice | None,
    status: KioskStatus | None,
    texts: Texts,
    zone: ZoneInfo,
    now: datetime,
) -> OutcomeText:
    name = _TIMES.get(outcome.decision.reason) if isinstance(outcome, GateOutcome) else None
    if name == "not_open" and status is not None and status.opens_at is not None:
        when = texts.when(status.opens_at.astimezone(zone), now.astimezone(zone), form="at")
        return OutcomeText(
            Kind.STAFF,
            texts("kiosk.trouble.not_open"),
            texts("kiosk.opens", when=when),
            "clock",
            Signal.BLUE,
        )
    if name == "over":
        return OutcomeText(
            Kind.STAFF, texts("kiosk.trouble.over"), texts("kiosk.trouble.over_text"), "clock", Signal.BLUE
        )
    return OutcomeText(
        Kind.STAFF, texts("kiosk.see_staff"), texts("kiosk.see_staff_text"), "person", Signal.BLUE
    )
