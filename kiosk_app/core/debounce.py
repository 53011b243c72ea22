"""Debounce of the codes in view: one scan however long a code is held up, none by accident where two are.

A code is seen in many frames. It is decided when it is first seen alone, and again only after it was out of sight for
three seconds (counted from when it was last *seen*). A code that is no ticket at all, a poster's web address or a
Wi-Fi code behind the queue, is reported once a minute at most, unless somebody scans it by hand: each pulled trigger is
answered as for a ticket.
"""

from dataclasses import dataclass

from hub_sync.rules.tickets.ticket_codec import is_ticket_shaped
from kiosk_app.messages import Notice

TICKET_REST_MS = 3_000
GIVEN_BACK_REST_MS = 800
"""A ticket whose entry was given back is shown again as soon as it was out of sight for a moment: the screen says that it can be."""
NOISE_REST_MS = 60_000
HANDS_FREE_MS = 1_200
"""A hand-held scan that follows the last one sooner is no pulled trigger: the code lies in view of a scanner that reads by itself."""
RETRY_MS = 1_000
TOGETHER_MS = 400
"""Two tickets read in turn within this time may both be in view: sheets with two codes are read like that."""


@dataclass(slots=True, eq=False)
class _CodeInView:
    """A code and the period since which it was never out of view for `TOGETHER_MS`."""

    first_ms: int
    last_ms: int
    rest_ms: int
    decided: bool = False
    not_before_ms: int = 0
    answered_ms: int = 0
    """The time of the last decision of a hand-held scan, or of the last camera frame with the code."""
    in_camera_view: bool = True
    """False: a hand-held scanner read it last, so it is not in view with another."""
    reported: bool = False
    """The operator was asked for a single code instead of this one and another."""
    is_given_back: bool = False
    """The entry that it was decided to be was given back."""

    @property
    def is_ticket(self) -> bool:
        return self.rest_ms == TICKET_REST_MS

    def pause_ms(self, pause_ms: int) -> int:
        """Return how long it rests, where that is `pause_ms` for one whose decision stands."""
        if not self.is_given_back:
            return pause_ms
        return GIVEN_BACK_REST_MS if self.in_camera_view else HANDS_FREE_MS

    @property
    def is_ticket_in_view(self) -> bool:
        return self.is_ticket and self.in_camera_view

    def is_read_again(self, now_ms: int) -> bool:
        """Return True if a scanner that reads by itself still has the code in view."""
        return not self.in_camera_view and now_ms - self.last_ms < HANDS_FREE_MS

    def overlaps(self, other: "_CodeInView") -> bool:
        """Return True if each was read between two readings of the other, or both in one frame."""
        return self.first_ms <= other.last_ms and other.first_ms <= self.last_ms


