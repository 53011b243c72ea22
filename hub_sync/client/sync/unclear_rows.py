"""The rows of the hub that this program does not understand: what they were, and their words for the operator.

The rows themselves fall to the safe side (`http.pull_pages`). A program of another version may understand them, so it
pulls a snapshot first.
"""

from dataclasses import astuple

from hub_sync.client.http.pull_pages import MAX_ASIDE, NotUnderstood, PulledPage
from hub_sync.client.store.station.settings import StoredSettings

_SETTING = "unclear_rows"
_MAX_WORDS = 3


class UnclearRows:
    """Collects the rows that were not understood since the last snapshot. Used by the pull loop's thread."""

    def __init__(self, settings: StoredSettings, software: str) -> None:
        """Read the stored rows. `software`: name and version of this program."""
        self._settings, self._software = settings, software
        stored = settings.get(_SETTING, {})
        self._rows = [NotUnderstood(*row) for row in stored.get("rows", ())]
        self._written_by: str = stored.get("software", software)
        self._saved = tuple(self._rows)

    def needs_snapshot(self) -> bool:
        """Return True if another program did not understand some rows of the roster."""
        return bool(self._rows) and self._written_by != self._software

    def begin_snapshot(self) -> None:
        """Forget the rows: a snapshot sends all again."""
        self._rows, self._written_by = [], self._software

    def add(self, pulled: PulledPage) -> None:
        """Add the rows of a page. Rows of the same ids that came before are replaced by it."""
        page = pulled.page
        again = {("participants", person[0]) for person in page.participants}
        again |= {(kind, row.id) for kind in ("events", "checkpoints") for row in getattr(page, kind)}
        if page.keys is not None:
            again |= {("keys", row.row_id) for row in self._rows if row.kind == "keys"}
        rows = [row for row in self._rows if (row.kind, row.row_id) not in again]
        self._rows = [*rows, *(row for row in pulled.aside if row not in rows)][:MAX_ASIDE]

    def save(self) -> None:
        """Store the rows, if they have changed.

        Raises:
            StoreError: They could not be written.
        """
        if tuple(self._rows) != self._saved:
            self._settings.put(
                _SETTING, {"software": self._software, "rows": [astuple(row) for row in self._rows]}
            )
            self._saved = tuple(self._rows)

    def words(self) -> str:
        """Return the first kinds and words that were not understood, as the hub writes them; "" if there are none."""
        texts = dict.fromkeys(
            f"{row.kind}: {row.member} \u201c{row.word}\u201d" if row.word else f"{row.kind}: {row.member}"
            for row in self._rows
        )
        return "; ".join(list(texts)[:_MAX_WORDS])
