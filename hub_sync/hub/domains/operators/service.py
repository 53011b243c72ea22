"""Operators: create, read, update, delete; and the list that a station gets.

Each change advances the event's feed, so that the stations' live streams wake: who is switched off or deleted is signed off
with the next pull. The feed is locked first, as by a push.
"""

import secrets
from typing import Any

from sqlalchemy import Select, bindparam, func, select

from hub_sync.contract.operators import MAX_OPERATORS, OperatorRow
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.operators.errors import (
    OperatorChanged,
    OperatorExists,
    OperatorNotFound,
    PinInvalid,
    PinTooEasy,
    StationNotAtEvent,
    TooManyOperators,
)
from hub_sync.hub.domains.operators.manifest import (
    OPERATOR_CREATED,
    OPERATOR_DELETED,
    OPERATOR_UPDATED,
    StationOperatorCreated,
    StationOperatorDeleted,
    StationOperatorUpdated,
)
from hub_sync.hub.domains.operators.schemas import NewOperator, OperatorChanges
from hub_sync.hub.domains.operators.tables import StationOperator
from hub_sync.hub.kit.db.optimistic_locking import IfVersion, check_version
from hub_sync.hub.kit.db.row_snapshots import snapshot
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.domain.audit_actions import AuditAction
from hub_sync.hub.kit.events import change_feed, domain_events
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.events.domain_events import DomainEvent
from hub_sync.rules.operator_pins import SALT_BYTES, PinFault, PinRefused, hash_pin, read_pin
from hub_sync.rules.text_normalization import name_key

_O = StationOperator
_STATION_COLUMNS: tuple[Any, ...] = (_O.id, _O.name, _O.role, _O.pin_hash, _O.device_ids)
_STATION_ROWS = (
    select(*_STATION_COLUMNS)
    .where(
        _O.tenant_id == bindparam("t"),
        _O.event_id == bindparam("e"),
        _O.active.is_(True),
        _O.deleted_at.is_(None),
    )
    .order_by(_O.id)
)


def all_of(tenant_id: str, event_id: str) -> Select[StationOperator]:
    """Return the query of an event's operators, without deleted ones."""
    return select(_O).where(_O.tenant_id == tenant_id, _O.event_id == event_id, _O.deleted_at.is_(None))


def get(work: Work, tenant_id: str, event_id: str, operator_id: str) -> StationOperator:
    """Return the operator of an id; a deleted one is not found.

    Raises:
        OperatorNotFound.
    """
    operator = work.session.scalar(all_of(tenant_id, event_id).where(_O.id == operator_id))
    if operator is None:
        raise OperatorNotFound
    return operator


def station_rows(work: Work, key: FeedKey, device_id: str) -> tuple[OperatorRow, ...]:
    """Return those who may sign on at a station, with the verifiers of their PINs."""
    return tuple(
        OperatorRow(id=row.id, name=row.name, role=row.role, verifier=row.pin_hash)
        for row in work.fetch_all(_STATION_ROWS, {"t": key.tenant_id, "e": key.event_id})
        if not row.device_ids or device_id in row.device_ids
    )


def create(work: Work, tenant_id: str, event_id: str, new: NewOperator) -> StationOperator:
    """Create an operator.

    Raises:
        EventNotFound, OperatorExists, TooManyOperators.
        PinInvalid, PinTooEasy, StationNotAtEvent: 422.
    """
    pin_hash = hash_new_pin(new.pin)
    _lock_feed(work, tenant_id, event_id)
    _check_name_is_free(work, tenant_id, event_id, new.name)
    query = select(func.count()).select_from(all_of(tenant_id, event_id).subquery())
    if (work.session.scalar(query) or 0) >= MAX_OPERATORS:
        raise TooManyOperators(most=MAX_OPERATORS)
    _check_stations(work, tenant_id, event_id, new.device_ids)
    operator = StationOperator(
        tenant_id=tenant_id,
        id=work.new_id(),
        event_id=event_id,
        name=new.name,
        role=new.role,
        pin_hash=pin_hash,
        pin_changed_at=work.now(),
        active=new.active,
        device_ids=list(dict.fromkeys(new.device_ids)),
    )
    work.session.add(operator)
    created = StationOperatorCreated(entity_id=operator.id, event_id=event_id, name=operator.name)
    _record(work, operator, OPERATOR_CREATED, created)
    return operator


