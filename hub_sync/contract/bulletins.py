"""Wire models of bulletins: short messages of the hub that stations show on their screens, also while the hub can't be reached.

A station gets those of an event with a pull (`contract.sync.PullPage.bulletins`) and says with POST /api/v1/sync/bulletins what it has
and what it has shown.
"""

from enum import StrEnum
from typing import Annotated

from pydantic import FailFast, Field, StringConstraints

from hub_sync.contract.wire_model import WireInt, WireModel

MAX_BULLETINS = 20
"""Bulletins that a station gets for one event; a hub with more sends the most urgent ones."""
MAX_BULLETIN_CHARACTERS = 500
MAX_BULLETIN_LANGUAGES = 10
MAX_RECEIPTS = 50
NO_BULLETINS = "-"
"""The stamp of a station that has none. A station that sends no stamp at all knows no bulletins, and gets none."""

_Text = Annotated[str, StringConstraints(min_length=1, max_length=MAX_BULLETIN_CHARACTERS)]
_Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]


class BulletinPriority(StrEnum):
    """The urgency of a bulletin. A later program may know others; a station shows those as information."""

    INFO = "INFO"
    WARNING = "WARNING"
    EMERGENCY = "EMERGENCY"


class StationBulletin(WireModel):
    """One bulletin. The times are the hub's, in milliseconds since 1970: from `from_ms` on, until before `until_ms`.

    `texts` has the text by language; a station whose language is missing shows that of `language`. `wants_answer`: staff at the station
    are asked to confirm that they have read it.
    """

    id: str = Field(min_length=1, max_length=64)
    priority: BulletinPriority = BulletinPriority.INFO
    texts: dict[_Language, _Text] = Field(min_length=1, max_length=MAX_BULLETIN_LANGUAGES)
    language: _Language = "en"
    from_ms: WireInt
    until_ms: WireInt
    wants_answer: bool = False


class BulletinList(WireModel):
    """All bulletins of one event for one station, in place of those before. `stamp` is what the station says (`bulletins=`)."""

    stamp: str = Field(max_length=64)
    bulletins: Annotated[tuple[StationBulletin, ...], FailFast()] = Field(
        default=(), max_length=MAX_BULLETINS
    )


class BulletinReceipt(WireModel):
    """The outcome of a bulletin at a station. The times are the station's corrected ones; null: it has not happened."""

    id: str = Field(min_length=1, max_length=64, description="Id of the bulletin.")
    stored_at_ms: WireInt = Field(description="When the station got it.")
    shown_at_ms: WireInt | None = Field(default=None, description="When it first stood on the screen.")
    answered_at_ms: WireInt | None = Field(default=None, description="When somebody confirmed it.")
    answered_by: str = Field(default="", max_length=120, description="Who was signed on then.")


class BulletinReceipts(WireModel):
    """Receipts that the hub does not have yet."""

    receipts: Annotated[tuple[BulletinReceipt, ...], FailFast()] = Field(
        max_length=MAX_RECEIPTS, description="One for each bulletin."
    )
