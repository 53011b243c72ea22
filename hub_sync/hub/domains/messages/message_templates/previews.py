"""Previews: the message that a real recipient would get, by the renderer that makes the messages."""

from collections.abc import Mapping

from hub_sync.hub.domains.messages.message_templates import recipients
from hub_sync.hub.domains.messages.message_templates.composition import TemplateText
from hub_sync.hub.domains.messages.message_templates.content import MessageParts, TemplateContent
from hub_sync.hub.domains.messages.message_templates.shipped import OCCASIONS
from hub_sync.hub.domains.messages.message_templates.variables import VARIABLES
from hub_sync.hub.domains.messages.tables import MessageTemplate
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.context import HubContext


def base_of(hub: HubContext) -> str:
    """Return the address that links of messages begin with."""
    settings = hub.settings
    return (settings.public_url or f"http://{settings.host}:{settings.port}").rstrip("/")


def content_source(hub: HubContext) -> TemplateContent:
    """Return the source of messages that are made of templates."""
    return TemplateContent(hub.secret_box, base_of(hub))


def preview_of(
    work: Work,
    hub: HubContext,
    template: MessageTemplate,
    text: TemplateText,
    event_id: str,
    participant_id: str,
    language: str = "",
) -> MessageParts:
    """Return the message of a recipient, with example links where only a sent message has its own.

    Raises:
        EventNotFound, ParticipantNotFound: 404. As `composition.compose`: 422.
    """
    key = FeedKey(template.tenant_id, event_id)
    occasion = recipients.occasion_of(work, key)
    person = participants.get(work, *key, participant_id)
    return content_source(hub).make(
        work,
        template,
        text,
        occasion,
        person,
        language or template.locale,
        example_links(template.name),
        is_sample=True,
    )


def example_links(name: str) -> Mapping[str, str]:
    """Return values that only a sent message has: those that every mail gets, and those of the template's occasion."""
    roots = {"web", "unsubscribe"}
    if name in OCCASIONS:
        roots |= {
            "waitlist.offer": {"offer"},
            "queue.called": {"queue"},
            "deadline.passed": {"deadline"},
        }.get(name, {"registration"} if name.startswith("registration.") else set())
    return {
        variable.name: variable.example
        for variable in VARIABLES.values()
        if variable.name.partition(".")[0] in roots
    }
