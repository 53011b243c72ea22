"""The page of one person."""

import re

import pytest
from fastapi import FastAPI

from hub_sync.contract.enums import ParticipantStatus, ScanResult
from hub_sync.hub.domains.accounts import service as accounts
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.kit.security.client_address import SESSION_COOKIE
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.console.browser_client import HERE, Browser, signed_in_as
from tests.hub_sync.hub.console.conftest import Fair


@pytest.fixture
def admin(app: FastAPI, seeded: Seeded) -> Browser:
    return signed_in_as(app, seeded.tenant_id, name="Ada")


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (ParticipantStatus.CANCELLED, "This registration was cancelled, so there is no ticket for it."),
        (ParticipantStatus.REJECTED, "This registration was rejected, so there is no ticket for it."),
    ],
)
def test_who_gets_no_ticket_is_offered_none_and_the_page_says_why(
    admin: Browser, fair: Fair, status: ParticipantStatus, sentence: str
) -> None:
    id_ = fair.register("Grace", status)
    path = f"/events/{fair.seeded.event_id}/participants/{id_}"
    html = admin.read(path)
    assert sentence in html
    assert f"{path}/ticket" not in html
    answer = admin.get(f"{path}/ticket.png")
    assert answer.status_code == 409
    assert sentence in answer.text


def test_a_ticket_is_a_link_that_shows_the_page_of_an_error(admin: Browser, fair: Fair) -> None:
    """With the attribute `download`, a browser saves the error page as a file and says nothing."""
    id_ = fair.register("Grace")
    path = f"/events/{fair.seeded.event_id}/participants/{id_}"
    links = re.findall(r'<a [^>]*href="[^"]*/ticket\.(?:pdf|png|svg)"[^>]*>', admin.read(path))
    assert len(links) == 3
    assert not [link for link in links if "download" in link]
    for kind in ("pdf", "png", "svg"):
        disposition = admin.get(f"{path}/ticket.{kind}").headers["content-disposition"]
        assert disposition.startswith("attachment"), disposition


def test_a_name_of_another_script_is_isolated(admin: Browser, fair: Fair) -> None:
    id_ = fair.register("\u0644\u064a\u0644\u0649", last_name="(VIP) 7")
    with fair.hub.uow.read() as work:
        person = participants.get(work, fair.seeded.tenant_id, fair.seeded.event_id, id_)
        name = participants.display_name(person)
    html = admin.read(f"/events/{fair.seeded.event_id}/participants/{id_}")
    assert f"<h1><bdi>{name}</bdi></h1>" in html
    edit = admin.read(f"/events/{fair.seeded.event_id}/participants/{id_}/edit")
    assert f"<title>Edit \u2068{name}\u2069 \u00b7 Doorward</title>" in edit


def test_history_and_overrides_name_people_by_their_names(admin: Browser, fair: Fair) -> None:
    id_ = fair.register("Grace", ParticipantStatus.PENDING)
    path = f"/events/{fair.seeded.event_id}/participants/{id_}"
    scan = {
        "checkpoint_id": fair.seeded.gate_id,
        "participant_id": id_,
        "override": {"reason": "On the list of the mayor"},
    }
    token = accounts.csrf_token(admin.client.cookies[SESSION_COOKIE])
    answer = admin.client.post(
        f"/api/v1/events/{fair.seeded.event_id}/scans", json=scan, headers=HERE | {"X-CSRF-Token": token}
    )
    assert answer.json()["data"]["result"] == ScanResult.MANUAL_OVERRIDE
    admin.send(path, f"{path}/status", {"status": "APPROVED"})
    html = admin.read(path)
    assert "On the list of the mayor</bdi> · <bdi>Ada</bdi>" in html
    assert "<strong>Status changed</strong> · <bdi>Ada</bdi>" in html
    assert ".example" not in html.partition('id="scans-title"')[2]
