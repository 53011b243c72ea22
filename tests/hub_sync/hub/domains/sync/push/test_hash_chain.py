"""The walk along a journal: new rows, known rows, and the three ways in which a history can be wrong."""

from hypothesis import given
from hypothesis import strategies as st

from hub_sync.contract.sync import PushItem
from hub_sync.hub.domains.sync.push.hash_chain import (
    ChainBreak,
    ChainForked,
    ChainGap,
    ChainVerified,
    JournalPrefix,
    verify_chain,
)
from hub_sync.rules.journal_chain import GENESIS, chain_hash


def journal(count: int, salt: str = "") -> list[PushItem]:
    head, rows = GENESIS, []
    for sequence in range(1, count + 1):
        body = f"{salt}{sequence}"
        head = chain_hash(head, body.encode())
        rows.append(PushItem(sequence=sequence, body=body, hash=head))
    return rows


def acknowledged_prefix(rows: list[PushItem], count: int) -> tuple[JournalPrefix, dict[int, str]]:
    if not count:
        return JournalPrefix(), {}
    return JournalPrefix(count, rows[count - 1].hash), {row.sequence: row.hash for row in rows[:count]}


@given(acknowledged=st.integers(0, 20), first=st.integers(1, 21), last=st.integers(0, 20))
def test_any_stretch_that_touches_the_prefix_is_followed(acknowledged: int, first: int, last: int) -> None:
    rows = journal(20)
    prefix, stored = acknowledged_prefix(rows, acknowledged)
    sent = rows[first - 1 : last]
    outcome = verify_chain(prefix, sent, stored)
    if sent and sent[0].sequence > acknowledged + 1:
        assert outcome == ChainGap(acknowledged + 1, sent[0].sequence)
        return
    assert isinstance(outcome, ChainVerified)
    assert [row.sequence for row in outcome.new] == [
        row.sequence for row in sent if row.sequence > acknowledged
    ]
    assert outcome.prefix.sequence == max([acknowledged, *(row.sequence for row in sent)])


def test_a_row_that_comes_twice_in_one_push_is_known_the_second_time() -> None:
    rows = journal(3)
    outcome = verify_chain(JournalPrefix(), [rows[0], rows[1], rows[1], rows[2]], {})
    assert isinstance(outcome, ChainVerified)
    assert [row.sequence for row in outcome.new] == [1, 2, 3]


def test_a_restored_backup_is_a_fork() -> None:
    rows, others = journal(5), journal(5, "other ")
    prefix, stored = acknowledged_prefix(rows, 4)
    assert verify_chain(prefix, [rows[2], others[3]], stored) == ChainForked(4)
    assert verify_chain(prefix, [others[3]], {}) == ChainForked(4), "the prefix's own head needs no look-up"


def test_a_hole_is_a_gap_even_in_the_middle() -> None:
    rows = journal(5)
    assert verify_chain(JournalPrefix(), [rows[0], rows[2]], {}) == ChainGap(2, 3)


def test_a_changed_body_breaks_the_chain() -> None:
    rows = journal(5)
    changed = rows[1].model_copy(update={"body": "2 but nicer"})
    assert verify_chain(JournalPrefix(), [rows[0], changed, rows[2]], {}) == ChainBreak(2)
    assert verify_chain(JournalPrefix(1, "0" * 64), [rows[1]], {}) == ChainBreak(2)


def test_a_row_set_aside_travels_without_its_body_and_the_chain_goes_on() -> None:
    rows = journal(3)
    aside = rows[1].model_copy(update={"body": "", "set_aside": "the hub failed on it"})
    outcome = verify_chain(JournalPrefix(), [rows[0], aside, rows[2]], {})
    assert isinstance(outcome, ChainVerified)
    assert outcome.prefix == JournalPrefix(3, rows[2].hash)
    lying = aside.model_copy(update={"hash": "0" * 64})
    assert verify_chain(JournalPrefix(), [rows[0], lying, rows[2]], {}) == ChainBreak(3)
