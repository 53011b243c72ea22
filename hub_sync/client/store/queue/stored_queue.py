"""The queues of this station's events on its disk: what the hub sets up, actions, tickets, numbers.

An own action is a journal row, durable when `StoredQueue.write` returns. The writing methods of `actions`, `numbers` and `grants` run
inside of `write` or `transaction`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from hub_sync.client.store.disk.encrypted_file import EncryptedFile
from hub_sync.client.store.journal.journal import QueueActionRow, ScanJournal
from hub_sync.client.store.queue.actions import ActionSource, HeardAction, QueueActions
from hub_sync.client.store.queue.numbers import OwnPrefix, QueueNumbers
from hub_sync.client.store.queue.ticket_grants import TicketGrants
from hub_sync.contract.fleet import HighestNumber, LettersInUse
from hub_sync.contract.queue import FURTHEST_TICK, CounterRow, QueueAction, QueuePull, QueueRecord, QueueRow
from hub_sync.contract.sync import JournalHead

_QUEUE, _COUNTER, _SWITCH = "queue", "counter", "switch"
_OFF = "off"


@dataclass(frozen=True, slots=True)
class QueueSettings:
    """What the hub says beside queues and counters. `as_of_ms`: when it last said anything, by the corrected clock."""

    lane: OwnPrefix
    status_url: str
    day: str
    as_of_ms: int
    is_complete: bool


@dataclass(frozen=True, slots=True)
class QueuePage:
    """What a page brought of queues. `upto` and `journal_id` are of the moment at which it was asked for.

    `heads` says up to which row the hub has the stations' journals; (): not known.
    """

    pull: QueuePull
    is_snapshot: bool
    upto: int
    journal_id: str
    at_ms: int
    heads: Sequence[JournalHead] = ()


class StoredQueue:
    """The queues in one thread's session of the store."""

    def __init__(self, file: EncryptedFile, journal: ScanJournal) -> None:
        self._file, self._journal = file, journal
        self.actions = QueueActions(file)
        self.numbers = QueueNumbers(file)
        self.grants = TicketGrants(file, self.actions)

    def version(self) -> tuple[int, int]:
        """Return a value that differs from any earlier one if anything was written since."""
        return self._file.version()

    def journal_id(self) -> str:
        """Return the id of the journal under which numbers are given now."""
        return self._journal.end()[0]

    # --- what the hub sets up ------------------------------------------------------------------------

    def settings_of(self, event_id: str) -> QueueSettings | None:
        """Return what the hub says of an event's queues; None: nothing yet."""
        rows = self._file.rows(
            "SELECT lane, lane_journal, status_url, day, as_of_ms, is_complete FROM queue_state WHERE event_id = ?",
            (event_id,),
        )
        if not rows:
            return None
        lane, journal_id, status_url, day, as_of_ms, is_complete = rows[0]
        return QueueSettings(OwnPrefix(lane, journal_id), status_url, day, as_of_ms, bool(is_complete))

    def highest_numbers(self, limit: int) -> tuple[HighestNumber, ...]:
        """Return the highest numbers that this station has or knows, of each queue and day, the newest days first; without lanes."""
        rows = self._file.rows(
            "SELECT queue_id, day, max(sequence) FROM ("
            " SELECT queue_id, service_date AS day, last AS sequence FROM queue_blocks WHERE last IS NOT NULL"
            " UNION ALL SELECT queue_id, service_date, sequence FROM queue_tickets WHERE lane = ''"
            ") GROUP BY queue_id, day ORDER BY day DESC, queue_id LIMIT ?",
            (limit,),
        )
        return tuple(HighestNumber(queue_id=row[0], day=row[1], sequence=row[2]) for row in rows)

    def own_lanes(self, limit: int) -> tuple[LettersInUse, ...]:
        """Return this station's own letters at its events."""
        rows = self._file.rows(
            "SELECT event_id, lane, lane_journal FROM queue_state WHERE lane != '' ORDER BY event_id LIMIT ?",
            (limit,),
        )
        return tuple(LettersInUse(event_id=row[0], letters=row[1], journal_id=row[2]) for row in rows)

    def queues(self, event_id: str) -> tuple[QueueRow, ...]:
        """Return an event's queues that are not deleted, by letter."""
        rows = (QueueRow.model_validate_json(body) for body in self._bodies(event_id, _QUEUE))
        return tuple(sorted((row for row in rows if not row.deleted), key=lambda row: (row.letter, row.id)))

    def counters(self, event_id: str) -> tuple[CounterRow, ...]:
        """Return an event's counters that are not deleted, by name."""
        rows = (CounterRow.model_validate_json(body) for body in self._bodies(event_id, _COUNTER))
        return tuple(sorted((row for row in rows if not row.deleted), key=lambda row: (row.name, row.id)))

    def is_on(self, event_id: str) -> bool:
        """Return False if the hub has queues switched off."""
        return _OFF not in self._bodies(event_id, _SWITCH)

    def _bodies(self, event_id: str, kind: str) -> list[str]:
        rows = self._file.rows(
            "SELECT body FROM queue_rows WHERE event_id = ? AND kind = ?", (event_id, kind)
        )
        return [body for (body,) in rows]

    def apply(self, event_id: str, page: QueuePage) -> None:
        """Store what a page brought. A snapshot replaces queues and counters, and removes what the hub does not have any more.

        Raises:
            StoreError: Nothing was stored.
        """
        pull = page.pull
        with self._file.transaction():
            if page.is_snapshot:
                self._file.run("DELETE FROM queue_rows WHERE event_id = ?", (event_id,))
                self.actions.remove_lost(event_id, {action.id for action in pull.actions}, page.upto)
            if pull.is_on is not None and pull.is_on is not self.is_on(event_id):
                body = "on" if pull.is_on else _OFF
                self._file.run(
                    "INSERT OR REPLACE INTO queue_rows VALUES (?, ?, ?, ?)", (event_id, _SWITCH, "", body)
                )
            self._put_rows(event_id, _QUEUE, pull.queues)
            self._put_rows(event_id, _COUNTER, pull.counters)
            for action in pull.actions:
                if action.event_id == event_id:
                    self.actions.add(action, ActionSource.HUB)
            self.actions.remove_refused(event_id, page.heads)
            self.actions.fold_changed()
            for block in pull.blocks or ():
                self.numbers.add_block(block)
            self._put_settings(event_id, page)

    def _put_rows(self, event_id: str, kind: str, rows: Iterable[QueueRow | CounterRow]) -> None:
        self._file.run_many(
            "INSERT OR REPLACE INTO queue_rows VALUES (?, ?, ?, ?)",
            [(event_id, kind, row.id, row.model_dump_json()) for row in rows if row.event_id == event_id],
        )

    def _put_settings(self, event_id: str, page: QueuePage) -> None:
        pull, before = page.pull, self.settings_of(event_id)
        lane = (
            OwnPrefix(pull.lane, page.journal_id)
            if pull.lane
            else before.lane
            if before
            else OwnPrefix("", "")
        )
        status_url = pull.status_url or (before.status_url if before and not page.is_snapshot else "")
        self._file.run(
            "INSERT OR REPLACE INTO queue_state VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                *(event_id, lane.letters, lane.journal_id, status_url),
                *(pull.day or (before.day if before else ""), page.at_ms),
                int(page.is_snapshot or (before is not None and before.is_complete)),
            ),
        )

    def note_contact(self, event_id: str, at_ms: int) -> None:
        """Note that the hub was there, and had nothing new."""
        self._file.run(
            "UPDATE queue_state SET as_of_ms = ? WHERE event_id = ? AND as_of_ms < ?",
            (at_ms, event_id, at_ms),
        )

    # --- actions -------------------------------------------------------------------------------------

    def write(self, build: Callable[[], Sequence[QueueRecord]]) -> tuple[QueueActionRow, ...]:
        """Write own actions: rows of the journal, durable on return. `build` runs inside of the transaction and may raise.

        Raises:
            StoreError: Nothing was written.
        """

        def build_and_add() -> Sequence[QueueRecord]:
            records = build()
            for record in records:
                self.actions.add(record.action, ActionSource.OWN)
            self.actions.fold_changed()
            return records

        return self._journal.append_queue(build_and_add)

    def add_of_hub(self, actions: Iterable[QueueAction]) -> None:
        """Store actions that the hub answered with.

        Raises:
            StoreError: Nothing was stored.
        """
        with self._file.transaction():
            for action in actions:
                self.actions.add(action, ActionSource.HUB)
            self.actions.fold_changed()

    def add_of_peers(self, heard: Iterable[HeardAction]) -> None:
        """Store actions of neighbours, inside of the caller's transaction.

        One whose tick is too far ahead is left out: it would come after all that anybody does from now on.
        """
        for each in heard:
            if each.action.tick <= self.actions.last_tick(each.action.event_id) + FURTHEST_TICK:
                self.actions.add_heard(each)
        self.actions.fold_changed()

    def remove_past(self) -> bool:
        """Remove some of what is over in the queues of all events, by the day that the hub said last. Return True if there is more.

        Raises:
            StoreError: it stays, and is removed later.
        """
        days = self._file.rows("SELECT event_id, day FROM queue_state WHERE day <> ''")
        has_more = False
        for event_id, day in days:
            with self._file.transaction():
                has_more |= self.actions.remove_past(event_id, day)
        return has_more

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Open a transaction of the store.

        Raises:
            StoreError: Nothing was written.
        """
        with self._file.transaction():
            yield

    # --- calls whose answer was lost -----------------------------------------------------------------

    def note_lost_call(self, call_id: str, event_id: str, counter_id: str, ticket_id: str) -> None:
        """Note that the hub was asked to call somebody, that its answer was not waited for, and which ticket is called here instead."""
        self._file.run(
            "INSERT OR REPLACE INTO queue_lost_calls VALUES (?, ?, ?, ?)",
            (call_id, event_id, counter_id, ticket_id),
        )

    def lost_calls(self, event_id: str, counter_id: str) -> dict[str, str]:
        """Return the ids of calls at a counter whose answer was lost, each with the ticket that was called instead."""
        rows = self._file.rows(
            "SELECT id, ticket_id FROM queue_lost_calls WHERE event_id = ? AND counter_id = ?",
            (event_id, counter_id),
        )
        return dict(rows)

    def settle_lost_call(self, call_id: str) -> None:
        """Forget a call whose answer was lost: it is known by now what became of it."""
        self._file.run("DELETE FROM queue_lost_calls WHERE id = ?", (call_id,))

    def forget(self) -> None:
        """Forget everything, because the station has another enrolment now. The journal stays."""
        with self._file.transaction():
            self.actions.forget()
            self.numbers.forget()
            self.grants.forget()
            for table in ("queue_state", "queue_rows", "queue_lost_calls"):
                self._file.run(f"DELETE FROM {table}")  # noqa: S608  own names
