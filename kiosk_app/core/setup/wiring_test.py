"""The wiring test: one pulse, and a person says if the turnstile turned. It admits nobody and is no journal row.

Only a person can tell that the board in this socket moves this turnstile: two makes of boards share one USB id, and a welded contact
or a swapped wire looks right to the program.
"""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Protocol, assert_never

import structlog
from serial.tools import list_ports

from hardware.inputs import InputRole, InputSettings, InputSnapshot
from hardware.relay import (
    DRIVERS,
    BoardChoice,
    DoorHealth,
    DoorState,
    InputBoard,
    PulseResult,
    RelayAddress,
    create_board,
    list_boards,
)
from hardware.relay.address import PortLister
from hardware.scanner import HandScanner
from hub_sync.client.store import Store
from hub_sync.contract.clock import Clock, SystemClock
from kiosk_app.core.passage.monitor import PassageMonitor
from kiosk_app.core.setup.board_choice import forget_board, load_board, save_board, saved_board
from kiosk_app.messages import (
    AnswerWiring,
    ForgetBoard,
    KeepBoard,
    SelectChannel,
    ShowWiring,
    TestPulse,
    UseBoard,
    WiringAnswer,
    WiringCommand,
    WiringRefusal,
    WiringResult,
    WiringState,
)

MAX_CHANNEL = 16
TEST_WINDOW_S = 15.0
"""The time after a test pulse in which a turn is not reported as one of somebody who slipped through."""
OFF_AFTER_S = 1.0
"""The time after a pulse by which the board has confirmed that its contact opened."""
LIST_EVERY_S = 3.0
_KEY = "wiring_test"
_log = structlog.get_logger()


class WiringDoor(Protocol):
    """The part of `hardware.relay.Door` that a wiring test needs."""

    input_settings: InputSettings

    @property
    def address(self) -> RelayAddress:
        """The address of the board, with the channel."""
        ...

    def health(self) -> DoorHealth:
        """Return the door's health."""
        ...

    def inputs(self) -> InputSnapshot | None:
        """Return the inputs as they were read last."""
        ...

    def pulse(self, duration_ms: int) -> PulseResult:
        """Send one pulse."""
        ...

    @property
    def reconnected_at(self) -> datetime | None:
        """The time at which the board became ready again after it was away; None: it has not been."""
        ...

    def use(self, address: RelayAddress) -> None:
        """Use another board or channel from now on."""
        ...


