"""Requests and responses about bulk operations."""

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from hub_sync.contract.enums import BulkOperationStatus, BulkOperationType
from hub_sync.hub.domains.bulk.tables import BulkItemStatus
from hub_sync.hub.kit.json_values import JsonObject
from hub_sync.hub.kit.schemas import ResponseModel
from hub_sync.hub.kit.text_types import Id, PreviewHash, ShortText

MOST_IDS = 10_000
_LONGEST_QUERY = 2_000


class Selection(BaseModel):
    """The participants that an operation is about, in one of four ways."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_extra={"examples": [{"query": "filter[status]=PENDING"}]}
    )
    ids: Annotated[
        tuple[Id, ...] | None,
        Field(min_length=1, max_length=MOST_IDS, fail_fast=True, description="The participants' ids."),
    ] = None
    query: str | None = Field(
        default=None,
        min_length=1,
        max_length=_LONGEST_QUERY,
        description="The query string of the list of participants: its filters, `q`, `presence` and `zone`. "
        "Whoever matches at the preview is selected.",
    )
    all: bool = Field(default=False, description="True: every participant of the event.")
    items_of: Id | None = Field(
        default=None, description="Another operation of the event: those of its items that can be done again."
    )

    @model_validator(mode="after")
    def _check_one_way(self) -> Self:
        ways = (self.ids is not None, self.query is not None, self.all, self.items_of is not None)
        if sum(ways) != 1:
            raise ValueError("needs exactly one of ids, query, all and items_of")
        return self


class NewBulkOperation(BaseModel):
    """One act upon many participants."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    action: ShortText = Field(
        description="`participant.status` (argument `status`), `participant.category` (`category`), `participant.group` "
        "(`group_ref`), `participant.tickets`, `participant.reissue`, `participant.delete`, `participant.restore`, `participant.waitlist`, "
        "`workflow.start` (`workflow_id`), `workflow.approve`, `workflow.reject` and `workflow.bypass` (`workflow_id`, `step`, `reason`).",
    )
    arguments: JsonObject = Field(default_factory=dict, description="The arguments of the action.")
    selection: Selection = Field(description="The participants, in one of four ways.")
    dry_run: bool = Field(
        default=False, description="True: everything is tried, and nothing of it stays; no webhook is sent."
    )


class RunBulkOperation(BaseModel):
    """The preview that is to be run."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    selection_hash: PreviewHash = Field(description="That of the preview: what runs is what was looked at.")


class BulkReasonResponse(ResponseModel):
    """The items that stand somewhere for one reason."""

    status: BulkItemStatus = Field(description="Where they stand.")
    reason: str | None = Field(description="The code of the reason; null: there is none to give.")
    error: str | None = Field(description="The reason in a sentence.")
    count: int = Field(description="The number of items.")


class BulkOperationResponse(ResponseModel):
    """A bulk operation, and how far it is."""

    id: str = Field(description="Id of the operation.")
    event_id: str = Field(description="Id of the event.")
    type: BulkOperationType = Field(description="The kind of the action.")
    action: str = Field(description="The action.")
    status: BulkOperationStatus = Field(
        description="DRAFT, PREVIEWED, QUEUED, RUNNING or PAUSED; then COMPLETED, COMPLETED_WITH_ERRORS, CANCELLED or FAILED; "
        "if it is taken back UNDOING, then UNDONE or PARTIALLY_UNDONE."
    )
    filter: dict[str, Any] = Field(description="The selection as it was asked for.")
    arguments: dict[str, Any] = Field(description="The arguments of the action.")
    selection_hash: str | None = Field(
        description="Of the frozen selection, which `run` needs; null: not previewed."
    )
    dry_run: bool = Field(description="True: nothing of it stays.")
    total: int = Field(description="The participants of the frozen selection.")
    succeeded: int = Field(description="Done.")
    failed: int = Field(description="Refused or failed; `expand=reasons` says why.")
    skipped: int = Field(description="Nothing to change.")
    conflicts: int = Field(description="Changed by somebody else since the preview, and left alone.")
    undone: int = Field(description="Taken back.")
    undo_conflicts: int = Field(description="Changed since, and so not taken back.")
    requested_by: str = Field(description="Who started, resumed or undid it last; before that its creator.")
    origin_id: str | None = Field(description="The operation whose items it does again; null: none.")
    previewed_at: datetime | None = Field(description="Since when the selection is frozen.")
    started_at: datetime | None = Field(description="When it began to run.")
    ended_at: datetime | None = Field(description="When it ended.")
    undo_until: datetime | None = Field(description="Until when it can be taken back.")
    undone_at: datetime | None = Field(description="When it was taken back.")
    reason: str | None = Field(description="The code of what stopped it; null: nothing did.")
    error: str | None = Field(description="What stopped it, in a sentence.")
    created_at: datetime = Field(description="Time of creation, UTC.")
    updated_at: datetime = Field(description="Time of the last change, UTC.")


class BulkItemResponse(ResponseModel):
    """One participant of an operation."""

    id: str = Field(description="Id of the item.")
    position: int = Field(description="Its place in the operation, from 0.")
    target_id: str | None = Field(description="The participant; null: to be created.")
    target_version: int | None = Field(description="The version that was previewed.")
    result_version: int | None = Field(description="The version that the operation or its undo made.")
    before: dict[str, Any] | None = Field(description="Of what changes, how it was.")
    after: dict[str, Any] | None = Field(description="Of what changes, how it becomes.")
    status: BulkItemStatus = Field(
        description="PENDING until its turn; then DONE, SKIPPED, REFUSED, CONFLICT or FAILED; after an undo UNDONE or UNDO_CONFLICT."
    )
    reason: str | None = Field(description="The code of why it was not done; null: it was, or will be.")
    error: str | None = Field(description="The same in a sentence.")
