"""Pull cursors: a station's position in an event's feed, as an opaque text that it sends back.

A cursor is checked, not signed: whatever it says, the response has the device's own event only. A cursor that is
malformed, of another epoch or ahead of the feed (a hub restored from a backup) begins a snapshot.
"""

import base64
import binascii
from dataclasses import dataclass
from enum import StrEnum

import orjson

_VERSION = 1
_LONGEST = 512
_BIGINT = 2**63


class SnapshotStage(StrEnum):
    """The part of a snapshot that comes next."""

    PARTICIPANTS = "p"
    PRESENCE = "w"


@dataclass(frozen=True, slots=True)
class DeltaCursor:
    """A cursor for deltas: everything up to `seq` was sent; `ring` is the digest of the ticket keys that were sent."""

    epoch: str
    seq: int
    ring: str


@dataclass(frozen=True, slots=True)
class SnapshotCursor:
    """A cursor in a snapshot that began when the feed was at `seq`: continue in `stage` after the row `after`."""

    epoch: str
    seq: int
    ring: str
    total: int
    stage: SnapshotStage
    after: tuple[str, ...] = ()


Cursor = DeltaCursor | SnapshotCursor


def format_cursor(cursor: Cursor) -> str:
    """Return the text of a cursor."""
    parts: list[object] = [_VERSION, cursor.epoch, cursor.seq, cursor.ring]
    if isinstance(cursor, SnapshotCursor):
        parts += [cursor.total, cursor.stage.value, list(cursor.after)]
    return base64.urlsafe_b64encode(orjson.dumps(parts)).rstrip(b"=").decode()


def parse_cursor(text: str, epoch: str, head: int) -> Cursor | None:
    """Return the cursor in a text, or None if a feed of this epoch and head cannot continue from it. Never raises."""
    if not text or len(text) > _LONGEST:
        return None
    try:
        parts = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error):
        return None
    match parts:
        case [1, str(theirs), int(seq), str(ring)] if theirs == epoch and 0 <= seq <= head:
            return DeltaCursor(epoch, seq, ring)
        case [1, str(theirs), int(seq), str(ring), int(total), str(stage), list(after)] if (
            theirs == epoch and 0 <= seq <= head and 0 <= total < _BIGINT
        ):
            return _in_snapshot(
                SnapshotCursor(epoch, seq, ring, total, SnapshotStage.PARTICIPANTS), stage, after
            )
    return None


def _in_snapshot(cursor: SnapshotCursor, stage: str, after: list[object]) -> SnapshotCursor | None:
    width = {SnapshotStage.PARTICIPANTS.value: (0, 1), SnapshotStage.PRESENCE.value: (0, 2)}.get(stage, ())
    if len(after) not in width or not all(isinstance(part, str) and "\0" not in part for part in after):
        return None
    keys = tuple(str(part) for part in after)
    return SnapshotCursor(cursor.epoch, cursor.seq, cursor.ring, cursor.total, SnapshotStage(stage), keys)


def number_of(text: str, head: str) -> int | None:
    """Return the number up to which a station with a cursor has everything, or None if it must pull.

    Args:
        text: the station's cursor.
        head: that of a station that has everything. With another epoch, or other ticket keys, only a pull helps.
    """
    latest = _parse_any(head)
    own = None if latest is None else parse_cursor(text, latest.epoch, latest.seq)
    if latest is None or not isinstance(own, DeltaCursor) or own.ring != latest.ring:
        return None
    return own.seq


def _parse_any(text: str) -> DeltaCursor | None:
    try:
        _, epoch, seq, ring = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error):
        return None
    return DeltaCursor(epoch, seq, ring)