class WiringTest:
    """One station's wiring test. Belongs to the gate's thread. `door` None: there is no turnstile."""

    def __init__(
        self,
        door: WiringDoor | None,
        passages: PassageMonitor | None,
        *,
        clock: Clock | None = None,
        pulse_ms: int = 400,
        scanner: HandScanner | None = None,
        relay: str = "",
        list_comports: PortLister = list_ports.comports,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Create the test.

        Args:
            door: the turnstile.
            passages: what watches it.
            clock: the station's clock.
            pulse_ms: the length of a pulse.
            scanner: the scanner, whose port is no board's.
            relay: the board of the settings, which the next start uses if none is kept.
            list_comports: lists the serial ports.
            monotonic: seconds.
        """
        self._scanner, self._relay, self._list_comports = scanner, relay, list_comports
        self._door, self._passages = door, passages
        self._clock, self._pulse_ms, self._monotonic = clock or SystemClock(), pulse_ms, monotonic
        self._pulsed_at: float | None = None
        self._is_waiting = False
        self._refusal: WiringRefusal | None = None
        self._list_at = 0.0
        self._listed_for: RelayAddress | None = None
        self._listed: tuple[BoardChoice, ...] = ()

    def execute(self, store: Store, command: WiringCommand) -> WiringState:
        """Execute a command, and return the test as it is then.

        Raises:
            StoreError: the answer could not be stored.
        """
        match command:
            case ShowWiring():
                pass
            case SelectChannel(channel):
                if self._door is not None:
                    self._use(self._door.address.with_channel(max(1, min(channel, MAX_CHANNEL))))
            case UseBoard(address):
                self._choose(store, RelayAddress.parse(address))
            case KeepBoard():
                if self._door is not None:
                    save_board(store, self._door.address)
            case ForgetBoard():
                forget_board(store)
            case TestPulse():
                self._pulse()
            case AnswerWiring(answer, operator):
                self._answer(store, answer, operator)
            case _:
                assert_never(command)
        return self._state(store)

    def _choose(self, store: Store, address: RelayAddress) -> None:
        """Use another board; where there is no turnstile, keep it for the next start."""
        if self._door is None:
            save_board(store, address)
            return
        settings = self._door.input_settings
        if settings.assignments and not settings.board and not isinstance(create_board(address), InputBoard):
            self._refusal = WiringRefusal.NO_INPUTS
            return
        self._use(address)

    def _use(self, address: RelayAddress) -> None:
        self._pulsed_at, self._is_waiting, self._refusal = None, False, self._obstacle()
        if self._door is not None and self._refusal is not WiringRefusal.GRANT_OPEN:
            self._door.use(address)
            self._refusal = None

    def _obstacle(self) -> WiringRefusal | None:
        if self._door is None:
            return WiringRefusal.NO_TURNSTILE
        if self._passages is not None and self._passages.has_open_grants:
            return WiringRefusal.GRANT_OPEN
        return None if self._door.health().state is DoorState.READY else WiringRefusal.NOT_READY

    def _pulse(self) -> None:
        self._refusal = self._obstacle()
        if self._door is None or self._refusal is not None:
            return
        if self._passages is not None:
            self._passages.begin_test(TEST_WINDOW_S)
        result = self._door.pulse(self._pulse_ms)
        _log.info("test_pulse", relay=self._door.address.text, sent=result.sent, problem=result.error_message)
        self._is_waiting = result.sent
        self._pulsed_at = self._monotonic() if result.sent else None
        self._refusal = None if result.sent else WiringRefusal.FAILED

    def _answer(self, store: Store, answer: WiringAnswer, operator: str) -> None:
        if self._door is None or not self._is_waiting:
            return
        address = self._door.address
        result = WiringResult(
            address.text,
            address.channel,
            self._clock.now(),
            operator,
            answer,
            is_off=self._is_off() is True,
            has_sensed=self._has_sensed(),
            boot_id=self._clock.boot_id,
        )
        store.settings.put(
            _KEY,
            {
                "address": result.address,
                "channel": result.channel,
                "at": result.at.isoformat(),
                "operator": operator,
                "answer": answer.value,
                "is_off": result.is_off,
                "has_sensed": result.has_sensed,
                "boot_id": result.boot_id,
            },
        )
        self._is_waiting = False
        _log.info("wiring_test", relay=address.text, answer=answer.value, operator=operator)

    def _is_off(self) -> bool | None:
        """Return True once the contact is open again after the last test pulse; None: there was no pulse, or it lasts."""
        if self._door is None or self._pulsed_at is None:
            return None
        if self._monotonic() < self._pulsed_at + self._pulse_ms / 1000 + OFF_AFTER_S:
            return None
        health = self._door.health()
        return health.state is DoorState.READY and health.fault is None

    def _has_sensed(self) -> bool:
        return self._pulsed_at is not None and self._passages is not None and self._passages.test_turns > 0

    def _state(self, store: Store) -> WiringState:
        last, kept = load_wiring_result(store), load_board(store, self._relay)
        is_saved = bool(saved_board(store))
        if self._door is None:
            return WiringState(
                refusal=WiringRefusal.NO_TURNSTILE,
                last=last,
                boards=self._boards(None),
                kept=kept,
                is_saved=is_saved,
            )
        inputs, address = self._door.inputs(), self._door.address
        doubt = last.doubt(address.text, self._clock.boot_id, self._door.reconnected_at) if last else None
        return WiringState(
            address=address.text,
            channel=address.channel,
            channels=MAX_CHANNEL,
            door=self._door.health().fault,
            inputs_ready=inputs is not None and inputs.is_ready,
            has_sensor=self._door.input_settings.has(InputRole.PASSAGE),
            active=inputs.active if inputs is not None else (),
            is_waiting=self._is_waiting,
            is_off=self._is_off(),
            has_sensed=self._has_sensed(),
            refusal=self._refusal,
            last=last,
            last_age_s=max(0.0, (self._clock.now() - last.at).total_seconds()) if last else 0.0,
            doubt=doubt,
            boards=self._boards(address),
            kept=kept,
            is_saved=is_saved,
        )

    def _boards(self, current: RelayAddress | None) -> tuple[BoardChoice, ...]:
        """Return the boards to choose from, listed now and then: the state is shown four times a second."""
        now = self._monotonic()
        if now >= self._list_at or current != self._listed_for:
            self._list_at, self._listed_for = now + LIST_EVERY_S, current
            ports = (self._scanner.address.place.removeprefix("serial:"),) if self._scanner else ()
            self._listed = list_boards(DRIVERS, current, ports, self._list_comports)
        return self._listed


def load_wiring_result(store: Store) -> WiringResult | None:
    """Return the answer to the last wiring test, or None. A text that another version wrote is none.

    Raises:
        StoreError: the store could not be read.
    """
    values = store.settings.get(_KEY, None)
    if not isinstance(values, dict):
        return None
    try:
        return WiringResult(
            str(values["address"]),
            int(values["channel"]),
            datetime.fromisoformat(values["at"]),
            str(values["operator"]),
            WiringAnswer(values["answer"]),
            bool(values["is_off"]),
            bool(values["has_sensed"]),
            str(values.get("boot_id", "")),
        )
    except (KeyError, ValueError, TypeError):
        return None
