"""Start an import: the rows of its preview become the items of a bulk operation, which runs in the background."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import select

from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.bulk import service as bulk
from hub_sync.hub.domains.bulk.service import BulkItemStatus, ItemPlan, Requester
from hub_sync.hub.domains.imports.drafts import storage
from hub_sync.hub.domains.imports.drafts.plans import unpack_plan
from hub_sync.hub.domains.imports.errors import (
    ImportChanged,
    ImportEmpty,
    ImportNotReady,
    ImportRowLeftOut,
    ImportRowRefused,
    ImportRowUnchanged,
    ImportStarted,
)
from hub_sync.hub.domains.imports.importable import ParsedRow
from hub_sync.hub.domains.imports.issues import Cause, RowOutcome
from hub_sync.hub.domains.imports.manifest import IMPORT_STARTED
from hub_sync.hub.domains.imports.tables import Import, ImportStage
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.kit.db.optimistic_locking import IfVersion, check_version
from hub_sync.hub.kit.db.unit_of_work import UnitOfWork, Work
from hub_sync.hub.kit.events.change_feed import FeedKey

ACTION = "participant.import"
LINE, REVIVED = "line", "revived"
_ITEMS = 1_000
MOST_BLOCKED = 1_000
"""The refused people of an import that are recorded one by one."""


def prepare(
    uow: UnitOfWork, key: FeedKey, import_id: str, requester: Requester, if_version: IfVersion
) -> str:
    """Create the bulk operation of an import with its items; return its id. `start` starts it.

    Raises:
        ImportNotFound: 404. ImportStarted, ImportNotReady, ImportEmpty: 409. ImportChanged: 412.
    """
    with uow.look_up() as work:
        left_over = [
            operation.id
            for operation in bulk.find_abandoned(work, key, ACTION)
            if operation.arguments["import_id"] == import_id
        ]
    for operation_id in left_over:  # of a hub that was killed between `prepare` and `start`
        bulk.forget(uow, key.tenant_id, operation_id)
    with uow.begin(actor=requester.actor) as work:
        draft = _ready(work, key, import_id, if_version)
        operation = bulk.create(work, key, requester, ACTION, {"import_id": draft.id}, None, prepared=True)
        work.session.flush()
        work.session.expunge_all()
    bulk.store_plans(uow, operation, _plans(uow, draft))
    return operation.id


@contextmanager
def prepared(
    uow: UnitOfWork, key: FeedKey, import_id: str, requester: Requester, if_version: IfVersion
) -> Iterator[str]:
    """Prepare the bulk operation of an import for a block that starts it; forget it if the block fails.

    Raises:
        As `prepare`.
    """
    operation_id = prepare(uow, key, import_id, requester, if_version)
    try:
        yield operation_id
    except BaseException:
        bulk.forget(uow, key.tenant_id, operation_id)
        raise


def start(
    work: Work, key: FeedKey, import_id: str, operation_id: str, requester: Requester, if_version: IfVersion
) -> Import:
    """Start the bulk operation that was prepared, unless the import was changed meanwhile.

    Raises:
        As `prepare`.
    """
    draft = _ready(work, key, import_id, if_version)
    operation = bulk.get(work, key, operation_id)
    bulk.run(work, key, operation_id, requester, operation.selection_hash or "", prepared=True)
    draft.operation_id, draft.stage = operation_id, ImportStage.STARTED
    draft.version += 1
    after = {"event_id": key.event_id, "file_name": draft.file_name, "operation_id": operation_id}
    audit.record(work, key.tenant_id, IMPORT_STARTED, draft.id, after=after)
    work.session.flush()
    return draft


def failed_rows(work: Work, draft: Import, sentence_of: Callable[[Mapping[str, Any]], str]) -> dict[int, str]:
    """Return why, by the line, rows failed when the import ran; those that the preview refused are not among them.

    Args:
        work: the unit of work.
        draft: the import.
        sentence_of: makes a sentence of what an item stores of its error (template and parameters).
    """
    if draft.operation_id is None:
        return {}
    item = bulk.BulkOperationItem
    query = select(item.after, item.problem).where(
        item.tenant_id == draft.tenant_id,
        item.operation_id == draft.operation_id,
        item.status.in_((BulkItemStatus.FAILED, BulkItemStatus.CONFLICT)),
    )
    return {
        after[LINE]: sentence_of(problem or {})
        for after, problem in work.session.execute(query)
        if after and LINE in after
    }


def blocked_people(work: Work, operation: bulk.BulkOperation) -> list[participants.PersonData]:
    """Return the people of the rows that were left out because they may not be registered, the first `MOST_BLOCKED`."""
    item = bulk.BulkOperationItem
    query = (
        select(item.after, item.problem)
        .where(
            item.tenant_id == operation.tenant_id,
            item.operation_id == operation.id,
            item.status == BulkItemStatus.REFUSED,
            item.reason == ImportRowRefused.code,
        )
        .order_by(item.position)
    )
    people: list[participants.PersonData] = []
    for values, problem in work.session.execute(query).yield_per(_ITEMS):
        if len(people) == MOST_BLOCKED:
            break
        if problem and values and problem["parameters"].get("cause") == Cause.BLOCKED:
            people.append(participants.data_of_values(values))
    return people


def _ready(work: Work, key: FeedKey, import_id: str, if_version: IfVersion) -> Import:
    draft = storage.get_for_update(work, key, import_id)
    if draft.stage is ImportStage.STARTED:
        raise ImportStarted
    check_version(draft.version, if_version, ImportChanged)
    if draft.stage is not ImportStage.PREVIEW or draft.summary is None:
        raise ImportNotReady
    counts = draft.summary["counts"]
    if not counts[RowOutcome.CREATE] + counts[RowOutcome.CHANGE]:
        raise ImportEmpty
    return draft


def _plans(uow: UnitOfWork, draft: Import) -> Iterator[list[ItemPlan]]:
    with uow.read() as work:
        chunks = storage.chunks_of(work, draft)
    for chunk in chunks:
        with uow.read() as work:
            stored = storage.read_plan(work, draft, chunk.position)
        plans = [_plan(row) for row in unpack_plan(stored or b"")]
        for start_ in range(0, len(plans), _ITEMS):
            yield plans[start_ : start_ + _ITEMS]


def _plan(row: ParsedRow) -> ItemPlan:
    """Return the item of a row. An item that creates somebody has nothing before it."""
    values = {**row.values, LINE: row.line}
    values.pop("code_normal", None)
    match row.outcome:
        case RowOutcome.REFUSE:
            issue = next((issue for issue in row.issues if issue.is_error), None)
            reason = ImportRowRefused(issue) if issue is not None else ImportNotReady()
            return ItemPlan(row.target_id, None, None, values, BulkItemStatus.REFUSED, reason)
        case RowOutcome.SKIP:
            return ItemPlan(
                row.target_id, None, None, {LINE: row.line}, BulkItemStatus.SKIPPED, ImportRowLeftOut()
            )
        case RowOutcome.UNCHANGED:
            return ItemPlan(
                row.target_id, None, None, {LINE: row.line}, BulkItemStatus.SKIPPED, ImportRowUnchanged()
            )
        case RowOutcome.CREATE if row.target_id is not None:
            return ItemPlan(row.target_id, row.target_version, {REVIVED: True}, values)
        case _:
            return ItemPlan(row.target_id, row.target_version, row.before or None, values)
