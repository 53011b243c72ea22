"""Up: the journal's rows, in order, until the hub has acknowledged them all.

The hub holds a prefix of the journal; every answer says how long it is and which hash it ends with, and that is checked
against this station's own chain. So a lost answer, a repeated push and a hub restored from its backup are all the same
case: go on from the prefix. A row that the hub fails on, alone, while it answers otherwise, is set aside: only a note of it
is sent, the chain goes on over its hash, and nothing behind it waits.

The hub settles a row's true time when it takes it in, and never again. So the hub's time is measured before the first rows
of a boot go up: else the scans that a wrong clock made during an outage would stand wrong for ever wherever the push came
first.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from hub_sync.client.http.errors import HubError, HubRefused, HubServerError, HubTimeout
from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.store.disk.errors import JournalMismatch
from hub_sync.client.store.journal.outbox import PendingRow
from hub_sync.client.store.store import Store
from hub_sync.client.sync.time_loop import TimeLoop
from hub_sync.contract.clock import Clock, epoch_ms
from hub_sync.contract.sync import MAX_PUSH_ITEMS, PushItem, PushRequest, PushResponse

MAX_ANCHORS = 64
STRIKES_BEFORE_SET_ASIDE = 3
"""How often a lone row must fail with 5xx, each time with the hub answering an empty push right after."""
ALARM_SETTING = "journal_alarm"
"""Setting: the sentence about a journal that parted from the hub's, until an administrator clears it."""
QUARANTINED_SETTING = "quarantined"
"""Setting: how many rows the hub has kept aside as unfit. It says so once a row, so the count must outlive the program."""
_GAP = "JournalGap"
_PARTED = ("JournalForked", "ChainBroken")
_POISONED = (400, 413, 422)
_KNOWN_ID = "DuplicateId"  # a scan that had arrived under an earlier incarnation: nothing is amiss

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class PushResult:
    """What one step of the push lane came to."""

    more: bool
    quarantined: int = 0


