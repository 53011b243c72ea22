"""Carry operations on in the background, a part at a time: what did not fit into a request, and what a hub left that has ended.

Two processes never work on one series: a part locks its row, and passes over one that another has locked.
"""

from typing import NamedTuple

import structlog
from sqlalchemy import select
from sqlalchemy.exc import InterfaceError, OperationalError

from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.series.editions.operations import (
    State,
    Status,
    do_part,
    get_operation,
    results_in,
)
from hub_sync.hub.domains.series.editions.rights import find_missing_rights
from hub_sync.hub.domains.series.editions.series import get_series
from hub_sync.hub.domains.series.editions.undoing import act_of, find_undo_obstacles
from hub_sync.hub.domains.series.editions_manifest import OPERATION_FAILED
from hub_sync.hub.domains.series.errors import (
    SeriesNotFound,
    SeriesOperationDefect,
    SeriesOperationNotFound,
    SeriesRightsLost,
    SeriesUndoBlocked,
)
from hub_sync.hub.domains.series.manifest import FF_EVENT_CLONE
from hub_sync.hub.domains.series.tables import ACTIVE, EventSeries, SeriesOperation, SeriesOperationStatus
from hub_sync.hub.kit.db.unit_of_work import UnitOfWork, Work
from hub_sync.hub.kit.errors import HubError
from hub_sync.hub.kit.stored_problems import problem_columns

_SERVER_ERROR = 500
_LOST_DATABASE = (OperationalError, InterfaceError)

log = structlog.get_logger(__name__)


class SeriesOperationKey(NamedTuple):
    """Identifies an operation that has something left to do, and who does it."""

    tenant_id: str
    series_id: str
    id: str
    status: SeriesOperationStatus
    actor: str


class SeriesRunner:
    """Runs and takes back the operations of all series."""

    def __init__(self, uow: UnitOfWork) -> None:
        """Take what begins transactions."""
        self._uow = uow

    def find_active(self) -> list[SeriesOperationKey]:
        """Return the operations that have something left to do; whoever has waited longest comes first."""
        row = SeriesOperation
        query = (
            select(row.tenant_id, row.series_id, row.id, row.status, row.requested_by, row.undone_by)
            .where(row.status.in_(ACTIVE))
            .order_by(row.updated_at)
        )
        with self._uow.look_up() as work:
            return [
                SeriesOperationKey(
                    each.tenant_id,
                    each.series_id,
                    each.id,
                    each.status,
                    each.undone_by if each.status is Status.UNDOING and each.undone_by else each.requested_by,
                )
                for each in work.connection.execute(query)
            ]

    def run_part(self, key: SeriesOperationKey) -> bool:
        """Do the next part of an operation. An error that it can't get over stops it: its row says why.

        Returns:
            False if there was nothing to do, or another process is at it.

        Raises:
            OperationalError, InterfaceError, HubError (5xx): the database can't go on; the part is done again later.
        """
        try:
            if key.status is Status.UNDOING:
                self._check_undo(key)
            with self._uow.begin(actor=key.actor) as work:
                return _do_part(work, key)
        except _LOST_DATABASE:
            raise
        except HubError as error:
            if error.status >= _SERVER_ERROR:
                raise
            return self._stop(key, error)
        except Exception:
            log.exception("series_operation_failed", operation=key.id)
            return self._stop(key, SeriesOperationDefect())

    def _check_undo(self, key: SeriesOperationKey) -> None:
        """Look at all editions before the first of them is taken back, without keeping others from writing.

        Raises:
            SeriesUndoBlocked: something was added or changed.
        """
        with self._uow.read() as work:
            try:
                series = get_series(work, key.tenant_id, key.series_id)
                operation = get_operation(work, key.tenant_id, key.series_id, key.id)
            except (SeriesNotFound, SeriesOperationNotFound):
                return
            if results_in(operation, State.UNDONE):
                return
            obstacles = find_undo_obstacles(work, series, operation)
        if obstacles:
            raise SeriesUndoBlocked(editions=obstacles)

    def _stop(self, key: SeriesOperationKey, error: HubError) -> bool:
        """Note why an operation can't go on. An undo that has not begun leaves it as it was."""
        with self._uow.begin(actor=key.actor) as work:
            operation = _lock(work, key)
            if operation is None:
                return False
            is_whole = len(results_in(operation, State.DONE)) == operation.total
            is_as_before = operation.status is Status.UNDOING and is_whole
            operation.status = Status.COMPLETED if is_as_before else Status.FAILED
            operation.ended_at = work.now()
            for name, value in problem_columns(error).items():
                setattr(operation, name, value)
            work.session.flush()
            after = {"series_id": key.series_id, "status": operation.status.value, "error": operation.error}
            audit.record(work, key.tenant_id, OPERATION_FAILED, operation.id, after=after)
        return True


def _do_part(work: Work, key: SeriesOperationKey) -> bool:
    operation = _lock(work, key)
    if operation is None or not feature_flags.is_on(work, key.tenant_id, FF_EVENT_CLONE):
        return False
    missing = find_missing_rights(work, operation)
    if missing:
        raise SeriesRightsLost(permissions=missing)
    do_part(work, get_series(work, key.tenant_id, key.series_id), operation, act_of(operation))
    return True


def _lock(work: Work, key: SeriesOperationKey) -> SeriesOperation | None:
    """Lock the series of an operation that is still as it was when it was looked for; None: it isn't, or another process is at it."""
    query = select(EventSeries).where(EventSeries.tenant_id == key.tenant_id, EventSeries.id == key.series_id)
    if work.session.scalar(query.with_for_update(key_share=True, skip_locked=True)) is None:
        return None
    try:
        operation = get_operation(work, key.tenant_id, key.series_id, key.id)
    except SeriesOperationNotFound:
        return None
    is_same = operation.status is key.status or {operation.status, key.status} <= {
        Status.PLANNED,
        Status.RUNNING,
    }
    return operation if is_same else None
