"""The push loop: sends the journal's rows in order until the hub has acknowledged all of them.

The hub holds a prefix of the journal. Every response names its length and its last hash, and both are checked against
this station's own chain. So a lost response, a repeated push and a hub restored from its backup are one case: continue
from the prefix. A single row that the hub fails on, while it responses other requests, is set aside: only a note of it is
sent, the chain continues over its hash, and later rows do not wait.

The hub gives a row its true time when it stores the row. So the hub's time is measured before the first rows of a boot are
sent. Where the time is known later only, or turns out to be wrong, a correction follows (`contract.sync.ClockCorrection`).
"""

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from hub_sync.client.http.errors import (
    HubClientError,
    HubRefused,
    HubServerError,
    HubTimeout,
    ResponseTooLarge,
    StationRevoked,
)
from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.store.disk.errors import JournalMismatch
from hub_sync.client.store.journal.outbox import AcknowledgedPrefix, PendingRow
from hub_sync.client.store.store import Store
from hub_sync.client.sync.time_loop import TimeLoop
from hub_sync.contract.clock import Clock, epoch_ms
from hub_sync.contract.sync import MAX_PUSH_ITEMS, Acknowledged, PushItem, PushRequest, PushResponse

MAX_ANCHORS = 64
STRIKES_BEFORE_SET_ASIDE = 3
"""How often a single row must fail with 5xx, each time followed by a successful empty push."""
ALARM_SETTING = "journal_alarm"
"""Setting: the sentence about a journal that diverged from the hub's, until the hub says that somebody looked into it."""
_ALARM_KNOWN_MS = "journal_alarm_known_ms"
"""Setting: the hub's time of its first answer after the alarm began; a resolution before that is of something else."""
COMPARE_EVERY_S = 60.0
"""Seconds after which a journal is compared with the hub's again, if nothing was sent meanwhile."""
_OTHER_JOURNAL = "The hub answered about another journal than this station's."
_GAP = "JournalGap"
_DIVERGED = ("JournalForked", "ChainBroken")
_REJECTED_ROW_STATUSES = (400, 413, 422)
_KNOWN_ID = "DuplicateId"  # the scan arrived under an earlier incarnation, which is in order

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class PushResult:
    """The result of one step of the push loop."""

    more: bool
    quarantined: int = 0


