"""Positions that are told and confirmed, over a network that loses datagrams."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from hub_sync.client.lan.exchange import (
    MAX_UNCONFIRMED,
    RETRY_MS,
    Exchange,
    JournalPosition,
    follows,
)
from hub_sync.contract.lan import PeerMessage

OWN = JournalPosition("j", 10)


def confirmation(position: int, journal: str = "j") -> PeerMessage:
    return PeerMessage(confirmed_journal=journal, confirmed=position)


def test_nothing_is_told_before_the_other_has_said_what_it_has() -> None:
    exchange = Exchange()
    assert exchange.next_position(OWN, 0) is None
    exchange.take_confirmation(confirmation(4), OWN, 0)
    assert exchange.next_position(OWN, 0) == 4


def test_a_position_of_another_journal_means_from_the_beginning() -> None:
    exchange = Exchange()
    exchange.take_confirmation(confirmation(7, "earlier"), OWN, 0)
    assert exchange.next_position(OWN, 0) == 0


def test_what_is_not_confirmed_is_told_again_later_and_later() -> None:
    exchange = Exchange()
    exchange.take_confirmation(confirmation(0), OWN, 0)
    exchange.record_sent(10, 0)
    assert exchange.next_position(OWN, RETRY_MS - 1) is None
    assert exchange.due_in_ms(OWN, RETRY_MS - 1) == 1
    assert exchange.next_position(OWN, RETRY_MS) == 0
    exchange.record_sent(10, RETRY_MS)
    assert exchange.next_position(OWN, 2 * RETRY_MS) is None
    assert exchange.next_position(OWN, 3 * RETRY_MS) == 0


def test_a_few_datagrams_are_on_their_way_at_once() -> None:
    exchange, far = Exchange(), JournalPosition("j", 1_000)
    exchange.take_confirmation(confirmation(0), far, 0)
    for number in range(1, MAX_UNCONFIRMED + 1):
        exchange.record_sent(number, 0)
    assert exchange.next_position(far, 0) is None
    exchange.take_confirmation(confirmation(1), far, 1)
    assert exchange.next_position(far, 1) == MAX_UNCONFIRMED


def test_a_position_beyond_the_journal_is_not_believed() -> None:
    exchange = Exchange()
    exchange.take_confirmation(confirmation(99), OWN, 0)
    assert exchange.next_position(JournalPosition("j", 12), 0) == 10


def test_a_message_that_leaves_a_gap_is_not_taken() -> None:
    stored = JournalPosition("j", 5)
    assert follows(PeerMessage(journal="j", after=5, upto=7), stored)
    assert follows(PeerMessage(journal="j", after=3, upto=7), stored)
    assert not follows(PeerMessage(journal="j", after=6, upto=7), stored)
    assert not follows(PeerMessage(journal="j", after=3, upto=5), stored)
    assert follows(PeerMessage(journal="new", after=0, upto=1), stored)
    assert not follows(PeerMessage(journal="new", after=2, upto=3), stored)


@given(seed=st.integers(0, 2**32), loss=st.floats(0, 0.7), rows=st.integers(1, 60))
def test_everything_arrives_once_over_a_network_that_loses_and_reorders(
    seed: int, loss: float, rows: int
) -> None:
    chance, exchange, own = Random(seed), Exchange(), JournalPosition("j", rows)
    stored, taken, now_ms = JournalPosition("", 0), list[int](), 0
    under_way: list[PeerMessage] = []
    for _ in range(3_000):
        now_ms += 50
        if chance.random() >= loss:
            exchange.take_confirmation(confirmation(stored.position, stored.journal), own, now_ms)
        while (after := exchange.next_position(own, now_ms)) is not None:
            upto = min(rows, after + chance.randint(1, 5))
            exchange.record_sent(upto, now_ms)
            if chance.random() >= loss:
                under_way.append(PeerMessage(journal="j", after=after, upto=upto))
        chance.shuffle(under_way)
        for message in under_way:
            if follows(message, stored):
                taken.extend(range(stored.position + 1, message.upto + 1))
                stored = JournalPosition("j", message.upto)
        under_way.clear()
        if stored.position == rows:
            break
    assert taken == list(range(1, rows + 1))
