"""Deadlines of workflows that have passed: write to whoever may act."""

from dataclasses import replace
from datetime import datetime

from hub_sync.contract.enums import MessageChannel
from hub_sync.hub.console.i18n import formats
from hub_sync.hub.console.i18n.translation import LANGUAGES, speaking
from hub_sync.hub.domains.accounts.service import User
from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.domains.messages.automatic import rules
from hub_sync.hub.domains.messages.broadcasts.errors import BroadcastTemplateMissing
from hub_sync.hub.domains.messages.delivery import outbox
from hub_sync.hub.domains.messages.delivery.compose import ContentReference, OutgoingMessage
from hub_sync.hub.domains.messages.message_templates import recipients, versions
from hub_sync.hub.domains.messages.message_templates.content import SOURCE
from hub_sync.hub.domains.messages.tables import AutomaticRule
from hub_sync.hub.domains.messages.triggers import DEADLINE_PASSED
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.errors import ParticipantNotFound
from hub_sync.hub.domains.participants.service import Participant
from hub_sync.hub.domains.workflows import service as workflows
from hub_sync.hub.domains.workflows.manifest import SlaBreached
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.events.listeners import Listener, Received


def _breached(work: Work, received: Received[SlaBreached]) -> None:
    breached = received.event
    key = FeedKey(received.tenant_id, breached.event_id or "")
    rule = rules.find_active(work, key, DEADLINE_PASSED)
    if rule is None or (rule.active_since is not None and received.occurred_at < rule.active_since):
        return
    try:
        person = participants.get(work, *key, breached.entity_id)
    except (ParticipantNotFound, EventNotFound):
        return
    people = workflows.people_of_clock(work, key.tenant_id, breached.clock_id)
    messages = [_message(work, rule, person, received, user) for user in people]
    outbox.enqueue_many(work, messages)


def _message(
    work: Work, rule: AutomaticRule, person: Participant, received: Received[SlaBreached], user: User
) -> OutgoingMessage:
    """Return the message to somebody who may act, about the participant who waits."""
    language = user.language if user.language in LANGUAGES else rule.language
    resolved = versions.resolve(
        work, rule.tenant_id, rule.event_id, rule.template_name, [MessageChannel.EMAIL]
    )
    template_id = versions.choose(resolved[MessageChannel.EMAIL.value], language, rule.language)
    if template_id is None:
        raise BroadcastTemplateMissing(name=rule.template_name, channel=MessageChannel.EMAIL.value)
    message = rules.message_for(work, rule, person, f"{received.id}:{user.id}")
    with speaking(recipients.speech_for(language)):
        due = formats.moment(datetime.fromisoformat(received.event.due_at), message.time_zone)
    data = {
        "template_id": template_id,
        "values": {
            "deadline.step": received.event.step,
            "deadline.due": f"{due} ({message.time_zone})",
        },
        "paths": {"deadline.link": workflows.page_of_clock(work, rule.tenant_id, received.event.clock_id)},
    }
    return replace(
        message,
        channel=MessageChannel.EMAIL,
        recipient=user.email,
        content=ContentReference(SOURCE, data),
        locale=language,
    )


LISTENERS = (Listener(SlaBreached, _breached),)
