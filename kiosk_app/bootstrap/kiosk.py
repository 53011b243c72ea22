"""Build what a station has as a kiosk: its voice, its queues and its printer."""

from collections.abc import Callable

from hardware.voice import Voice, find_headset
from hub_sync.client.timekeeper import Timekeeper
from hub_sync.contract.clock import Clock
from hub_sync.contract.ids import NewId
from kiosk_app.core.gate import Gate
from kiosk_app.core.kiosk.numbers import KioskQueues, NumberDesk
from kiosk_app.core.kiosk.papers import KioskPrinter
from kiosk_app.core.kiosk.privacy import hide_visitor
from kiosk_app.core.queue.service import QueueService
from kiosk_app.messages import Publish, ScreenMessage
from kiosk_app.settings import StationSettings
from kiosk_app.workers.kiosk_commands import KioskCommands, KioskParts
from kiosk_app.workers.verdict_voice import VerdictVoice

KIOSK = "kiosk"
"""The mode of a kiosk."""
LONGEST_SPEECH_S = 90.0
"""A page that is read aloud slowly takes less."""


def build_voice(mode: str) -> Voice:
    """Build the voice of a station: a kiosk reads whole pages."""
    return Voice(longest_s=LONGEST_SPEECH_S) if mode == KIOSK else Voice()


def voice_in(mode: str, voice: VerdictVoice) -> VerdictVoice | None:
    """Return the voice of verdicts; None at a kiosk, where nobody else is to hear them."""
    return None if mode == KIOSK else voice


def publish_in(mode: str, publish: Publish) -> Publish:
    """Return the receiver of the workers' messages: a kiosk's screen never gets a whole name."""
    return (lambda message: publish(hide_visitor(message))) if mode == KIOSK else publish


def identify_in(kiosk: KioskCommands | None) -> Callable[[Gate, str], ScreenMessage] | None:
    """Return what takes the codes that are held up; None: the gate decides them at once."""
    return None if kiosk is None else kiosk.identify


def build_kiosk(
    mode: str,
    settings: StationSettings,
    clock: Clock,
    new_id: NewId,
    *,
    voice: Voice,
    printer: KioskPrinter,
    on_written: Callable[[], None],
    request_update: Callable[[], None],
) -> KioskCommands | None:
    """Build the commands of a kiosk over its devices; None in another mode. `on_written` is called after each number."""
    if mode != KIOSK:
        return None

    def open_queues(gate: Gate) -> NumberDesk:
        timekeeper = Timekeeper(clock, gate.store)
        return KioskQueues(gate.store, QueueService(gate.store, timekeeper, clock, new_id, on_written))

    return KioskCommands(
        clock,
        KioskParts(printer, voice, find_headset, open_queues),
        request_update=request_update,
        local_pin=settings.kiosk_pin,
    )
