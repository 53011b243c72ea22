"""The hash chain."""

from hypothesis import given
from hypothesis import strategies as st

from hub_sync.rules.journal_chain import GENESIS, chain_hash, find_break

bodies = st.lists(st.binary(max_size=20), min_size=2, max_size=8)


def chain(rows: list[bytes]) -> list[tuple[int, bytes, str]]:
    head, linked = GENESIS, []
    for number, body in enumerate(rows, 1):
        head = chain_hash(head, body)
        linked.append((number, body, head))
    return linked


@given(bodies)
def test_what_was_written_verifies(rows: list[bytes]) -> None:
    assert find_break(GENESIS, chain(rows)) is None


@given(bodies, st.data())
def test_changed_body_is_found(rows: list[bytes], data: st.DataObject) -> None:
    linked = chain(rows)
    index = data.draw(st.integers(0, len(rows) - 1))
    number, body, stated = linked[index]
    linked[index] = (number, body + b"!", stated)
    assert f"row {number} was changed" in (find_break(GENESIS, linked) or "")


@given(bodies, st.data())
def test_missing_row_is_found(rows: list[bytes], data: st.DataObject) -> None:
    linked = chain(rows)
    index = data.draw(st.integers(0, len(rows) - 2))
    del linked[index]
    assert f"row {index + 1} is missing" in (find_break(GENESIS, linked) or "")


@given(bodies)
def test_verification_goes_on_from_a_known_head(rows: list[bytes]) -> None:
    linked = chain(rows)
    assert find_break(linked[0][2], linked[1:], sequence=1) is None
