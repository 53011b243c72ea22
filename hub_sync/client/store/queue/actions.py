"""The actions of queues as this station has them, and the tickets that they add up to.

Tickets are a cache: each is folded again (`rules.queue.ticket_state`) in the transaction that adds one of its actions.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import orjson

from hub_sync.client.store.disk.encrypted_file import EncryptedFile
from hub_sync.contract.enums import QueueStatus
from hub_sync.contract.queue import QueueAction, QueueActionKind, QueuePriority
from hub_sync.contract.sync import JournalHead
from hub_sync.rules.queue.ticket_state import LIVE, TicketState, fold_ticket

MAX_TICK = 2**52 - 1
_INSERT = """
    INSERT INTO queue_actions (id, event_id, service_date, ticket_id, counter_id, tick, source, body)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""
_PUT_TICKET = """
    INSERT OR REPLACE INTO queue_tickets (ticket_id, event_id, service_date, queue_id, lane, sequence, number,
        participant_id, status, is_at_hub, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""


class ActionSource(StrEnum):
    """From where this station has an action. The hub's version replaces all others: it may have corrected the time."""

    OWN = "own"
    HUB = "hub"
    PEER = "peer"


@dataclass(frozen=True, slots=True)
class HeardAction:
    """An action that a neighbour told, which is at most the row `number` of its journal `journal_id`."""

    action: QueueAction
    journal_id: str
    number: int


