"""Broadcasts: create, change, send now or later, pause, resume, cancel, and send again to those who did not get it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, bindparam, delete, func, select

from hub_sync.contract.enums import BroadcastStatus, MessageChannel, MessageStatus
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.bulk import service as bulk
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.messages.broadcasts.errors import (
    BroadcastChanged,
    BroadcastInThePast,
    BroadcastNobody,
    BroadcastNotFound,
    BroadcastNotPreviewed,
    BroadcastState,
    BroadcastTemplateMissing,
    BroadcastTimesInvalid,
)
from hub_sync.hub.domains.messages.broadcasts.schemas import (
    BroadcastChanges,
    BroadcastResend,
    BroadcastStart,
    NewBroadcast,
)
from hub_sync.hub.domains.messages.delivery import outbox
from hub_sync.hub.domains.messages.manifest import (
    BROADCAST_CANCELLED,
    BROADCAST_CREATED,
    BROADCAST_DELETED,
    BROADCAST_ENDED,
    BROADCAST_LATE,
    BROADCAST_PAUSED,
    BROADCAST_RESUMED,
    BROADCAST_SCHEDULED,
    BROADCAST_STARTED,
    BROADCAST_UPDATED,
    BroadcastEnded,
)
from hub_sync.hub.domains.messages.message_templates import composition, versions
from hub_sync.hub.domains.messages.message_templates.errors import TemplateVariableUnknown
from hub_sync.hub.domains.messages.message_templates.variables import VARIABLES
from hub_sync.hub.domains.messages.tables import BroadcastMessage, MessageDelivery
from hub_sync.hub.domains.participants.service import SEATED, Participant
from hub_sync.hub.domains.tickets import service as tickets
from hub_sync.hub.kit.db.optimistic_locking import IfVersion, check_version
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.domain.audit_actions import AuditAction
from hub_sync.hub.kit.events import change_feed, domain_events
from hub_sync.hub.kit.events.change_feed import FeedKey

S = BroadcastStatus
LATE = "LATE"
LATE_AFTER = timedelta(hours=1)
"""How long after its time a broadcast without a latest time still begins by itself."""
OPEN = (MessageStatus.QUEUED, MessageStatus.DEFERRED, MessageStatus.SENDING)
"""The states in which a message is not settled."""
WELL = (MessageStatus.SENT, MessageStatus.DELIVERED, MessageStatus.SUPPRESSED)
"""The states of people who got it, or who wanted no such message."""
NOT_GOT = (MessageStatus.FAILED, MessageStatus.DEAD, MessageStatus.BOUNCED)
ENDED = (S.COMPLETED, S.PARTIAL, S.CANCELLED)
ALL = select(BroadcastMessage).where(
    BroadcastMessage.tenant_id == bindparam("t"), BroadcastMessage.event_id == bindparam("e")
)
"""The broadcasts of the event `e` of the tenant `t`."""
_D = MessageDelivery


def of_event(key: FeedKey) -> Select[BroadcastMessage]:
    """Return the query of an event's broadcasts."""
    return ALL.params(t=key.tenant_id, e=key.event_id)


def get(work: Work, key: FeedKey, broadcast_id: str) -> BroadcastMessage:
    """Return a broadcast.

    Raises:
        BroadcastNotFound: 404.
    """
    broadcast = work.session.get(BroadcastMessage, (key.tenant_id, broadcast_id))
    if broadcast is None or broadcast.event_id != key.event_id:
        raise BroadcastNotFound
    return broadcast


def get_for_update(
    work: Work, key: FeedKey, broadcast_id: str, if_version: IfVersion = None
) -> BroadcastMessage:
    """Lock a broadcast until the transaction ends, and return it.

    Raises:
        BroadcastNotFound: 404. BroadcastChanged: 412.
    """
    broadcast = work.session.get(
        BroadcastMessage, (key.tenant_id, broadcast_id), with_for_update=True, populate_existing=True
    )
    if broadcast is None or broadcast.event_id != key.event_id:
        raise BroadcastNotFound
    check_version(broadcast.version, if_version, BroadcastChanged)
    return broadcast


def create(work: Work, key: FeedKey, new: NewBroadcast) -> BroadcastMessage:
    """Create a draft.

    Raises:
        EventNotFound, BulkOperationNotFound: 404. BadRequest: 400, the selection's query.
        BroadcastTemplateMissing, TemplateVariableUnknown, HeaderUnsafe: 422.
    """
    events.check_exists(work, *key)
    bulk.check_selection(work, key, new.audience)
    values = new.model_dump(exclude={"audience"}) | {"channels": [channel.value for channel in new.channels]}
    return add(work, key, values, new.audience.model_dump(mode="json", exclude_defaults=True))


