"""Format what became of an admission at the turnstile. Qt-free and stateless."""

from math import ceil

from hub_sync.contract.enums import Passage, PassageCause
from kiosk_app.messages import GateOutcome
from kiosk_app.ui.items import Chip
from resources.themes import Signal
from resources.translations.catalogue import Texts

_SIGNALS = {
    Passage.GRANTED: Signal.BLUE,
    Passage.PASSED: Signal.GREEN,
    Passage.NO_PASSAGE: Signal.AMBER,
    Passage.UNKNOWN: Signal.AMBER,
    Passage.WITHOUT_SENSOR: None,
}


def passage_chip(outcome: GateOutcome, texts: Texts, seconds_left: float) -> Chip | None:
    """Return the chip about the passage; None for a gate without a turnstile and for a refused person."""
    if outcome.passage is None:
        return None
    if outcome.passage is Passage.GRANTED:
        if seconds_left <= 0:
            return None
        return Chip(texts("passage.granted", seconds=ceil(seconds_left)), Signal.BLUE)
    return Chip(texts(f"passage.{outcome.passage.value.lower()}"), _SIGNALS[outcome.passage])


def is_annulled(outcome: GateOutcome) -> bool:
    """Return True if nobody passed, so that the admission does not count."""
    return outcome.passage is Passage.NO_PASSAGE


def annulment_reason(outcome: GateOutcome, texts: Texts) -> str:
    """Return why an admission was given back, and what that means."""
    cause = outcome.passage_cause or PassageCause.TIMED_OUT
    return texts(f"passage.reason.{cause.value}")


def passage_suffix(outcome: GateOutcome, texts: Texts) -> str:
    """Return what the list of scans says about the passage; empty where it needs no word."""
    if outcome.passage in (None, Passage.GRANTED, Passage.WITHOUT_SENSOR):
        return ""
    return texts(f"passage.short.{outcome.passage.value.lower()}")
