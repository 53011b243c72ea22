"""The images of a tenant's mail templates."""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from typing import BinaryIO

from fastapi.responses import Response
from sqlalchemy import Select, select
from sqlalchemy.orm import undefer

from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.messages.delivery.compose import TICKET_IMAGE, Attachment
from hub_sync.hub.domains.messages.images.decoding import DecodedImage, decode
from hub_sync.hub.domains.messages.images.errors import (
    MessageImageExists,
    MessageImageInMessages,
    MessageImageInUse,
    MessageImageNameInvalid,
    MessageImageNotFound,
    MessageImagesTooLarge,
    MessageImageUnknown,
    TooManyMessageImages,
)
from hub_sync.hub.domains.messages.manifest import IMAGE_CREATED, IMAGE_DELETED
from hub_sync.hub.domains.messages.tables import (
    BroadcastMessage,
    MessageDelivery,
    MessageImage,
    MessageTemplate,
)
from hub_sync.hub.kit.db.database import refuse_doubles
from hub_sync.hub.kit.db.unit_of_work import Work

MOST_IMAGES = 100
LONGEST_NAME = 40
MOST_OF_A_MAIL = 2 * 1024 * 1024
"""Bytes of all images of a mail: they are sent to each recipient."""
_ENDINGS = {"image/png": ".png", "image/jpeg": ".jpg"}
_TYPED_ENDINGS = (".png", ".jpg", ".jpeg", ".gif", ".webp")
_NAME = re.compile(rf"[a-z0-9][a-z0-9._-]{{0,{LONGEST_NAME - 1}}}", re.ASCII)
_SHOWN_IMAGES = re.compile(r"""\bsrc\s*=\s*["']?\s*cid:([^"'\s>]{1,80})""", re.IGNORECASE)
_I, _T = MessageImage, MessageTemplate


def images_of(tenant_id: str) -> Select[MessageImage]:
    """Return the query of a tenant's images, without their content."""
    return select(_I).where(_I.tenant_id == tenant_id)


def get(work: Work, tenant_id: str, image_id: str, *, with_content: bool = False) -> MessageImage:
    """Return an image.

    Raises:
        MessageImageNotFound: 404.
    """
    options = [undefer(_I.content)] if with_content else []
    row = work.session.get(_I, (tenant_id, image_id), options=options)
    if row is None:
        raise MessageImageNotFound
    return row


def read(file: BinaryIO, name: str, file_name: str) -> tuple[str, DecodedImage]:
    """Decode a file that was sent; return the name of its image, too. Call it outside of any transaction.

    Args:
        file: what was sent.
        name: as templates shall name it; empty: as its file is called.
        file_name: as its sender calls the file.

    Raises:
        MessageImageNameInvalid, MessageImageUnreadable, MessageImageTooLarge: 422.
    """
    image = decode(file)
    ending = _ENDINGS[image.media_type]
    stem = name.strip().lower() or _plain(file_name)
    for each in _TYPED_ENDINGS:
        stem = stem.removesuffix(each)
    wanted = f"{stem}{ending}"
    if not _NAME.fullmatch(wanted):
        raise MessageImageNameInvalid
    return wanted, image


def create(work: Work, tenant_id: str, name: str, image: DecodedImage) -> MessageImage:
    """Store an image.

    Raises:
        MessageImageExists, TooManyMessageImages: 409.
    """
    names = set(work.session.scalars(select(_I.name).where(_I.tenant_id == tenant_id)))
    if name in names:
        raise MessageImageExists(name=name)
    if len(names) >= MOST_IMAGES:
        raise TooManyMessageImages(limit=MOST_IMAGES)
    row = _I(
        tenant_id=tenant_id, id=work.new_id(), name=name, media_type=image.media_type, content=image.content
    )
    work.session.add(row)
    with refuse_doubles(MessageImageExists(name=name)):
        work.session.flush()
    work.session.refresh(row)
    after = {"name": name, "media_type": image.media_type}
    audit.record(work, tenant_id, IMAGE_CREATED, row.id, after=after)
    return row


def delete(work: Work, tenant_id: str, image_id: str) -> None:
    """Delete an image that no template in use shows, and no message: the web copy of a mail equals the mail, as long as it is there.

    Raises:
        MessageImageNotFound: 404. MessageImageInUse: 409.
    """
    row = get(work, tenant_id, image_id)
    showing = _versions_showing(work, row)
    template = _find_user(work, tenant_id, showing)
    if template is not None:
        raise MessageImageInUse(name=template)
    if _are_in_messages(work, tenant_id, [each.id for each in showing]):
        raise MessageImageInMessages(name=row.name)
    before = {"name": row.name, "media_type": row.media_type}
    work.session.delete(row)
    audit.record(work, tenant_id, IMAGE_DELETED, image_id, before=before)


