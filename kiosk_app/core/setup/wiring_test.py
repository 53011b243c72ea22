"""The wiring test: one pulse, and a person says if the turnstile turned. It admits nobody and is no journal row.

Only a person can tell that the board in this socket moves this turnstile: two makes of boards share one USB id, and a welded contact
or a swapped wire looks right to the program.
"""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Protocol, assert_never

import structlog

from hardware.inputs import InputRole, InputSettings, InputSnapshot
from hardware.relay import DoorHealth, DoorState, PulseResult, RelayAddress
from hub_sync.client.store import Store
from hub_sync.contract.clock import Clock, SystemClock
from kiosk_app.core.passage.monitor import PassageMonitor
from kiosk_app.messages import (
    AnswerWiring,
    SelectChannel,
    ShowWiring,
    TestPulse,
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

    def use_channel(self, channel: int) -> None:
        """Use another channel from now on."""
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
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._door, self._passages = door, passages
        self._clock, self._pulse_ms, self._monotonic = clock or SystemClock(), pulse_ms, monotonic
        self._pulsed_at: float | None = None
        self._is_waiting = False
        self._refusal: WiringRefusal | None = None

    def execute(self, store: Store, command: WiringCommand) -> WiringState:
        """Execute a command, and return the test as it is then.

        Raises:
            StoreError: the answer could not be stored.
        """
        match command:
            case ShowWiring():
                pass
            case SelectChannel(channel):
                self._select(channel)
            case TestPulse():
                self._pulse()
            case AnswerWiring(answer, operator):
                self._answer(store, answer, operator)
            case _:
                assert_never(command)
        return self._state(store)

    def _select(self, channel: int) -> None:
        self._pulsed_at, self._is_waiting, self._refusal = None, False, self._obstacle()
        if self._door is not None and self._refusal is not WiringRefusal.GRANT_OPEN:
            self._door.use_channel(max(1, min(channel, MAX_CHANNEL)))

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
        last = load_wiring_result(store)
        if self._door is None:
            return WiringState(refusal=WiringRefusal.NO_TURNSTILE, last=last)
        inputs, address = self._door.inputs(), self._door.address
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
        )


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
        )
    except (KeyError, ValueError, TypeError):
        return None
