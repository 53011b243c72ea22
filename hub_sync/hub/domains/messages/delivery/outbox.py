"""The outbox: deliveries are put into it, withheld, released and cancelled. None of this sends."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Dialect, Table, select, update
from sqlalchemy.dialects import postgresql, sqlite

from hub_sync.contract.enums import MessageStatus
from hub_sync.hub.domains.messages.delivery import content
from hub_sync.hub.domains.messages.delivery.compose import (
    MAX_SUBJECT,
    ContentReference,
    OutgoingMessage,
    check_header,
    check_recipient,
)
from hub_sync.hub.domains.messages.delivery.failures import DeliveryFailure
from hub_sync.hub.domains.messages.delivery.mail_domains import ascii_domain
from hub_sync.hub.domains.messages.tables import MessageDelivery, MessageSender
from hub_sync.hub.kit.db.search_column import fold_search_text
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.errors import HubError
from hub_sync.hub.kit.events import domain_events

WAITING = (MessageStatus.QUEUED, MessageStatus.DEFERRED)
NO_DOMAIN = "doorward.invalid"
"""The right side of a Message-ID where no account has an address yet."""
_LONGEST_RECIPIENT = 320

_D = MessageDelivery
_DELIVERIES: Table = MessageDelivery.metadata.tables[MessageDelivery.__tablename__]


def enqueue(work: Work, message: OutgoingMessage) -> str:
    """Put a message into the outbox, in the work's transaction. The same `dedupe_key` twice is one delivery.

    Returns:
        The id of its delivery.

    Raises:
        RecipientInvalid, MessageHeaderInvalid: it can't be sent (422).
    """
    check_recipient(message.channel, message.recipient)
    enqueue_many(work, [message])
    existing = select(_D.id).where(_D.tenant_id == message.tenant_id, _D.dedupe_key == message.dedupe_key)
    return work.session.scalars(existing).one()


def enqueue_many(work: Work, messages: Sequence[OutgoingMessage]) -> int:
    """Put messages of one tenant into the outbox; a thousand at once are fine.

    A recipient that nobody can be reached at keeps nobody else from theirs: its delivery is FAILED from the start.

    Returns:
        How many are new; those whose `dedupe_key` exists are left as they are.

    Raises:
        MessageHeaderInvalid: a subject or a header could forge others (422).
    """
    if not messages:
        return 0
    tenant_id = messages[0].tenant_id
    domain = _message_domain(work, tenant_id)
    rows = [_row(work, message, domain) for message in messages]
    inserted = work.session.scalars(_insert(work.dialect), rows).all()
    domain_events.wake(work, tenant_id)
    return len(inserted)


def hold_waiting(work: Work, tenant_id: str, broadcast_id: str) -> int:
    """Withhold what waits of a broadcast until `release_waiting`; return how many."""
    return _update_waiting(work, tenant_id, broadcast_id, due_at=None)


def release_waiting(
    work: Work, tenant_id: str, broadcast_id: str, due_at: datetime, latest_at: datetime | None
) -> int:
    """Let what waits of a broadcast be sent from `due_at` until `latest_at`; return how many."""
    number = _update_waiting(work, tenant_id, broadcast_id, due_at=due_at, latest_at=latest_at)
    domain_events.wake(work, tenant_id)
    return number


def cancel_waiting(work: Work, tenant_id: str, broadcast_id: str) -> int:
    """Give up what waits of a broadcast: DEAD as CANCELLED; return how many."""
    return _give_up(work, tenant_id, broadcast_id, DeliveryFailure.CANCELLED)


def give_up_late(work: Work, tenant_id: str, broadcast_id: str) -> int:
    """Give up what waits of a bulletin that is over: DEAD as TOO_LATE; return how many."""
    return _give_up(work, tenant_id, broadcast_id, DeliveryFailure.TOO_LATE)


def fail_unshown(work: Work, tenant_id: str, broadcast_id: str) -> int:
    """Settle what stations have of a bulletin that is over and have not shown: FAILED as NOT_SHOWN; return how many."""
    return _update(
        work,
        (_D.tenant_id == tenant_id, _D.broadcast_id == broadcast_id, _D.status == MessageStatus.SENT),
        status=MessageStatus.FAILED,
        settled_at=work.now(),
        error_code=DeliveryFailure.NOT_SHOWN,
    )


def _give_up(work: Work, tenant_id: str, broadcast_id: str, reason: DeliveryFailure) -> int:
    over = {"status": MessageStatus.DEAD, "due_at": None, "settled_at": work.now(), "error_code": reason}
    return _update_waiting(work, tenant_id, broadcast_id, **over)


def _update_waiting(work: Work, tenant_id: str, broadcast_id: str, **values: Any) -> int:
    waiting = (_D.tenant_id == tenant_id, _D.broadcast_id == broadcast_id, _D.status.in_(WAITING))
    return _update(work, waiting, **values)


def _update(work: Work, condition: Iterable[ColumnElement[bool]], **values: Any) -> int:
    changed = update(_D).where(*condition).values(**values, updated_at=work.now()).returning(_D.id)
    return len(work.session.scalars(changed.execution_options(synchronize_session=False)).all())


def _message_domain(work: Work, tenant_id: str) -> str:
    """Return the domain of the account that most likely sends, for Message-IDs."""
    addresses = select(MessageSender.from_address).where(
        MessageSender.tenant_id == tenant_id, MessageSender.from_address != ""
    )
    address = work.session.scalar(addresses.order_by(MessageSender.is_default.desc()).limit(1))
    return ascii_domain(address or "").rpartition("@")[2] or NO_DOMAIN


def _row(work: Work, message: OutgoingMessage, domain: str) -> dict[str, Any]:
    id_, now = work.new_id(), work.now()
    rendered = message.content
    if isinstance(rendered, ContentReference):
        source, data, subject = rendered.source, dict(rendered.data), message.subject
    else:
        check_headers((rendered.subject, *rendered.headers, *rendered.headers.values()))
        source, data = content.STORED, content.seal(work, message.tenant_id, id_, rendered)
        subject = rendered.subject
    recipient, fault = _recipient(message)
    subject = check_header(subject)[:MAX_SUBJECT]
    return {
        "tenant_id": message.tenant_id,
        "id": id_,
        "event_id": message.event_id,
        "broadcast_id": message.broadcast_id,
        "automatic_rule_id": message.automatic_rule_id,
        "participant_id": message.participant_id,
        "sender_id": message.sender_id,
        "dedupe_key": message.dedupe_key,
        "channel": message.channel,
        "recipient": recipient,
        "purpose": message.purpose,
        "locale": message.locale,
        "time_zone": message.time_zone,
        "subject": subject,
        "content_source": source,
        "content": data,
        "message_id": f"<{id_}@{domain}>",
        "status": MessageStatus.FAILED if fault else MessageStatus.QUEUED,
        "attempts": 0,
        "due_at": None if fault else (message.not_before or now),
        "latest_at": message.latest_at,
        "settled_at": now if fault else None,
        "error_code": DeliveryFailure.RECIPIENT_INVALID if fault else None,
        "searched": fold_search_text((recipient, subject)),
        **work.timestamps(),
    }


def _recipient(message: OutgoingMessage) -> tuple[str, HubError | None]:
    """Return the recipient, and what is wrong with it."""
    try:
        return check_recipient(message.channel, message.recipient), None
    except HubError as fault:
        printable = "".join(each for each in message.recipient if each.isprintable())
        return printable[:_LONGEST_RECIPIENT], fault


def check_headers(texts: Iterable[str]) -> None:
    """Check several texts as `check_header` does."""
    for text in texts:
        check_header(text)


def _insert(dialect: Dialect) -> Any:
    """Return an INSERT that skips deliveries that exist and returns the new ids."""
    insert = postgresql.insert if dialect.name == "postgresql" else sqlite.insert
    return insert(_DELIVERIES).on_conflict_do_nothing().returning(_DELIVERIES.c.id)
