"""Wire models of the blacklist as a station gets it: restrictions of participants, and hashes of values. No entry is readable."""

from enum import StrEnum
from typing import Annotated

from pydantic import FailFast, Field, StringConstraints

from hub_sync.contract.wire_model import WireModel

MAX_SCREENING_ROWS = 10_000
"""Rows of one list; a hub with more sends those that were added last."""

_Day = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\d$")]


class ScreeningEffect(StrEnum):
    """What a row does: refuse the person, or show a quiet mark."""

    BLOCK = "block"
    FLAG = "flag"


class ScreeningRow(WireModel):
    """A restriction of one participant (`participant_id`), or of whoever has a value with this hash (`value_hash`).

    The days are whole ones in the event's time zone, both included; None: no limit. A participant has all of their rows here or
    none; with none, the standing in the roster holds.
    """

    participant_id: str = Field(default="", max_length=64)
    value_hash: str = Field(default="", max_length=64)
    effect: ScreeningEffect
    valid_from: _Day | None = None
    valid_until: _Day | None = None


class ScreeningList(WireModel):
    """The list of one event. `salt` and `key` are 16 and 32 bytes in hex (`rules.screening`).

    `stamp` is what the station says to get the list again only if it is another (`screening=`). A station that is no gate gets no
    hashes of values, and one that scans nobody gets no list.
    """

    stamp: str = Field(max_length=64)
    salt: str = Field(pattern="^[0-9a-f]{32}$")
    key: str = Field(pattern="^[0-9a-f]{64}$")
    rows: Annotated[tuple[ScreeningRow, ...], FailFast()] = Field(default=(), max_length=MAX_SCREENING_ROWS)
