"""The queue of a kiosk behind a small interface, so that a kiosk without queues is one with an empty list."""

from typing import Protocol

from hub_sync.client.store import Store
from hub_sync.contract.clock import from_epoch_ms
from hub_sync.rules.rules_from_rows import event_rules
from kiosk_app.core.kiosk.papers import slip_id
from kiosk_app.core.printing.contents import PrintJob, SlipContent
from kiosk_app.core.queue.estimate import WaitEstimate
from kiosk_app.core.queue.service import IssuedTicket, QueueRefusal, QueueService
from kiosk_app.kiosk_messages import NumberRefusal, QueueChoice, QueueNumber

_REFUSALS = {QueueRefusal.NO_NUMBERS: NumberRefusal.NO_NUMBERS}


class NumberDesk(Protocol):
    """Gives numbers in queues. Used by the gate's thread only."""

    def choices(self) -> tuple[QueueChoice, ...]:
        """Return the queues that a visitor may choose from, open or not.

        Raises:
            StoreError: the store could not be read.
        """
        ...

    def issue(self, queue_id: str, participant_id: str, language: str) -> QueueNumber:
        """Give a number; it is on the disk when this returns without a refusal.

        Raises:
            StoreError: it could not be written; there is no number.
        """
        ...

    def slip(self, ticket_id: str, language: str) -> PrintJob | None:
        """Return the print of a number's slip, the same one each time; None: nobody knows the number.

        Raises:
            StoreError: the store could not be read.
        """
        ...


class NoQueues:
    """A station that has no queues."""

    def choices(self) -> tuple[QueueChoice, ...]:
        """Return nothing to choose from."""
        return ()

    def issue(self, queue_id: str, participant_id: str, language: str) -> QueueNumber:  # noqa: ARG002
        """Refuse: there is no such queue."""
        return QueueNumber(refusal=NumberRefusal.CLOSED)

    def slip(self, ticket_id: str, language: str) -> PrintJob | None:  # noqa: ARG002
        """Return None: there are no numbers."""
        return None


class KioskQueues:
    """The queues of the served event, over the station's own queue service. Works without the hub."""

    def __init__(self, store: Store, service: QueueService) -> None:
        self._store, self._service = store, service

    def choices(self) -> tuple[QueueChoice, ...]:
        """Return the queues that kiosks offer.

        Raises:
            StoreError: the store could not be read.
        """
        return tuple(
            QueueChoice(
                *(offer.row.id, offer.row.name, offer.waiting, *_range(offer.estimate)),
                is_open=offer.refusal is None,
                opens_at=offer.opens_at,
            )
            for offer in self._service.queues()
        )

    def issue(self, queue_id: str, participant_id: str, language: str) -> QueueNumber:
        """Give a number, or that which the person has already.

        Raises:
            StoreError: it could not be written; there is no number.
        """
        issued = self._service.issue(queue_id, participant_id or None, language)
        if isinstance(issued, QueueRefusal):
            return QueueNumber(refusal=_REFUSALS.get(issued, NumberRefusal.CLOSED))
        low, high = _range(issued.estimate)
        return QueueNumber(
            issued.queue.name,
            issued.number,
            issued.ticket.id,
            issued.people_ahead,
            low,
            high,
            issued.status_url,
            issued.is_repeated,
            issued.counter,
        )

    def slip(self, ticket_id: str, language: str) -> PrintJob | None:
        """Return the print of a number's slip, with the wait as it is now.

        Raises:
            StoreError: the store could not be read.
        """
        issued = self._service.reissue(ticket_id)
        return None if issued is None else PrintJob(slip_id(ticket_id), self._content(issued), language)

    def _content(self, issued: IssuedTicket) -> SlipContent:
        event = self._store.venue.event()
        at = from_epoch_ms(issued.ticket.issued_at_ms)
        low, high = _range(issued.estimate)
        return SlipContent(
            issued.number,
            issued.queue.name,
            at.astimezone(event_rules(event).time_zone) if event is not None else at,
            event.name if event is not None else "",
            None if low is None or high is None else (low, high),
            issued.people_ahead,
            issued.status_url,
        )


def _range(estimate: WaitEstimate | None) -> tuple[int | None, int | None]:
    return (None, None) if estimate is None else (estimate.low_minutes, estimate.high_minutes)
