"""Carry a plan out: one transaction, all or nothing, with a few bulk statements."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select

from hub_sync.contract.enums import CloneStatus, EventStatus
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.service import EventChanges, NewEvent
from hub_sync.hub.domains.series.cloning import people, sources
from hub_sync.hub.domains.series.cloning.copying import OWN
from hub_sync.hub.domains.series.cloning.declarations import (
    EVENTS,
    PEOPLE,
    event_table,
    references_of,
    table_of,
)
from hub_sync.hub.domains.series.cloning.planning import PreparedClone, prepare
from hub_sync.hub.domains.series.cloning.schemas import CloneOptions
from hub_sync.hub.domains.series.errors import CloneBlocked, CloneNotFound, ClonePlanChanged
from hub_sync.hub.domains.series.manifest import CLONE_FAILED, CLONE_RUN, EventCloned
from hub_sync.hub.domains.series.tables import CloneOperation
from hub_sync.hub.kit.db.bulk import insert_many
from hub_sync.hub.kit.db.cloning import CopiedTable, Values
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.errors import HubError
from hub_sync.hub.kit.events import change_feed, domain_events
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.stored_problems import problem_columns

_DIGEST = 16
_UNSEEN = OWN | {"version"}
_STAYING = frozenset({"status"})
"""The fields that stay of an event that is filled."""


def run_clone(
    work: Work,
    tenant_id: str,
    event_id: str,
    options: CloneOptions,
    plan_hash: str | None = None,
    rows: Mapping[str, Sequence[Values]] | None = None,
    source_digest: str | None = None,
) -> CloneOperation:
    """Make the copy that a plan describes.

    Args:
        work: the transaction.
        tenant_id: the tenant.
        event_id: the source.
        options: those of the plan.
        plan_hash: that of the plan; None: nobody has read one, and whatever is there now is copied.
        rows: the rows of the source, if they were read in this transaction: many editions are copied from one source.
        source_digest: that of a plan for many editions, which all are to be alike; None: as `plan_hash`.

    Raises:
        ClonePlanChanged: the source, the target or the chosen people changed since (412).
        CloneBlocked: the plan has problems (422).
        RegistrationRefused, EventFull: 409, somebody can't be carried over.
        All that `plan_clone` raises.
    """
    began = work.now()
    key = FeedKey(tenant_id, event_id)
    prepared = prepare(work, key, options, rows)
    if prepared.plan.problems:
        places = [f"{note.place} {note.name}: {note.message}" for note in prepared.plan.problems]
        raise CloneBlocked(problems=places)
    if plan_hash is not None and plan_hash != prepared.plan.plan_hash:
        raise ClonePlanChanged
    if source_digest is not None and source_digest != prepared.source_digest:
        raise ClonePlanChanged
    try:
        return _make(work, key, options, prepared, began)
    except HubError as error:
        failed = _operation(work, key, options, prepared, began) | problem_columns(error)
        error.after_rollback = (*error.after_rollback, lambda later: _store_failed(later, failed))
        raise


def _make(
    work: Work, key: FeedKey, options: CloneOptions, prepared: PreparedClone, began: datetime
) -> CloneOperation:
    tenant_id, event_id = key
    target, before = _make_event(work, tenant_id, prepared)
    target_key = FeedKey(tenant_id, target.id)
    _insert_rows(work, target_key, prepared)
    new_people = people.register(work, target_key, prepared.people)
    work.session.flush()
    fingerprints: dict[str, dict[str, Any]] = {
        copied.table: {
            row["id"]: digest(copied, row) for row in sources.read_rows(work, target_key, copied.table)
        }
        for copied, _ in prepared.rows
    }
    ids = {name: dict(pairs) for name, pairs in prepared.ids.items()}
    if new_people:
        fingerprints[PEOPLE] = dict.fromkeys(new_people, 1)
        ids[PEOPLE] = dict(zip((row.id for row in prepared.people.rows), new_people, strict=True))
    operation = CloneOperation(
        **_operation(work, key, options, prepared, began),
        target_event_id=target.id,
        id_map=ids,
        counts={name: len(rows) for name, rows in fingerprints.items() if rows},
        fingerprints=fingerprints | {EVENTS: {target.id: digest_of_event(work, target_key)}},
        target_before=before,
        status=CloneStatus.COMPLETED,
        ended_at=work.now(),
    )
    work.session.add(operation)
    work.session.flush()
    after = {"target_event_id": target.id, "status": operation.status.value, "counts": operation.counts}
    audit.record(work, tenant_id, CLONE_RUN, operation.id, after=after)
    if not options.as_template:
        cloned = EventCloned(
            entity_id=operation.id,
            event_id=event_id,
            target_event_id=target.id,
            participants=len(new_people),
        )
        domain_events.emit(work, tenant_id, cloned)
    return operation


def _operation(
    work: Work, key: FeedKey, options: CloneOptions, prepared: PreparedClone, began: datetime
) -> dict[str, Any]:
    """Return the columns that say what was asked for and planned."""
    return {
        "tenant_id": key.tenant_id,
        "id": work.new_id(),
        "source_event_id": key.event_id,
        "options": options.model_dump(mode="json", exclude_defaults=True),
        "plan": prepared.plan.model_dump(mode="json"),
        "warnings": [note.code for note in prepared.plan.warnings],
        "requested_by": work.actor,
        "started_at": began,
    }


def _store_failed(work: Work, columns: Mapping[str, Any]) -> None:
    """Store a clone that failed, in a transaction after that which was rolled back: whoever looks for the copy reads why there is none."""
    operation = CloneOperation(**columns, status=CloneStatus.FAILED, ended_at=work.now())
    work.session.add(operation)
    work.session.flush()
    after = {"status": operation.status.value, "error": operation.error}
    audit.record(work, operation.tenant_id, CLONE_FAILED, operation.id, after=after)


def of_event(key: FeedKey) -> Select[CloneOperation]:
    """Return the query of the clones of which an event is the source or the copy."""
    c = CloneOperation
    return select(c).where(
        c.tenant_id == key.tenant_id,
        (c.source_event_id == key.event_id) | (c.target_event_id == key.event_id),
    )


def get_clone(work: Work, key: FeedKey, clone_id: str, *, for_update: bool = False) -> CloneOperation:
    """Return a clone by its source or its copy.

    Raises:
        CloneNotFound: 404.
    """
    query = of_event(key).where(CloneOperation.id == clone_id)
    operation = work.session.scalar(query.with_for_update() if for_update else query)
    if operation is None:
        raise CloneNotFound
    return operation


def digest(copied: CopiedTable, row: Values) -> str:
    """Return a short hash of what somebody may change of a row: a change that was taken back leaves it as it was."""
    return _digest(row, _UNSEEN | copied.volatile)


def digest_with_version(copied: CopiedTable, row: Values) -> str:
    """Return the hash that older hubs have noted, which a change alters also if it was taken back."""
    return _digest(row, OWN | copied.volatile)


def _digest(row: Values, unseen: Collection[str]) -> str:
    content = {name: value for name, value in row.items() if name not in unseen}
    text = json.dumps(content, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGEST]


def digest_of_event(work: Work, key: FeedKey) -> str:
    """Return a short hash of what somebody may change of an event."""
    return digest(event_table(), sources.columns_of(events.read(work, *key)))


def _make_event(
    work: Work, tenant_id: str, prepared: PreparedClone
) -> tuple[events.Event, dict[str, Any] | None]:
    """Create the copy's event, or fill an empty one; return it, and what it was like before."""
    if prepared.plan.target.id is None:
        values = {name: prepared.event[name] for name in NewEvent.model_fields}
        event = events.create(
            work,
            tenant_id,
            NewEvent(**values),
            event_id=prepared.event_id,
            is_template=values["status"] is EventStatus.TEMPLATE,
        )
        return event, None
    target = events.get(work, tenant_id, prepared.event_id)
    names = EventChanges.model_fields.keys() - _STAYING
    before = EventChanges(**{name: getattr(target, name) for name in names})
    changes = EventChanges(**{name: prepared.event[name] for name in names})
    changed = events.update(work, tenant_id, target.id, changes, target.version)
    return changed, before.model_dump(mode="json", include=set(names))


