"""The forms of queues and counters in the console. Hours are local in the event's time zone."""

import re
from typing import Any

from pydantic import BaseModel, Field

from hub_sync.contract.queue import MAX_BLOCK, MAX_QUEUES, QueuePriority
from hub_sync.hub.console import FormInvalid, _
from hub_sync.hub.domains.queue.manifest import CounterState
from hub_sync.hub.domains.queue.schemas import (
    MAX_AUTO_CALL_S,
    MAX_NO_SHOWS,
    MAX_SERVICE_MINUTES,
    CounterChanges,
    NewCounter,
    NewQueue,
    QueueChanges,
    Reason,
)
from hub_sync.hub.domains.queue.tables import Queue, QueueCounter
from hub_sync.hub.kit.text_types import Id, ShortText, WallTime

_LETTERS = re.compile("[A-Za-z]{1,4}")


class QueueForm(BaseModel):
    """The fields of both forms; `version` is the version that the form was rendered from."""

    name: ShortText
    letter: str = Field(max_length=16)
    service_minutes: int = Field(ge=1, le=MAX_SERVICE_MINUTES)
    opens_at: WallTime | None = None
    closes_at: WallTime | None = None
    is_self_service: bool = False
    names_hidden: bool = False
    clerks_choose: bool = False
    one_ticket_a_person: bool = False
    auto_call_after_s: int | None = Field(default=None, ge=5, le=MAX_AUTO_CALL_S)
    max_no_shows: int = Field(ge=1, le=MAX_NO_SHOWS)
    block_size: int = Field(ge=1, le=MAX_BLOCK)
    version: int | None = None

    def new_queue(self) -> NewQueue:
        """Return the form as a new queue.

        Raises:
            FormInvalid: 422, one of the opening hours is missing.
        """
        return NewQueue.model_validate(self._values())

    def changes(self, before: Queue) -> QueueChanges | None:
        """Return what the form changes of a queue, None if nothing.

        Raises:
            FormInvalid: as `new_queue`.
        """
        changed = {name: value for name, value in self._values().items() if getattr(before, name) != value}
        return QueueChanges.model_validate(changed) if changed else None

    def _values(self) -> dict[str, Any]:
        if (self.opens_at is None) != (self.closes_at is None):
            missing = "opens_at" if self.opens_at is None else "closes_at"
            raise FormInvalid({missing: _("Give both times, or neither.")})
        if not _LETTERS.fullmatch(self.letter.strip()):
            raise FormInvalid({"letter": _("One to four letters from A to Z.")})
        return self.model_dump(exclude={"version"}) | {"letter": self.letter.strip().upper()}


class CounterForm(BaseModel):
    """The fields of both forms of counters."""

    name: ShortText
    queue_ids: list[Id] = Field(default=[], max_length=MAX_QUEUES)
    active: bool = False
    version: int | None = None

    def new_counter(self) -> NewCounter:
        """Return the form as a new counter."""
        return NewCounter.model_validate(self.model_dump(exclude={"version"}))

    def changes(self, before: QueueCounter) -> CounterChanges | None:
        """Return what the form changes of a counter, None if nothing."""
        values = self.model_dump(exclude={"version"})
        changed = {name: value for name, value in values.items() if getattr(before, name) != value}
        return CounterChanges.model_validate(changed) if changed else None


class VersionForm(BaseModel):
    """The version of what is to be deleted."""

    version: int | None = None


class QueueToggleForm(BaseModel):
    """Switch a queue on or off."""

    active: bool


class IssueForm(BaseModel):
    """Issue a number for somebody."""

    queue_id: Id
    priority: QueuePriority = QueuePriority.PLAIN


class ActForm(BaseModel):
    """Something to do with a number; `back`: where to go then."""

    counter_id: Id | None = None
    reason: Reason = ""
    to_queue_id: Id | None = None
    to_counter_id: Id | None = None
    priority: QueuePriority | None = None
    back: str = Field(default="", max_length=2000)


class StateForm(BaseModel):
    """What a counter shall do."""

    state: CounterState
    reason: Reason = ""


def queue_values(queue: Queue) -> dict[str, object]:
    """Return a queue as the initial values of its form."""
    flags = ("is_self_service", "names_hidden", "clerks_choose", "one_ticket_a_person")
    plain = ("name", "letter", "service_minutes", "max_no_shows", "block_size", "version")
    return {
        **{name: getattr(queue, name) for name in plain},
        **{name: "1" if getattr(queue, name) else "" for name in flags},
        "opens_at": queue.opens_at or "",
        "closes_at": queue.closes_at or "",
        "auto_call_after_s": "" if queue.auto_call_after_s is None else queue.auto_call_after_s,
    }


def new_queue_values() -> dict[str, object]:
    """Return the initial values of a new queue's form."""
    new = NewQueue(name="-", letter="A")
    return {
        "name": "",
        "letter": "",
        "service_minutes": new.service_minutes,
        "opens_at": "",
        "closes_at": "",
        "is_self_service": "1",
        "names_hidden": "",
        "clerks_choose": "1",
        "one_ticket_a_person": "1",
        "auto_call_after_s": "",
        "max_no_shows": new.max_no_shows,
        "block_size": new.block_size,
    }


def counter_values(counter: QueueCounter) -> dict[str, object]:
    """Return a counter as the initial values of its form."""
    return {
        "name": counter.name,
        "queue_ids": counter.queue_ids,
        "active": "1" if counter.active else "",
        "version": counter.version,
    }
