"""Registrations by the page: write to whoever registered, with the link to their page.

These messages are no rules that may be off: without the link nobody could confirm an address or see a registration. A rule that answers
the same registration brings the link with its own message, and then there is no second one.
"""

from typing import Any

from hub_sync.contract.enums import MessageChannel, MessagePurpose, ParticipantStatus
from hub_sync.hub.console.i18n.translation import DEFAULT
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.domains.messages.automatic import rules
from hub_sync.hub.domains.messages.delivery import outbox
from hub_sync.hub.domains.messages.delivery.compose import (
    REGISTRATION,
    ContentReference,
    OutgoingMessage,
)
from hub_sync.hub.domains.messages.message_templates import recipients, versions
from hub_sync.hub.domains.messages.message_templates.content import SOURCE
from hub_sync.hub.domains.participants.errors import ParticipantNotFound
from hub_sync.hub.domains.registration import service as registration
from hub_sync.hub.domains.registration.errors import RegistrationPageUnknown
from hub_sync.hub.domains.registration.manifest import (
    RegistrationReceived,
    RegistrationRepeated,
    RegistrationRequested,
)
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.events.listeners import Listener, Received

CONFIRM, PAGE, KNOWN = "registration.confirm", "registration.page", "registration.known"
_RULES = {
    ParticipantStatus.PENDING: "participant.registered",
    ParticipantStatus.APPROVED: "participant.approved",
}
"""The rules that answer a registration of this status, with the link."""


def _requested(work: Work, received: Received[RegistrationRequested]) -> None:
    _write(work, received, CONFIRM, f"registration:{received.event.entity_id}:confirm")


def _received(work: Work, received: Received[RegistrationReceived]) -> None:
    _write(work, received, PAGE, f"registration:{received.event.entity_id}:page")


def _repeated(work: Work, received: Received[RegistrationRepeated]) -> None:
    """Write once a day at most: whoever sends the form again and again fills nobody's mailbox."""
    day = received.occurred_at.date().isoformat()
    _write(work, received, KNOWN, f"registration:{received.event.entity_id}:known:{day}")


def _write(work: Work, received: Received[Any], name: str, dedupe_key: str) -> None:
    key = FeedKey(received.tenant_id, received.event.event_id or "")
    id_ = received.event.entity_id
    try:
        event = events.get(work, *key)
        row = registration.get(work, key, id_)
        person = registration.recipient_of(work, key, id_)
    except (EventNotFound, RegistrationPageUnknown, ParticipantNotFound):
        return
    trigger = _RULES.get(person.status) if name == PAGE else None
    if (trigger is not None and rules.find_active(work, key, trigger) is not None) or not person.email:
        return
    resolved = versions.resolve(work, *key, name, [MessageChannel.EMAIL])[MessageChannel.EMAIL.value]
    language = row.language or DEFAULT
    message = OutgoingMessage(
        tenant_id=key.tenant_id,
        channel=MessageChannel.EMAIL,
        recipient=person.email,
        purpose=MessagePurpose.TRANSACTIONAL,
        dedupe_key=dedupe_key,
        content=ContentReference(
            SOURCE, {"template_id": versions.choose(resolved, language, language), REGISTRATION: id_}
        ),
        subject=event.name,
        locale=language,
        time_zone=recipients.time_zone_of(person, event),
        event_id=key.event_id,
        participant_id=person.id or None,
        latest_at=row.expires_at,
    )
    outbox.enqueue_many(work, [message])


LISTENERS: tuple[Listener[Any], ...] = (
    Listener(RegistrationRequested, _requested),
    Listener(RegistrationReceived, _received),
    Listener(RegistrationRepeated, _repeated),
)
