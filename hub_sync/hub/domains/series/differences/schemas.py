"""Responses about the differences between two events."""

from datetime import datetime
from typing import Any

from pydantic import Field

from hub_sync.hub.domains.series.differences.comparison import ThingChange
from hub_sync.hub.kit.schemas import ResponseModel


class ComparedEvent(ResponseModel):
    """One of the two events."""

    id: str = Field(description="Its id.")
    name: str = Field(description="Its name.")
    time_zone: str = Field(description="Its time zone.")
    starts_at: datetime = Field(description="Its start, UTC.")


class ComparedFigure(ResponseModel):
    """A number of both events."""

    name: str = Field(description="`participants`, `approved`, `came` or `most_inside`.")
    label: str = Field(description="What people call it.")
    before: int = Field(description="At the event that was named by `with`.")
    after: int = Field(description="At this event.")


class DifferentField(ResponseModel):
    """A field that is another one."""

    field: str = Field(description="The field; dots lead into a value with parts.")
    label: str = Field(description="What people call it.")
    before: Any = Field(description="In the event that was named by `with`, with names in place of ids.")
    after: Any = Field(description="In this event.")


class DifferentThing(ResponseModel):
    """A thing that only one of the events has, or that differs."""

    part: str = Field(description="The part of an event that it belongs to.")
    kind: str = Field(description="What it is.")
    label: str = Field(description="The same, as people call it.")
    name: str = Field(description="Its name; empty: it has none.")
    change: ThingChange = Field(
        description="ADDED, REMOVED or CHANGED since the event that was named by `with`."
    )
    fields: list[DifferentField] = Field(description="What differs; empty if the thing was added or removed.")


class Differences(ResponseModel):
    """What differs between two events. That one is later, or begins at another hour, is no difference of all that moves with it."""

    before: ComparedEvent = Field(description="The event that was named by `with`: the one before.")
    after: ComparedEvent = Field(description="This event.")
    figures: list[ComparedFigure] = Field(description="How many registered, came and were inside at once.")
    things: list[DifferentThing] = Field(description="What differs, in the order of the parts.")
    more: int = Field(description="How many more things differ than are listed.")
    unread: list[str] = Field(
        description="Kinds of things that the caller may not read, and so are not compared."
    )
