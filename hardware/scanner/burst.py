"""Tell a keyboard-wedge scanner from a person by the speed of the keys. Pure: times come with the keys.

A scanner types a key every 1 to 40 ms and ends with Enter, with Tab or with nothing. The fastest typists need more than
60 ms a key. So each character is withheld for a moment. If the next ones follow fast enough, they are a scan; else they
belong to a person and are delivered, in order.
"""

from dataclasses import dataclass
from enum import Enum, auto

from hardware.scanner.keystroke import Keystroke

PERSON_GAP_MS = 50
"""A longer gap ends a run of keys that is not yet known to be a scan."""
SCAN_GAP_MS = 200
"""A longer gap ends a scan: radio scanners pause for so long in the middle of a code."""
SUFFIX_GAP_MS = 40
"""The wait after Enter or Tab: a code of several lines goes on within it."""
LATE_SUFFIX_MS = 500
"""A lone Enter or Tab within this time after a scan is its late suffix, not a person's."""
AFTER_LETTER_MS = 300
"""Enter or Space on a control so soon after a letter is a slow scanner's: a person who types does not press buttons."""
SPACE_ON_CONTROL_MS = AFTER_LETTER_MS
"""A Space on a control is withheld for so long: a letter behind it shows that a slow scanner's code begins with it."""
_FAST_MEAN_MS = 35
_FAST_KEYS, _FAST_KEYS_WITH_SUFFIX, _LONG_RUN = 5, 3, 12


class KeyAction(Enum):
    """The action for the key that was just pressed."""

    HOLD = auto()
    """Withhold it until the run of keys has ended."""
    PASS = auto()
    DROP = auto()


@dataclass(frozen=True, slots=True)
class Ruling:
    """The fate of keys: first of those that are withheld, then of the new one.

    `scan`: the withheld keys were a scan; drop them. `deliver`: they were not; deliver them now, in order. `drop`: drop them,
    they mean nothing.
    """

    key: KeyAction = KeyAction.PASS
    deliver: bool = False
    drop: bool = False
    scan: tuple[Keystroke, ...] = ()


class KeystrokeBurst:
    """The run of keys that is being typed. Times are milliseconds of any clock that does not jump."""

    def __init__(self) -> None:
        self._keys: list[Keystroke] = []
        self._gaps: list[int] = []
        self._last_ms = 0
        self._recognized = self._suffixed = self._may_press = False
        self._scan_ended_ms: int | None = None
        self._letter_ms: int | None = None

    @property
    def is_scan(self) -> bool:
        """True if the withheld keys came faster than a person types."""
        if self._recognized:
            return True
        if len(self._keys) < _FAST_KEYS or len({key.text for key in self._keys}) == 1:
            return False  # a run of one character is a key that is held down
        return len(self._keys) >= _LONG_RUN or self._is_fast(self._gaps)

    @property
    def wait_ms(self) -> int:
        """The time to wait for the next key before `expire` is called."""
        if self._suffixed:
            return SUFFIX_GAP_MS
        if self._may_press:
            return SPACE_ON_CONTROL_MS
        return SCAN_GAP_MS if self.is_scan else PERSON_GAP_MS

    def press_character(self, key: Keystroke, at_ms: int, *, on_control: bool = False) -> Ruling:
        """Take a key that writes a character. `on_control`: the focus is on a button or list, which Space presses.

        So a Space there waits whether a letter follows: then it was typed by a scanner, and presses nothing.
        """
        ended = self._end_if_late(at_ms)
        after_letter = self._is_after_letter(at_ms)
        drop = self._may_press and not key.text.isspace()
        if drop:
            self._clear()  # no code begins with a space, so a scan loses nothing
        if not key.text.isspace():
            self._letter_ms = at_ms
        elif on_control and after_letter and not self._keys:
            return Ruling(KeyAction.DROP, deliver=ended.deliver, scan=ended.scan)
        self._may_press = key.text.isspace() and on_control and (self._may_press or not self._keys)
        self._append(key, at_ms)
        self._suffixed = False
        return Ruling(KeyAction.HOLD, deliver=ended.deliver, drop=drop, scan=ended.scan)

    def press_suffix(self, key: Keystroke, at_ms: int, *, on_control: bool = False) -> Ruling:
        """Take Enter or Tab; `text` of the key is a line break or a tab. `on_control` as above."""
        ended = self._end_if_late(at_ms)
        if self._keys:
            gaps = [*self._gaps, at_ms - self._last_ms]
            if self.is_scan or (len(self._keys) >= _FAST_KEYS_WITH_SUFFIX and self._is_fast(gaps)):
                self._append(key, at_ms)
                self._recognized = self._suffixed = True
                return Ruling(KeyAction.HOLD)
            self._clear()
            ended = Ruling(deliver=True)
        late = self._scan_ended_ms is not None and at_ms - self._scan_ended_ms <= LATE_SUFFIX_MS
        slow = on_control and key.text != "\t" and self._is_after_letter(at_ms)
        action = KeyAction.DROP if late or slow else KeyAction.PASS
        return Ruling(action, deliver=ended.deliver, scan=ended.scan)

    def press_other(self, at_ms: int) -> Ruling:
        """Take a key that writes nothing (a function key, Ctrl with a letter) or that repeats because it is held down."""
        ended = self._end_if_late(at_ms)
        if self.is_scan:
            return Ruling(KeyAction.DROP)  # a control character in the code
        if self._keys:
            self._clear()
            return Ruling(KeyAction.PASS, deliver=True)
        return Ruling(KeyAction.PASS, deliver=ended.deliver, scan=ended.scan)

    def expire(self) -> Ruling:
        """End the run: no key came for `wait_ms`."""
        if not self._keys:
            return Ruling()
        if not self.is_scan:
            self._clear()
            return Ruling(deliver=True)
        scan = tuple(self._keys)
        self._scan_ended_ms, self._letter_ms = self._last_ms, None
        self._clear()
        return Ruling(scan=scan)

    def _end_if_late(self, at_ms: int) -> Ruling:
        """End the run if this key came too late for it, though the timer has not expired: the program was busy."""
        late = bool(self._keys) and not 0 <= at_ms - self._last_ms <= self.wait_ms
        return self.expire() if late else Ruling()

    def _append(self, key: Keystroke, at_ms: int) -> None:
        if self._keys:
            self._gaps.append(at_ms - self._last_ms)
        self._keys.append(key)
        self._last_ms = at_ms

    def _clear(self) -> None:
        self._keys, self._gaps = [], []
        self._recognized = self._suffixed = self._may_press = False

    def _is_after_letter(self, at_ms: int) -> bool:
        return self._letter_ms is not None and 0 <= at_ms - self._letter_ms <= AFTER_LETTER_MS

    @staticmethod
    def _is_fast(gaps: list[int]) -> bool:
        return sum(gaps) <= _FAST_MEAN_MS * len(gaps)
