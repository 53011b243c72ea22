"""GET /api/v1/events/{id}/participants/{id}/ticket: every format carries a code that a gate opens."""

import re
from io import BytesIO
from xml.etree import ElementTree as ET

import pytest
from PIL import Image

from hub_sync.contract.enums import ParticipantStatus
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.rules.ticket_codec import KeyRing, TicketPayload, open_ticket
from tests.hub_sync.hub.conftest import NOON, Seeded
from tests.hub_sync.hub.domains.devices.conftest import ApiKeyClient, CallerFactory, error_code
from tests.hub_sync.hub.domains.tickets.conftest import drawing_of, image_in, read_code, register


@pytest.fixture
def issuer(make_caller: CallerFactory) -> ApiKeyClient:
    return make_caller("tickets:issue")


def path_of(seeded: Seeded, pid: str, query: str = "") -> str:
    return f"/events/{seeded.event_id}/participants/{pid}/ticket{query}"


def opened(text: str, ring: KeyRing) -> TicketPayload:
    payload = open_ticket(text, ring, NOON)
    assert isinstance(payload, TicketPayload), payload
    return payload


def test_the_text_is_a_ticket(issuer: ApiKeyClient, seeded: Seeded, ada: str, ring: KeyRing) -> None:
    response = issuer("GET", path_of(seeded, ada, "?format=text"))
    assert response.headers["content-type"].startswith("text/plain")
    assert response.headers["content-disposition"] == 'attachment; filename="ticket-7K2QP-XH4MT.txt"'
    assert response.headers["cache-control"] == "private, no-store"
    assert "x-ratelimit-remaining" in response.headers
    assert opened(response.text, ring) == TicketPayload(
        "ada", seeded.tenant_id, seeded.event_id, int(NOON.timestamp())
    )


def test_the_picture_is_large_crisp_and_read(
    issuer: ApiKeyClient, seeded: Seeded, ada: str, ring: KeyRing
) -> None:
    response = issuer("GET", path_of(seeded, ada))
    assert response.headers["content-type"] == "image/png"
    image = Image.open(BytesIO(response.content))
    assert image.mode == "1"
    assert image.width == image.height >= 600
    assert opened(read_code(image), ring).pid == "ada"


def test_the_drawing_has_a_white_ground_and_is_read(
    issuer: ApiKeyClient, seeded: Seeded, ada: str, ring: KeyRing
) -> None:
    response = issuer("GET", path_of(seeded, ada, "?format=svg"))
    assert response.headers["content-type"].startswith("image/svg+xml")
    assert opened(read_code(_rasterize(response.content)), ring).pid == "ada"


def test_the_page_carries_the_code_at_a_size_that_is_read_from_paper(
    issuer: ApiKeyClient, seeded: Seeded, ada: str, ring: KeyRing
) -> None:
    response = issuer("GET", path_of(seeded, ada, "?format=pdf&language=de"))
    assert response.headers["content-type"] == "application/pdf"
    assert response.content.startswith(b"%PDF-")
    assert response.content.count(b"/Type /Page\n") == 1
    image = image_in(response.content)
    assert opened(read_code(image), ring).pid == "ada"
    width_pt = float(
        re.findall(r"([\d.]+) 0 0 [\d.]+ [\d.]+ [\d.]+ cm /I\d+ Do", drawing_of(response.content))[0]
    )
    modules = image.width // 8
    assert width_pt * 25.4 / 72 * (modules - 8) / modules >= 45


def test_each_download_is_written_down_with_who_and_as_what(
    issuer: ApiKeyClient, hub: HubContext, seeded: Seeded, ada: str
) -> None:
    for file_format in ("png", "pdf"):
        assert issuer("GET", path_of(seeded, ada, f"?format={file_format}")).status_code == 200
    with hub.uow.read() as work:
        entries = audit.entries_of(work, seeded.tenant_id, "participant", ada)
    issued = [entry for entry in entries if entry.action == "issue_ticket"]
    assert [entry.after for entry in issued] == [
        {"event_id": seeded.event_id, "format": "png"},
        {"event_id": seeded.event_id, "format": "pdf"},
    ]
    assert all(entry.actor.startswith("key:test") for entry in issued)


@pytest.mark.parametrize(
    ("status", "word"),
    [(ParticipantStatus.CANCELLED, "cancelled"), (ParticipantStatus.REJECTED, "rejected")],
)
def test_who_will_not_be_admitted_gets_no_ticket(
    issuer: ApiKeyClient, hub: HubContext, seeded: Seeded, status: ParticipantStatus, word: str
) -> None:
    pid = register(hub, seeded, "bo", status=status)
    response = issuer("GET", path_of(seeded, pid))
    assert error_code(response, 409) == "TicketNotIssued"
    assert word in response.json()["error"]["message"]
    with hub.uow.read() as work:
        entries = audit.entries_of(work, seeded.tenant_id, "participant", pid)
    assert [entry.action for entry in entries] == ["create"]


def test_who_is_gone_or_anothers_is_not_found(
    issuer: ApiKeyClient, make_caller: CallerFactory, hub: HubContext, seeded: Seeded, ada: str
) -> None:
    with hub.uow.begin() as work:
        other = tenants.create(work, hub.secret_box, slug="other", name="Other")
    assert (
        error_code(make_caller("*", tenant_id=other.id)("GET", path_of(seeded, ada)), 404) == "EventNotFound"
    )
    assert (
        error_code(make_caller("participants:read")("GET", path_of(seeded, ada)), 403) == "PermissionMissing"
    )
    with hub.uow.begin() as work:
        participants.delete(work, seeded.tenant_id, seeded.event_id, ada)
    assert error_code(issuer("GET", path_of(seeded, ada)), 404) == "ParticipantNotFound"


def test_without_a_good_key_there_is_no_ticket(
    issuer: ApiKeyClient, hub: HubContext, seeded: Seeded, ada: str
) -> None:
    with hub.uow.begin() as work:
        for key in work.session.query(tenants.QrKey):
            key.not_after = NOON
    assert error_code(issuer("GET", path_of(seeded, ada)), 409) == "TicketKeyMissing"


@pytest.mark.parametrize("query", ["?format=gif", "?language=tlh", "?format="])
def test_what_is_not_offered_is_refused_in_words(
    issuer: ApiKeyClient, seeded: Seeded, ada: str, query: str
) -> None:
    assert error_code(issuer("GET", path_of(seeded, ada, query)), 422) == "ValidationFailed"


def _rasterize(svg: bytes) -> Image.Image:
    """Render the SVG as pixels: segno writes a background and one path of horizontal strokes in units of a module."""
    root = ET.fromstring(svg)  # noqa: S314 - the hub's own
    ground, strokes = root.iter("{http://www.w3.org/2000/svg}path")
    assert ground.get("fill") == "#fff"
    scale, size = 8, int(str(root.get("width")))
    image = Image.new("L", (size, size), 255)
    x, y = 0.0, 0.0
    for command, first, second in re.findall(r"([Mmh])(-?[\d.]+)(?:[ ,]?(-?[\d.]+))?", str(strokes.get("d"))):
        if command == "h":
            box = (int(x) * scale, int(y) * scale, int(x + float(first)) * scale, int(y + 1) * scale)
            image.paste(0, box)
            x += float(first)
        elif command == "M":
            x, y = float(first), float(second)
        else:
            x, y = x + float(first), y + float(second)
    return image