def update(
    work: Work, key: FeedKey, broadcast_id: str, changes: BroadcastChanges, if_version: IfVersion = None
) -> BroadcastMessage:
    """Change a draft; its preview has to be made anew.

    Raises:
        BroadcastNotFound: 404. BroadcastState: 409. BroadcastChanged: 412. As `create`: 422.
    """
    broadcast = _in_state(work, key, broadcast_id, (S.DRAFT,), if_version)
    before = _summary(broadcast)
    for name, value in changes.model_dump(exclude_unset=True).items():
        setattr(broadcast, name, [channel.value for channel in value] if name == "channels" else value)
    _check(broadcast.defaults)
    _freeze_templates(work, broadcast)
    broadcast.audience_hash, broadcast.counts = None, {}
    broadcast.version += 1
    work.session.flush()
    audit.record(
        work, key.tenant_id, BROADCAST_UPDATED, broadcast.id, before=before, after=_summary(broadcast)
    )
    return broadcast


def delete_draft(work: Work, key: FeedKey, broadcast_id: str) -> None:
    """Delete a draft, with its frozen audience.

    Raises:
        BroadcastNotFound: 404. BroadcastState: 409.
    """
    broadcast = _in_state(work, key, broadcast_id, (S.DRAFT,))
    audit.record(work, key.tenant_id, BROADCAST_DELETED, broadcast.id, before=_summary(broadcast))
    work.session.execute(delete(_D).where(_D.tenant_id == key.tenant_id, _D.broadcast_id == broadcast.id))
    work.session.delete(broadcast)
    work.session.flush()


def start(work: Work, key: FeedKey, broadcast_id: str, request: BroadcastStart) -> BroadcastMessage:
    """Send a previewed draft, now or at a time.

    Raises:
        BroadcastNotFound: 404. BroadcastState, BroadcastNotPreviewed, BroadcastNobody: 409.
        BroadcastChanged: the preview was made anew (412). BroadcastTimesInvalid, BroadcastInThePast: 422.
    """
    broadcast = _in_state(work, key, broadcast_id, (S.DRAFT,))
    if broadcast.audience_hash is None:
        raise BroadcastNotPreviewed
    if broadcast.audience_hash != request.audience_hash:
        raise BroadcastChanged
    if not count_open(work, broadcast):
        raise BroadcastNobody
    now = work.now()
    if request.scheduled_at is not None and request.scheduled_at <= now:
        raise BroadcastInThePast
    if request.latest_at is not None and request.latest_at <= (request.scheduled_at or now):
        raise BroadcastTimesInvalid
    broadcast.scheduled_at, broadcast.latest_at = request.scheduled_at, request.latest_at
    broadcast.requested_by = work.actor
    if request.scheduled_at is None:
        return _send(work, broadcast, BROADCAST_STARTED)
    return move(work, broadcast, S.SCHEDULED, BROADCAST_SCHEDULED)


def begin_scheduled(work: Work, key: FeedKey, broadcast_id: str) -> bool:
    """Begin a broadcast whose time has come; if that is long over, it waits for a person. Return False if it is not due."""
    broadcast = get_for_update(work, key, broadcast_id)
    due, now = broadcast.scheduled_at, work.now()
    if broadcast.status is not S.SCHEDULED or due is None or due > now:
        return False
    if now > (broadcast.latest_at or due + LATE_AFTER):
        broadcast.reason = LATE
        move(work, broadcast, S.PAUSED, BROADCAST_LATE)
    else:
        _send(work, broadcast, BROADCAST_STARTED)
    return True


def pause(work: Work, key: FeedKey, broadcast_id: str) -> BroadcastMessage:
    """Withhold what is not sent yet.

    Raises:
        BroadcastNotFound: 404. BroadcastState: 409.
    """
    broadcast = _in_state(work, key, broadcast_id, (S.SENDING, S.SCHEDULED))
    outbox.hold_waiting(work, key.tenant_id, broadcast.id)
    return move(work, broadcast, S.PAUSED, BROADCAST_PAUSED)


