"""The hub's secret, the sealing of keys, and the tenant's key ring."""

import stat
import threading
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import text

from hub_sync.contract.clock import ManualClock
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.domains.tenants.errors import QrKeyExists, TenantExists, TenantNotFound
from hub_sync.hub.domains.tenants.ticket_key_storage import first_key
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.encryption import SecretBox, SecretUnusable, load_or_create_secret
from hub_sync.rules.tickets.ticket_codec import TicketPayload, TicketRejection, open_ticket, seal_ticket
from hub_sync.rules.tickets.ticket_keys import TicketKey
from tests.hub_sync.hub.conftest import Seeded

HEX = "19abe5ed0dbf69466f9899e48d35d7a03685aa0023f8c8ccb8cd186ca8bf98e3"


def test_a_secret_is_made_once_for_its_user_only(tmp_path: Path) -> None:
    file = tmp_path / "hub-secret"
    secret = load_or_create_secret("", file)
    assert len(secret) == 32
    assert load_or_create_secret("", file) == secret
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_two_that_start_at_once_end_with_one_secret(tmp_path: Path) -> None:
    loaded_secrets: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: loaded_secrets.append(load_or_create_secret("", tmp_path / "s")))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(loaded_secrets) == 8
    assert len(set(loaded_secrets)) == 1


def test_the_environments_secret_goes_before_the_file(tmp_path: Path) -> None:
    assert load_or_create_secret(HEX, tmp_path / "s") == bytes.fromhex(HEX)
    assert not (tmp_path / "s").exists()
    with pytest.raises(SecretUnusable, match="64 hex digits"):
        load_or_create_secret("short", tmp_path / "s")


def test_a_secret_file_that_is_damaged_is_told_of_and_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "s").write_text("half")
    with pytest.raises(SecretUnusable):
        load_or_create_secret("", tmp_path / "s")
    assert (tmp_path / "s").read_text() == "half"


def test_sealing_is_bound_to_secret_label_and_content() -> None:
    seal = SecretBox(bytes(32))
    sealed = seal.encrypt(b"key", "tenant-a")
    assert seal.decrypt(sealed, "tenant-a") == b"key"
    assert sealed != seal.encrypt(b"key", "tenant-a")
    for other, label, content in (
        (seal, "tenant-b", sealed),
        (SecretBox(b"1" * 32), "tenant-a", sealed),
        (seal, "tenant-a", sealed[:-1] + bytes([sealed[-1] ^ 1])),
        (seal, "tenant-a", b""),
    ):
        with pytest.raises(SecretUnusable):
            other.decrypt(content, label)


def test_a_derived_key_is_that_of_one_secret_and_one_purpose() -> None:
    boxes = [SecretBox(bytes([number]) * 32) for number in (1, 2)]
    keys = [box.derive_key(label) for box in boxes for label in ("cursors", "messages")]
    assert len(set(keys)) == 4
    assert keys == [box.derive_key(label) for box in boxes for label in ("cursors", "messages")]


def test_the_first_key_is_the_environments_else_derived_else_random() -> None:
    key, source = first_key(HEX, "session")
    assert (key.material.hex(), source) == (HEX, "environment")
    key, source = first_key("", "session")
    assert (key.material, source) == (sha256(b"session").digest(), "derived")
    (first, source), (second, _) = first_key("", ""), first_key("", "")
    assert source == "generated"
    assert first.material != second.material
    with pytest.raises(ValueError, match="64 hex"):
        first_key("nonsense", "session")


def test_keys_stand_sealed_in_the_database_and_open_tickets(
    hub: HubContext, seeded: Seeded, clock: ManualClock
) -> None:
    with hub.uow.read() as work:
        (key,) = tenants.ticket_keys(work, hub.secret_box, seeded.tenant_id)
        ring = tenants.key_ring(work, hub.secret_box, seeded.tenant_id)
        rows = work.session.execute(text("SELECT * FROM qr_keys")).all()
        log = work.session.execute(text("SELECT * FROM audit_logs")).all()
    assert isinstance(key, TicketKey)
    assert key.material.hex() not in str(rows) + str(log)
    assert not any(key.material in bytes(value) for row in rows for value in row if isinstance(value, bytes))
    payload = TicketPayload("p", seeded.tenant_id, seeded.event_id, 1)
    assert open_ticket(seal_ticket(payload, ring.sealing_key(clock.now())), ring, clock.now()) == payload


def test_after_a_rotation_the_new_key_seals_and_the_old_opens_until_its_end(
    hub: HubContext, seeded: Seeded, clock: ManualClock
) -> None:
    with hub.uow.read() as work:
        old = tenants.key_ring(work, hub.secret_box, seeded.tenant_id).sealing_key(clock.now())
    ticket = seal_ticket(TicketPayload("p", "t", "e", 1), old)
    with hub.uow.begin() as work:
        tenants.rotate_key(work, hub.secret_box, seeded.tenant_id, old_until=clock.now() + timedelta(hours=1))
    with hub.uow.read() as work:
        ring = tenants.key_ring(work, hub.secret_box, seeded.tenant_id)
    assert len(ring) == 2
    assert ring.sealing_key(clock.now()).kid != old.kid
    assert isinstance(open_ticket(ticket, ring, clock.now()), TicketPayload)
    assert isinstance(open_ticket(ticket, ring, clock.now() + timedelta(hours=2)), TicketRejection)


def test_a_new_key_moves_the_feed_of_every_event(hub: HubContext, seeded: Seeded) -> None:
    def head() -> int:
        with hub.uow.read() as work:
            return int(work.session.execute(text("SELECT head FROM event_feeds")).scalar_one())

    before = head()
    with hub.uow.begin() as work:
        tenants.rotate_key(work, hub.secret_box, seeded.tenant_id)
    assert head() == before + 1


def test_kid_and_slug_are_taken_once(hub: HubContext, seeded: Seeded) -> None:
    key = TicketKey("twice", bytes(32))
    with hub.uow.begin() as work:
        tenants.add_key(work, hub.secret_box, seeded.tenant_id, key, "generated")
        with pytest.raises(QrKeyExists):
            tenants.add_key(work, hub.secret_box, seeded.tenant_id, key, "generated")
        with pytest.raises(TenantExists):
            tenants.create(work, hub.secret_box, slug="acme", name="Again")
        with pytest.raises(TenantNotFound):
            tenants.by_slug(work, "nobody")
        with pytest.raises(TenantNotFound):
            tenants.get(work, "nobody")


def test_another_hubs_secret_opens_no_key(hub: HubContext, seeded: Seeded) -> None:
    with hub.uow.read() as work, pytest.raises(SecretUnusable, match="does not open with this hub's secret"):
        tenants.ticket_keys(work, SecretBox(bytes(32)), seeded.tenant_id)
