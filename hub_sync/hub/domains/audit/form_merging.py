"""Merge an edit form with what others saved since it was opened: the audit log says who changed what."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Protocol

from hub_sync.hub.console import Page
from hub_sync.hub.domains.audit.history import entries_of, history, since_version
from hub_sync.hub.kit.db.unit_of_work import Work


class Versioned(Protocol):
    """A row that has a version."""

    id: Any
    version: Any


def merge_form(
    page: Page,
    work: Work,
    entity: str,
    row: Versioned,
    values: Mapping[str, Any],
    zone: str = "",
    columns: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Merge the form of a row that was locked or read in this transaction; call it before `page.parse`.

    Args:
        page: the page with the sent form.
        work: the transaction.
        entity: the name of the row's kind, as its audit actions have it.
        row: the row as it is stored.
        values: the values that the form would be opened with now.
        zone: the time zone of times in the form.
        columns: the names of fields in the audit log, where they are not those of the form.

    Raises:
        FormConflict: 412: both changed the same field; the form is shown again with both values.
    """
    entries = entries_of(work, page.tenant_id, entity, row.id)
    later = since_version(entries, page.value("version", row.version))
    page.merge(values, history(work, later, zone), row.version, columns)
