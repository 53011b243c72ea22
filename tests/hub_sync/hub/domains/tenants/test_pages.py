"""The page of the organisation's tickets: version and keys, changed only after what follows was said."""

import re

import pytest
from fastapi import FastAPI
from sqlalchemy import select

from hub_sync.contract.enums import QrFormat
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.domains.tenants.tables import QrKey
from hub_sync.hub.domains.tenants.ticket_key_states import TicketKeyState, describe_keys
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.permissions import Role
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.console.browser_client import Browser, signed_in_as

HERE = "/settings/tickets"


@pytest.fixture
def admin(app: FastAPI, seeded: Seeded) -> Browser:
    """Return the browser of an administrator."""
    return signed_in_as(app, seeded.tenant_id)


def states(hub: HubContext, seeded: Seeded) -> list[tuple[str, TicketKeyState]]:
    with hub.uow.read() as work:
        return [(key.algorithm, key.state) for key in describe_keys(work, seeded.tenant_id)]


def version_of(hub: HubContext, seeded: Seeded) -> QrFormat:
    with hub.uow.read() as work:
        return tenants.get(work, seeded.tenant_id).qr_format


def test_the_version_is_changed_and_old_tickets_stay_good(
    admin: Browser, hub: HubContext, seeded: Seeded
) -> None:
    assert "1, sealed" in admin.read(HERE)
    answer = admin.send(f"{HERE}/version", f"{HERE}/version", {"qr_format": "v2", "old": "stay"})
    assert answer.headers["location"].endswith(HERE)
    assert version_of(hub, seeded) is QrFormat.V2
    assert states(hub, seeded) == [
        ("Ed25519", TicketKeyState.ISSUES),
        ("AES-256-GCM", TicketKeyState.OPENS),
    ]
    text = admin.read(HERE)
    assert "2, signed" in text
    assert "Used for new tickets" in text


@pytest.mark.parametrize(
    ("path", "form"), [("version", {"qr_format": "v2", "old": "end"}), ("new-key", {"old": "end"})]
)
def test_tickets_are_ended_only_after_a_question(
    admin: Browser, hub: HubContext, seeded: Seeded, path: str, form: dict[str, str]
) -> None:
    question = admin.post(f"{HERE}/{path}", form)
    assert question.status_code == 409
    assert "Whoever is inside stays inside." in question.text
    assert states(hub, seeded) == [("AES-256-GCM", TicketKeyState.ISSUES)]
    done = admin.post(f"{HERE}/{path}", {**form, "confirmed": "old"})
    assert done.status_code == 303
    assert [state for _, state in states(hub, seeded)] == [TicketKeyState.ISSUES, TicketKeyState.ENDED]


def test_a_key_is_taken_out_of_use_unless_new_tickets_need_it(
    admin: Browser, hub: HubContext, seeded: Seeded
) -> None:
    admin.send(f"{HERE}/new-key", f"{HERE}/new-key", {"old": "stay"})
    with hub.uow.read() as work:
        newest, oldest = (key.id for key in describe_keys(work, seeded.tenant_id))
    (link,) = re.findall(r'href="([^"]*/retire)"', admin.read(HERE))
    assert link == f"{HERE}/keys/{oldest}/retire", "none beside the key of new tickets"
    refused = admin.post(f"{HERE}/keys/{newest}/retire", {})
    assert refused.status_code == 409
    assert "Create a new key first" in refused.text
    assert admin.send(link, link, {}).status_code == 303
    assert [state for _, state in states(hub, seeded)] == [TicketKeyState.ISSUES, TicketKeyState.ENDED]
    assert admin.get(f"{HERE}/keys/nobody/retire").status_code == 404


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.VIEWER])
def test_who_may_not_manage_the_organisation_changes_nothing(
    app: FastAPI, hub: HubContext, seeded: Seeded, role: Role
) -> None:
    browser = signed_in_as(app, seeded.tenant_id, role)
    assert browser.get(HERE).status_code == 403
    assert browser.post(f"{HERE}/new-key", {"old": "end", "confirmed": "old"}).status_code == 403
    with hub.uow.read() as work:
        assert len(work.session.scalars(select(QrKey)).all()) == 1


def test_what_nobody_can_choose_is_refused_beside_its_field(admin: Browser) -> None:
    answer = admin.post(f"{HERE}/version", {"qr_format": "v9", "old": "perhaps"})
    assert answer.status_code == 422
    assert 'id="qr_format-error"' in answer.text
