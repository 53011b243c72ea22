"""Debounce of the codes in view: one scan however long a code is held up, none by accident where two are.

A code is seen in many frames. It is decided when it is first seen alone, and again only after it was out of sight for
three seconds (counted from when it was last *seen*). A code that is no ticket at all, a poster's web address or a
Wi-Fi code behind the queue, is reported once a minute at most.
"""

from dataclasses import dataclass

from hub_sync.rules.ticket_codec import is_ticket_shaped
from kiosk_app.messages import Notice

TICKET_REST_MS = 3_000
NOISE_REST_MS = 60_000
RETRY_MS = 1_000
TOGETHER_MS = 400
"""Two tickets read in turn within this time are both in view: hands don't swap phones that fast, sheets with two
codes are read like that."""


@dataclass(slots=True)
class _CodeInView:
    last_ms: int
    decided: bool
    rest_ms: int
    not_before_ms: int = 0


class Debounce:
    """The codes that were in view lately. Times are monotonic milliseconds."""

    def __init__(self) -> None:
        self._codes: dict[str, _CodeInView] = {}
        self._two_codes_ms: int | None = None

    def next_code(self, texts: tuple[str, ...], now_ms: int) -> str | Notice | None:
        """Take the texts of one frame; return the code to decide now, a notice, or None."""
        self._forget(now_ms)
        for text in texts:
            self._note(text, now_ms)
        tickets = [text for text in texts if is_ticket_shaped(text)]
        if len(tickets) > 1:
            return self._two_codes(now_ms)
        if tickets:
            alone = not self._another_in_view(tickets[0], now_ms)
            return self._first_time(tickets[0], now_ms) if alone else None
        return next((fresh for text in texts if (fresh := self._first_time(text, now_ms))), None)

    def is_due(self, text: str, now_ms: int) -> bool:
        """Take a code that was scanned by hand; return True if it is to be decided now.

        It rests as in front of the camera, which may hold it in view at the same time. A hand-held scanner reads one code
        at a time, so no other code stands in its way.
        """
        self._forget(now_ms)
        self._note(text, now_ms)
        return self._first_time(text, now_ms) is not None

    def keep_in_view(self, texts: tuple[str, ...], now_ms: int) -> None:
        """Note that known codes are still held up, while none is to be decided."""
        self._forget(now_ms)
        for text in texts:
            if (code := self._codes.get(text)) is not None:
                code.last_ms = now_ms

    def retry_later(self, text: str, now_ms: int) -> None:
        """Let a code that is still held up be decided again in a second: its decision could not be written."""
        if (code := self._codes.get(text)) is not None:
            code.decided, code.not_before_ms = False, now_ms + RETRY_MS

    def _note(self, text: str, now_ms: int) -> None:
        rest = TICKET_REST_MS if is_ticket_shaped(text) else NOISE_REST_MS
        self._codes.setdefault(text, _CodeInView(now_ms, decided=False, rest_ms=rest)).last_ms = now_ms

    def _forget(self, now_ms: int) -> None:
        self._codes = {
            text: code for text, code in self._codes.items() if now_ms - code.last_ms < code.rest_ms
        }
        if self._two_codes_ms is not None and now_ms - self._two_codes_ms >= TICKET_REST_MS:
            self._two_codes_ms = None

    def _two_codes(self, now_ms: int) -> Notice | None:
        last_ms, self._two_codes_ms = self._two_codes_ms, now_ms
        return None if last_ms is not None else Notice.TWO_CODES

    def _another_in_view(self, text: str, now_ms: int) -> bool:
        return any(
            other != text and code.rest_ms == TICKET_REST_MS and now_ms - code.last_ms < TOGETHER_MS
            for other, code in self._codes.items()
        )

    def _first_time(self, text: str, now_ms: int) -> str | None:
        code = self._codes[text]
        if code.decided or now_ms < code.not_before_ms:
            return None
        code.decided = True
        return text
