"""The console's page of the images of mail templates."""

from typing import Any

from fastapi.responses import Response
from pydantic import BaseModel, Field

from hub_sync.hub.console import PageCall, PageRouter, Question, _
from hub_sync.hub.console.i18n.isolation import isolated
from hub_sync.hub.console.i18n.translation import error_message
from hub_sync.hub.domains.messages.images import images
from hub_sync.hub.domains.messages.images.decoding import MAX_FILE
from hub_sync.hub.domains.messages.images.errors import (
    MessageImageExists,
    MessageImageInUse,
    MessageImageNameInvalid,
    MessageImageTooLarge,
    MessageImageUnreadable,
    TooManyMessageImages,
)
from hub_sync.hub.domains.messages.manifest import COMMUNICATION_BROADCAST, FF_COMMUNICATION_HUB
from hub_sync.hub.domains.messages.tables import MessageImage
from hub_sync.hub.kit.table_files.uploads import FILE_FIELD, OVERHEAD, FileMissing
from hub_sync.hub.kit.text_types import Id

PATH = "/settings/message-images"
_ONE = f"{PATH}/{{image_id}}"
_ACCESS: dict[str, Any] = {"permissions": COMMUNICATION_BROADCAST, "flag": FF_COMMUNICATION_HUB}
_BESIDE: dict[Any, str] = {
    FileMissing: FILE_FIELD,
    MessageImageUnreadable: FILE_FIELD,
    MessageImageTooLarge: FILE_FIELD,
    TooManyMessageImages: FILE_FIELD,
    MessageImageNameInvalid: "name",
    MessageImageExists: "name",
}

router = PageRouter()


class ImageForm(BaseModel):
    """The fields beside the file."""

    name: str = Field(default="", max_length=80)


@router.get(PATH, **_ACCESS)
def list_images(page: PageCall) -> Response:
    """Show the images, and the form to send another one."""
    query = images.images_of(page.tenant_id).order_by(MessageImage.name)
    return page.render(
        "messages/images.html",
        images=page.work.session.scalars(query).all(),
        max_bytes=MAX_FILE,
        most=images.MOST_IMAGES,
        path=PATH,
    )


@router.post(
    PATH, creates=True, takes_file=MAX_FILE + OVERHEAD, on_error=list_images, beside=_BESIDE, **_ACCESS
)
def send_image(page: PageCall) -> Response:
    """Take an image in."""
    form = page.parse(ImageForm)
    if page.upload is None or not page.upload.size:
        raise FileMissing
    name, decoded = images.read(page.upload.file, form.name, page.upload.name)
    with page.begin() as work:
        images.create(work, page.tenant_id, name, decoded)
    return page.redirect(PATH, say=_("The image “%(name)s” is saved.") % {"name": isolated(name)})


@router.get(f"{_ONE}/content", **_ACCESS)
def show_image(page: PageCall, image_id: Id) -> Response:
    """Show an image as mails have it."""
    return images.content_response(images.get(page.work, page.tenant_id, image_id, with_content=True))


@router.post(f"{_ONE}/delete", **_ACCESS)
def delete_image(page: PageCall, image_id: Id) -> Response:
    """Delete an image, once that is confirmed."""
    with page.reading() as work:
        name = images.get(work, page.tenant_id, image_id).name
    consequences = (_("Templates can't show it any more."),)
    page.ask_first(
        Question(
            "delete", _("Delete the image “%(name)s”?") % {"name": isolated(name)}, consequences, _("Delete")
        )
    )
    try:
        with page.begin() as work:
            images.delete(work, page.tenant_id, image_id)
    except MessageImageInUse as error:
        return page.redirect(PATH, say=error_message(error), tone="bad")
    return page.redirect(PATH, say=_("The image was deleted."))