def check_shown(work: Work, tenant_id: str, body: str) -> None:
    """Check the images that a template shows; those whose names have variables are left out.

    Raises:
        MessageImageUnknown, MessageImagesTooLarge: 422.
    """
    names = {name for name in shown_images(body) if "{" not in name} - {TICKET_IMAGE}
    if not names:
        return
    query = select(_I.name, _I.size).where(_I.tenant_id == tenant_id, _I.name.in_(names))
    sizes = {name: size for name, size in work.session.execute(query)}  # noqa: C416 - no pairs to mypy
    missing = sorted(names - sizes.keys())
    if missing:
        raise MessageImageUnknown(name=missing[0])
    if sum(sizes.values()) > MOST_OF_A_MAIL:
        raise MessageImagesTooLarge(limit=MOST_OF_A_MAIL // (1024 * 1024))


def shown_images(body: str) -> frozenset[str]:
    """Return the names of the images that a template shows.

    >>> sorted(shown_images("<img src='cid:a.png'><img alt='' src=cid:b.png>"))
    ['a.png', 'b.png']
    """
    return frozenset(_SHOWN_IMAGES.findall(body))


def attachments(work: Work, tenant_id: str, content_ids: Collection[str]) -> Sequence[Attachment]:
    """Return the images of a mail by their content ids, to be embedded in it."""
    names = sorted(set(content_ids) - {TICKET_IMAGE})
    if not names:
        return ()
    query = images_of(tenant_id).where(_I.name.in_(names)).options(undefer(_I.content)).order_by(_I.name)
    return [
        Attachment(image.name, image.media_type, image.content, image.name)
        for image in work.session.scalars(query)
    ]


def content_response(image: MessageImage, headers: Mapping[str, str] | None = None) -> Response:
    """Return the content of an image as a response that is nothing but an image, whatever a browser thinks."""
    policy = {
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, max-age=3600",
        "Content-Disposition": f'inline; filename="{image.name}"',
    }
    return Response(image.content, headers={**(headers or {}), **policy}, media_type=image.media_type)


def _versions_showing(work: Work, image: MessageImage) -> Sequence[MessageTemplate]:
    """Return all versions of templates that show an image."""
    versions = select(_T).where(
        _T.tenant_id == image.tenant_id, _T.body.contains(f"cid:{image.name}", autoescape=True)
    )
    return [each for each in work.session.scalars(versions) if image.name in shown_images(each.body)]


def _find_user(work: Work, tenant_id: str, showing: Sequence[MessageTemplate]) -> str | None:
    """Return the name of a template that shows an image and still counts; None if there is none."""
    frozen = _frozen_versions(work, tenant_id)
    for template in showing:
        if template.archived_at is None or template.id in frozen:
            return template.name
    return None


def _are_in_messages(work: Work, tenant_id: str, template_ids: Sequence[str]) -> bool:
    """Return True if a message is made of one of these versions, and may be looked at as a web copy."""
    d = MessageDelivery
    query = select(d.id).where(
        d.tenant_id == tenant_id, d.content["template_id"].as_string().in_(template_ids)
    )
    return bool(template_ids) and work.session.scalar(query.limit(1)) is not None


def _frozen_versions(work: Work, tenant_id: str) -> frozenset[str]:
    """Return the ids of the versions of which broadcasts are still made."""
    row = BroadcastMessage
    query = select(row.templates).where(row.tenant_id == tenant_id, row.ended_at.is_(None))
    return frozenset(
        id_
        for templates in work.session.scalars(query)
        for by_locale in templates.values()
        for id_ in by_locale.values()
    )


def _plain(file_name: str) -> str:
    r"""Return the name of a file as that of an image.

    >>> _plain("Logo der Messe (2).PNG")
    'logo-der-messe-2'
    """
    stem, _, ending = file_name.lower().rpartition(".")
    plain = unicodedata.normalize("NFKD", stem or ending).encode("ascii", "ignore").decode()
    return re.sub("[^a-z0-9]+", "-", plain).strip("-")[: LONGEST_NAME - 5] or "image"
