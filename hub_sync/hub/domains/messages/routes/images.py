"""Images of mail templates over REST: send, list, show, delete."""

from typing import Annotated, Any

from fastapi import Depends, Query
from fastapi.responses import Response

from hub_sync.hub.domains.messages.images import images
from hub_sync.hub.domains.messages.images.decoding import MAX_FILE
from hub_sync.hub.domains.messages.images.errors import (
    MessageImageExists,
    MessageImageInUse,
    MessageImageNameInvalid,
    MessageImageNotFound,
    MessageImageTooLarge,
    MessageImageUnreadable,
    TooManyMessageImages,
)
from hub_sync.hub.domains.messages.images.schemas import IMAGES, MessageImageResponse
from hub_sync.hub.domains.messages.manifest import COMMUNICATION_BROADCAST, FF_COMMUNICATION_HUB
from hub_sync.hub.kit.http.rest_router import API, Call, RestRouter
from hub_sync.hub.kit.lists.result_pages import FieldSelection, ListQuery
from hub_sync.hub.kit.table_files.uploads import OVERHEAD, FileMissing
from hub_sync.hub.kit.text_types import Id

router = RestRouter(prefix="/message-images", tags=["message-images"], flag=FF_COMMUNICATION_HUB)

_ACCESS = {"permissions": COMMUNICATION_BROADCAST}
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The file, as the whole body or as the field `file` of a form.",
        "content": {
            "image/png": _BINARY,
            "image/jpeg": _BINARY,
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {"file": {"type": "string", "format": "binary"}},
                    "required": ["file"],
                }
            },
        },
    }
}
_CONTENT: dict[int | str, dict[str, Any]] = {
    200: {"description": "The image.", "content": {"image/png": _BINARY, "image/jpeg": _BINARY}}
}


@router.get("", **_ACCESS, listing=IMAGES)
def list_message_images(call: Call, query: Annotated[ListQuery, Depends(IMAGES.parse_query)]) -> Response:
    """List the images, without their content."""
    return IMAGES.list_response(call, query, images.images_of(call.tenant_id))


@router.get(
    "/{image_id}",
    **_ACCESS,
    schema=MessageImageResponse,
    listing=IMAGES,
    errors=(MessageImageNotFound,),
)
def get_message_image(
    call: Call, image_id: Id, selection: Annotated[FieldSelection, Depends(IMAGES.parse_selection)]
) -> Response:
    """Return an image, without its content."""
    return IMAGES.item_response(call, selection, images.get(call.work, call.tenant_id, image_id))


@router.get("/{image_id}/content", **_ACCESS, responses=_CONTENT, errors=(MessageImageNotFound,))
def get_message_image_content(call: Call, image_id: Id) -> Response:
    """Return the image as mails have it."""
    image = images.get(call.work, call.tenant_id, image_id, with_content=True)
    return images.content_response(image, call.headers)


@router.post(
    "",
    **_ACCESS,
    schema=MessageImageResponse,
    status=201,
    errors=(
        FileMissing,
        MessageImageUnreadable,
        MessageImageTooLarge,
        MessageImageNameInvalid,
        MessageImageExists,
        TooManyMessageImages,
    ),
    takes_file=MAX_FILE + OVERHEAD,
    body=_BODY,
)
def create_message_image(
    call: Call,
    name: Annotated[
        str, Query(max_length=80, description="What templates call it; empty: as its file is called.")
    ] = "",
    file_name: Annotated[
        str, Query(max_length=200, description="The file's name, if it is the whole body.")
    ] = "",
) -> Response:
    """Send a PNG, JPEG, GIF or WebP file. It is decoded, made at most 1,200 pixels wide and high, and written anew without metadata."""
    del file_name  # `kit.table_files.uploads` reads it
    call.replay_if_stored()
    if call.upload is None or not call.upload.size:
        raise FileMissing
    image_name, decoded = images.read(call.upload.file, name, call.upload.name)
    with call.begin() as work:
        image = images.create(work, call.tenant_id, image_name, decoded)
        location = f"{API}/message-images/{image.id}"
        return call.created(MessageImageResponse.model_validate(image), location)


@router.delete("/{image_id}", **_ACCESS, errors=(MessageImageNotFound, MessageImageInUse))
def delete_message_image(call: Call, image_id: Id) -> Response:
    """Delete an image that no template in use and no message shows: the web copies of mails need theirs."""
    with call.begin() as work:
        images.delete(work, call.tenant_id, image_id)
        return call.no_content()
