"""Requests and responses about operators."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from hub_sync.contract.enums import OperatorRole
from hub_sync.hub.kit.schemas import ResponseModel
from hub_sync.hub.kit.text_types import Id, ShortText

MAX_STATIONS = 200
_LONGEST_PIN_TEXT = 64

_Name = Annotated[
    ShortText, Field(description="The name, unique in the event: stations list it.", examples=["Mara Lind"])
]
_Role = Annotated[
    OperatorRole,
    Field(
        description="`steward` scans; `supervisor` also searches, overrides, undoes, changes settings and closes."
    ),
]
_Pin = Annotated[
    str,
    Field(
        max_length=_LONGEST_PIN_TEXT,
        description="Four to eight digits; not one digit repeated, and not digits in a row. It is in no response.",
        examples=["250917"],
    ),
]
_Stations = Annotated[
    tuple[Id, ...],
    Field(
        max_length=MAX_STATIONS,
        fail_fast=True,
        description="The ids of the stations where they may sign on; empty: all of the event.",
    ),
]
_Active = Annotated[
    bool, Field(description="False: they can't sign on, and are signed off with the station's next pull.")
]


class NewOperator(BaseModel):
    """A new operator."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: _Name
    role: _Role = OperatorRole.STEWARD
    pin: _Pin
    active: _Active = True
    device_ids: _Stations = ()


class OperatorChanges(BaseModel):
    """The members to change; the others stay. A new `pin` replaces the old one, and ends its lock-out at stations."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: _Name | None = None
    role: _Role | None = None
    pin: _Pin | None = None
    active: _Active | None = None
    device_ids: _Stations | None = None


class OperatorResponse(ResponseModel):
    """An operator, without the PIN."""

    id: str = Field(description="The id; it stands in the rows of the access log.")
    event_id: str = Field(description="The event's id.")
    name: str = Field(description="The name.", examples=["Mara Lind"])
    role: OperatorRole = Field(description="What they may do at a station.")
    active: bool = Field(description="True if they may sign on.")
    device_ids: list[str] = Field(description="The stations where they may sign on; empty: all.")
    pin_changed_at: datetime = Field(description="The time at which the PIN was set.")
    version: int = Field(description="The version; the ETag names it.")
    created_at: datetime = Field(description="The time of creation.")
    updated_at: datetime = Field(description="The time of the last change.")
