"""A published version never changes, and what counts for an event, a channel and a language is clear."""

import pytest

from hub_sync.contract.enums import MessageChannel
from hub_sync.hub.domains.messages.message_templates import shipped, versions
from hub_sync.hub.domains.messages.message_templates.composition import TemplateText
from hub_sync.hub.domains.messages.message_templates.errors import (
    MessageTemplateChanged,
    MessageTemplateExists,
    MessageTemplateInUse,
    MessageTemplateNameTaken,
    MessageTemplatePublished,
    TemplateVariableUnknown,
)
from hub_sync.hub.domains.messages.message_templates.schemas import MessageTemplateChanges
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.domains.messages.conftest import MessageHub

EMAIL = MessageChannel.EMAIL
pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


def test_a_draft_is_changed_and_a_published_version_never(messages: MessageHub, hub: HubContext) -> None:
    tenant, id_ = messages.key.tenant_id, messages.template(publish=False)
    with hub.uow.begin() as work:
        versions.update(work, tenant, id_, MessageTemplateChanges(body="Dear {{ event.name }}"), 1)
    with hub.uow.begin() as work, pytest.raises(MessageTemplateChanged):
        versions.update(work, tenant, id_, MessageTemplateChanges(body="x"), 1)
    with hub.uow.begin() as work, pytest.raises(TemplateVariableUnknown):
        versions.update(work, tenant, id_, MessageTemplateChanges(body="{{ nobody }}"))
    with pytest.raises(MessageTemplateExists):
        messages.template()
    for name in ("NEWS", "news", "Ticket"):  # “ticket” ships
        with pytest.raises(MessageTemplateNameTaken):
            messages.template(name=name)
    with hub.uow.begin() as work:
        versions.publish(work, tenant, id_)
    with hub.uow.begin() as work, pytest.raises(MessageTemplatePublished):
        versions.publish(work, tenant, id_)
    with hub.uow.begin() as work, pytest.raises(MessageTemplatePublished):
        versions.update(work, tenant, id_, MessageTemplateChanges(body="x"))
    with hub.uow.begin() as work, pytest.raises(MessageTemplateInUse):
        versions.delete(work, tenant, id_)
    second = messages.template("Second")
    with hub.uow.read() as work:
        assert [each.version for each in versions.versions_of(work, versions.get(work, tenant, second))] == [
            2,
            1,
        ]
        assert versions.get(work, tenant, id_).body == "Dear {{ event.name }}"


def test_the_events_own_template_comes_before_the_organisations_and_that_before_the_shipped_one(
    messages: MessageHub, hub: HubContext
) -> None:
    def body(language: str = "en") -> str:
        with hub.uow.begin() as work:
            ids = versions.resolve(work, *messages.key, "reminder", [EMAIL])["EMAIL"]
            return versions.get(work, messages.key.tenant_id, versions.choose(ids, language, "en") or "").body

    assert "begins soon" in body()
    assert "beginnt bald" in body("de")
    messages.template("Ours", name="reminder")
    assert body() == "Ours"
    own = messages.template("The event's", name="reminder", event_id=messages.key.event_id)
    assert body() == "The event's"
    with hub.uow.begin() as work:
        versions.archive(work, messages.key.tenant_id, own)
    assert body() == "Ours"
    messages.template("A draft", name="reminder", publish=False)
    assert body() == "Ours", "a draft counts for nothing"


def test_a_program_with_another_text_ships_it_to_whoever_has_no_own_one(
    messages: MessageHub, hub: HubContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    def resolve() -> str:
        with hub.uow.begin() as work:
            return versions.resolve(work, *messages.key, "ticket", [EMAIL])[EMAIL.value]["en"]

    first = resolve()
    assert resolve() == first
    text = TemplateText(EMAIL, "Ticket", "Dear {{ participant.name }}")
    monkeypatch.setattr(shipped, "find", lambda *_: text)
    draft = messages.template("Our own", name="ticket", publish=False)
    assert resolve() == first, "the draft's number is the next one"
    with hub.uow.begin() as work:
        versions.delete(work, messages.key.tenant_id, draft)
    second = resolve()
    assert resolve() == second != first
    with hub.uow.read() as work:
        template = versions.get(work, messages.key.tenant_id, second)
        assert (template.version, template.body) == (2, text.body)
    own = messages.template("Our own", name="ticket")
    assert resolve() == own
