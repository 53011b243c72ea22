"""Cut the stream of a scanner's characters into codes: by their suffix, else by a pause. Pure: times come with the characters.

`transmission` then removes what stands around a code: AIM identifier, prefix, invisible characters.
"""

from collections.abc import Hashable
from typing import Generic, TypeVar

from hardware.scanner.profile import Suffix

Item = TypeVar("Item", bound=Hashable)

PAUSE_MS = 120
"""A pause that ends a code without a suffix: adapters deliver a long code in pieces, some ms apart."""
HALF_FRAME_MS = 1_000
"""What has no suffix after this time is half a code, if the scanner sends one: it is dropped.

The second in a row is not: the scanner has lost its suffix (somebody reset it), and from then on a pause ends its codes.
"""
LONGEST = 4_096
"""More characters than any code holds: a device that floods, or no scanner."""
ENDS = {
    Suffix.CR: "\r",
    Suffix.LF: "\n",
    Suffix.CRLF: "\n",
    Suffix.TAB: "\t",
    Suffix.ETX: "\x03",
    Suffix.NONE: "",
    Suffix.ANY: "\r\n\t\x03",
}
"""The characters that end a code, by the suffix that the scanner is set to."""
_STX = "\x02"


class Framer(Generic[Item]):
    """Collects items, a byte or a key each, until their code is complete. Times are milliseconds."""

    def __init__(self, suffix: Suffix = Suffix.ANY) -> None:
        self._ends, self._needs_end = ENDS[suffix], suffix not in (Suffix.ANY, Suffix.NONE)
        self._items: list[Item] = []
        self._last_ms = 0
        self._overlong = False
        self._halves = 0
        self.dropped = 0
        """The number of half and overlong codes that were dropped."""

    def feed(self, item: Item, character: str, at_ms: int) -> tuple[Item, ...] | None:
        """Take an item, which stands for a character; return the items of a code that it completes, without the suffix."""
        complete = self.expire(at_ms) if self._items or self._overlong else None
        self._last_ms = at_ms
        if character and character in self._ends:
            self._needs_end, self._halves = True, 0
            return self._take() or complete
        if character == _STX:
            self.discard()  # a new code begins: what came before it is half a code
            return complete
        if len(self._items) >= LONGEST:
            self._items, self._overlong = [], True
        if not self._overlong:
            self._items.append(item)
        return complete

    def expire(self, now_ms: int) -> tuple[Item, ...] | None:
        """Return the items of a code that a pause has completed, or drop half a code."""
        if not self._items and not self._overlong:
            return None
        if 0 <= now_ms - self._last_ms < (HALF_FRAME_MS if self._needs_end else PAUSE_MS):
            return None
        if self._needs_end:
            self._halves += 1
            if self._halves == 1 or self._overlong:
                self.discard()
                return None
            self._needs_end = False
        return self._take()

    def discard(self) -> None:
        """Drop what was collected: keys were lost, or the device is gone."""
        self.dropped += bool(self._items) or self._overlong
        self._items, self._overlong = [], False

    def _take(self) -> tuple[Item, ...] | None:
        if self._overlong:
            self.discard()
            return None
        items, self._items = tuple(self._items), []
        return items or None
