"""What the page of the turnstile shows and decides, without Qt: a test pulse, what it did, and the sensor live."""

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from hardware.inputs import InputRole
from hardware.relay import RelayAddress
from kiosk_app.messages import (
    AnswerWiring,
    EventInfo,
    ForgetBoard,
    KeepBoard,
    ScreenMessage,
    SelectChannel,
    ShowWiring,
    TestPulse,
    UseBoard,
    WiringAnswer,
    WiringCommand,
    WiringRefusal,
    WiringState,
)
from kiosk_app.ui.age_text import age_text
from kiosk_app.ui.items import ListItem
from resources.themes import Signal
from resources.translations.catalogue import Texts

Commands = tuple[WiringCommand, ...]


@dataclass(frozen=True, slots=True)
class WiringRow:
    """A fact with its mark."""

    label: str
    value: str
    signal: Signal = Signal.GREEN


@dataclass(frozen=True, slots=True)
class WiringPageState:
    """The page. `signal` None: nothing was tried yet."""

    title: str
    text: str
    signal: Signal | None
    rows: tuple[WiringRow, ...]
    channel: str
    last: str
    doubt: str
    choice: str
    boards: tuple[ListItem, ...]
    kept: str
    can_use: bool
    can_keep: bool
    can_forget: bool
    """True if the button that keeps the board forgets it."""
    can_pulse: bool
    can_answer: bool
    can_go_down: bool
    can_go_up: bool


