"""The console's pages of templates: the list, the editor with its preview, publishing and archiving."""

from collections.abc import Sequence
from typing import Any

from fastapi.responses import Response
from pydantic import BaseModel, Field

from hub_sync.contract.enums import MessageChannel
from hub_sync.hub.console import FormInvalid, Page, PageCall, PageRouter, _
from hub_sync.hub.console.i18n.isolation import isolated
from hub_sync.hub.console.i18n.translation import LANGUAGES, error_message
from hub_sync.hub.console.security.headers import CSP
from hub_sync.hub.domains.events.choices import event_options
from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.domains.messages.images.errors import MessageImagesTooLarge, MessageImageUnknown
from hub_sync.hub.domains.messages.manifest import CHANNELS, COMMUNICATION_BROADCAST, FF_COMMUNICATION_HUB
from hub_sync.hub.domains.messages.message_templates import shipped, versions
from hub_sync.hub.domains.messages.message_templates.composition import TemplateText
from hub_sync.hub.domains.messages.message_templates.errors import (
    HeaderUnsafe,
    MessageTemplateChanged,
    MessageTemplateExists,
    MessageTemplateInUse,
    MessageTemplatePublished,
    TemplateConstructRefused,
    TemplateTooLarge,
    TemplateUnreadable,
    TemplateVariableUnknown,
)
from hub_sync.hub.domains.messages.message_templates.language import FILTERS, MAX_SOURCE
from hub_sync.hub.domains.messages.message_templates.previews import preview_of
from hub_sync.hub.domains.messages.message_templates.schemas import (
    LONGEST_DEFAULT,
    LanguageCode,
    MessageTemplateChanges,
    NewMessageTemplate,
)
from hub_sync.hub.domains.messages.message_templates.variables import KINDS, VARIABLES
from hub_sync.hub.domains.messages.pages.labels import MAIL_CHANNELS, template_label
from hub_sync.hub.domains.messages.pages.mail_views import preview_document, problem_document
from hub_sync.hub.domains.messages.tables import MessageTemplate
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_READ
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.errors import HubError
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.text_types import Id, OptionalId, ShortText

PATH = "/settings/message-templates"
_ONE = f"{PATH}/{{template_id}}"
_ACCESS: dict[str, Any] = {"permissions": COMMUNICATION_BROADCAST, "flag": FF_COMMUNICATION_HUB}
_BESIDE: dict[Any, Any] = {
    TemplateVariableUnknown: "body",
    TemplateUnreadable: "body",
    TemplateConstructRefused: "body",
    TemplateTooLarge: "body",
    MessageImageUnknown: "body",
    MessageImagesTooLarge: "body",
    HeaderUnsafe: "subject",
    MessageTemplateChanged: "",
    MessageTemplatePublished: "",
    MessageTemplateExists: "name",
    EventNotFound: "event_id",
}
_DEFAULT = "default:"

router = PageRouter()


class NewTemplateForm(BaseModel):
    """Name, channel, language and event of a new template."""

    name: ShortText
    channel: MessageChannel = MessageChannel.EMAIL
    locale: LanguageCode = "en"
    event_id: OptionalId = ""


class TemplateForm(BaseModel):
    """The editor's fields."""

    subject: str = Field(default="", max_length=500)
    body: str = Field(min_length=1, max_length=MAX_SOURCE)
    has_ticket: bool = False
    has_calendar: bool = False
    version: int | None = None

    def changes(self, defaults: dict[str, str]) -> MessageTemplateChanges:
        """Return the form as changes of a draft."""
        return MessageTemplateChanges(
            subject=self.subject,
            body=self.body.replace("\r\n", "\n"),
            defaults=defaults,
            has_ticket=self.has_ticket,
            has_calendar=self.has_calendar,
        )


@router.get(PATH, **_ACCESS)
def list_templates(page: PageCall) -> Response:
    """List the templates: the shipped ones and the organisation's, each with its channels and languages."""
    event_id = page.request.query_params.get("event", "")
    own = versions.latest_versions(page.work, page.tenant_id, event_id)
    return page.render(
        "messages/templates.html",
        groups=_groups(own, with_shipped="event" not in page.request.query_params),
        channels=CHANNELS,
        languages=LANGUAGES,
        events=event_options(page.work, page.tenant_id, event_id),
        chosen_event=event_id,
        path=PATH,
    )


