"""Templates over REST: drafts, versions, publishing, previews."""

from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response

from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.domains.messages.images.errors import MessageImagesTooLarge, MessageImageUnknown
from hub_sync.hub.domains.messages.manifest import COMMUNICATION_BROADCAST, FF_COMMUNICATION_HUB
from hub_sync.hub.domains.messages.message_templates import versions
from hub_sync.hub.domains.messages.message_templates.errors import (
    HeaderUnsafe,
    MessageTemplateChanged,
    MessageTemplateExists,
    MessageTemplateInUse,
    MessageTemplateNotFound,
    MessageTemplatePublished,
    MessageTooLarge,
    TemplateConstructRefused,
    TemplateTooLarge,
    TemplateUnreadable,
    TemplateVariableUnknown,
)
from hub_sync.hub.domains.messages.message_templates.language import FILTERS
from hub_sync.hub.domains.messages.message_templates.lists import TEMPLATES
from hub_sync.hub.domains.messages.message_templates.previews import preview_of
from hub_sync.hub.domains.messages.message_templates.schemas import (
    MessageTemplateChanges,
    MessageTemplateResponse,
    NewMessageTemplate,
    TemplatePreviewRequest,
    TemplatePreviewResponse,
    TemplateVariableResponse,
    TemplateVariablesResponse,
)
from hub_sync.hub.domains.messages.message_templates.variables import VARIABLES
from hub_sync.hub.domains.participants.errors import ParticipantNotFound
from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_READ
from hub_sync.hub.kit.http.rest_router import API, Call, RestRouter
from hub_sync.hub.kit.lists.result_pages import FieldSelection, ListQuery
from hub_sync.hub.kit.text_types import Id

router = RestRouter(prefix="/message-templates", tags=["message-templates"], flag=FF_COMMUNICATION_HUB)

_ACCESS = {"permissions": COMMUNICATION_BROADCAST}
_REFUSED = (
    TemplateTooLarge,
    TemplateUnreadable,
    TemplateVariableUnknown,
    TemplateConstructRefused,
    HeaderUnsafe,
    MessageImageUnknown,
    MessageImagesTooLarge,
)


@router.get("", **_ACCESS, listing=TEMPLATES)
def list_message_templates(
    call: Call, query: Annotated[ListQuery, Depends(TEMPLATES.parse_query)]
) -> Response:
    """List the versions of all templates. Shipped templates are in it once they were used."""
    return TEMPLATES.list_response(call, query, versions.ALL, t=call.tenant_id)


@router.get("/variables", **_ACCESS, schema=TemplateVariablesResponse)
def list_template_variables(call: Call) -> Response:
    """Return the variables and filters that templates may use. There are conditions (`{% if … %}`), and no loops or calls."""
    variables = [
        TemplateVariableResponse(
            name=variable.name,
            kind=variable.kind.value,
            description=variable.label,
            example=variable.example,
        )
        for variable in VARIABLES.values()
    ]
    return call.ok(TemplateVariablesResponse(variables=variables, filters=list(FILTERS)))


@router.get(
    "/{template_id}",
    **_ACCESS,
    schema=MessageTemplateResponse,
    listing=TEMPLATES,
    errors=(MessageTemplateNotFound,),
)
def get_message_template(
    call: Call, template_id: Id, selection: Annotated[FieldSelection, Depends(TEMPLATES.parse_selection)]
) -> Response:
    """Return a version. A change of a draft takes its ETag as `If-Match`."""
    template = versions.get(call.work, call.tenant_id, template_id)
    return TEMPLATES.item_response(call, selection, template)


@router.post(
    "",
    **_ACCESS,
    schema=MessageTemplateResponse,
    status=201,
    errors=(EventNotFound, MessageTemplateExists, *_REFUSED),
)
def create_message_template(call: Call, new: NewMessageTemplate) -> Response:
    """Create a draft. An unknown variable is refused here, not when the message is sent."""
    with call.begin() as work:
        template = versions.create(work, call.tenant_id, new)
        location = f"{API}/message-templates/{template.id}"
        response = MessageTemplateResponse.model_validate(template)
        return call.created(response, location, version=template.revision)


@router.put(
    "/{template_id}",
    **_ACCESS,
    schema=MessageTemplateResponse,
    errors=(MessageTemplateNotFound, MessageTemplatePublished, MessageTemplateChanged, *_REFUSED),
)
def update_message_template(call: Call, template_id: Id, changes: MessageTemplateChanges) -> Response:
    """Change the members of the body of a draft; the others stay. Needs If-Match with the ETag of the last read."""
    version = call.expected_version()
    with call.begin() as work:
        template = versions.update(work, call.tenant_id, template_id, changes, version)
        return call.ok(MessageTemplateResponse.model_validate(template), version=template.revision)


@router.delete(
    "/{template_id}",
    **_ACCESS,
    errors=(MessageTemplateNotFound, MessageTemplateInUse, MessageTemplateChanged),
)
def delete_message_template(call: Call, template_id: Id) -> Response:
    """Delete a draft. `If-Match` is optional."""
    version = call.optional_expected_version()
    with call.begin() as work:
        versions.delete(work, call.tenant_id, template_id, version)
        return call.no_content()


@router.post(
    "/{template_id}/publish",
    **_ACCESS,
    schema=MessageTemplateResponse,
    errors=(MessageTemplateNotFound, MessageTemplatePublished),
)
def publish_message_template(call: Call, template_id: Id) -> Response:
    """Publish a draft: it counts from now on, and never changes again."""
    with call.begin() as work:
        template = versions.publish(work, call.tenant_id, template_id)
        return call.ok(MessageTemplateResponse.model_validate(template), version=template.revision)


@router.post(
    "/{template_id}/archive",
    **_ACCESS,
    schema=MessageTemplateResponse,
    errors=(MessageTemplateNotFound,),
)
def archive_message_template(call: Call, template_id: Id) -> Response:
    """Take a template out of use, with its earlier versions. The shipped one of this name counts again, if there is one."""
    with call.begin() as work:
        template = versions.archive(work, call.tenant_id, template_id)
        return call.ok(MessageTemplateResponse.model_validate(template), version=template.revision)


@router.post(
    "/{template_id}/preview",
    **_ACCESS,
    also=PARTICIPANTS_READ,
    schema=TemplatePreviewResponse,
    errors=(MessageTemplateNotFound, EventNotFound, ParticipantNotFound, HeaderUnsafe, MessageTooLarge),
)
def preview_message_template(call: Call, template_id: Id, request: TemplatePreviewRequest) -> Response:
    """Return the message as a real recipient would get it, by the renderer that makes the messages. Nothing is sent."""
    with call.hub.uow.read() as work:
        template = versions.get(work, call.tenant_id, template_id)
        parts = preview_of(
            work, call.hub, template, versions.text_of(template), request.event_id, request.participant_id
        )
    message = parts.message
    return call.ok(
        TemplatePreviewResponse(
            subject=message.subject, text=message.text, html=message.html, missing=list(message.missing)
        )
    )
