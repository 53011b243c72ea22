"""Joined documents: every page of each, every reference resolved, the table of objects right to the byte."""

import re
from datetime import UTC, datetime

import pytest

from hub_sync.hub.console.i18n.translation import Speech, read_catalogue
from hub_sync.hub.domains.tickets.pdf_stream import join_documents
from hub_sync.hub.domains.tickets.pdf_ticket import render_tickets
from hub_sync.hub.domains.tickets.ticket_details import TicketDetails

NOON = datetime(2026, 6, 10, 10, tzinfo=UTC)
ENGLISH = Speech("en", read_catalogue("en"))


def details(number: int, name: str = "Ada Lovelace") -> TicketDetails:
    return TicketDetails(
        text=f"TICKET{number}",
        organiser="Acme",
        event="Gala 5 0 R",
        starts_at=NOON,
        ends_at=NOON,
        time_zone="Europe/Berlin",
        name=name,
        registration_code=f"CODE-{number}",
        category="",
        entrances=(),
    )


def objects_of(document: bytes) -> dict[int, bytes]:
    """Return the objects by number, each from where the table says that it begins."""
    start = int(document.rsplit(b"startxref\n", 1)[1].split()[0])
    assert document[start : start + 4] == b"xref"
    lines = document[start:].split(b"\n")
    size = int(lines[1].split()[1])
    entries = lines[2 : 2 + size]
    bodies = {}
    for number, entry in enumerate(entries):
        assert len(entry) == 19, "an entry has 20 bytes with its line end"
        if entry.endswith(b"n "):
            place = int(entry[:10])
            assert document[place:].startswith(b"%d 0 obj\n" % number)
            bodies[number] = document[place:].split(b"endobj", 1)[0]
    return bodies


def test_joined_documents_have_all_pages_and_every_reference_is_right() -> None:
    parts = [
        render_tickets([details(1), details(2, "さくら 小鳥遊")], ENGLISH, NOON),
        render_tickets([details(3)], ENGLISH, NOON),
        render_tickets([details(4, "محمد العربي"), details(5), details(6)], ENGLISH, NOON),
    ]
    objects = objects_of(b"".join(join_documents(iter(parts))))
    pages = [number for number, body in objects.items() if re.search(rb"/Type /Page\b", body)]
    assert len(pages) == 6
    (kids,) = re.findall(rb"/Kids \[([^\]]*)\]", objects[1])
    assert [int(number) for number in re.findall(rb"(\d+) 0 R", kids)] == pages, "in order"
    assert b"/Count 6" in objects[1]
    assert b"/MediaBox" in objects[1]
    for number, body in objects.items():
        plain = body.split(b"\nstream\n")[0]
        for reference in re.findall(rb"\b(\d+) 0 R\b", plain):
            assert int(reference) in objects, f"object {number} names {reference!r}"
    assert not any(b"StructElem" in body or b"/Title" in body for body in objects.values())


def test_something_else_than_a_document_is_refused() -> None:
    with pytest.raises(ValueError, match="no table of objects"):
        list(join_documents(iter([b"hello"])))