def resume(work: Work, key: FeedKey, broadcast_id: str) -> BroadcastMessage:
    """Go on, or begin what waited for a person. A latest time that is over counts no more: somebody has said so.

    Raises:
        BroadcastNotFound: 404. BroadcastState: 409.
    """
    broadcast = _in_state(work, key, broadcast_id, (S.PAUSED,))
    now = work.now()
    broadcast.reason = None
    if broadcast.latest_at is not None and broadcast.latest_at <= now:
        broadcast.latest_at = None
    if broadcast.started_at is None and broadcast.scheduled_at is not None and broadcast.scheduled_at > now:
        return move(work, broadcast, S.SCHEDULED, BROADCAST_RESUMED)
    return _send(work, broadcast, BROADCAST_RESUMED)


def cancel(work: Work, key: FeedKey, broadcast_id: str) -> BroadcastMessage:
    """Give up what is not sent yet; what is sent, is sent.

    Raises:
        BroadcastNotFound: 404. BroadcastState: 409.
    """
    broadcast = _in_state(work, key, broadcast_id, (S.SCHEDULED, S.SENDING, S.PAUSED))
    outbox.cancel_waiting(work, key.tenant_id, broadcast.id)
    if broadcast.bulletin:
        outbox.fail_unshown(work, key.tenant_id, broadcast.id)
    broadcast.reason, broadcast.ended_at = None, work.now()
    return move(work, broadcast, S.CANCELLED, BROADCAST_CANCELLED)


def resend(work: Work, key: FeedKey, broadcast_id: str, request: BroadcastResend) -> BroadcastMessage:
    """Create a draft with the same templates for those who did not get it.

    Raises:
        BroadcastNotFound: 404. BroadcastState: it is not over (409). BroadcastNobody: everybody got it (409).
        BroadcastTemplateMissing: 422.
    """
    origin = _in_state(work, key, broadcast_id, ENDED)
    if origin.bulletin:
        raise BroadcastState(state=MessageChannel.KIOSK.value)
    statuses = (*NOT_GOT, MessageStatus.UNSURE) if request.include_unsure else NOT_GOT
    if not _count(work, origin, statuses):
        raise BroadcastNobody
    values = {
        "title": origin.title,
        "template_name": origin.template_name,
        "channels": list(origin.channels),
        "purpose": origin.purpose,
        "language": origin.language,
        "defaults": dict(origin.defaults),
        "origin_id": origin.id,
    }
    return add(work, key, values, {"statuses": [status.value for status in statuses]})


def end_if_done(work: Work, key: FeedKey, broadcast_id: str) -> bool:
    """End a broadcast that has no open message any more; return False while it has one.

    COMPLETED: everybody got it or wants no such messages. PARTIAL: somebody did not get it, or nobody knows.
    """
    broadcast = get_for_update(work, key, broadcast_id)
    if broadcast.status is not S.SENDING or broadcast.bulletin or count_open(work, broadcast):
        return False
    end(work, broadcast)
    return True


def end(work: Work, broadcast: BroadcastMessage) -> None:
    """End a broadcast whose messages are all settled, as `end_if_done` says."""
    figures = figures_of(work, broadcast)
    is_complete = all(status in WELL for status in figures)
    broadcast.ended_at = work.now()
    move(work, broadcast, S.COMPLETED if is_complete else S.PARTIAL, BROADCAST_ENDED)
    domain_events.emit(
        work,
        broadcast.tenant_id,
        BroadcastEnded(
            entity_id=broadcast.id,
            event_id=broadcast.event_id,
            status=broadcast.status,
            counts={status.value: number for status, number in figures.items()},
        ),
    )


def complete_late(work: Work, broadcast: BroadcastMessage) -> None:
    """Complete a broadcast that ended as PARTIAL, once it is known that everybody got it after all."""
    if broadcast.status is S.PARTIAL and all(each in WELL for each in figures_of(work, broadcast)):
        move(work, broadcast, S.COMPLETED, BROADCAST_ENDED)


def figures_of(work: Work, broadcast: BroadcastMessage) -> dict[MessageStatus, int]:
    """Return how many messages stand where."""
    query = (
        select(_D.status, func.count())
        .where(_D.tenant_id == broadcast.tenant_id, _D.broadcast_id == broadcast.id)
        .group_by(_D.status)
    )
    return dict(iter(work.session.execute(query)))


def count_open(work: Work, broadcast: BroadcastMessage) -> int:
    """Return how many messages are not settled."""
    return _count(work, broadcast, OPEN)


def _count(work: Work, broadcast: BroadcastMessage, statuses: Sequence[MessageStatus]) -> int:
    query = select(func.count()).where(
        _D.tenant_id == broadcast.tenant_id, _D.broadcast_id == broadcast.id, _D.status.in_(statuses)
    )
    return work.session.scalar(query) or 0


