"""Requests about bulletins, and what is stored of one."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, FailFast, Field

from hub_sync.contract.bulletins import MAX_BULLETIN_LANGUAGES, BulletinPriority
from hub_sync.contract.enums import DeviceProfile
from hub_sync.hub.domains.messages.message_templates.schemas import LanguageCode
from hub_sync.hub.kit.text_types import Id, Instant, RequiredNoteText, SingleLineText

MAX_NAMED_STATIONS = 500
MAX_CHECKPOINTS = 100


class Bulletin(BaseModel):
    """The text of a bulletin, its end and its stations."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    texts: dict[LanguageCode, RequiredNoteText] = Field(
        min_length=1,
        max_length=MAX_BULLETIN_LANGUAGES,
        description="The text by language, each up to 500 characters.",
    )
    language: LanguageCode = Field(
        default="en",
        description="Stations whose language has no text show that of this one.",
    )
    priority: BulletinPriority = Field(
        default=BulletinPriority.INFO,
        description="EMERGENCY stands above all others, alone, also after somebody has confirmed it.",
    )
    valid_from: Instant | None = Field(
        default=None,
        description="When it begins to stand on screens, also of stations that are offline then; null: at once.",
    )
    valid_until: Instant = Field(
        description="When it is over: a station that gets it later does not show it."
    )
    wants_answer: bool = Field(
        default=False,
        description="True: staff at gates and desks are asked to confirm that they have read it.",
    )
    profiles: Annotated[tuple[DeviceProfile, ...], FailFast()] = Field(
        default=(),
        max_length=len(DeviceProfile),
        description="Stations with one of these profiles; empty: with any.",
    )
    checkpoint_ids: Annotated[tuple[Id, ...], FailFast()] = Field(
        default=(),
        max_length=MAX_CHECKPOINTS,
        description="Stations at one of these checkpoints; empty: at any.",
    )
    device_ids: Annotated[tuple[Id, ...], FailFast()] = Field(
        default=(),
        max_length=MAX_NAMED_STATIONS,
        description="These stations, beside those that profiles and checkpoints choose; with nothing else, these alone. "
        "With nothing at all it is for all stations of the event.",
    )


class NewBulletin(Bulletin):
    """A new bulletin, which stations get at once."""

    title: SingleLineText = Field(description="What it is called here; the screens don't show it.")