class PushLoop:
    """Pushes what the hub has not acknowledged."""

    def __init__(self, store: Store, api: HubApi, clock: Clock) -> None:
        self._store, self._api, self._clock = store, api, clock
        self._limit = MAX_PUSH_ITEMS
        self._strikes: Counter[int] = Counter()
        self._parted_without_progress = False
        self._knows_the_time = False

    def run_once(self) -> PushResult:
        """Push one batch.

        Raises:
            HubError: it did not arrive, or not wholly; try again later.
            StoreError: the station's disk.
        """
        rows = _few_boots(self._store.outbox.pending(self._limit))
        if not rows:
            return PushResult(more=False)
        if not self._knows_the_time:
            self._learn_the_time()
        try:
            answer = self._send(rows)
        except HubRefused as refusal:
            self._refused(rows, refusal)
            return PushResult(more=True)
        except HubServerError as fault:
            self._failed(rows, fault, strikes=STRIKES_BEFORE_SET_ASIDE)
            return PushResult(more=True)
        except HubTimeout:
            self._limit = max(1, len(rows) // 2)  # a slow line gets less at a time
            raise
        quarantined = self._take(answer)
        self._limit = min(MAX_PUSH_ITEMS, self._limit * 2)
        self._strikes.clear()
        return PushResult(more=True, quarantined=quarantined)

    def _learn_the_time(self) -> None:
        """Have this boot anchored. On a line too slow to tell the time, rows go up without after one attempt."""
        if not self._store.boots.anchors((self._clock.boot_id,)):
            TimeLoop(self._store, self._api, self._clock).run_once()
        self._knows_the_time = True

    def _send(self, rows: Sequence[PendingRow], *, boots_of: Sequence[PendingRow] = ()) -> PushResponse:
        """Push rows; `boots_of` names others whose anchors go along, so that an empty push asks all but the rows."""
        request = PushRequest(
            journal_id=self._store.outbox.acknowledged().journal_id,
            sent_at_ms=epoch_ms(self._clock.now()),
            anchors=self._store.boots.anchors(row.boot_id for row in (*rows, *boots_of)),
            items=tuple(
                PushItem(sequence=row.sequence, body=row.body, hash=row.hash, set_aside=row.set_aside)
                for row in rows
            ),
        )
        return self._api.push(request)

    def _take(self, answer: PushResponse) -> int:
        """Move the acknowledged prefix, forward or back; how many rows the hub says it has kept aside."""
        held, before = answer.acknowledged, self._store.outbox.acknowledged()
        if held.journal_id != before.journal_id:
            raise HubServerError("The hub answered about another journal than this station's.")
        quarantined = self._count_quarantined(answer)  # first: a row sent again is only called a duplicate
        try:
            self._store.outbox.acknowledge(held.sequence, held.head)
        except JournalMismatch as parted:
            self._part(str(parted))
            return quarantined
        if held.sequence == before.sequence:
            raise HubServerError("The hub took the scans and does not acknowledge them.")
        self._parted_without_progress = False
        return quarantined

    def _count_quarantined(self, answer: PushResponse) -> int:
        found = sum(
            verdict.verdict == "QUARANTINED" and verdict.code != _KNOWN_ID for verdict in answer.verdicts
        )
        if found:
            settings = self._store.settings
            settings.put(QUARANTINED_SETTING, settings.get(QUARANTINED_SETTING, 0) + found)
        return found

    def _refused(self, rows: Sequence[PendingRow], refusal: HubRefused) -> None:
        if refusal.code == _GAP:
            self._resume(refusal)
        elif refusal.code in _PARTED:
            self._part(str(refusal))
        elif refusal.status in _POISONED:
            self._failed(rows, refusal, strikes=1)
        else:
            raise refusal

    def _resume(self, refusal: HubRefused) -> None:
        """The hub holds less than this station thought: ask what, and go on from there."""
        before = self._store.outbox.acknowledged()
        held = self._send(()).acknowledged
        if held.journal_id != before.journal_id or held.sequence == before.sequence:
            raise refusal
        try:
            self._store.outbox.acknowledge(held.sequence, held.head)
        except JournalMismatch as parted:
            self._part(str(parted))

    def _failed(self, rows: Sequence[PendingRow], failure: HubError, *, strikes: int) -> None:
        """Halve the batch down to the row that the hub fails on, and set that one aside."""
        self._send((), boots_of=rows)  # raises if it is the hub that is ill, and not a row
        if len(rows) > 1:
            self._limit = len(rows) // 2
            return
        (row,) = rows
        self._strikes[row.sequence] += 1
        if self._strikes[row.sequence] < strikes or row.set_aside is not None:
            raise failure
        log.warning("row_set_aside", sequence=row.sequence, why=str(failure))
        self._store.outbox.set_aside(row.sequence, str(failure))

    def _part(self, why: str) -> None:
        """The hub's copy and this journal have parted: a cloned or restored disk. Go on in a new incarnation.

        Only once until the hub has taken something of the new one: a hub that always says so must not make a station
        copy its rows for ever.
        """
        if self._parted_without_progress:
            raise HubServerError("The hub does not accept this station's journal, and not a new one either.")
        journal_id = self._store.outbox.start_new_incarnation(why)
        self._parted_without_progress = True
        sentence = f"This station's journal and the hub's have parted: {why} A new journal was started."
        self._store.settings.put(ALARM_SETTING, sentence)
        log.error("journal_parted", why=why, journal_id=journal_id)


def _few_boots(rows: Sequence[PendingRow]) -> Sequence[PendingRow]:
    """As many rows as a push has room for anchors of."""
    boots: set[str] = set()
    for count, row in enumerate(rows):
        boots.add(row.boot_id)
        if len(boots) > MAX_ANCHORS:
            return rows[:count]
    return rows
