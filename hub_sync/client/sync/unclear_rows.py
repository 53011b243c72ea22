"""The rows of the hub that this program does not understand: what they were, and when to ask for them again.

The rows themselves fall to the safe side (`http.pull_pages`). They come again with a snapshot, which the pull loop asks for

- at once, if rows were lost without an id (a change may be among them that no later delta repeats), or if a program of
  another version did not understand them;
- every ten minutes else: a hub that was wrong for a moment does not send a row again that has not changed.
"""

from dataclasses import astuple

from hub_sync.client.http.pull_pages import MAX_ASIDE, NotUnderstood, PulledPage
from hub_sync.client.store.station.settings import UNCLEAR_ROWS, StoredSettings, event_setting
from hub_sync.contract.clock import Clock

UNCLEAR_RETRY_MS = 600_000
"""Time between two snapshots while rows are unclear, but none was lost."""
LOST_RETRY_MS = 15_000
"""Time between the first two snapshots while rows are lost. It doubles up to `LOST_RETRY_CAP_MS`."""
LOST_RETRY_CAP_MS = 120_000
_MAX_WORDS = 3


class UnclearRows:
    """Collects the rows that were not understood since the last snapshot. Used by the pull loop's thread."""

    def __init__(self, settings: StoredSettings, software: str, clock: Clock, slot: str = "") -> None:
        """Read the stored rows of an event. `software`: name and version of this program."""
        self._settings, self._software, self._clock = settings, software, clock
        self._name = event_setting(UNCLEAR_ROWS, slot)
        stored = settings.get(self._name, {})
        self._rows = tuple(NotUnderstood(*row) for row in stored.get("rows", ()))
        self._lost = bool(stored.get("lost"))
        self._saved = self._rows, self._lost
        self._lost_retry_ms = LOST_RETRY_MS
        is_due = self._lost or stored.get("software", software) != software
        self._retry_at_ms = clock.monotonic_ms() + (0 if is_due else UNCLEAR_RETRY_MS)

    def needs_snapshot(self) -> bool:
        """Return True if it is time to ask for all rows again."""
        return bool(self._rows or self._lost) and self._clock.monotonic_ms() >= self._retry_at_ms

    def record_snapshot_request(self) -> None:
        """Set the time of the next snapshot, in case that the one that is requested now does not help."""
        now_ms = self._clock.monotonic_ms()
        if self._lost:
            self._retry_at_ms = now_ms + self._lost_retry_ms
            self._lost_retry_ms = min(LOST_RETRY_CAP_MS, 2 * self._lost_retry_ms)
        else:
            self._retry_at_ms = now_ms + UNCLEAR_RETRY_MS

    def begin_snapshot(self) -> None:
        """Forget the rows: a snapshot sends all again."""
        self._rows, self._lost = (), False

    def abandon_snapshot(self) -> None:
        """Go back to the stored rows: the snapshot is not used."""
        self._rows, self._lost = self._saved

    def add(self, pulled: PulledPage) -> None:
        """Add the rows of a page. Rows of the same ids that came before are replaced by it."""
        page = pulled.page
        again = {("participants", person[0]) for person in page.participants}
        again |= {(kind, row.id) for kind in ("events", "checkpoints") for row in getattr(page, kind)}
        if page.keys is not None:
            again |= {("keys", row.row_id) for row in self._rows if row.kind == "keys"}
        rows = [row for row in self._rows if (row.kind, row.row_id) not in again]
        self._rows = tuple([*rows, *(row for row in pulled.aside if row not in rows)][:MAX_ASIDE])
        self._lost = self._lost or pulled.lost_rows

    def save(self) -> None:
        """Store the rows, if they have changed.

        Raises:
            StoreError: They could not be written.
        """
        current, (rows_before, lost_before) = (self._rows, self._lost), self._saved
        if current == self._saved:
            return
        stored = {
            "software": self._software,
            "rows": [astuple(row) for row in self._rows],
            "lost": self._lost,
        }
        self._settings.put(self._name, stored)
        self._saved = current
        now_ms = self._clock.monotonic_ms()
        if not self._lost:
            self._lost_retry_ms = LOST_RETRY_MS
            if not rows_before or lost_before:
                self._retry_at_ms = now_ms + UNCLEAR_RETRY_MS
        elif not lost_before and self._lost_retry_ms == LOST_RETRY_MS:
            self._retry_at_ms = now_ms

    def words(self) -> str:
        """Return the first kinds and words that were not understood, as the hub writes them; "" if there are none."""
        return "; ".join(list(dict.fromkeys(map(_text, self._rows)))[:_MAX_WORDS])


def _text(row: NotUnderstood) -> str:
    if row.word:
        return f"{row.kind}: {row.member} \u201c{row.word}\u201d"
    return f"{row.kind}: {row.member}" if row.member else row.kind