class QueueActions:
    """Actions and tickets. Its writing methods run inside of the caller's transaction."""

    def __init__(self, file: EncryptedFile) -> None:
        self._file = file
        self._changed: set[str] = set()

    def add(self, action: QueueAction, source: ActionSource) -> bool:
        """Add an action, and return True if it is new or differs now. Call `fold_changed` before the commit."""
        body = orjson.dumps(action.model_dump(mode="json", exclude_defaults=True)).decode()
        before = self._file.row(
            "SELECT source, body, ticket_id FROM queue_actions WHERE id = ?", (action.id,)
        )
        if before is None:
            self._file.run(
                _INSERT,
                (
                    *(action.id, action.event_id, action.service_date, action.ticket_id, action.counter_id),
                    *(action.tick, source.value, body),
                ),
            )
        elif source is not ActionSource.HUB or before[:2] == (source.value, body):
            return False
        else:
            self._file.run(
                "UPDATE queue_actions SET source = ?, body = ?, tick = ?, ticket_id = ?, counter_id = ? WHERE id = ?",
                (source.value, body, action.tick, action.ticket_id, action.counter_id, action.id),
            )
        self._changed.update(
            each for each in (action.ticket_id, before[2] if before else None) if each is not None
        )
        return True

    def add_heard(self, heard: HeardAction) -> None:
        """Add an action of a neighbour. One that it tells again, because its journal began anew, has a later number."""
        self.add(heard.action, ActionSource.PEER)
        self._file.run(
            "UPDATE queue_actions SET journal_id = ?, number = ? WHERE id = ? AND source = 'peer'",
            (heard.journal_id, heard.number, heard.action.id),
        )

    def fold_changed(self) -> None:
        """Fold the tickets of the actions that were added."""
        for ticket_id in self._changed:
            self._fold(ticket_id)
        self._changed.clear()

    def fold_all(self) -> None:
        """Fold all tickets."""
        rows = self._file.rows("SELECT DISTINCT ticket_id FROM queue_actions WHERE ticket_id IS NOT NULL")
        self._changed.update(ticket_id for (ticket_id,) in rows)
        self.fold_changed()

    def _fold(self, ticket_id: str) -> None:
        actions = self.of_ticket(ticket_id)
        ticket = fold_ticket(actions).ticket
        if ticket is None:
            self._file.run("DELETE FROM queue_tickets WHERE ticket_id = ?", (ticket_id,))
            return
        at_hub = self._file.row(
            "SELECT 1 FROM queue_actions WHERE ticket_id = ? AND source = 'hub' AND body ->> 'kind' = 'issued'",
            (ticket_id,),
        )
        self._file.run(
            _PUT_TICKET,
            (
                *(ticket.id, ticket.event_id, ticket.service_date, ticket.queue_id, ticket.lane),
                *(ticket.sequence, ticket.number, ticket.participant_id, ticket.status.value),
                *(int(at_hub is not None), orjson.dumps(ticket).decode()),
            ),
        )

    def remove_lost(self, event_id: str, received: Collection[str], upto: int) -> None:
        """Remove actions of the hub that a snapshot of it lacks: it was restored from a backup. Newer ones than `upto` stay."""
        rows = self._file.rows(
            "SELECT id, ticket_id FROM queue_actions WHERE event_id = ? AND source = 'hub' AND seq <= ?",
            (event_id, upto),
        )
        self._remove((action_id, ticket_id) for action_id, ticket_id in rows if action_id not in received)

    def remove_refused(self, event_id: str, heads: Iterable[JournalHead]) -> None:
        """Remove what the hub refused: it has the rows of the journals up to `heads`, and has not sent these actions.

        Whoever hears of a ticket by the local network alone, or has done it itself, agrees with all others then.
        """
        reach = {(head.device_id, head.journal_id): head.sequence for head in heads}
        if not reach:
            return
        heard = self._file.rows(
            "SELECT id, ticket_id, body ->> 'device_id', journal_id, number FROM queue_actions"
            " WHERE event_id = ? AND source = 'peer' AND journal_id <> ''",
            (event_id,),
        )
        own = self._file.rows(
            "SELECT id, ticket_id FROM queue_actions WHERE event_id = ? AND source = 'own'"
            " AND id IN (SELECT record_id FROM quarantined JOIN journal USING (position))",
            (event_id,),
        )
        refused = [
            (action_id, ticket_id)
            for action_id, ticket_id, device_id, journal_id, number in heard
            if number <= reach.get((device_id, journal_id), -1)
        ]
        self._remove([*refused, *own])

    def remove_past(self, event_id: str, day: str, limit: int = 200) -> bool:
        """Remove the tickets of days before the last service day and `day`, the present one. Return True if there are more.

        Tickets that are live stay, and so does what the hub has not confirmed, and the last action of all, from which ticks go on.
        """
        last = self._file.row(
            "SELECT max(service_date) FROM queue_actions WHERE event_id = ? AND service_date < ?",
            (event_id, day),
        )
        if last is None or last[0] is None:
            return False
        past = (event_id, last[0])
        tickets = self._file.rows(
            f"SELECT ticket_id FROM queue_tickets t WHERE event_id = ? AND service_date < ? AND status NOT IN ({_LIVE})"  # noqa: S608
            " AND NOT EXISTS (SELECT 1 FROM queue_actions a WHERE a.ticket_id = t.ticket_id AND a.source = 'own')"
            " LIMIT ?",
            (*past, limit),
        )
        kept = "seq <> (SELECT seq FROM queue_actions WHERE event_id = ? ORDER BY tick DESC LIMIT 1)"
        for (ticket_id,) in tickets:
            self._file.run("DELETE FROM queue_tickets WHERE ticket_id = ?", (ticket_id,))
            self._file.run(
                f"DELETE FROM queue_actions WHERE ticket_id = ? AND {kept}",  # noqa: S608
                (ticket_id, event_id),
            )
        self._file.run(
            f"DELETE FROM queue_actions WHERE event_id = ? AND service_date < ? AND source <> 'own' AND ticket_id IS NULL AND {kept}",  # noqa: S608
            (*past, event_id),
        )
        return len(tickets) == limit

    def _remove(self, actions: Iterable[tuple[str, str | None]]) -> None:
        """Remove actions, each with its ticket."""
        for action_id, ticket_id in actions:
            self._file.run("DELETE FROM queue_actions WHERE id = ?", (action_id,))
            if ticket_id is not None:
                self._changed.add(ticket_id)

    # --- to read -------------------------------------------------------------------------------------

    def last_seq(self) -> int:
        """Return the number of the action that came last."""
        row = self._file.row("SELECT coalesce(max(seq), 0) FROM queue_actions")
        return row[0] if row else 0

    def next_tick(self, event_id: str) -> int:
        """Return the tick of an action that comes after all that this station has of an event."""
        return min(self.last_tick(event_id) + 1, MAX_TICK)

    def last_tick(self, event_id: str) -> int:
        """Return the highest tick of an event's actions."""
        row = self._file.row(
            "SELECT coalesce(max(tick), 0) FROM queue_actions WHERE event_id = ?", (event_id,)
        )
        return row[0] if row else 0

    def find(self, action_id: str) -> QueueAction | None:
        """Return an action, or None."""
        return next(iter(self._load("id = ?", (action_id,))), None)

    def of_ticket(self, ticket_id: str) -> tuple[QueueAction, ...]:
        """Return the actions of a ticket, as they came."""
        return self._load("ticket_id = ?", (ticket_id,))

    def of_counters(self, event_id: str, service_date: str) -> tuple[QueueAction, ...]:
        """Return the actions of a day at counters that concern no ticket, as they came."""
        return self._load("event_id = ? AND service_date = ? AND ticket_id IS NULL", (event_id, service_date))

    def since(self, event_id: str, seq: int) -> tuple[QueueAction, ...]:
        """Return the actions of an event that came after one, as they came."""
        return self._load("event_id = ? AND seq > ?", (event_id, seq))

    def tickets_called_at(self, event_id: str, service_date: str, counter_id: str) -> tuple[str, ...]:
        """Return the tickets that a counter called on a day, as far as they are not its own any more by the actions of all."""
        rows = self._file.rows(
            "SELECT DISTINCT a.ticket_id FROM queue_actions a JOIN queue_tickets t ON t.ticket_id = a.ticket_id"
            " WHERE a.event_id = ? AND a.service_date = ? AND a.counter_id = ? AND a.body ->> 'kind' = 'called'"
            " AND coalesce(t.body ->> 'counter_id', '') NOT IN ('', ?)",
            (event_id, service_date, counter_id, counter_id),
        )
        return tuple(ticket_id for (ticket_id,) in rows)

    def _load(self, where: str, values: tuple[Any, ...]) -> tuple[QueueAction, ...]:
        rows = self._file.rows(
            f"SELECT body FROM queue_actions WHERE {where} ORDER BY seq",  # noqa: S608  own conditions
            values,
        )
        return tuple(QueueAction.model_validate_json(body) for (body,) in rows)

    def ticket(self, ticket_id: str) -> TicketState | None:
        """Return a ticket, or None."""
        return next(iter(self._tickets("ticket_id = ?", (ticket_id,))), None)

    def tickets(
        self, event_id: str, service_date: str, *, live_only: bool = False
    ) -> tuple[TicketState, ...]:
        """Return the tickets of a day, and the live ones of any other: a station's clock may have been wrong by a day."""
        if live_only:
            return self._tickets(f"event_id = ? AND status IN ({_LIVE})", (event_id,))
        where = f"event_id = ? AND (service_date = ? OR status IN ({_LIVE}))"
        return self._tickets(where, (event_id, service_date))

    def live_ticket_of(
        self, participant_ids: Iterable[str], queue_id: str, service_date: str
    ) -> TicketState | None:
        """Return the first live ticket that a person has in a queue on a day, or None.

        `participant_ids` are all ids of the person: that of the registration, and those that were merged into it.
        """
        found = self._tickets(
            f"participant_id IN (SELECT value FROM json_each(?)) AND queue_id = ? AND service_date = ? AND status IN ({_LIVE})",  # noqa: S608
            (orjson.dumps(list(participant_ids)).decode(), queue_id, service_date),
        )
        return min(found, key=lambda ticket: ticket.issued_at_ms, default=None)

    def has_number(self, event_id: str, service_date: str, number: str) -> bool:
        """Return True if a number was given on a day, or somebody of another day still has it, as far as this station knows."""
        row = self._file.row(
            f"SELECT 1 FROM queue_tickets WHERE event_id = ? AND (service_date = ? OR status IN ({_LIVE})) AND number = ?",  # noqa: S608
            (event_id, service_date, number),
        )
        return row is not None

    def unknown_to_hub(self, ticket_ids: Iterable[str]) -> frozenset[str]:
        """Return those of the tickets whose issue the hub has not told this station yet."""
        rows = self._file.rows(
            "SELECT ticket_id FROM queue_tickets WHERE NOT is_at_hub AND ticket_id IN (SELECT value FROM json_each(?))",
            (orjson.dumps(list(ticket_ids)).decode(),),
        )
        return frozenset(ticket_id for (ticket_id,) in rows)

    def _tickets(self, where: str, values: tuple[Any, ...]) -> tuple[TicketState, ...]:
        rows = self._file.rows(f"SELECT body FROM queue_tickets WHERE {where}", values)  # noqa: S608
        return tuple(_ticket(body) for (body,) in rows)

    def forget(self) -> None:
        """Forget all actions and tickets, because the station has another enrolment now. The journal stays."""
        for table in ("queue_actions", "queue_tickets"):
            self._file.run(f"DELETE FROM {table}")  # noqa: S608  own names


_LIVE = ", ".join(f"'{status.value}'" for status in LIVE)


def _ticket(body: str) -> TicketState:
    values = orjson.loads(body)
    values["status"] = QueueStatus(values["status"])
    values["priority"] = QueuePriority(values["priority"])
    return TicketState(**values)


def counters_on_break(actions: Iterable[QueueAction]) -> dict[str, QueueAction]:
    """Return the action with which each counter that is closed or has a break began it, by counter."""
    last: dict[str, QueueAction] = {}
    for action in sorted(actions, key=lambda each: (each.tick, each.at_ms, each.id)):
        if action.counter_id is not None:
            last[action.counter_id] = action
    pauses = (QueueActionKind.BREAK_STARTED, QueueActionKind.COUNTER_CLOSED)
    return {counter_id: action for counter_id, action in last.items() if action.kind in pauses}
