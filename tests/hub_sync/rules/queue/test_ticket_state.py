"""The fold of a ticket's actions: what counts, what is ignored, and that the order of arrival does not matter."""

from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_sync.contract.enums import QueueStatus
from hub_sync.contract.queue import QueueAction, QueueActionKind, QueuePriority, TicketIssue
from hub_sync.rules.queue.ticket_state import apply_action, fold_ticket

K = QueueActionKind
TICKET, QUEUE, OTHER_QUEUE, DESK_1, DESK_2 = (f"00000000-0000-7000-8000-00000000000{n}" for n in range(5))


def action(
    kind: QueueActionKind, tick: int, *, number: int = 0, at_ms: int = 0, counter: str | None = DESK_1
) -> QueueAction:
    """Return an action on the ticket; `number` tells apart what happened at the same tick."""
    counts = kind.concerns_counter
    return QueueAction(
        id=f"00000000-0000-7000-9000-{tick:06d}{number:06d}",
        kind=kind,
        event_id="event",
        queue_id=None if counts else QUEUE,
        ticket_id=None if counts else TICKET,
        service_date="2026-11-29",
        tick=tick,
        at_ms=at_ms or tick * 1000,
        counter_id=None if kind is K.ISSUED else counter,
        to_queue_id=OTHER_QUEUE if kind is K.TRANSFERRED else None,
        issue=TicketIssue(number="A001", sequence=1) if kind is K.ISSUED else None,
    )


ISSUED = action(K.ISSUED, 1)


def status_after(*actions: QueueAction) -> QueueStatus:
    """Return the status of the ticket after it was issued and these actions."""
    ticket = fold_ticket([ISSUED, *actions]).ticket
    assert ticket is not None
    return ticket.status


@pytest.mark.parametrize(
    ("kinds", "status"),
    [
        ((), QueueStatus.WAITING),
        ((K.CALLED,), QueueStatus.CALLED),
        ((K.CALLED, K.RECALLED, K.SERVING, K.COMPLETED), QueueStatus.COMPLETED),
        ((K.CALLED, K.NO_SHOW), QueueStatus.NO_SHOW),
        ((K.CALLED, K.NO_SHOW, K.RETURNED), QueueStatus.WAITING),
        ((K.CALLED, K.NO_SHOW, K.EXPIRED), QueueStatus.EXPIRED),
        ((K.CALLED, K.SERVING, K.PARKED, K.RETURNED), QueueStatus.WAITING),
        ((K.CALLED, K.SERVING, K.TRANSFERRED), QueueStatus.WAITING),
        ((K.CANCELLED, K.CALLED), QueueStatus.CANCELLED),
        ((K.CALLED, K.SERVING, K.NO_SHOW), QueueStatus.SERVING),
    ],
)
def test_a_ticket_has_the_status_that_its_actions_add_up_to(
    kinds: Sequence[QueueActionKind], status: QueueStatus
) -> None:
    assert status_after(*(action(kind, tick) for tick, kind in enumerate(kinds, 2))) is status


def test_of_two_desks_that_called_at_once_the_first_has_called_and_the_other_is_ignored() -> None:
    first, second = action(K.CALLED, 2), action(K.CALLED, 2, number=1, counter=DESK_2)
    folded = fold_ticket([second, ISSUED, first])
    assert folded.ticket is not None
    assert (folded.ticket.counter_id, folded.ignored) == (DESK_1, (second.id,))


def test_whoever_serves_somebody_has_called_them_whatever_another_desk_says_of_a_no_show() -> None:
    calls = action(K.CALLED, 2), action(K.CALLED, 2, number=1, counter=DESK_2)
    served, missed = action(K.SERVING, 3, number=1, counter=DESK_2), action(K.NO_SHOW, 3, at_ms=9000)
    ticket = fold_ticket([ISSUED, *calls, served, missed]).ticket
    assert ticket is not None
    assert (ticket.status, ticket.counter_id) == (QueueStatus.SERVING, DESK_2)


def test_a_transfer_keeps_the_number_and_the_place() -> None:
    ticket = fold_ticket([ISSUED, action(K.CALLED, 2), action(K.TRANSFERRED, 3)]).ticket
    assert ticket is not None
    assert (ticket.number, ticket.queue_id, ticket.transferred_from) == ("A001", OTHER_QUEUE, QUEUE)
    assert ticket.waiting_since_ms == ISSUED.at_ms


def test_who_did_not_show_up_waits_behind_those_who_are_there() -> None:
    ticket = fold_ticket([ISSUED, action(K.CALLED, 2), action(K.NO_SHOW, 3), action(K.RETURNED, 4)]).ticket
    assert ticket is not None
    assert ticket.waiting_since_ms == 4000


def test_a_ticket_is_issued_once_and_nothing_is_known_of_one_that_was_not() -> None:
    again = ISSUED.model_copy(update={"id": "00000000-0000-7000-9000-000009000000", "tick": 9})
    assert fold_ticket([ISSUED, again]).ignored == (again.id,)
    assert fold_ticket([action(K.CALLED, 2)]).ticket is None
    assert apply_action(None, ISSUED.model_copy(update={"issue": None})) is None


_KINDS = [kind for kind in K if not kind.concerns_counter and kind is not K.ISSUED]
_actions = st.lists(
    st.builds(
        action,
        st.sampled_from(_KINDS),
        st.integers(2, 6),
        number=st.integers(0, 3),
        at_ms=st.integers(1, 9),
        counter=st.sampled_from([DESK_1, DESK_2, None]),
    ),
    max_size=12,
    unique_by=lambda each: each.id,
)


@given(_actions, st.randoms())
def test_the_order_in_which_actions_come_and_their_repetition_change_nothing(
    actions: list[QueueAction], random: Random
) -> None:
    shuffled = [ISSUED, *actions, *actions]
    random.shuffle(shuffled)
    assert fold_ticket(shuffled) == fold_ticket([ISSUED, *actions])


@given(_actions)
def test_the_number_and_the_day_of_a_ticket_never_change(actions: list[QueueAction]) -> None:
    ticket = fold_ticket([*actions, ISSUED]).ticket
    assert ticket is not None
    assert (ticket.number, ticket.sequence, ticket.service_date) == ("A001", 1, ISSUED.service_date)
    assert ticket.priority is QueuePriority.PLAIN