class WiringPresenter:
    """Holds the page's memory."""

    def __init__(self, texts: Texts, operator: str = "") -> None:
        self._texts, self._operator = texts, operator
        self._wiring = WiringState()
        self._answer: WiringAnswer | None = None
        self._chosen = ""
        self._time_zone: ZoneInfo | None = None
        """That of the event, as at the gate; None: this machine's."""

    @property
    def state(self) -> WiringPageState:
        """The page as it is now."""
        wiring, texts = self._wiring, self._texts
        key, signal = self._verdict()
        return WiringPageState(
            texts(f"setup.wiring.{key}"),
            texts(f"setup.wiring.{key}_text"),
            signal,
            self._rows(),
            texts("setup.wiring.channel", number=wiring.channel),
            self._last(),
            "" if wiring.doubt is None else texts(f"setup.wiring.doubt_{wiring.doubt.value}"),
            texts("setup.wiring.choice" if wiring.boards else "setup.wiring.no_boards"),
            self._boards(),
            self._kept(),
            can_use=self._chosen not in ("", wiring.address),
            can_keep=bool(wiring.address) and wiring.address != wiring.kept,
            can_forget=wiring.is_saved and wiring.address in ("", wiring.kept),
            can_pulse=bool(wiring.address) and not wiring.is_waiting,
            can_answer=wiring.is_waiting,
            can_go_down=bool(wiring.address) and wiring.channel > 1,
            can_go_up=bool(wiring.address) and wiring.channel < wiring.channels,
        )

    def receive(self, message: ScreenMessage) -> None:
        """Take the test's state into account."""
        if isinstance(message, WiringState):
            self._wiring = message
        elif isinstance(message, EventInfo):
            self._time_zone = message.time_zone

    def tick(self) -> Commands:
        """Ask for the state: the sensor is shown live."""
        return (ShowWiring(),)

    def pulse(self) -> Commands:
        """Send a test pulse."""
        self._answer = None
        return (TestPulse(),) if self.state.can_pulse else ()

    def answer(self, answer: WiringAnswer) -> Commands:
        """Store what the person saw."""
        if not self._wiring.is_waiting:
            return ()
        self._answer = answer
        return (AnswerWiring(answer, self._operator),)

    def step_channel(self, by: int) -> Commands:
        """Try another channel."""
        self._answer = None
        channel = self._wiring.channel + by
        allowed = bool(self._wiring.address) and 1 <= channel <= self._wiring.channels
        return (SelectChannel(channel),) if allowed else ()

    def choose_board(self, address: str) -> None:
        """Mark a board of the list. It is used by a second step: the bytes of one board may switch on another one."""
        self._chosen = address

    def use_board(self) -> Commands:
        """Use the marked board."""
        if not self.state.can_use:
            return ()
        self._answer = None
        return (UseBoard(self._chosen),)

    def keep_board(self) -> Commands:
        """Keep the board and the channel in use for the next start, or forget them where they are kept."""
        if self.state.can_forget:
            return (ForgetBoard(),)
        return (KeepBoard(),) if self.state.can_keep else ()

    def _boards(self) -> tuple[ListItem, ...]:
        wiring, texts = self._wiring, self._texts
        items = []
        for choice in wiring.boards:
            address = RelayAddress.parse(choice.address)
            socket = texts("setup.wiring.socket", path=address.path or "", name=choice.name)
            is_current = bool(wiring.address) and _place(choice.address) == _place(wiring.address)
            items.append(
                ListItem(
                    id=choice.address,
                    title=address.scheme.upper(),
                    subtitle=socket,
                    icon="check" if is_current else "swap",
                    badge=texts("setup.wiring.marked") if choice.address == self._chosen else "",
                    current=choice.address == self._chosen if self._chosen else is_current,
                )
            )
        return tuple(items)

    def _kept(self) -> str:
        wiring, texts = self._wiring, self._texts
        if not wiring.kept:
            return texts("setup.wiring.nothing_kept")
        if wiring.kept == wiring.address:
            return texts("setup.wiring.is_kept")
        return texts("setup.wiring.other_kept", address=wiring.kept.replace(",", ",\u200b"))

    def _verdict(self) -> tuple[str, Signal | None]:
        wiring = self._wiring
        if wiring.refusal is not None:
            signal = Signal.AMBER if wiring.refusal is WiringRefusal.GRANT_OPEN else Signal.RED
            return wiring.refusal.value, signal
        if wiring.is_waiting:
            return "question", Signal.BLUE
        if self._answer is None:
            return "heading", None
        return self._answer.value, Signal.GREEN if self._answer is WiringAnswer.TURNED else Signal.AMBER

    def _rows(self) -> tuple[WiringRow, ...]:
        wiring, texts = self._wiring, self._texts
        if not wiring.address:
            return ()
        board = texts("setup.wiring.ready") if wiring.door is None else texts("setup.wiring.fault")
        rows = [
            WiringRow(texts("setup.wiring.board"), wiring.address.replace(",", ",\u200b"), Signal.BLUE),
            WiringRow(
                texts("setup.wiring.state"), board, Signal.GREEN if wiring.door is None else Signal.RED
            ),
            self._sensor_row(),
        ]
        if wiring.is_off is not None:
            value = texts("setup.wiring.is_off" if wiring.is_off else "setup.wiring.stays_on")
            rows.append(
                WiringRow(texts("setup.wiring.contact"), value, Signal.GREEN if wiring.is_off else Signal.RED)
            )
        if wiring.has_sensor and (wiring.is_waiting or self._answer is not None):
            value = texts("setup.wiring.sensed" if wiring.has_sensed else "setup.wiring.not_sensed")
            rows.append(
                WiringRow(
                    texts("setup.wiring.turn"), value, Signal.GREEN if wiring.has_sensed else Signal.AMBER
                )
            )
        return tuple(rows)

    def _sensor_row(self) -> WiringRow:
        wiring, texts = self._wiring, self._texts
        label = texts("setup.wiring.sensor")
        if not wiring.has_sensor:
            return WiringRow(label, texts("setup.wiring.no_sensor"), Signal.BLUE)
        if not wiring.inputs_ready:
            return WiringRow(label, texts("setup.wiring.unreadable"), Signal.RED)
        if InputRole.PASSAGE in wiring.active:
            return WiringRow(label, texts("setup.wiring.active"), Signal.AMBER)
        return WiringRow(label, texts("setup.wiring.at_rest"))

    def _last(self) -> str:
        last, texts = self._wiring.last, self._texts
        if last is None:
            return texts("setup.wiring.never")
        key = f"setup.wiring.last_{last.answer.value}"
        at = f"{last.at.astimezone(self._time_zone):%Y-%m-%d %H:%M}"
        age = age_text(timedelta(seconds=self._wiring.last_age_s), texts)
        return texts(key, at=at, age=age, name=last.operator or "\u2013")


def _place(address: str) -> tuple[str, str | None, str | None]:
    """Return what says which board an address means, without its channel and options."""
    parsed = RelayAddress.parse(address)
    return parsed.scheme, parsed.port or parsed.path, parsed.serial
