"""The findings of `doctor` about disk, clock, Redis, addresses, administrators, keys and a hub that serves."""

import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from hub_sync.contract.clock import SystemClock
from hub_sync.hub import health
from hub_sync.hub.commands.common import open_hub, select_tenant
from hub_sync.hub.commands.serving.folder_lock import FolderInUse, find_holder, hold
from hub_sync.hub.domains.accounts import service as accounts
from hub_sync.hub.domains.api_keys import service as api_keys
from hub_sync.hub.kit.security.credential_bounds import UNBOUNDED
from hub_sync.hub.kit.security.permissions import Role
from tests.support import services
from tests.support.served_hub import command, refused, run


def findings(*where: object, code: int = 0, **environment: str) -> dict[str, tuple[str, str]]:
    """Return the worst finding of each check: status and message by the check's name."""
    done = command("doctor", *where, "--json", **environment)
    assert done.code == code, done.out + done.err
    answer: dict[str, Any] = json.loads(done.out)
    return {finding["check"]: (finding["status"], finding["message"]) for finding in answer["findings"]}


def test_an_invited_administrator_without_a_password_is_no_administrator(
    database_url: str, tmp_path: Path
) -> None:
    where = ("--data", tmp_path, "--database-url", database_url)
    run("tenant", "create", *where, "--slug", "acme", "--name", "Acme")
    with open_hub(tmp_path, database_url) as hub, hub.uow.begin() as work:
        tenant_id = select_tenant(work, None).id
        new = accounts.NewUser(email="ada@example.org", name="Ada", role=Role.ADMIN)
        accounts.invite(work, tenant_id, new, UNBOUNDED)
    assert findings(*where)["administrators"][0] == "warn"
    with open_hub(tmp_path, database_url) as hub, hub.uow.begin() as work:
        accounts.create_user(work, tenant_id, "eve@example.org", "correct horse battery")
    assert "administrators" not in findings(*where)


def test_an_administrator_whose_role_lost_its_permissions_is_none(database_url: str, tmp_path: Path) -> None:
    where = ("--data", tmp_path, "--database-url", database_url)
    run("tenant", "create", *where, "--slug", "acme", "--name", "Acme")
    with open_hub(tmp_path, database_url) as hub, hub.uow.begin() as work:
        tenant_id = select_tenant(work, None).id
        accounts.create_user(work, tenant_id, "eve@example.org", "correct horse battery")
    assert "administrators" not in findings(*where)
    with open_hub(tmp_path, database_url) as hub, hub.uow.begin() as work:
        work.session.execute(text("DELETE FROM role_permissions WHERE permission = 'users:manage'"))
    status, message = findings(*where)["administrators"]
    assert (status, "acme" in message) == ("warn", True)


def test_a_tenant_without_an_administrator_and_keys_that_need_care(database_url: str, tmp_path: Path) -> None:
    where = ("--data", tmp_path, "--database-url", database_url)
    run("tenant", "create", *where, "--slug", "acme", "--name", "Acme")
    now = SystemClock().now()
    with open_hub(tmp_path, database_url) as hub, hub.uow.begin() as work:
        tenant = select_tenant(work, None)
        for name, days in (("ends soon\x1b[2J", 13), ("ends later", 15)):
            new = api_keys.NewApiKey(
                name=name.replace("\x1b", ""),
                permissions=["events:read"],
                expires_at=now + timedelta(days=days),
            )
            api_keys.create(work, tenant.id, new)
        idle = api_keys.create(work, tenant.id, api_keys.NewApiKey(name="idle", permissions=["events:read"]))[
            0
        ]
        work.session.flush()
        work.session.execute(
            text("UPDATE api_keys SET created_at = :then WHERE id = :id"),
            {"then": (now - timedelta(days=15)).replace(tzinfo=None), "id": idle.id},
        )
    statuses = findings(*where)
    assert statuses["administrators"] == (
        "warn",
        "No active one who can sign in: acme. Create one: doorward-hub admin create --tenant SLUG.",
    )
    assert statuses["api keys"][0] == "warn"
    assert "1 run out within 14 days: ends soon" in statuses["api keys"][1]
    assert "never used: idle" in statuses["unused keys"][1]
    assert statuses["migrations"][0] == statuses["disk"][0] == statuses["clock"][0] == "ok"


def test_a_proxy_without_a_public_address_is_warned_of_and_no_network_is_an_error(tmp_path: Path) -> None:
    where = ("--data", tmp_path)
    statuses = findings(*where, code=1, DOORWARD_TRUSTED_PROXIES="10.0.0.0/8")
    assert (statuses["public address"][0], statuses["database"][0]) == ("warn", "fail")
    environment: dict[str, Any] = {
        "DOORWARD_TRUSTED_PROXIES": "10.0.0.0/8",
        "DOORWARD_PUBLIC_URL": "https://hub.example.org",
    }
    assert "public address" not in findings(*where, code=1, **environment)


def test_redis_that_does_not_answer_is_broken_only_for_several_workers(tmp_path: Path) -> None:
    away: dict[str, Any] = {"DOORWARD_REDIS_URL": "redis://127.0.0.1:1/0"}
    assert findings("--data", tmp_path, code=1, **away)["redis"][0] == "warn"
    statuses = findings("--data", tmp_path, code=1, WEB_CONCURRENCY="2", **away)
    assert (statuses["redis"][0], statuses["workers"][0]) == ("fail", "fail")
    redis_url = services.redis_url()
    assert findings("--data", tmp_path, code=1, DOORWARD_REDIS_URL=redis_url)["redis"] == (
        "ok",
        "It answers.",
    )


def test_a_disk_that_is_nearly_full_is_warned_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "LOW_BYTES", 2**62)
    status, message = findings("--data", tmp_path, code=1)["disk"]
    assert status == "warn"
    assert "MiB are free" in message


def test_a_folder_is_served_by_one_hub_and_doctor_knows_which(tmp_path: Path) -> None:
    assert find_holder(tmp_path) == ""
    with hold(tmp_path):
        assert find_holder(tmp_path) == str(os.getpid())
        assert findings("--data", tmp_path, code=1)["serving"] == (
            "ok",
            f"A hub serves this folder: process {os.getpid()}.",
        )
        with pytest.raises(FolderInUse), hold(tmp_path):
            pass
        refused(f"(process {os.getpid()})", "serve", "--data", tmp_path, "--port", 0)
    assert find_holder(tmp_path) == ""


def test_a_station_from_the_future_tells_that_the_clock_is_behind(database_url: str, tmp_path: Path) -> None:
    where = ("--data", tmp_path, "--database-url", database_url)
    run("demo-event", *where, "--participants", 3)
    run("device", "enrol-code", *where, "--event", "demo-fair")
    later = (SystemClock().now() + timedelta(hours=1)).replace(tzinfo=None)
    with open_hub(tmp_path, database_url) as hub, hub.uow.begin() as work:
        work.session.execute(text("UPDATE kiosk_devices SET last_seen_at = :later"), {"later": later})
    assert "which is yet to come" in findings(*where)["clock"][1]


def test_a_damaged_database_is_called_that_with_what_to_do(tmp_path: Path) -> None:
    run("demo-event", "--data", tmp_path, "--participants", 3)
    (tmp_path / "hub.db").write_bytes(b"no database" * 1000)
    status, message = findings("--data", tmp_path, code=1)["database"]
    assert status == "fail"
    assert message.startswith("The database is damaged (file is not a database). Put a backup back:")
