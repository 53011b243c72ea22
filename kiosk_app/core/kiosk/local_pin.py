"""The PIN of this machine's settings, for a kiosk whose event lists no operators. Wrong ones make everybody wait."""

import hmac

from hub_sync.contract.clock import Clock
from hub_sync.rules.operator_pins import wait_after
from hub_sync.rules.text_normalization import ascii_digits
from kiosk_app.core.shift.operators import AUTHORITY_MS
from kiosk_app.messages import PinAnswer, PinResult


class LocalPin:
    """Checks the PIN, and remembers for two minutes that it was right. Used by the gate's thread only."""

    def __init__(self, pin: str, clock: Clock) -> None:
        self._pin, self._clock = pin, clock
        self._failures, self._wait_until_ms, self._good_until_ms = 0, 0, 0

    @property
    def is_set(self) -> bool:
        """True if this machine has a PIN of its own."""
        return bool(self._pin)

    @property
    def is_good(self) -> bool:
        """True if the PIN was typed within the last two minutes."""
        return self._clock.monotonic_ms() < self._good_until_ms

    def extend(self) -> None:
        """Keep the PIN good for another two minutes: it was used."""
        self._good_until_ms = self._clock.monotonic_ms() + AUTHORITY_MS

    def lock(self) -> None:
        """Ask for the PIN again from now on."""
        self._good_until_ms = 0

    def check(self, pin: str) -> PinAnswer:
        """Return if it is the PIN. After some wrong ones none is checked for a while."""
        now_ms = self._clock.monotonic_ms()
        if (left_ms := self._wait_until_ms - now_ms) > 0:
            return PinAnswer(PinResult.WAIT, -(-left_ms // 1000))
        if self._pin and hmac.compare_digest(ascii_digits(pin).encode(), self._pin.encode()):
            self._failures = 0
            self.extend()
            return PinAnswer(PinResult.ACCEPTED)
        self._failures += 1
        wait_s = wait_after(self._failures)
        self._wait_until_ms = now_ms + wait_s * 1000
        return PinAnswer(PinResult.WAIT if wait_s else PinResult.WRONG, wait_s)