class Debounce:
    """The codes that were in view lately. Times are monotonic milliseconds.

    A ticket that follows another within `TOGETHER_MS` waits until that time is over. If the other is read again meanwhile, both
    are in view and the operator is asked for one; if not, the ticket is decided, also if it is out of view by then.
    """

    def __init__(self) -> None:
        self._codes: dict[str, _CodeInView] = {}
        self._missed: set[str] = set()

    def next_code(self, texts: tuple[str, ...], now_ms: int) -> str | Notice | None:
        """Take the texts of one frame; return the code to decide now, a notice, or None."""
        self._forget(now_ms)
        for text in texts:
            self._note(text, now_ms)
        if self._report_overlap(texts, now_ms):
            return Notice.TWO_CODES
        return self._next_ticket(now_ms) or self._next_noise(texts, now_ms)

    def is_due(self, text: str, now_ms: int) -> bool:
        """Take a code that was scanned by hand; return True if it is to be decided now.

        It rests as a ticket in front of the camera, which may hold it in view at the same time. A trigger that is pulled during
        the rest does not prolong it: somebody who pulls again and again is answered every three seconds. A scanner that reads by
        itself, as on a stand, reads the code again within `HANDS_FREE_MS` for as long as it is in view, which is one scan.
        A hand-held scanner reads one code at a time, so no other code stands in its way.
        """
        self._forget(now_ms)
        known = self._codes.get(text)
        if (
            known is not None
            and now_ms - known.answered_ms >= known.pause_ms(TICKET_REST_MS)
            and not known.is_read_again(now_ms)
        ):
            del self._codes[text]
        code = self._note(text, now_ms, by_hand=True)
        if not self._is_due(code, now_ms):
            return False
        code.decided, code.answered_ms = True, now_ms
        return True

    def keep_in_view(self, texts: tuple[str, ...], now_ms: int) -> bool:
        """Note that known codes are still held up, while none is to be decided.

        Return True if a ticket is held up for the first time, which therefore gets no verdict.
        """
        self._forget(now_ms)
        missed_before = len(self._missed)
        for text in texts:
            if (code := self._codes.get(text)) is not None:
                code.last_ms = code.answered_ms = now_ms
            if (code is None or not code.decided) and is_ticket_shaped(text):
                self._missed.add(text)
        return len(self._missed) > missed_before

    def take_missed(self, texts: tuple[str, ...]) -> bool:
        """Return True once if a ticket that `keep_in_view` reported is not among `texts` and so gets no verdict now."""
        missed, self._missed = self._missed, set()
        return not missed <= set(texts)

    def retry_later(self, text: str, now_ms: int) -> None:
        """Let a code that is still held up be decided again in a second: its decision could not be written."""
        if (code := self._codes.get(text)) is not None:
            code.decided, code.not_before_ms = False, now_ms + RETRY_MS

    def give_back(self, text: str) -> None:
        """Let a ticket be shown again soon: its entry was given back. One that is still held up must leave the view first."""
        if (code := self._codes.get(text)) is not None:
            code.is_given_back = True

    def _note(self, text: str, now_ms: int, *, by_hand: bool = False) -> _CodeInView:
        code = self._codes.get(text)
        if code is None:
            rest = TICKET_REST_MS if is_ticket_shaped(text) else NOISE_REST_MS
            code = self._codes[text] = _CodeInView(now_ms, now_ms, rest)
        elif now_ms - code.last_ms >= TOGETHER_MS:
            code.first_ms = now_ms
        code.last_ms, code.in_camera_view = now_ms, not by_hand
        if not by_hand:
            code.answered_ms = now_ms
        return code

    def _forget(self, now_ms: int) -> None:
        self._codes = {
            text: code
            for text, code in self._codes.items()
            if now_ms - code.last_ms < code.pause_ms(code.rest_ms)
        }

    def _report_overlap(self, texts: tuple[str, ...], now_ms: int) -> bool:
        """Return True if tickets are in view together of which the operator does not know yet."""
        tickets = [
            code
            for code in self._codes.values()
            if code.is_ticket_in_view and now_ms - code.last_ms < TOGETHER_MS
        ]
        in_frame = [self._codes[text] for text in texts]
        together = [
            code
            for code in tickets
            if any(
                other is not code and (other in in_frame or code in in_frame) and code.overlaps(other)
                for other in tickets
            )
        ]
        if all(code.decided for code in together):
            return False
        is_new = any(not code.reported for code in together)
        for code in together:
            code.reported = True
        return is_new

    def _next_ticket(self, now_ms: int) -> str | None:
        """Return the ticket that has waited for its decision, if no other may be in view with it."""
        for text, code in self._codes.items():
            in_view = code.last_ms == now_ms
            if not code.is_ticket or not self._is_due(code, now_ms) or (code.reported and not in_view):
                continue
            if code.not_before_ms and not in_view:  # its retry is for a code that is still held up
                continue
            if now_ms - code.last_ms > 2 * TOGETHER_MS:  # scanning was paused: its holder may have gone
                continue
            if not any(self._may_be_with(code, other, now_ms) for other in self._codes.values()):
                code.decided = True
                return text
        return None

    @staticmethod
    def _may_be_with(code: _CodeInView, other: _CodeInView, now_ms: int) -> bool:
        if other is code or not other.is_ticket_in_view or now_ms - other.last_ms >= TOGETHER_MS:
            return False
        return other.first_ms <= code.last_ms

    def _next_noise(self, texts: tuple[str, ...], now_ms: int) -> str | None:
        for text in texts:
            code = self._codes[text]
            if not code.is_ticket and self._is_due(code, now_ms):
                code.decided = True
                return text
        return None

    @staticmethod
    def _is_due(code: _CodeInView, now_ms: int) -> bool:
        return not code.decided and now_ms >= code.not_before_ms
