"""The export of entries, in a form that can be imported."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from hub_sync.hub.domains.blacklist import service
from hub_sync.hub.domains.blacklist.lists import EXPORT
from hub_sync.hub.domains.blacklist.tables import Blacklist
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.kit.db.unit_of_work import UnitOfWork
from hub_sync.hub.kit.lists.query_parameters import ListQuery


def entry_rows(uow: UnitOfWork, tenant_id: str, query: ListQuery) -> Iterator[tuple[Any, ...]]:
    """Return the rows of an export, with the columns `service.EXPORT_HEADER`.

    Raises:
        BadRequest: 400: the query is invalid; raised before the first row.
    """
    query.raise_if_invalid()
    with uow.look_up() as work:
        rows = work.session.execute(
            select(Blacklist.event_id).where(
                Blacklist.tenant_id == tenant_id, Blacklist.event_id.is_not(None)
            )
        )
        ids = sorted({event_id for (event_id,) in rows if event_id})
        slugs = {row.id: row.slug for row in events.list_of_ids(work, tenant_id, ids)}
    statement = select(*Blacklist.__table__.c).where(Blacklist.tenant_id == tenant_id)
    return (service.export_row(row, slugs) for row in EXPORT.rows(uow, query, statement))