def update(
    work: Work,
    tenant_id: str,
    event_id: str,
    operator_id: str,
    changes: OperatorChanges,
    if_version: IfVersion = None,
) -> StationOperator:
    """Change the members that `changes` names.

    Raises:
        EventNotFound, OperatorNotFound, OperatorExists, OperatorChanged.
        PinInvalid, PinTooEasy, StationNotAtEvent: 422.
    """
    pin_hash = None if changes.pin is None else hash_new_pin(changes.pin)
    _lock_feed(work, tenant_id, event_id)
    operator = get(work, tenant_id, event_id, operator_id)
    check_version(operator.version, if_version, OperatorChanged)
    before = snapshot(operator)
    values = {
        name: value
        for name, value in changes.model_dump(exclude_unset=True, exclude={"pin"}).items()
        if value is not None
    }
    if values.get("name", operator.name) != operator.name:
        _check_name_is_free(work, tenant_id, event_id, values["name"], operator.id)
    if "device_ids" in values:
        values["device_ids"] = list(dict.fromkeys(values["device_ids"]))
        added = [id_ for id_ in values["device_ids"] if id_ not in operator.device_ids]
        _check_stations(work, tenant_id, event_id, added)
    for name, value in values.items():
        setattr(operator, name, value)
    if pin_hash is not None:
        operator.pin_hash, operator.pin_changed_at = pin_hash, work.now()
        values["pin"] = None
    operator.version += 1
    updated = StationOperatorUpdated(entity_id=operator.id, event_id=event_id, changed=sorted(values))
    _record(work, operator, OPERATOR_UPDATED, updated, before)
    return operator


def delete(work: Work, tenant_id: str, event_id: str, operator_id: str, if_version: IfVersion = None) -> None:
    """Mark an operator as deleted; their rows in the access log keep their name.

    Raises:
        EventNotFound, OperatorNotFound, OperatorChanged.
    """
    _lock_feed(work, tenant_id, event_id)
    operator = get(work, tenant_id, event_id, operator_id)
    check_version(operator.version, if_version, OperatorChanged)
    before = snapshot(operator)
    operator.deleted_at, operator.active, operator.pin_hash = work.now(), False, ""
    operator.version += 1
    deleted = StationOperatorDeleted(entity_id=operator.id, event_id=event_id, name=operator.name)
    _record(work, operator, OPERATOR_DELETED, deleted, before)


def hash_new_pin(text: str) -> str:
    """Return the verifier of a new PIN.

    Raises:
        PinInvalid, PinTooEasy.
    """
    try:
        pin = read_pin(text)
    except PinRefused as refused:
        raise (PinTooEasy if refused.fault is PinFault.EASY else PinInvalid) from None
    return hash_pin(pin, secrets.token_bytes(SALT_BYTES))


def _lock_feed(work: Work, tenant_id: str, event_id: str) -> None:
    events.check_exists(work, tenant_id, event_id)
    change_feed.advance_for_pull(work.session, tenant_id, event_id)


def _check_name_is_free(work: Work, tenant_id: str, event_id: str, name: str, own_id: str = "") -> None:
    """Check that nobody else has this name, whatever letters are capital: people pick their own from a list.

    Raises:
        OperatorExists.
    """
    others = all_of(tenant_id, event_id).where(_O.folded_name == name_key(name), _O.id != own_id)
    if work.session.scalar(others.with_only_columns(_O.id)) is not None:
        raise OperatorExists(name=name)


def _check_stations(work: Work, tenant_id: str, event_id: str, device_ids: Any) -> None:
    known = {device.id for device in devices.list_in_service(work, tenant_id, event_id)}
    if any(id_ not in known for id_ in device_ids):
        raise StationNotAtEvent


def _record(
    work: Work,
    operator: StationOperator,
    action: AuditAction,
    event: DomainEvent,
    before: dict[str, Any] | None = None,
) -> None:
    """Write the audit entry and the domain event of a change."""
    work.session.flush()
    audit.record(work, operator.tenant_id, action, operator.id, before=before, after=snapshot(operator))
    domain_events.emit(work, operator.tenant_id, event)
