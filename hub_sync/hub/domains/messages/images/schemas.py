"""Responses about images, and their list."""

from datetime import datetime

from pydantic import Field

from hub_sync.hub.domains.messages.tables import MessageImage
from hub_sync.hub.kit.lists.result_pages import Listing
from hub_sync.hub.kit.schemas import ResponseModel


class MessageImageResponse(ResponseModel):
    """An image of mail templates. It never changes; another one has another name."""

    id: str = Field(description="Id of the image.")
    name: str = Field(description='Templates show it as `<img src="cid:NAME" alt="…">`.')
    media_type: str = Field(description="`image/png` or `image/jpeg`.")
    size: int = Field(description="Bytes of its content, with which it makes each mail longer.")
    created_at: datetime = Field(description="Time of creation, UTC.")
    updated_at: datetime = Field(description="The same.")


IMAGES = Listing(
    row=MessageImage,
    schema=MessageImageResponse,
    sorts={"name": MessageImage.name, "created_at": MessageImage.created_at},
    default_sort="name",
    search=(MessageImage.name,),
)
