"""A cursor goes round unchanged, and anything else that comes in its place means: start over."""

import base64
from typing import get_args

import orjson
from hypothesis import given
from hypothesis import strategies as st

from hub_sync.hub.domains.sync.pull.cursor import (
    Cursor,
    DeltaCursor,
    SnapshotCursor,
    SnapshotStage,
    format_cursor,
    parse_cursor,
)

IDS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)
DELTAS = st.builds(DeltaCursor, epoch=st.just("e"), seq=st.integers(0, 2**40), ring=IDS)
SNAPSHOTS = st.one_of(
    [
        st.builds(
            SnapshotCursor,
            epoch=st.just("e"),
            seq=st.integers(0, 2**40),
            ring=st.just("r"),
            total=st.integers(0, 2**31),
            stage=st.just(stage),
            after=st.one_of(st.just(()), st.tuples(*[IDS] * width)),
        )
        for stage, width in ((SnapshotStage.PARTICIPANTS, 1), (SnapshotStage.PRESENCE, 2))
    ]
)


@given(st.one_of(DELTAS, SNAPSHOTS))
def test_a_cursor_comes_back_as_it_was_sent(cursor: Cursor) -> None:
    text = format_cursor(cursor)
    assert parse_cursor(text, "e", cursor.seq) == cursor
    assert text.isascii()


@given(DELTAS)
def test_another_epoch_or_a_feed_that_is_behind_means_start_over(cursor: DeltaCursor) -> None:
    assert parse_cursor(format_cursor(cursor), "another", cursor.seq) is None
    assert parse_cursor(format_cursor(cursor), "e", cursor.seq - 1) is None


@given(st.text(max_size=600))
def test_garbage_means_start_over(text: str) -> None:
    assert parse_cursor(text, "e", 2**62) is None


@given(st.recursive(st.none() | st.booleans() | st.integers(-(2**53), 2**53) | IDS, st.lists, max_leaves=8))
def test_a_cursor_forged_in_the_right_shape_is_harmless(parts: object) -> None:
    text = base64.urlsafe_b64encode(
        orjson.dumps([1, "e", *(parts if isinstance(parts, list) else [parts])])
    ).decode()
    read = parse_cursor(text, "e", 100)
    assert read is None or isinstance(read, get_args(Cursor))