class PushLoop:
    """Pushes the rows that the hub has not acknowledged."""

    def __init__(
        self, store: Store, api: HubApi, clock: Clock, hub_restarted: threading.Event | None = None
    ) -> None:
        """Create the loop. While `hub_restarted` is set, the hub's past may have changed; the loop clears it."""
        self._store, self._api, self._clock = store, api, clock
        self._hub_restarted = hub_restarted or threading.Event()
        self._compared_ms: dict[str, int] = {}
        self._limit = MAX_PUSH_ITEMS
        self._strikes: Counter[str] = Counter()
        self._diverged_without_progress = False
        self._anchor_checked = False

    def run_once(self) -> PushResult:
        """Push one batch. A revoked station erases names and ticket keys once all is sent, or the hub takes no more.

        Raises:
            HubClientError: The batch did not arrive, or not completely. Try again later.
            StoreError: The disk failed.
        """
        try:
            result = self._push_batch()
        except StationRevoked:
            self._erase_if_due()
            raise
        if not result.more:
            self._erase_if_due()
        return result

    def _erase_if_due(self) -> None:
        if self._store.access.must_erase:
            self._store.erase_personal_data()
            log.warning("personal_data_erased")

    def _push_batch(self) -> PushResult:
        if self._hub_restarted.is_set():
            self._hub_restarted.clear()
            self._compared_ms.clear()
        rows = _limit_boots(self._store.outbox.pending(self._limit))
        if not rows and self._store.boots.corrections():
            self._send(self._store.outbox.acknowledged().journal_id, ())
        if not rows:
            return PushResult(more=self._compare_journals())
        if not self._anchor_checked:
            self._ensure_anchor()
        try:
            response = self._send(rows[0].journal_id, rows)
        except HubRefused as refusal:
            self._handle_refusal(rows, refusal)
            return PushResult(more=True)
        except HubServerError as fault:
            self._failed(rows, fault, strikes=STRIKES_BEFORE_SET_ASIDE)
            return PushResult(more=True)
        except (HubTimeout, ResponseTooLarge):
            self._limit = max(1, len(rows) // 2)  # smaller batches on a slow connection
            raise
        quarantined = self._apply_response(rows[0].journal_id, response)
        self._limit = min(MAX_PUSH_ITEMS, self._limit * 2)
        self._strikes.clear()
        return PushResult(more=True, quarantined=quarantined)

    def _ensure_anchor(self) -> None:
        """Measure this boot's anchor. After one attempt on a connection too slow for it, rows are sent without."""
        if not self._store.boots.anchors((self._clock.boot_id,)):
            TimeLoop(self._store, self._api, self._clock).run_once()
        self._anchor_checked = True

    def _compare_journals(self) -> bool:
        """Compare each journal that was not compared lately with the hub's copy. Return True if rows must be sent again.

        A hub that was restored from a backup lacks rows that it had acknowledged, and would never ask for them.
        """
        now_ms = self._clock.monotonic_ms()
        for prefix in self._store.outbox.prefixes():
            compared_ms = self._compared_ms.get(prefix.journal_id)
            if compared_ms is not None and now_ms - compared_ms < COMPARE_EVERY_S * 1000:
                continue
            acknowledged = self._send(prefix.journal_id, ()).acknowledged
            if acknowledged.journal_id != prefix.journal_id:
                raise HubServerError(_OTHER_JOURNAL)
            if acknowledged.sequence < prefix.sequence:
                log.warning("hub_lost_rows", acknowledged=prefix.sequence, hub_has=acknowledged.sequence)
            if (acknowledged.sequence, acknowledged.head) != (prefix.sequence, prefix.head):
                self._set_prefix(prefix, acknowledged)
            self._compared_ms[prefix.journal_id] = now_ms
        return bool(self._store.outbox.pending(1))

    def _set_prefix(self, before: AcknowledgedPrefix, acknowledged: Acknowledged) -> None:
        """Set the prefix that the hub holds; start a new journal if it holds rows that this one does not have."""
        try:
            self._store.outbox.acknowledge(acknowledged.sequence, acknowledged.head, acknowledged.journal_id)
        except JournalMismatch as mismatch:
            if (
                acknowledged.sequence <= before.sequence
            ):  # rows that it had acknowledged are gone, which ones is unknown
                self._store.outbox.distrust(acknowledged.journal_id)
            self._start_new_journal(str(mismatch))

    def _send(
        self, journal_id: str, rows: Sequence[PendingRow], *, anchors_for: Sequence[PendingRow] = ()
    ) -> PushResponse:
        """Push rows. The anchors of `anchors_for` are sent too, so that an empty push differs by its rows only."""
        corrections = self._store.boots.corrections()
        request = PushRequest(
            corrections=corrections,
            journal_id=journal_id,
            sent_at_ms=epoch_ms(self._clock.now()),
            anchors=self._store.boots.anchors(row.boot_id for row in (*rows, *anchors_for)),
            items=tuple(
                PushItem(sequence=row.sequence, body=row.body, hash=row.hash, set_aside=row.set_aside)
                for row in rows
            ),
        )
        response = self._api.push(request)
        self._store.boots.mark_corrected(corrections)
        return response

    def _prefix(self, journal_id: str) -> AcknowledgedPrefix:
        return next(prefix for prefix in self._store.outbox.prefixes() if prefix.journal_id == journal_id)

    def _apply_response(self, journal_id: str, response: PushResponse) -> int:
        """Move the acknowledged prefix forward or back. Return the number of rows that the hub quarantined."""
        prefix, before = response.acknowledged, self._prefix(journal_id)
        if prefix.journal_id != before.journal_id:
            raise HubServerError(_OTHER_JOURNAL)
        # Counted first, because a row that is sent again is reported as a duplicate.
        quarantined = self._record_quarantine(journal_id, response)
        try:
            self._store.outbox.acknowledge(prefix.sequence, prefix.head, journal_id)
        except JournalMismatch as mismatch:
            self._start_new_journal(str(mismatch))
            return quarantined
        if prefix.sequence == before.sequence:
            raise HubServerError("The hub took the scans and does not acknowledge them.")
        if prefix.sequence < before.sequence:
            self._compared_ms.clear()  # a restored hub: it may lack rows of earlier journals too
        self._compared_ms[journal_id] = self._clock.monotonic_ms()
        self._diverged_without_progress = False
        return quarantined

    def _record_quarantine(self, journal_id: str, response: PushResponse) -> int:
        quarantined = [
            verdict.sequence
            for verdict in response.verdicts
            if verdict.verdict == "QUARANTINED" and verdict.code != _KNOWN_ID
        ]
        accepted = [verdict.sequence for verdict in response.verdicts if verdict.verdict == "ACCEPTED"]
        self._store.outbox.record_quarantine(journal_id, quarantined, accepted)
        return len(quarantined)

    def _handle_refusal(self, rows: Sequence[PendingRow], refusal: HubRefused) -> None:
        if refusal.code == _GAP:
            self._resume(rows[0].journal_id, refusal)
        elif refusal.code in _DIVERGED:
            self._start_new_journal(str(refusal))
        elif refusal.status in _REJECTED_ROW_STATUSES:
            self._failed(rows, refusal, strikes=1)
        else:
            raise refusal

    def _resume(self, journal_id: str, refusal: HubRefused) -> None:
        """Continue from the prefix that the hub holds, which is shorter than this station assumed."""
        before = self._prefix(journal_id)
        acknowledged = self._send(journal_id, ()).acknowledged
        if acknowledged.journal_id != before.journal_id or acknowledged.sequence == before.sequence:
            raise refusal
        self._compared_ms.clear()  # a restored hub: it may lack rows of earlier journals too
        self._set_prefix(before, acknowledged)

    def _failed(self, rows: Sequence[PendingRow], failure: HubClientError, *, strikes: int) -> None:
        """Halve the batch down to the row that the hub fails on, and set that row aside."""
        self._send(
            rows[0].journal_id, (), anchors_for=rows
        )  # raises if the hub itself fails, whatever the rows
        if len(rows) > 1:
            self._limit = len(rows) // 2
            return
        (row,) = rows
        self._strikes[row.hash] += 1
        if self._strikes[row.hash] < strikes or row.set_aside is not None:
            raise failure
        log.warning("row_set_aside", sequence=row.sequence, reason=str(failure))
        self._store.outbox.set_aside(row.sequence, str(failure), row.journal_id)

    def _start_new_journal(self, reason: str) -> None:
        """Start a new incarnation, because the hub's copy and this journal diverged (a cloned or restored disk).

        Only once until the hub has accepted a row of the new one. A hub that always reports a divergence must not make
        a station copy its rows for ever.
        """
        if self._diverged_without_progress:
            raise HubServerError("The hub does not accept this station's journal, and not a new one either.")
        journal_id = self._store.outbox.start_new_incarnation(reason)
        self._diverged_without_progress = True
        sentence = f"This station's journal and the hub's have diverged: {reason} A new journal was started."
        store_alarm(self._store, sentence)
        log.error("journal_diverged", reason=reason, journal_id=journal_id)


def store_alarm(store: Store, sentence: str | None) -> None:
    """Begin the alarm of a diverged journal; None: end it.

    Raises:
        StoreError: The disk failed.
    """
    store.settings.put(_ALARM_KNOWN_MS, None)
    store.settings.put(ALARM_SETTING, sentence)


def end_resolved_alarm(store: Store, server_ms: int, resolved_ms: int | None) -> bool:
    """End the alarm of a diverged journal if somebody looked into it after the hub could know of it. Return True if it ended.

    All times are the hub's: the station's clock may be wrong.

    Raises:
        StoreError: The disk failed.
    """
    if store.settings.get(ALARM_SETTING) is None:
        return False
    known_ms = store.settings.get(_ALARM_KNOWN_MS)
    if known_ms is None:
        store.settings.put(_ALARM_KNOWN_MS, server_ms)
        return False
    if resolved_ms is None or resolved_ms <= known_ms:
        return False
    store_alarm(store, None)
    return True


def _limit_boots(rows: Sequence[PendingRow]) -> Sequence[PendingRow]:
    """Return the first rows of at most MAX_ANCHORS boots, the most that one push can carry."""
    boots: set[str] = set()
    for count, row in enumerate(rows):
        boots.add(row.boot_id)
        if len(boots) > MAX_ANCHORS:
            return rows[:count]
    return rows
