"""The tenant and its ticket keys over REST: /api/v1/tenant."""

from sqlalchemy import select

from hub_sync.hub.domains.audit.tables import AuditLog
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.domains.tenants.manifest import TENANT_UPDATED
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.rules.tickets.ticket_codec import TicketPayload, seal_ticket
from hub_sync.rules.tickets.ticket_keys import TicketKey
from tests.hub_sync.hub.conftest import NOON, Seeded
from tests.hub_sync.hub.domains.devices.conftest import CallerFactory, error_code


def test_a_tenant_is_shown_to_its_own(make_caller: CallerFactory, seeded: Seeded) -> None:
    tenant = make_caller("tenant:read").data("GET", "/tenant")
    assert (tenant["id"], tenant["slug"], tenant["name"]) == (seeded.tenant_id, "acme", "Acme")
    assert error_code(make_caller("events:*")("GET", "/tenant"), 403) == "PermissionMissing"


def test_keys_are_listed_without_their_material(
    hub: HubContext, make_caller: CallerFactory, seeded: Seeded
) -> None:
    answer = make_caller("tenant:read")("GET", "/tenant/ticket-keys")
    (listed_key,) = answer.json()["data"]
    assert set(listed_key) == {
        "id",
        "kid",
        "algorithm",
        "source",
        "not_before",
        "not_after",
        "replaced_by",
        "created_at",
    }
    with hub.uow.read() as work:
        (key,) = tenants.ticket_keys(work, hub.secret_box, seeded.tenant_id)
    assert listed_key["kid"] == key.kid
    assert isinstance(key, TicketKey)
    assert key.material.hex() not in answer.text
    assert "sealed" not in answer.text


def test_a_rotation_seals_with_a_fresh_key_and_keeps_old_tickets_good_until_it_is_said(
    hub: HubContext, make_caller: CallerFactory, seeded: Seeded
) -> None:
    manager = make_caller("tenant:*")
    with hub.uow.read() as work:
        old = tenants.key_ring(work, hub.secret_box, seeded.tenant_id).sealing_key(NOON)
    ticket = seal_ticket(TicketPayload("p", seeded.tenant_id, seeded.event_id, 1), old)
    fresh = manager.data(
        "POST", "/tenant/ticket-keys/rotate", json={"old_until": "2026-06-10T18:00:00+02:00"}
    )
    assert fresh["source"] == "generated"
    with hub.uow.read() as work:
        ring = tenants.key_ring(work, hub.secret_box, seeded.tenant_id)
    assert ring.sealing_key(NOON).kid == fresh["kid"] != old.kid
    assert len(ring) == 2
    assert ticket
    ends = {key_row["kid"]: key_row["not_after"] for key_row in manager.data("GET", "/tenant/ticket-keys")}
    assert ends == {old.kid: "2026-06-10T16:00:00Z", fresh["kid"]: None}
    assert (
        error_code(make_caller("tenant:read")("POST", "/tenant/ticket-keys/rotate", json={}), 403)
        == "PermissionMissing"
    )
    assert error_code(manager("POST", "/tenant/ticket-keys/rotate", json={"old_until": "soon"}), 422)


def test_version_2_is_chosen_with_a_key_of_its_own_and_version_1_ends_when_it_is_said(
    hub: HubContext, make_caller: CallerFactory, seeded: Seeded
) -> None:
    manager = make_caller("tenant:*")
    assert manager.data("GET", "/tenant")["qr_format"] == "v1"
    assert manager.data("PUT", "/tenant/ticket-format", json={"qr_format": "v2"})["qr_format"] == "v2"
    manager("PUT", "/tenant/ticket-format", json={"qr_format": "v2"})  # a second time adds no key
    keys = {row["algorithm"]: row for row in manager.data("GET", "/tenant/ticket-keys")}
    assert {name: row["not_after"] for name, row in keys.items()} == {"AES-256-GCM": None, "Ed25519": None}
    assert len(manager.data("GET", "/tenant/ticket-keys")) == 2
    manager("PUT", "/tenant/ticket-format", json={"qr_format": "v2", "old_until": "2026-06-10T10:00:00Z"})
    ends = {row["algorithm"]: row["not_after"] for row in manager.data("GET", "/tenant/ticket-keys")}
    assert ends == {"AES-256-GCM": "2026-06-10T10:00:00Z", "Ed25519": None}
    rotated = manager.data("POST", "/tenant/ticket-keys/rotate", json={})
    assert rotated["algorithm"] == "Ed25519"
    with hub.uow.read() as work:
        ring = tenants.key_ring(work, hub.secret_box, seeded.tenant_id)
        assert ring.signing_key(NOON).kid == rotated["kid"]
        changes = select(AuditLog.after).where(
            AuditLog.entity == TENANT_UPDATED.entity.name, AuditLog.action == TENANT_UPDATED.name
        )
        assert [after["qr_format"] for after in work.session.scalars(changes)] == ["v2"]


def test_a_way_back_to_version_1_gets_a_new_key_where_the_old_one_has_ended(
    make_caller: CallerFactory,
) -> None:
    manager = make_caller("tenant:*")
    past = "2026-06-10T09:00:00Z"
    manager("PUT", "/tenant/ticket-format", json={"qr_format": "v2", "old_until": past})
    manager("PUT", "/tenant/ticket-format", json={"qr_format": "v1"})
    sealing = [row for row in manager.data("GET", "/tenant/ticket-keys") if row["algorithm"] == "AES-256-GCM"]
    assert [row["not_after"] for row in sealing] == [None, past]


def test_the_version_is_one_of_two_and_for_managers(make_caller: CallerFactory) -> None:
    assert error_code(make_caller("tenant:*")("PUT", "/tenant/ticket-format", json={"qr_format": "v3"}), 422)
    answer = make_caller("tenant:read")("PUT", "/tenant/ticket-format", json={"qr_format": "v2"})
    assert error_code(answer, 403) == "PermissionMissing"
