"""Tell a keyboard-wedge scanner from a person by the speed of the keys. Pure: times come with the keys.

A scanner types a key every 1 to 40 ms and ends with Enter, with Tab or with nothing. The fastest typists need more than
60 ms a key. So each character is withheld for a moment. If the next ones follow fast enough, they are a scan; else they
belong to a person and are delivered, in order.
"""

from dataclasses import dataclass, replace
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
CONTROL_WAIT_MS = AFTER_LETTER_MS
"""Enter or Space on a control is withheld for so long: a letter behind it shows that a scanner's code begins with it."""
COMMAND_WAIT_MS = 150
"""The same for Enter in a field, and for shortcuts (Esc, F keys, Ctrl with a letter): scanners have them as prefix, too."""
PATIENT_GAP_MS = 600
"""In the set-up, keys belong together up to this gap: a slow scanner is to be recognized as one."""
_PATIENT_KEYS = 8
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
        self._recognized = self._suffixed = self._is_varied = False
        self._command_wait_ms: int | None = None
        self._drops_at_letter = False
        self._scan_ended_ms: int | None = None
        self._letter_ms: int | None = None
        self.patient = False
        """True: the set-up waits for a scanner of any speed; nobody types."""

    @property
    def is_scan(self) -> bool:
        """True if the withheld keys came faster than a person types."""
        if self._recognized:
            return True
        if len(self._keys) < _FAST_KEYS or not self._is_varied:
            return False  # a run of one character is a key that is held down
        if self.patient and len(self._keys) >= _PATIENT_KEYS:
            return True
        return len(self._keys) >= _LONG_RUN or self._is_fast(self._gaps)

    @property
    def is_running(self) -> bool:
        """True if keys are withheld."""
        return bool(self._keys)

    @property
    def wait_ms(self) -> int:
        """The time to wait for the next key before `expire` is called."""
        if self._suffixed:
            return SUFFIX_GAP_MS
        if self._command_wait_ms is not None:
            return self._command_wait_ms
        if self.patient:
            return PATIENT_GAP_MS
        return SCAN_GAP_MS if self.is_scan else PERSON_GAP_MS

    def end_before(self, at_ms: int, *, is_suffix: bool) -> Ruling:
        """End the run if the next key can't belong to it: what a person typed takes effect before it is known where that key goes.

        `is_suffix`: the next key is Enter or Tab, which ends a run that is too slow for a scan.
        """
        ended = self._end_if_late(at_ms)
        has_letters = bool(self._keys) and self._command_wait_ms is None
        if is_suffix and has_letters and not self._is_scan_with_suffix(at_ms):
            self._clear()
            return Ruling(deliver=True)
        return ended

    def press_character(self, key: Keystroke, at_ms: int, *, on_control: bool = False) -> Ruling:
        """Take a key that writes a character. `on_control`: the focus is on a button or list, which Space presses.

        So a Space there waits whether a letter follows: then it was typed by a scanner, and presses nothing.
        """
        ended = self._end_if_late(at_ms)
        after_letter, is_space = self._is_after_letter(at_ms), key.text.isspace()
        drop = self._drops_at_letter and not is_space
        if drop:
            self._clear()  # no code begins with a space or a command, so a scan loses nothing
        if not is_space or after_letter:
            self._letter_ms = at_ms  # a space behind a letter belongs to the same code
        if is_space and on_control and after_letter and not self._keys:
            return Ruling(KeyAction.DROP, deliver=ended.deliver, scan=ended.scan)
        if is_space and on_control and (self._drops_at_letter or not self._keys):
            self._wait_for_letter(CONTROL_WAIT_MS)
        else:
            self._command_wait_ms, self._drops_at_letter = None, False
        self._append(key, at_ms)
        self._suffixed = False
        return Ruling(KeyAction.HOLD, deliver=ended.deliver, drop=drop, scan=ended.scan)

    def press_suffix(self, key: Keystroke, at_ms: int, *, on_control: bool = False) -> Ruling:
        """Take Enter or Tab; `text` of the key is a line break or a tab. `on_control` as above.

        Enter waits whether a letter follows, as scanners may have it as prefix: on a control such an Enter is dropped, in a field
        it is a part of the scan, or a person's who types on.
        """
        ended = self.end_before(at_ms, is_suffix=True)
        if self._keys and self._command_wait_ms is None:
            self._append(key, at_ms)
            self._recognized = self._suffixed = True
            return Ruling(KeyAction.HOLD)
        late = self._scan_ended_ms is not None and at_ms - self._scan_ended_ms <= LATE_SUFFIX_MS
        slow = on_control and key.text != "\t" and self._is_after_letter(at_ms)
        if late or slow:
            return Ruling(KeyAction.DROP, deliver=ended.deliver, scan=ended.scan)
        if key.text == "\t":
            passed = self._release()
            return Ruling(KeyAction.PASS, deliver=ended.deliver or passed, scan=ended.scan)
        if on_control:
            self._wait_for_letter(CONTROL_WAIT_MS)
        else:
            self._command_wait_ms = max(self._command_wait_ms or 0, COMMAND_WAIT_MS)
        self._append(key, at_ms)
        return Ruling(KeyAction.HOLD, deliver=ended.deliver, scan=ended.scan)

    def press_command(self, key: Keystroke, at_ms: int) -> Ruling:
        """Take a key that commands the program: Esc, a function key, Ctrl with a letter. It waits whether a letter follows.

        In the midst of a scan it means nothing; before a letter it is a scanner's prefix, right after one its suffix: dropped.
        """
        ended = self._end_if_late(at_ms)
        if self.is_scan:
            return Ruling(KeyAction.DROP)
        if not self._keys and self._is_after_letter(at_ms, COMMAND_WAIT_MS):
            return Ruling(KeyAction.DROP, deliver=ended.deliver, scan=ended.scan)
        self._wait_for_letter(COMMAND_WAIT_MS, drops=self._drops_at_letter or not self._keys)
        self._append(key, at_ms)
        return Ruling(KeyAction.HOLD, deliver=ended.deliver, scan=ended.scan)

    def press_other(self, at_ms: int) -> Ruling:
        """Take a key that writes nothing and commands nothing (an arrow), or that repeats because it is held down."""
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

    def _is_scan_with_suffix(self, at_ms: int) -> bool:
        gaps = [*self._gaps, at_ms - self._last_ms]
        return self.is_scan or (len(self._keys) >= _FAST_KEYS_WITH_SUFFIX and self._is_fast(gaps))

    def _append(self, key: Keystroke, at_ms: int) -> None:
        if self._keys:
            first = self._keys[0]
            self._is_varied = self._is_varied or (key.text, key.position) != (first.text, first.position)
            self._gaps.append(at_ms - self._last_ms)
        self._keys.append(replace(key, at_ms=at_ms))
        self._last_ms = at_ms

    def _clear(self) -> None:
        self._keys, self._gaps = [], []
        self._recognized = self._suffixed = self._is_varied = self._drops_at_letter = False
        self._command_wait_ms = None

    def _release(self) -> bool:
        """Forget withheld keys; return True if there were any, which must be delivered."""
        had_keys = bool(self._keys)
        self._clear()
        return had_keys

    def _wait_for_letter(self, wait_ms: int, *, drops: bool = True) -> None:
        """Wait whether a letter follows; `drops`: then the keys so far are dropped."""
        self._command_wait_ms, self._drops_at_letter = max(self._command_wait_ms or 0, wait_ms), drops

    def _is_after_letter(self, at_ms: int, within_ms: int = AFTER_LETTER_MS) -> bool:
        return self._letter_ms is not None and 0 <= at_ms - self._letter_ms <= within_ms

    @staticmethod
    def _is_fast(gaps: list[int]) -> bool:
        return sum(gaps) <= _FAST_MEAN_MS * len(gaps)
