"""The selection of an operation: as somebody asks for it, and the ids that it stands for at the preview."""

from collections.abc import Iterator, Sequence
from urllib.parse import parse_qsl

from sqlalchemy import select

from hub_sync.hub.domains.bulk.schemas import Selection
from hub_sync.hub.domains.bulk.tables import BulkItemStatus, BulkOperation, BulkOperationItem
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.tickets import bulk_selection
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey

MOST_ITEMS = 250_000
"""The participants of one operation."""
READ_ROWS = 500


AGAIN = (
    BulkItemStatus.PENDING,
    BulkItemStatus.FAILED,
    BulkItemStatus.CONFLICT,
    BulkItemStatus.UNDONE,
)
"""The items that can be done again: those that were never done, and those that were taken back."""


def read_ids(work: Work, key: FeedKey, selection: Selection) -> Iterator[list[str]]:
    """Yield the ids of a selection of an event's participants, some hundreds at a time, from the work's snapshot.

    Raises:
        BadRequest: 400, a filter that means nothing.
    """
    if selection.ids is not None:
        yield from _in_parts(list(dict.fromkeys(selection.ids)))
    elif selection.items_of is not None:
        yield from _in_parts(_again_ids(work, key, selection.items_of))
    else:
        yield from _matching(work, key, selection.query or "")


def check_query(text: str) -> None:
    """Raise if a query of a selection is none.

    Raises:
        BadRequest: 400, a filter that means nothing.
    """
    bulk_selection.parse_pairs(parse_qsl(text, keep_blank_values=True)).raise_if_invalid()


def _matching(work: Work, key: FeedKey, text: str) -> Iterator[list[str]]:
    pairs = parse_qsl(text, keep_blank_values=True)
    query = bulk_selection.parse_pairs(pairs)
    query.raise_if_invalid()
    statement = bulk_selection.select_participants(work, key, query, dict(pairs))
    column = participants.Participant.id
    ids = work.session.scalars(statement.with_only_columns(column).order_by(column))
    for part in ids.partitions(READ_ROWS):
        yield list(part)


def undone_versions(work: Work, operation: BulkOperation, selection: Selection) -> dict[str, int]:
    """Return the versions that undone items left behind, by id: whoever was changed since is not done again."""
    item = BulkOperationItem
    query = select(item.target_id, item.result_version).where(
        item.tenant_id == operation.tenant_id,
        item.operation_id == (selection.items_of or ""),
        item.status == BulkItemStatus.UNDONE,
    )
    return {id_: version for id_, version in work.session.execute(query) if id_ and version is not None}


def _again_ids(work: Work, key: FeedKey, origin_id: str) -> list[str]:
    item = BulkOperationItem
    query = (
        select(item.target_id)
        .where(
            item.tenant_id == key.tenant_id,
            item.operation_id == origin_id,
            item.status.in_(AGAIN),
            item.target_id.is_not(None),
        )
        .order_by(item.position)
    )
    return [id_ for id_ in work.session.scalars(query) if id_ is not None]


def _in_parts(ids: Sequence[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), READ_ROWS):
        yield list(ids[start : start + READ_ROWS])