def _insert_rows(work: Work, key: FeedKey, prepared: PreparedClone) -> None:
    tracked = sum(len(rows) for copied, rows in prepared.rows if _is_tracked(copied))
    number = change_feed.advance(work.session, *key, tracked) if tracked else 0
    shared = {"tenant_id": key.tenant_id, **work.timestamps()}
    for copied, rows in prepared.rows:
        if _is_tracked(copied):
            for row in rows:
                row["feed_seq"] = number
                number += 1
        insert_many(work.session, table_of(copied.table), _parents_first(copied.table, rows), shared)


def _is_tracked(copied: CopiedTable) -> bool:
    return "feed_seq" in table_of(copied.table).c


def _parents_first(table: str, rows: Sequence[dict[str, Any]]) -> Sequence[dict[str, Any]]:
    """Return rows that refer to rows of the same table behind those."""
    columns = [each.column for each in references_of(table) if each.to == table]
    if not columns:
        return rows
    waiting: Mapping[str, dict[str, Any]] = {row["id"]: row for row in rows}
    ordered: dict[str, dict[str, Any]] = {}

    def place(row: dict[str, Any]) -> None:
        for column in columns:
            parent = row[column]
            if parent in waiting and parent not in ordered and parent != row["id"]:
                place(waiting[parent])
        ordered.setdefault(row["id"], row)

    for row in rows:
        place(row)
    return list(ordered.values())
