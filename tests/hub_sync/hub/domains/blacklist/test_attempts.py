"""Records of registrations that an entry blocked."""

from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI

from hub_sync.contract.clock import ManualClock
from hub_sync.hub.domains.audit.tables import AuditLog
from hub_sync.hub.domains.blacklist import service
from hub_sync.hub.domains.blacklist.attempts import KEPT, forget_old
from hub_sync.hub.domains.blacklist.tables import BlacklistAttempt
from hub_sync.hub.domains.participants.errors import RegistrationRefused
from hub_sync.hub.kit.security.permissions import Role
from tests.hub_sync.hub.console.browser_client import Browser, signed_in_as
from tests.hub_sync.hub.domains.blacklist.conftest import ListKeeper
from tests.hub_sync.hub.domains.check_in.conftest import CallerFactory

MALLORY = {"first_name": "Mallory", "last_name": "Malone", "email": "mallory@example.org"}
NEUTRAL = "This registration can't be accepted. Please ask the organiser."
pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


def attempts(keeper: ListKeeper) -> list[BlacklistAttempt]:
    with keeper.hub.uow.read() as work:
        return list(work.session.scalars(service.attempts_of(keeper.seeded.tenant_id)))


def test_an_attempt_is_recorded_with_the_entries_that_blocked_it_and_nobody_is_registered(
    keeper: ListKeeper, clock: ManualClock
) -> None:
    entry = keeper.add("email", "mallory@example.org")
    keeper.add("domain", "example.org", match="DOMAIN", action="FLAG")
    keeper.add("name", "Mallory Malone", valid_until="2020-01-01")
    for _ in range(2):
        with pytest.raises(RegistrationRefused):
            keeper.register("Mallory Malone", email="mallory@example.org")
    (attempt,) = attempts(keeper)
    assert (attempt.entry_id, attempt.name, attempt.attempts) == (entry, "Mallory Malone", 2)
    assert (attempt.event_id, attempt.actor) == (keeper.seeded.event_id, "system")
    with keeper.hub.uow.read() as work:
        audited = work.session.query(AuditLog).filter_by(action="block").all()
        assert [(row.entity, row.entity_id, (row.after or {}).get("count")) for row in audited] == [
            ("blacklist_entry", entry, 1)
        ] * 2
    clock.advance(KEPT + timedelta(seconds=1))
    assert forget_old(keeper.hub.uow) == 1
    assert attempts(keeper) == []


def test_an_entry_takes_its_attempts_with_it(keeper: ListKeeper) -> None:
    entry = keeper.add("email", "mallory@example.org")
    with pytest.raises(RegistrationRefused):
        keeper.register("Mallory Malone", email="mallory@example.org")
    keeper.remove(entry)
    assert attempts(keeper) == []


def test_the_caller_of_the_api_reads_neutral_words_and_who_keeps_the_list_the_attempt(
    keeper: ListKeeper, make_caller: CallerFactory
) -> None:
    entry = keeper.add("email", "mallory@example.org", reason="Stole a bicycle")
    shop = make_caller("participants:create")
    path = f"/api/v1/events/{keeper.seeded.event_id}/participants"
    answer = shop.client.post(path, json=MALLORY, headers=shop.headers)
    assert (answer.status_code, answer.json()["detail"]) == (409, NEUTRAL)
    assert entry not in answer.text
    guard = make_caller("blacklist:manage")
    (listed,) = guard.client.get("/api/v1/blacklist/attempts", headers=guard.headers).json()["data"]
    assert (listed["entry_id"], listed["name"], listed["attempts"]) == (entry, "Mallory Malone", 1)
    assert listed["actor"].startswith("key:")
    assert shop.client.get("/api/v1/blacklist/attempts", headers=shop.headers).status_code == 403
    with keeper.hub.uow.read() as work:
        assert work.session.query(AuditLog).filter_by(action="read_attempts").count() == 1


def test_the_console_says_the_same_and_lists_attempts(
    app: FastAPI, admin: Browser, keeper: ListKeeper
) -> None:
    keeper.add("email", "mallory@example.org")
    form: dict[str, Any] = {**MALLORY, "status": "APPROVED"}
    new = f"/events/{keeper.seeded.event_id}/participants/new"
    answer = admin.send(new, new, form)
    assert answer.status_code == 409
    assert "be accepted. Please ask the organiser." in answer.text
    assert 'href="/settings/blacklist/attempts"' in admin.read("/settings/blacklist")
    text = admin.read("/settings/blacklist/attempts")
    assert "Mallory Malone" in text
    assert "mallory@example.org" in text, "the entry"
    assert "1 attempt<" in text
    assert text.count("fold-away") == 1, "a narrow screen leaves out the event alone"
    viewer = signed_in_as(app, keeper.seeded.tenant_id, Role.VIEWER)
    assert viewer.get("/settings/blacklist/attempts").status_code == 403
