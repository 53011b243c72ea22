"""A participant with a ticket, and readers for ticket images and PDFs."""

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
from hub_sync.rules.tickets.ticket_keys import KeyRing
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.domains.devices.conftest import make_caller

__all__ = ["make_caller"]


@pytest.fixture
def ada(hub: HubContext, seeded: Seeded) -> str:
    """Register an approved participant and return the id."""
    return register(
        hub, seeded, "ada", first_name="Ada", last_name="Lovelace", registration_code="7K2QP-XH4MT"
    )


def register(hub: HubContext, seeded: Seeded, pid: str, **more: object) -> str:
    """Register a participant, by default as approved, and return the id."""
    new = participants.NewParticipant.model_validate({"id": pid, "status": ParticipantStatus.APPROVED} | more)
    with hub.uow.begin() as work:
        participants.create(work, seeded.tenant_id, seeded.event_id, new)
    return pid


@pytest.fixture
def ring(hub: HubContext, seeded: Seeded) -> KeyRing:
    """Return the tenant's keys as gates have them."""
    with hub.uow.read() as work:
        return tenants.key_ring(work, hub.secret_box, seeded.tenant_id)


def read_code(image: Image.Image) -> str:
    """Return the text of the only code in an image. QR only: in 1 of 750 tickets, a decoder finds a false ITF code."""
    (code,) = ZxingEngine().detect(np.asarray(image.convert("L"), np.uint8))
    return str(code.text)


def image_in(pdf: bytes) -> Image.Image:
    """Return the only image of a page. fpdf2 stores it as a fax (CCITT), which a TIFF header makes readable."""
    (start,) = [match.start() for match in re.finditer(rb"<<[^<>]*(?:<<[^<>]*>>)?[^<>]*/Subtype /Image", pdf)]
    head, _, rest = pdf[start:].partition(b"stream\n")
    numbers = {name: int(value) for name, value in re.findall(rb"/(Width|Height|Length) (\d+)", head)}
    assert b"/CCITTFaxDecode" in head
    data = rest[: numbers[b"Length"]]
    width, height = numbers[b"Width"], numbers[b"Height"]
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
    """Return the drawing commands of the page."""
    for compressed in re.findall(rb"stream\n(.*?)\nendstream", pdf, re.DOTALL):
        try:
            commands = zlib.decompress(compressed)
        except zlib.error:
            continue
        if b" Do" in commands:
            return commands.decode("latin-1")
    raise AssertionError("the page draws no image")
