"""Checkpoints, feature flags and accounts: validation, audit entries and domain events."""

import subprocess
import sys

import pytest
from pydantic import ValidationError
from sqlalchemy import text

from hub_sync.hub.domains import registry
from hub_sync.hub.domains.accounts import service as accounts
from hub_sync.hub.domains.accounts.errors import EmailTaken, PasswordTooWeak
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.check_in.errors import (
    CheckpointChanged,
    CheckpointExists,
    CheckpointNotFound,
    OpeningHoursIncomplete,
)
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.waitlist.manifest import FF_WAITLIST
from hub_sync.hub.domains.webhooks.manifest import FF_WEBHOOKS
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.feature_flag import FF_REST_API
from hub_sync.hub.kit.security.permissions import Role
from tests.hub_sync.hub.conftest import Seeded


def stored_types(hub: HubContext, entity_id: str) -> list[str]:
    with hub.uow.read() as work:
        query = text("SELECT type FROM domain_events WHERE entity_id = :id ORDER BY id")
        return list(work.session.execute(query, {"id": entity_id}).scalars())


# --- checkpoints --------------------------------------------------------------------------------


def test_a_checkpoint_is_made_changed_switched_and_deleted_with_its_audit(
    hub: HubContext, seeded: Seeded
) -> None:
    key = (seeded.tenant_id, seeded.event_id)
    with hub.uow.begin(actor="user:ada") as work:
        point = check_in.create_checkpoint(
            work, *key, check_in.NewCheckpoint(name="VIP", allowed_categories=("vip",), zone="")
        )
        assert point.zone is None
        check_in.update_checkpoint(
            work,
            *key,
            point.id,
            check_in.CheckpointChanges(opens_at="08:00", closes_at="02:00"),
            if_version=1,
        )
        check_in.toggle_checkpoint(work, *key, point.id, active=False)
        check_in.toggle_checkpoint(work, *key, point.id, active=False)
        with pytest.raises(CheckpointChanged):
            check_in.update_checkpoint(work, *key, point.id, check_in.CheckpointChanges(), if_version=1)
        check_in.delete_checkpoint(work, *key, point.id)
        with pytest.raises(CheckpointNotFound):
            check_in.get_checkpoint(work, *key, point.id)
        again = check_in.create_checkpoint(work, *key, check_in.NewCheckpoint(name="VIP"))
        assert again.id != point.id
        entries = audit.entries_of(work, seeded.tenant_id, "checkpoint", point.id)
    assert [(entry.actor, entry.action) for entry in entries] == [
        ("user:ada", act) for act in ("create", "update", "toggle", "delete")
    ]
    assert entries[2].after == {"active": False, "version": 3}
    assert stored_types(hub, point.id) == [
        "CheckpointCreated",
        "CheckpointUpdated",
        "CheckpointClosed",
        "CheckpointDeleted",
    ]


def test_checkpoints_refuse_what_makes_no_sense(hub: HubContext, seeded: Seeded) -> None:
    key = (seeded.tenant_id, seeded.event_id)
    for bad in ({"opens_at": "08:00"}, {"opens_at": "25:00", "closes_at": "26:00"}, {"roster_max_age_s": 1}):
        with pytest.raises(ValidationError):
            check_in.NewCheckpoint.model_validate({"name": "A"} | bad)
    with hub.uow.begin() as work:
        with pytest.raises(CheckpointExists):
            check_in.create_checkpoint(work, *key, check_in.NewCheckpoint(name="Main gate"))
        other = check_in.create_checkpoint(work, *key, check_in.NewCheckpoint(name="Other"))
        with pytest.raises(CheckpointExists):
            check_in.update_checkpoint(work, *key, other.id, check_in.CheckpointChanges(name="Main gate"))
        with pytest.raises(OpeningHoursIncomplete):
            check_in.update_checkpoint(work, *key, other.id, check_in.CheckpointChanges(opens_at="08:00"))


def test_a_zones_capacity_is_set_once_and_changed_after(hub: HubContext, seeded: Seeded) -> None:
    key = (seeded.tenant_id, seeded.event_id)
    with hub.uow.begin() as work:
        check_in.set_capacity(work, *key, "hall-a", 100)
        check_in.set_capacity(work, *key, "hall-a", 200)
        check_in.set_capacity(work, *key, None, 500)
        check_in.set_capacity(work, *key, "", 600)
        rows = work.session.execute(
            text("SELECT zone, capacity FROM venue_occupancies ORDER BY capacity")
        ).all()
    assert [tuple(row) for row in rows] == [("hall-a", 200), (None, 600)]


# --- flags and accounts -------------------------------------------------------------------------


def test_flags_are_off_until_a_tenant_switches_them_on(hub: HubContext, seeded: Seeded) -> None:
    with hub.uow.begin() as work:
        stands = feature_flags.states(work, seeded.tenant_id)
        assert [flag for flag, on in stands.items() if on] == [FF_REST_API]
        feature_flags.switch(work, seeded.tenant_id, FF_WEBHOOKS, enabled=True)
        feature_flags.switch(work, seeded.tenant_id, FF_WEBHOOKS, enabled=True)
    with hub.uow.read() as work:
        assert feature_flags.is_on(work, seeded.tenant_id, FF_WEBHOOKS)
        assert not feature_flags.is_on(work, "another", FF_WEBHOOKS)
        assert not feature_flags.is_on(work, seeded.tenant_id, FF_WAITLIST)


def test_an_account_keeps_an_argon2id_hash_and_nothing_of_the_password(
    hub: HubContext, seeded: Seeded
) -> None:
    with hub.uow.begin() as work:
        user = accounts.create_user(work, seeded.tenant_id, " Ada@Example.org ", "correct horse battery")
        with pytest.raises(EmailTaken):
            accounts.create_user(work, seeded.tenant_id, "ada@example.org", "correct horse battery")
        entry = audit.entries_of(work, seeded.tenant_id, "user", user.id)[0]
        assert accounts.permissions_of(work, seeded.tenant_id, Role.OPERATOR) == {
            str(permission) for permission in registry().role_permissions[Role.OPERATOR]
        }
    assert (user.email, user.role) == ("ada@example.org", "ADMIN")
    assert user.password_hash.startswith("$argon2id$")
    assert accounts.password_matches(user, "correct horse battery")
    assert not accounts.password_matches(user, "correct horse batterY")
    assert "hash" not in str(entry.after)


@pytest.mark.parametrize("password", ["", "elevenchars", "aaaaaaaaaaaaaaaa", "ada@example.org", "x" * 2000])
def test_weak_passwords_are_refused_with_the_rule(password: str) -> None:
    with pytest.raises(PasswordTooWeak, match="A password"):
        accounts.check_password_rules(password, "ada@example.org")


@pytest.mark.parametrize("domain", ["devices", pytest.param("check_in", marks=pytest.mark.thorough)])
def test_the_tables_of_a_domain_can_be_used_without_importing_any_other(domain: str) -> None:
    program = (
        f"import hub_sync.hub.domains.{domain}.tables\n"
        "from sqlalchemy.orm import configure_mappers\n"
        "configure_mappers()\n"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr[-500:]
