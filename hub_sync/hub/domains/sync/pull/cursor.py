"""Where a station stands in an event's feed, as the opaque text that it sends back.

A cursor is checked, not signed: whatever it says, the hub answers with the device's own event only. One that can't be
read, is of another epoch or runs ahead of the feed (a hub restored from a backup) is answered with a snapshot.
"""

import base64
import binascii
from dataclasses import dataclass
from enum import StrEnum

import orjson

_VERSION = 1
_LONGEST = 512
_BIGINT = 2**63


class Stage(StrEnum):
    """What part of a snapshot comes next."""

    PARTICIPANTS = "p"
    PRESENCE = "w"


@dataclass(frozen=True, slots=True)
class Deltas:
    """Everything up to `seq` was sent; `ring` tells the set of ticket keys that was."""

    epoch: str
    seq: int
    ring: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """In a snapshot that began when the feed stood at `seq`: go on in `stage` after the row `after`."""

    epoch: str
    seq: int
    ring: str
    total: int
    stage: Stage
    after: tuple[str, ...] = ()


Cursor = Deltas | Snapshot


def write_cursor(cursor: Cursor) -> str:
    """The text of a cursor."""
    parts: list[object] = [_VERSION, cursor.epoch, cursor.seq, cursor.ring]
    if isinstance(cursor, Snapshot):
        parts += [cursor.total, cursor.stage.value, list(cursor.after)]
    return base64.urlsafe_b64encode(orjson.dumps(parts)).rstrip(b"=").decode()


def read_cursor(text: str, epoch: str, head: int) -> Cursor | None:
    """The cursor that a text says, if it can be gone on from in a feed of this epoch and head. Never raises."""
    if not text or len(text) > _LONGEST:
        return None
    try:
        parts = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error):
        return None
    match parts:
        case [1, str(theirs), int(seq), str(ring)] if theirs == epoch and 0 <= seq <= head:
            return Deltas(epoch, seq, ring)
        case [1, str(theirs), int(seq), str(ring), int(total), str(stage), list(after)] if (
            theirs == epoch and 0 <= seq <= head and 0 <= total < _BIGINT
        ):
            return _in_snapshot(Snapshot(epoch, seq, ring, total, Stage.PARTICIPANTS), stage, after)
    return None


def _in_snapshot(cursor: Snapshot, stage: str, after: list[object]) -> Snapshot | None:
    width = {Stage.PARTICIPANTS.value: (0, 1), Stage.PRESENCE.value: (0, 2)}.get(stage, ())
    if len(after) not in width or not all(isinstance(part, str) and "\0" not in part for part in after):
        return None
    keys = tuple(str(part) for part in after)
    return Snapshot(cursor.epoch, cursor.seq, cursor.ring, cursor.total, Stage(stage), keys)