@router.get(f"{PATH}/new", **_ACCESS)
def new_template(page: PageCall) -> Response:
    """Show the form of a new template."""
    query = page.request.query_params
    event_id = query.get("event", "")
    return page.render(
        "messages/template_new.html",
        values={
            "name": query.get("name", ""),
            "channel": query.get("channel", MessageChannel.EMAIL.value),
            "locale": query.get("locale", page.speech.language),
            "event_id": event_id,
        },
        channels=[(each.value, _(CHANNELS[each])) for each in MAIL_CHANNELS],
        language_options=list(LANGUAGES.items()),
        events=[("", _("All events")), *event_options(page.work, page.tenant_id, event_id)],
        known=list(shipped.OCCASIONS),
        path=PATH,
    )


@router.post(f"{PATH}/new", creates=True, on_error=new_template, beside=_BESIDE, **_ACCESS)
def create_template(page: PageCall) -> Response:
    """Create the draft: from the version that counts now, if there is one."""
    form = page.parse(NewTemplateForm)
    with page.begin() as work:
        start = _starting_text(work, page.tenant_id, form)
        template = versions.create(work, page.tenant_id, start)
    return page.redirect(
        f"{PATH}/{template.id}", say=_("The draft is created. Nothing is sent of it before you publish it.")
    )


@router.get(_ONE, also=PARTICIPANTS_READ, **_ACCESS)
def show_template(page: PageCall, template_id: Id) -> Response:
    """Show the editor of a draft, or a published version as it is."""
    template = versions.get(page.work, page.tenant_id, template_id)
    listed = event_options(page.work, page.tenant_id, template.event_id or "")
    chosen = template.event_id or (listed[0][0] if listed else "")
    response = page.render(
        "messages/template.html",
        template=template,
        label=template_label(template.name),
        all_versions=versions.versions_of(page.work, template),
        values={
            "subject": template.subject,
            "body": template.body,
            "has_ticket": template.has_ticket,
            "has_calendar": template.has_calendar,
        },
        is_draft=template.published_at is None,
        is_mail=template.channel is MessageChannel.EMAIL,
        channels=CHANNELS,
        languages=LANGUAGES,
        variables=list(VARIABLES.values()),
        kinds=KINDS,
        filters=FILTERS,
        events=listed,
        chosen_event=chosen,
        people=_people(page, chosen),
        path=PATH,
    )
    response.headers["Content-Security-Policy"] = f"{CSP}; frame-src 'self'"
    return response


@router.post(_ONE, on_error=show_template, beside=_BESIDE, also=PARTICIPANTS_READ, **_ACCESS)
def save_template(page: PageCall, template_id: Id) -> Response:
    """Save the draft, and publish it if that button was pressed."""
    form = page.parse(TemplateForm)
    with page.begin() as work:
        changes = form.changes(sent_defaults(page))
        template = versions.update(work, page.tenant_id, template_id, changes, form.version)
        if page.value("publish"):
            versions.publish(work, page.tenant_id, template.id)
    if page.value("publish"):
        return page.redirect(
            f"{PATH}/{template_id}", say=_("Published. Messages are made of this version from now on.")
        )
    return page.redirect(f"{PATH}/{template_id}", say=_("The draft is saved."))


@router.get(f"{_ONE}/preview", also=PARTICIPANTS_READ, **_ACCESS)
def show_preview(page: PageCall, template_id: Id) -> Response:
    """Show the message of a recipient in a frame, as it is saved."""
    template = versions.get(page.work, page.tenant_id, template_id)
    query = page.request.query_params
    return _preview(
        page, template, versions.text_of(template), query.get("event_id", ""), query.get("person_id", "")
    )


@router.post(f"{_ONE}/preview", also=PARTICIPANTS_READ, **_ACCESS)
def show_typed_preview(page: PageCall, template_id: Id) -> Response:
    """Show the message of a recipient in a frame, of what is typed and not saved yet."""
    try:
        defaults = sent_defaults(page)
    except FormInvalid as error:
        return problem_document(next(iter(error.fields.values())))
    with page.reading() as work:
        template = versions.get(work, page.tenant_id, template_id)
        text = TemplateText(
            template.channel,
            page.value("subject"),
            page.value("body").replace("\r\n", "\n")[: MAX_SOURCE + 1],
            defaults,
        )
        return _preview(page, template, text, page.value("event_id"), page.value("person_id"))


@router.post(
    f"{_ONE}/new-version",
    creates=True,
    on_error=show_template,
    beside=_BESIDE,
    also=PARTICIPANTS_READ,
    **_ACCESS,
)
def create_version(page: PageCall, template_id: Id) -> Response:
    """Create the next version, a draft, from a published one."""
    with page.begin() as work:
        template = versions.get(work, page.tenant_id, template_id)
        draft = versions.create(work, page.tenant_id, _copy(template))
    return page.redirect(
        f"{PATH}/{draft.id}", say=_("The draft is created. Nothing is sent of it before you publish it.")
    )


