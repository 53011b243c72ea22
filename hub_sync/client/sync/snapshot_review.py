"""Review of a complete snapshot before it replaces the roster: a list from which known rows have vanished is not believed at once.

The hub marks deleted participants and checkpoints in a snapshot, and sends them for ever. So a known row that is simply not
in it was lost on the way or by a fault, be it one of thousands: an unknown ticket may be admitted where a cancelled one is not.
Nobody can tell that from a hub that was restored from an old backup; but such a hub repeats itself, so the same answer some
minutes apart is believed in the end. Whom a gate refused before, it refuses after, too (`RosterFeed.carry_refused`). Decision: `docs/adr/0044-doubted-snapshots.md`.
"""

from hub_sync.client.http.errors import InvalidHubResponse
from hub_sync.client.store.roster.feed import VanishedRows
from hub_sync.contract.clock import Clock

BELIEVED_ANSWERS = 3
"""The number of like answers after which a doubted snapshot is believed."""
BETWEEN_ANSWERS_MS = 120_000
"""The least time between two answers that count."""
EMPTY = "The hub sent an empty list of participants. The last list stays in use."
TOO_SHORT = (
    "The hub sent a list without {vanished} of the {known} participants that this station knows. "
    "The last list stays in use."
)
NO_CHECKPOINT = "The hub sent a list without checkpoints that this station knows. The last list stays in use."


class SnapshotReview:
    """Counts like answers that are doubted. Used by the pull loop's thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._vanished: VanishedRows | None = None
        self._answers, self._counted_ms = 0, 0

    def require_credible(self, vanished: VanishedRows, *, received: int, dropped: int) -> None:
        """Check a snapshot against the rows that it lacks.

        Args:
            vanished: The rows of the current roster that are not in the snapshot.
            received: The number of participants in the snapshot.
            dropped: The number of its participants that could not be read.

        Raises:
            InvalidHubResponse: The snapshot is doubted, and must not be used yet.
        """
        doubt = _doubt(vanished, received, dropped)
        if doubt and not self._is_repeated(vanished):
            raise InvalidHubResponse(doubt)
        self.reset()

    def reset(self) -> None:
        """Forget the doubted answers, because a credible one came."""
        self._vanished, self._answers = None, 0

    def _is_repeated(self, vanished: VanishedRows) -> bool:
        now_ms = self._clock.monotonic_ms()
        if vanished != self._vanished:
            self._vanished, self._answers, self._counted_ms = vanished, 1, now_ms
        elif now_ms - self._counted_ms >= BETWEEN_ANSWERS_MS:
            self._answers, self._counted_ms = self._answers + 1, now_ms
        return self._answers >= BELIEVED_ANSWERS


def _doubt(vanished: VanishedRows, received: int, dropped: int) -> str:
    """Return the sentence of the doubt, "" if there is none."""
    gone = vanished.people
    if gone and not received + dropped:
        return EMPTY
    if gone:
        return TOO_SHORT.format(vanished=gone, known=vanished.known)
    return NO_CHECKPOINT if vanished.checkpoints else ""
