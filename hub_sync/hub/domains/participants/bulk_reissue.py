"""Replace the tickets of many participants at once: two statements, one audit entry, one domain event."""

from datetime import timedelta
from typing import cast

from sqlalchemy import Select, Table, bindparam, update

from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.participants.errors import SelectionChanged
from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_TICKETS_REPLACED, TicketsReplaced
from hub_sync.hub.domains.participants.tables import Participant
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import change_feed, domain_events

_CHUNK = 5_000
_TABLE = cast("Table", Participant.__table__)
_REPLACE = (
    update(_TABLE)
    .where(_TABLE.c.tenant_id == bindparam("tenant"), _TABLE.c.id == bindparam("participant"))
    .values(
        tickets_valid_from=bindparam("valid_from"),
        feed_seq=bindparam("number"),
        updated_at=bindparam("now"),
        version=_TABLE.c.version + 1,
    )
)


def replace_all_tickets(
    work: Work, tenant_id: str, event_id: str, statement: Select[Participant], expected: int
) -> int:
    """Replace all tickets, issued until now, of the participants that `statement` selects, as `replace_tickets` does for one.

    Either all of them are replaced or none.

    Args:
        work: the transaction.
        tenant_id: the tenant.
        event_id: the event.
        statement: a query of participants of this event.
        expected: how many there were when somebody confirmed it.

    Raises:
        SelectionChanged: there are more or fewer now (409).
    """
    columns = (Participant.id, Participant.tickets_valid_from)
    chosen = statement.with_only_columns(*columns).order_by(Participant.id).with_for_update(key_share=True)
    people = work.session.execute(chosen).all()
    if len(people) != expected:
        raise SelectionChanged
    if not people:
        return 0
    second, now = work.now().replace(microsecond=0), work.now()
    first = change_feed.advance(work.session, tenant_id, event_id, len(people))
    rows = [
        {
            "tenant": tenant_id,
            "participant": id_,
            "valid_from": max(second, valid_from or second) + timedelta(seconds=1),
            "number": number,
            "now": now,
        }
        for number, (id_, valid_from) in enumerate(people, start=first)
    ]
    for start in range(0, len(rows), _CHUNK):
        work.session.connection().execute(_REPLACE, rows[start : start + _CHUNK])
    after = {"event_id": event_id, "count": len(people)}
    audit.record(work, tenant_id, PARTICIPANTS_TICKETS_REPLACED, event_id, after=after)
    replaced = TicketsReplaced(entity_id=event_id, event_id=event_id, count=len(people))
    domain_events.emit(work, tenant_id, replaced)
    return len(people)