@router.post(f"{_ONE}/archive", on_error=show_template, beside=_BESIDE, also=PARTICIPANTS_READ, **_ACCESS)
def archive_template(page: PageCall, template_id: Id) -> Response:
    """Take the template out of use."""
    with page.begin() as work:
        versions.archive(work, page.tenant_id, template_id)
    return page.redirect(PATH, say=_("Archived. What is queued is still sent."))


@router.post(
    f"{_ONE}/delete",
    on_error=show_template,
    beside={**_BESIDE, MessageTemplateInUse: ""},
    also=PARTICIPANTS_READ,
    **_ACCESS,
)
def delete_template(page: PageCall, template_id: Id) -> Response:
    """Delete the draft."""
    with page.begin() as work:
        versions.delete(work, page.tenant_id, template_id)
    return page.redirect(PATH, say=_("The draft is deleted."))


def _preview(
    page: Page, template: MessageTemplate, text: TemplateText, event_id: str, person_id: str
) -> Response:
    speech = page.speech
    work = page.work
    try:
        if not person_id and event_id:
            newest = _people(page, event_id)
            person_id = newest[0][0] if newest else ""
        if not event_id or not person_id:
            words = _("Choose an event with participants: the preview shows the message of a real recipient.")
            return problem_document(words)
        parts = preview_of(work, page.hub, template, text, event_id, person_id)
    except HubError as error:
        return problem_document(error_message(error))
    return preview_document(parts, speech.language, speech.direction)


def sent_defaults(page: Page) -> dict[str, str]:
    """Return the texts for empty values that were typed, by the names of variables.

    Raises:
        FormInvalid: 422, one is too long.
    """
    typed = page.short_texts([f"{_DEFAULT}{name}" for name in VARIABLES], LONGEST_DEFAULT)
    return {name.removeprefix(_DEFAULT): value for name, value in typed.items() if value}


def _starting_text(work: Work, tenant_id: str, form: NewTemplateForm) -> NewMessageTemplate:
    """Return a new draft with the text that counts now, or with the shipped one."""
    known = form.name in versions.names_for(work, tenant_id, form.event_id)
    values: dict[str, Any] = {
        "event_id": form.event_id or None,
        "name": form.name,
        "channel": form.channel,
        "locale": form.locale,
        "body": _("Hello %(name)s,") % {"name": "{{ participant.name }}"} + "\n\n",
        "subject": "{{ event.name }}",
    }
    if known:
        by_language = versions.resolve(work, tenant_id, form.event_id, form.name, [form.channel])
        id_ = versions.choose(by_language[form.channel.value], form.locale, form.locale)
        if id_ is not None:
            template = versions.get(work, tenant_id, id_)
            values |= _copy(template).model_dump(
                include={"subject", "body", "defaults", "has_ticket", "has_calendar"}
            )
    if form.channel is MessageChannel.SMS:
        values["subject"] = ""
    return NewMessageTemplate(**values)


def _copy(template: MessageTemplate) -> NewMessageTemplate:
    return NewMessageTemplate(
        event_id=template.event_id,
        name=template.name,
        channel=template.channel,
        locale=template.locale,
        subject=template.subject,
        body=template.body,
        defaults=dict(template.defaults),
        has_ticket=template.has_ticket,
        has_calendar=template.has_calendar,
    )


def _groups(own: Sequence[MessageTemplate], *, with_shipped: bool) -> list[dict[str, Any]]:
    """Return the templates by name, each with a row a channel and in it a cell a language."""
    names = list(shipped.OCCASIONS) if with_shipped else []
    names += [template.name for template in own]
    stored = {(each.name, each.channel, each.locale): each for each in own}
    groups = []
    for name in dict.fromkeys(names):
        channels = (
            [each for each in MAIL_CHANNELS if each in shipped.channels_of(name)] if with_shipped else []
        )
        channels += [each.channel for each in own if each.name == name and each.channel not in channels]
        rows = [
            {
                "channel": channel,
                "cells": [
                    {
                        "language": language,
                        "template": stored.get((name, channel, language)),
                        "is_shipped": with_shipped and shipped.find(name, channel, language) is not None,
                    }
                    for language in LANGUAGES
                ],
            }
            for channel in dict.fromkeys(channels)
        ]
        groups.append({"name": name, "label": template_label(name), "rows": rows})
    return groups


def _people(page: Page, event_id: str) -> list[tuple[str, str]]:
    """Return the newest participants of an event, for previews."""
    if not event_id:
        return []
    key = FeedKey(page.tenant_id, event_id)
    query = participants.of_event(*key).order_by(participants.Participant.id.desc()).limit(20)
    return [(each.id, isolated(participants.display_name(each))) for each in page.work.session.scalars(query)]
