"""Messages of workflows' steps: their templates, and the message to the participant once a step is reached."""

from collections import defaultdict
from typing import Any

from sqlalchemy import select

from hub_sync.contract.enums import MessagePurpose
from hub_sync.hub.console.i18n.isolation import isolated
from hub_sync.hub.console.i18n.translation import _
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.messages.automatic.rules import record_ticket
from hub_sync.hub.domains.messages.delivery import outbox
from hub_sync.hub.domains.messages.delivery.compose import ContentReference, OutgoingMessage
from hub_sync.hub.domains.messages.manifest import CHANNELS, FF_COMMUNICATION_HUB
from hub_sync.hub.domains.messages.message_templates import recipients, versions
from hub_sync.hub.domains.messages.message_templates.content import SOURCE
from hub_sync.hub.domains.messages.tables import MessageTemplate
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.errors import ParticipantNotFound
from hub_sync.hub.domains.workflows import service as workflows
from hub_sync.hub.domains.workflows.manifest import WorkflowNoticeDue
from hub_sync.hub.domains.workflows.service import MessageTemplateChoice
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.events.listeners import Listener, Received

_T = MessageTemplate


def load_choices(work: Work, key: FeedKey) -> list[MessageTemplateChoice]:
    """Return the published templates that an event can use, a choice for each name and channel. Its id is that of the newest version."""
    query = (
        select(_T.id, _T.name, _T.channel)
        .where(
            _T.tenant_id == key.tenant_id,
            _T.scope.in_(["", key.event_id]),
            _T.published_at.is_not(None),
            _T.archived_at.is_(None),
        )
        .order_by(_T.scope.desc(), _T.version.desc(), _T.locale)
    )
    ids: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in work.session.execute(query):
        ids[row.name, row.channel.value].append(row.id)
    return [
        MessageTemplateChoice(first, f"{isolated(name)} ({_(CHANNELS[channel])})", frozenset(others))
        for (name, channel), (first, *others) in ids.items()
    ]


workflows.add_message_templates(load_choices)


def _due(work: Work, received: Received[WorkflowNoticeDue]) -> None:
    """Queue the message in the participant's language, by the version that counts now; once for each time that the step is reached."""
    due = received.event
    key = FeedKey(received.tenant_id, due.event_id or "")
    named = work.session.get(_T, (key.tenant_id, due.template_id))
    if named is None or not feature_flags.is_on(work, key.tenant_id, FF_COMMUNICATION_HUB):
        return
    try:
        person = participants.get(work, *key, due.entity_id)
        event = events.get(work, *key)
    except (ParticipantNotFound, EventNotFound):
        return
    counting = versions.resolve(work, *key, named.name, [named.channel])[named.channel.value]
    language = recipients.language_of(person, named.locale)
    message = OutgoingMessage(
        tenant_id=key.tenant_id,
        channel=named.channel,
        recipient=recipients.address_of(person, named.channel),
        purpose=MessagePurpose.TRANSACTIONAL,
        dedupe_key=f"workflow:{received.id}",
        content=ContentReference(
            SOURCE, {"template_id": versions.choose(counting, language, named.locale) or named.id}
        ),
        subject=event.name,
        locale=language,
        time_zone=recipients.time_zone_of(person, event),
        event_id=key.event_id,
        participant_id=person.id,
    )
    outbox.enqueue_many(work, [message])
    record_ticket(work, message)


LISTENERS: tuple[Listener[Any], ...] = (Listener(WorkflowNoticeDue, _due),)
