"""A participant with a ticket, and what a scanner reads of its pictures."""

import re
import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from hardware.codes.engines import ZxingEngine
from hub_sync.contract.enums import ParticipantStatus
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.rules.ticket_codec import KeyRing
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.domains.devices.conftest import make_caller

__all__ = ["make_caller"]


@pytest.fixture
def ada(hub: HubContext, seeded: Seeded) -> str:
    """The id of somebody approved."""
    return register(
        hub, seeded, "ada", first_name="Ada", last_name="Lovelace", registration_code="7K2QP-XH4MT"
    )


def register(hub: HubContext, seeded: Seeded, pid: str, **more: object) -> str:
    """Somebody new; approved unless told otherwise."""
    new = participants.NewParticipant.model_validate({"id": pid, "status": ParticipantStatus.APPROVED} | more)
    with hub.uow.begin() as work:
        participants.create(work, seeded.tenant_id, seeded.event_id, new)
    return pid


@pytest.fixture
def ring(hub: HubContext, seeded: Seeded) -> KeyRing:
    """The tenant's keys, as a gate has them."""
    with hub.uow.read() as work:
        return tenants.key_ring(work, hub.secret_box, seeded.tenant_id)


def scanned(image: Image.Image) -> str:
    """The one code that is in a picture, as a gate reads it: QR only, for in 1 ticket of 750 there is a false ITF."""
    (found,) = ZxingEngine().detect(np.asarray(image.convert("L"), np.uint8))
    return str(found.text)


def picture_in(pdf: bytes) -> Image.Image:
    """The page's only picture: fpdf2 packs one bit a pixel as a fax does, which a TIFF's header makes readable."""
    (start,) = [found.start() for found in re.finditer(rb"<<[^<>]*(?:<<[^<>]*>>)?[^<>]*/Subtype /Image", pdf)]
    head, _, rest = pdf[start:].partition(b"stream\n")
    facts = {name: int(value) for name, value in re.findall(rb"/(Width|Height|Length) (\d+)", head)}
    assert b"/CCITTFaxDecode" in head
    data = rest[: facts[b"Length"]]
    width, height = facts[b"Width"], facts[b"Height"]
    # ImageWidth, ImageLength, BitsPerSample, Compression (group 4), Photometric (black is 1), StripOffsets,
    # SamplesPerPixel, RowsPerStrip, StripByteCounts
    tags = [
        (256, width),
        (257, height),
        (258, 1),
        (259, 4),
        (262, 1),
        (273, 8),
        (277, 1),
        (278, height),
        (279, len(data)),
    ]
    directory = struct.pack("<H", len(tags)) + b"".join(
        struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags
    )
    padded = data + bytes(len(data) % 2)
    return Image.open(
        BytesIO(struct.pack("<2sHI", b"II", 42, 8 + len(padded)) + padded + directory + bytes(4))
    )


def drawing_of(pdf: bytes) -> str:
    """What the page is drawn by."""
    for packed in re.findall(rb"stream\n(.*?)\nendstream", pdf, re.DOTALL):
        try:
            plain = zlib.decompress(packed)
        except zlib.error:
            continue
        if b" Do" in plain:
            return plain.decode("latin-1")
    raise AssertionError("the page draws no picture")