def add(work: Work, key: FeedKey, values: Mapping[str, Any], audience: dict[str, Any]) -> BroadcastMessage:
    """Add a draft with these values; a bulletin has no templates.

    Raises:
        BroadcastTemplateMissing, TemplateVariableUnknown, HeaderUnsafe: 422.
    """
    broadcast = BroadcastMessage(
        tenant_id=key.tenant_id,
        id=work.new_id(),
        event_id=key.event_id,
        audience=audience,
        counts={},
        status=S.DRAFT,
        requested_by=work.actor,
        version=1,
        **values,
    )
    if not broadcast.bulletin:
        _check(broadcast.defaults)
        _freeze_templates(work, broadcast)
    work.session.add(broadcast)
    work.session.flush()
    audit.record(work, key.tenant_id, BROADCAST_CREATED, broadcast.id, after=_summary(broadcast))
    return broadcast


def _check(defaults: Mapping[str, str]) -> None:
    for name, value in defaults.items():
        if name not in VARIABLES:
            raise TemplateVariableUnknown(line=1, variable=name[:60])
        composition.require_line(name, value)


def _freeze_templates(work: Work, broadcast: BroadcastMessage) -> None:
    """Store the ids of the versions that count now.

    Raises:
        BroadcastTemplateMissing: 422.
    """
    channels = [MessageChannel(channel) for channel in broadcast.channels]
    resolved = versions.resolve(
        work, broadcast.tenant_id, broadcast.event_id, broadcast.template_name, channels
    )
    for channel in channels:
        if not resolved[channel.value]:
            raise BroadcastTemplateMissing(name=broadcast.template_name, channel=channel.value)
    broadcast.templates = resolved


def _send(work: Work, broadcast: BroadcastMessage, action: AuditAction) -> BroadcastMessage:
    now = work.now()
    if broadcast.started_at is None and (count := _count_tickets(work, broadcast)):
        tickets.record_all_issued(work, broadcast.tenant_id, broadcast.event_id, "message", count)
    if not broadcast.bulletin:  # stations fetch those
        outbox.release_waiting(work, broadcast.tenant_id, broadcast.id, now, broadcast.latest_at)
    broadcast.started_at = broadcast.started_at or now
    return move(work, broadcast, S.SENDING, action)


def _count_tickets(work: Work, broadcast: BroadcastMessage) -> int:
    """Return how many messages that are not settled bring a ticket that opens a gate: not those of people who cancelled since."""
    query = (
        select(_D.channel, _D.locale, func.count())
        .join(Participant, and_(Participant.tenant_id == _D.tenant_id, Participant.id == _D.participant_id))
        .where(
            _D.tenant_id == broadcast.tenant_id,
            _D.broadcast_id == broadcast.id,
            _D.status.in_(OPEN),
            Participant.deleted_at.is_(None),
            Participant.status.in_(sorted(SEATED)),
        )
        .group_by(_D.channel, _D.locale)
    )
    count = 0
    for channel, locale, number in work.session.execute(query):
        by_language = broadcast.templates.get(channel.value, {})
        template_id = versions.choose(by_language, locale, broadcast.language)
        if template_id and versions.brings_ticket(versions.get(work, broadcast.tenant_id, template_id)):
            count += number
    return count


def move(
    work: Work, broadcast: BroadcastMessage, status: BroadcastStatus, action: AuditAction
) -> BroadcastMessage:
    """Give a broadcast another status, which the audit log has; stations learn at once of that of a bulletin."""
    before = {"status": broadcast.status.value}
    broadcast.status = status
    broadcast.version += 1
    work.session.flush()
    after = {"status": status.value, "scheduled_at": _iso(broadcast.scheduled_at)}
    audit.record(work, broadcast.tenant_id, action, broadcast.id, before=before, after=after)
    domain_events.wake(work, broadcast.tenant_id)
    if broadcast.bulletin:
        change_feed.advance_for_pull(work.session, broadcast.tenant_id, broadcast.event_id)
    return broadcast


def _in_state(
    work: Work,
    key: FeedKey,
    broadcast_id: str,
    statuses: Sequence[BroadcastStatus],
    if_version: IfVersion = None,
) -> BroadcastMessage:
    broadcast = get_for_update(work, key, broadcast_id, if_version)
    if broadcast.status not in statuses:
        raise BroadcastState(state=broadcast.status.value)
    return broadcast


def _summary(broadcast: BroadcastMessage) -> dict[str, Any]:
    return {
        "title": broadcast.title,
        "template_name": broadcast.template_name,
        "channels": list(broadcast.channels),
        "purpose": broadcast.purpose.value,
        "language": broadcast.language,
    }


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
