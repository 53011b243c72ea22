"""Mappings that were used: a file with the same names of columns gets the same mapping again."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from hub_sync.hub.domains.imports.mapping.guessing import signature
from hub_sync.hub.domains.imports.tables import Import, ImportMapping
from hub_sync.hub.kit.db.unit_of_work import Work


def recall(
    work: Work, tenant_id: str, entity: str, header: Sequence[str]
) -> tuple[Mapping[str, str], Mapping[str, Any]] | None:
    """Return mapping and options of the last file with this header; None if there was none."""
    row = _find(work, tenant_id, entity, signature(header))
    return None if row is None else (row.mapping, row.options)


def remember(work: Work, draft: Import) -> None:
    """Remember mapping and options of an import for the next file with its header."""
    sign = signature(draft.header)
    row = _find(work, draft.tenant_id, draft.entity, sign)
    if row is None:
        row = ImportMapping(tenant_id=draft.tenant_id, id=work.new_id(), entity=draft.entity, signature=sign)
        work.session.add(row)
    row.mapping, row.options = dict(draft.mapping), dict(draft.options)
    work.session.flush()


def _find(work: Work, tenant_id: str, entity: str, sign: str) -> ImportMapping | None:
    query = select(ImportMapping).where(
        ImportMapping.tenant_id == tenant_id,
        ImportMapping.entity == entity,
        ImportMapping.signature == sign,
    )
    return work.session.scalar(query)
