"""The words in which the columns of a table are read: those of the forms and the audit log."""

from functools import cache

from hub_sync.hub.domains import parts, registry
from hub_sync.hub.kit.db.cloning import CopiedTable, ShiftDay, ShiftInstant, ShiftTime, StartAnew
from hub_sync.hub.kit.domain.audit_actions import Entity


@cache
def _entity_names() -> dict[str, str]:
    return {
        str(names.row.__tablename__): names.entity.name
        for module in parts("tables")
        for names in getattr(module, "ENTITY_NAMES", ())
    }


def entity_of(copied: CopiedTable) -> Entity | None:
    """Return the entity in whose words the columns of a table are read."""
    name = copied.entity or _entity_names().get(copied.table) or copied.table.removesuffix("s")
    return registry().entities.get(name)


def label_of(copied: CopiedTable, column: str) -> str:
    """Return the label of a column, to be translated; empty: nobody has declared one."""
    entity, policy = entity_of(copied), copied.columns.get(column)
    if isinstance(policy, StartAnew) and policy.label:
        return policy.label
    if entity is not None and column in entity.fields:
        return entity.fields[column]
    return policy.label if isinstance(policy, ShiftInstant | ShiftDay | ShiftTime) else ""
