"""The walk along a journal: new rows, known rows, and the three ways in which a history can be wrong."""

from hypothesis import given
from hypothesis import strategies as st

from hub_sync.contract.sync import PushItem
from hub_sync.hub.domains.sync.push.hash_chain import Broken, Followed, Forked, Gap, Prefix, follow
from hub_sync.rules.journal_chain import GENESIS, chain_hash


def journal(count: int, salt: str = "") -> list[PushItem]:
    head, rows = GENESIS, []
    for sequence in range(1, count + 1):
        body = f"{salt}{sequence}"
        head = chain_hash(head, body.encode())
        rows.append(PushItem(sequence=sequence, body=body, hash=head))
    return rows


def held(rows: list[PushItem], count: int) -> tuple[Prefix, dict[int, str]]:
    if not count:
        return Prefix(), {}
    return Prefix(count, rows[count - 1].hash), {row.sequence: row.hash for row in rows[:count]}


@given(acknowledged=st.integers(0, 20), first=st.integers(1, 21), last=st.integers(0, 20))
def test_any_stretch_that_touches_the_prefix_is_followed(acknowledged: int, first: int, last: int) -> None:
    rows = journal(20)
    prefix, stored = held(rows, acknowledged)
    sent = rows[first - 1 : last]
    walked = follow(prefix, sent, stored)
    if sent and sent[0].sequence > acknowledged + 1:
        assert walked == Gap(acknowledged + 1, sent[0].sequence)
        return
    assert isinstance(walked, Followed)
    assert [row.sequence for row in walked.new] == [
        row.sequence for row in sent if row.sequence > acknowledged
    ]
    assert walked.prefix.sequence == max([acknowledged, *(row.sequence for row in sent)])


def test_a_row_that_comes_twice_in_one_push_is_known_the_second_time() -> None:
    rows = journal(3)
    walked = follow(Prefix(), [rows[0], rows[1], rows[1], rows[2]], {})
    assert isinstance(walked, Followed)
    assert [row.sequence for row in walked.new] == [1, 2, 3]


def test_a_restored_backup_is_a_fork() -> None:
    rows, others = journal(5), journal(5, "other ")
    prefix, stored = held(rows, 4)
    assert follow(prefix, [rows[2], others[3]], stored) == Forked(4)
    assert follow(prefix, [others[3]], {}) == Forked(4), "the prefix's own head needs no look-up"


def test_a_hole_is_a_gap_even_in_the_middle() -> None:
    rows = journal(5)
    assert follow(Prefix(), [rows[0], rows[2]], {}) == Gap(2, 3)


def test_a_changed_body_breaks_the_chain() -> None:
    rows = journal(5)
    changed = rows[1].model_copy(update={"body": "2 but nicer"})
    assert follow(Prefix(), [rows[0], changed, rows[2]], {}) == Broken(2)
    assert follow(Prefix(1, "0" * 64), [rows[1]], {}) == Broken(2)


def test_a_row_set_aside_travels_without_its_body_and_the_chain_goes_on() -> None:
    rows = journal(3)
    aside = rows[1].model_copy(update={"body": "", "set_aside": "the hub failed on it"})
    walked = follow(Prefix(), [rows[0], aside, rows[2]], {})
    assert isinstance(walked, Followed)
    assert walked.prefix == Prefix(3, rows[2].hash)
    lying = aside.model_copy(update={"hash": "0" * 64})
    assert follow(Prefix(), [rows[0], lying, rows[2]], {}) == Broken(3)
