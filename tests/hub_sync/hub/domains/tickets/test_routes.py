"""GET /api/v1/events/{id}/participants/{id}/ticket: every format carries a code that a gate opens."""

import re
from datetime import datetime, timedelta
from io import BytesIO
from xml.etree import ElementTree as ET

import pytest
from httpx2 import Response
from PIL import Image

from hub_sync.contract.enums import ParticipantStatus
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.rules.tickets.ticket_codec import TicketPayload, open_ticket
from hub_sync.rules.tickets.ticket_keys import KeyRing
from tests.hub_sync.hub.conftest import NOON, Seeded
from tests.hub_sync.hub.domains.devices.conftest import ApiKeyClient, CallerFactory, error_code
from tests.hub_sync.hub.domains.tickets.conftest import drawing_of, image_in, read_code, register


@pytest.fixture
def issuer(make_caller: CallerFactory) -> ApiKeyClient:
    return make_caller("tickets:issue", "participants:read")


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


def test_a_page_with_a_name_is_only_for_who_may_read_it(
    make_caller: CallerFactory, hub: HubContext, seeded: Seeded, ada: str
) -> None:
    printer = make_caller("tickets:issue")
    assert error_code(printer("GET", path_of(seeded, ada, "?format=pdf")), 403) == "PermissionMissing"
    with hub.uow.read() as work:
        entries = audit.entries_of(work, seeded.tenant_id, "participant", ada)
    assert "issue_ticket" not in {entry.action for entry in entries}
    assert printer("GET", path_of(seeded, ada, "?format=png")).status_code == 200


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


def reissue(issuer: ApiKeyClient, seeded: Seeded, pid: str, **more: object) -> Response:
    return issuer("POST", path_of(seeded, pid, "/reissue"), **more)


def test_a_reissue_replaces_every_ticket_and_the_next_one_is_valid_in_the_same_second(
    hub: HubContext, issuer: ApiKeyClient, seeded: Seeded, ada: str, ring: KeyRing
) -> None:
    key = FeedKey(seeded.tenant_id, seeded.event_id)
    old = opened(issuer("GET", path_of(seeded, ada, "?format=text")).text, ring)
    for count in (1, 2):
        response = reissue(issuer, seeded, ada)
        assert response.status_code == 200, response.text
        valid_from = datetime.fromisoformat(response.json()["data"]["tickets_valid_from"])
        assert valid_from == NOON + timedelta(seconds=count)
        new = opened(issuer("GET", path_of(seeded, ada, "?format=text")).text, ring)
        with hub.uow.read() as work:
            person = participants.find_persons(work.session, key, [ada])[ada].person
        assert old.iat < person.tickets_valid_from <= new.iat
        old = new


def test_a_reissue_reaches_the_gates_and_the_audit_log(
    hub: HubContext, issuer: ApiKeyClient, seeded: Seeded, ada: str
) -> None:
    key = FeedKey(seeded.tenant_id, seeded.event_id)
    with hub.uow.read() as work:
        before = participants.get(work, *key, ada).feed_seq
    reissue(issuer, seeded, ada)
    with hub.uow.read() as work:
        ((_, row),) = participants.sync_rows.changes(work.session, key, before, 10**9, 10)
        entry = audit.entries_of(work, seeded.tenant_id, "participant", ada)[-1]
    assert row[8] == int(NOON.timestamp()) + 1
    assert (entry.action, entry.after) == (
        "replace_tickets",
        {"tickets_valid_from": "2026-06-10T10:00:01+00:00", "version": 2},
    )


def test_a_reissue_is_refused_where_there_is_no_ticket(
    hub: HubContext, issuer: ApiKeyClient, make_caller: CallerFactory, seeded: Seeded, ada: str
) -> None:
    assert error_code(reissue(issuer, seeded, "nobody"), 404) == "ParticipantNotFound"
    stale = reissue(issuer, seeded, ada, headers={"If-Match": '"7"'})
    assert error_code(stale, 412) == "ParticipantChanged"
    reader = make_caller("participants:*")
    assert reissue(reader, seeded, ada).status_code == 403
    register(hub, seeded, "gone", status=ParticipantStatus.CANCELLED)
    assert error_code(reissue(issuer, seeded, "gone"), 409) == "TicketNotIssued"


def test_a_merged_persons_replaced_ticket_stays_replaced(
    hub: HubContext, issuer: ApiKeyClient, seeded: Seeded, ada: str
) -> None:
    key = FeedKey(seeded.tenant_id, seeded.event_id)
    register(hub, seeded, "twin")
    reissue(issuer, seeded, "twin")
    with hub.uow.begin() as work:
        participants.get(work, *key, "twin").standing = f"merged:{ada}"
    with hub.uow.read() as work:
        persons = participants.find_persons(work.session, key, ["twin", ada])
    assert persons["twin"].person.id == ada
    valid_from = [persons[id_].person.tickets_valid_from for id_ in ("twin", ada)]
    assert valid_from == [int(NOON.timestamp()) + 1, 0]


def test_a_signed_ticket_has_the_category_and_a_validity_of_its_own(
    hub: HubContext, make_caller: CallerFactory, issuer: ApiKeyClient, seeded: Seeded
) -> None:
    register(hub, seeded, "bo", category="VIP")
    validity = "&not_before=2026-06-10T08:00:00Z&not_after=2026-06-11T04:00:00%2B02:00"
    refused = issuer("GET", path_of(seeded, "bo", f"?format=text{validity}"))
    assert error_code(refused, 409) == "TicketValidityUnsupported"
    make_caller("tenant:*")("PUT", "/tenant/ticket-format", json={"qr_format": "v2"})
    with hub.uow.read() as work:
        ring = tenants.key_ring(work, hub.secret_box, seeded.tenant_id)
    text = issuer("GET", path_of(seeded, "bo", f"?format=text{validity}")).text
    assert opened(text, ring) == TicketPayload(
        "bo", seeded.tenant_id, seeded.event_id, int(NOON.timestamp()), 2, "VIP", 1781078400, 1781143200
    )
    image = Image.open(BytesIO(issuer("GET", path_of(seeded, "bo")).content))
    assert opened(read_code(image), ring).not_after is None
    never = "&not_before=2026-06-11T08:00:00Z&not_after=2026-06-11T08:00:00Z"
    assert error_code(issuer("GET", path_of(seeded, "bo", f"?format=text{never}")), 422) == "TicketNeverValid"
    assert error_code(issuer("GET", path_of(seeded, "bo", "?format=text&not_before=soon")), 422)
