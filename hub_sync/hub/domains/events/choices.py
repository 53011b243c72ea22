"""The events among which a form of the console lets people choose.

No event is left out because there are many: a list that ends after the first hundred chooses another one in place of a form's own.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row

from hub_sync.hub.console.i18n.formats import days
from hub_sync.hub.console.i18n.isolation import isolated
from hub_sync.hub.domains.events import service
from hub_sync.hub.kit.db.unit_of_work import Work


def choosable_events(work: Work, tenant_id: str, chosen: Iterable[str] = ()) -> list[Row[Any]]:
    """Return the events that are chosen already, whatever became of them, and then all that have not ended, the next one first."""
    mine = service.list_of_ids(work, tenant_id, [id_ for id_ in dict.fromkeys(chosen) if id_])
    rows = {row.id: row for row in (*mine, *service.list_not_over(work, tenant_id))}
    return list(rows.values())


def event_options(work: Work, tenant_id: str, *chosen: str) -> list[tuple[str, str]]:
    """Return `choosable_events` as the options of a list; the editions of a series have one name, so each has its days."""
    return [
        (row.id, f"{isolated(row.name)} · {days(row.starts_at, row.ends_at, row.time_zone)}")
        for row in choosable_events(work, tenant_id, chosen)
    ]
