"""Tickets of many participants over REST."""

import zipfile
from io import BytesIO

import pytest
from sqlalchemy import select

from hub_sync.contract.enums import ParticipantStatus
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.access import Caller, CallerKind
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.domains.check_in.conftest import (
    CallerFactory,
    EventApiClient,
    error_code,
    make_caller,
)
from tests.hub_sync.hub.domains.tickets.conftest import register
from tests.hub_sync.hub.domains.tickets.test_bulk_pages import issued

__all__ = ["make_caller"]
GROUP = {"filter[group_ref]": "Order 1"}


@pytest.fixture
def issuer(hub: HubContext, seeded: Seeded, make_caller: CallerFactory) -> EventApiClient:
    """Register three people who get a ticket, two of them in a group, and one who gets none; return a caller who may issue."""
    for number in range(3):
        group = "Order 1" if number < 2 else ""
        register(hub, seeded, f"p{number}", registration_code=f"CODE-{number}", group_ref=group)
    register(hub, seeded, "c", status=ParticipantStatus.CANCELLED)
    return make_caller("tickets:issue", "participants:read")


def replaced(hub: HubContext, seeded: Seeded) -> set[str]:
    with hub.uow.read() as work:
        people = work.session.scalars(participants.of_event(seeded.tenant_id, seeded.event_id))
        return {each.id for each in people if each.tickets_valid_from is not None}


def test_tickets_of_a_list_are_counted_downloaded_and_recorded(
    issuer: EventApiClient, hub: HubContext, seeded: Seeded
) -> None:
    assert issuer.data("GET", "/tickets") == {"with_ticket": 3, "without_ticket": 1}
    assert issuer.data("GET", "/tickets", params=GROUP) == {"with_ticket": 2, "without_ticket": 0}
    answer = issuer.call("GET", "/tickets/download", params={"format": "png-files", **GROUP})
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"].startswith('attachment; filename="tickets-')
    with zipfile.ZipFile(BytesIO(answer.content)) as archive:
        assert archive.namelist() == ["ticket-CODE-0.png", "ticket-CODE-1.png"]
    pdf = issuer.call("GET", "/tickets/download", params={"q": "CODE-2", "language": "de"})
    assert pdf.content.startswith(b"%PDF")
    counts = [(entry["format"], entry["count"]) for entry in issued(hub, seeded)]
    assert counts == [("png-files", 2), ("pdf", 1)]


def test_what_means_nothing_selects_nobody_and_rights_are_those_of_the_console(
    issuer: EventApiClient, hub: HubContext, seeded: Seeded, make_caller: CallerFactory
) -> None:
    wrong = ("filter[group]=1", "presence=insde", "limit=2", "filter[status]=NONSENSE", "zone=hall-a")
    empty = (
        "q=",
        "q=%20",
        "presence=",
        "zone=&presence=inside",
        "presence=inside&presence=absent",
        "q=a&q=b",
    )
    for filters in (*wrong, *empty):
        for method, path in (("GET", ""), ("GET", "/download"), ("POST", "/reissue")):
            body = {"json": {"expected": 3}} if method == "POST" else {}
            error_code(issuer.call(method, f"/tickets{path}?{filters}", **body), 400)
    nobody = issuer.call("GET", "/tickets/download", params={"q": "nobody"})
    assert error_code(nobody, 409) == "NobodyGetsTicket"
    for permission in ("tickets:issue", "participants:read"):
        other = make_caller(permission)
        for path in ("", "/download"):
            assert error_code(other.call("GET", f"/tickets{path}"), 403) == "PermissionMissing"
        answer = other.call("POST", "/tickets/reissue", json={"expected": 3})
        assert error_code(answer, 403) == "PermissionMissing"
    assert (replaced(hub, seeded), issued(hub, seeded)) == (set(), [])


def test_a_list_is_reissued_whole_once_or_not_at_all(
    issuer: EventApiClient, hub: HubContext, seeded: Seeded
) -> None:
    changed = issuer.call("POST", "/tickets/reissue", params=GROUP, json={"expected": 3})
    assert error_code(changed, 409) == "SelectionChanged"
    assert replaced(hub, seeded) == set()
    once = {"Idempotency-Key": "reissue-1"}
    for _ in range(2):
        answer = issuer.data("POST", "/tickets/reissue", params=GROUP, json={"expected": 2}, headers=once)
        assert answer == {"replaced": 2}
    assert replaced(hub, seeded) == {"p0", "p1"}
    with hub.uow.read() as work:
        row = work.session.scalars(
            select(participants.Participant).where(participants.Participant.id == "p0")
        )
        assert row.one().version == 2, "the repeated request replaced nothing"


def test_a_download_waits_for_no_other_and_a_refused_one_records_nothing(
    issuer: EventApiClient, hub: HubContext, seeded: Seeded
) -> None:
    key = Caller(CallerKind.KEY, issuer.key_id, seeded.tenant_id, "key", frozenset(), frozenset(), 1)
    running = [hub.export_slots.take(key) for _ in range(2)]
    refused = issuer.call("GET", "/tickets/download")
    assert error_code(refused, 429) == "ExportRunning"
    assert refused.headers["retry-after"] == "15"
    assert "Another export of yours is running" in refused.json()["detail"]
    assert issued(hub, seeded) == []
    for slot in running:
        slot.give_back()
    assert issuer.call("GET", "/tickets/download").status_code == 200
