"""A step of a workflow writes to the participant, once, in their language and by the version that counts now."""

import pytest

from hub_sync.hub.domains.messages.automatic.workflow_notices import LISTENERS, load_choices
from hub_sync.hub.domains.messages.message_templates import versions
from hub_sync.hub.domains.messages.message_templates.schemas import NewMessageTemplate
from hub_sync.hub.domains.workflows.manifest import WorkflowNoticeDue
from hub_sync.hub.kit.events import domain_events
from hub_sync.hub.kit.events.listeners import ListenerJob
from tests.hub_sync.hub.domains.messages.conftest import ACTOR, MessageHub

pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


def _publish(messages: MessageHub, locale: str, body: str) -> str:
    with messages.hub.uow.begin(ACTOR) as work:
        new = NewMessageTemplate(name="Documents", subject="Documents", body=body, locale=locale)
        template = versions.create(work, messages.key.tenant_id, new)
        return versions.publish(work, messages.key.tenant_id, template.id).id


def test_a_step_writes_once_by_the_version_that_counts_now(messages: MessageHub) -> None:
    first = _publish(messages, "en", "Please send them.")
    german, second = _publish(messages, "de", "Bitte senden."), _publish(messages, "en", "Send them, please.")
    with messages.hub.uow.read() as work:
        choices = load_choices(work, messages.key)
    assert [(choice.label, {choice.id, *choice.others}) for choice in choices] == [
        ("Documents (E-mail)", {first, german, second})
    ]
    (ada,), (udo,) = messages.register("Ada"), messages.register("Udo", extra={"language": "de"})
    with messages.hub.uow.begin() as work:
        for person in (ada, udo, "nobody"):
            due = WorkflowNoticeDue(
                entity_id=person,
                event_id=messages.key.event_id,
                template_id=first,
                execution_id="execution",
                step="Documents",
            )
            domain_events.emit(work, messages.key.tenant_id, due)
    for _ in range(2):
        ListenerJob(messages.hub.uow, messages.hub.notifier, LISTENERS).run_until_idle()
    used = {row.participant_id: row.content["template_id"] for row in messages.outbox()}
    assert used == {ada: second, udo: german}
    assert len(messages.outbox()) == 2
