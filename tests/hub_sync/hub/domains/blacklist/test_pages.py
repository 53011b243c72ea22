"""The pages of the blacklist in a browser without scripts."""

from datetime import date, timedelta

import pytest
from fastapi import FastAPI

from hub_sync.hub.domains.audit.tables import AuditLog
from hub_sync.hub.domains.blacklist import service
from hub_sync.hub.domains.blacklist.tables import HitStatus
from hub_sync.hub.domains.duplicates.merging.merge import MergeRequest, merge
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.kit.security.permissions import Role
from hub_sync.rules.screening import local_day
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.console.browser_client import Browser, signed_in_as
from tests.hub_sync.hub.domains.blacklist.conftest import ListKeeper

LIST = "/settings/blacklist"
ENTRY = {"kind": "email", "value": "mallory@example.org", "reason": "Stole a bicycle", "action": "BLOCK"}
pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


def test_an_entry_is_added_edited_and_deleted_and_the_page_says_who_did_it(
    admin: Browser, keeper: ListKeeper
) -> None:
    assert "Nobody is on the list" in admin.read(LIST)
    assert admin.send(f"{LIST}/new", f"{LIST}/new", ENTRY).headers["location"] == LIST
    text = admin.read(LIST)
    assert "mallory@example.org" in text
    entry = text.partition(f"{LIST}/")[2]
    path = f"{LIST}/" + text.split('href="/settings/blacklist/')[-1].partition("/edit")[0]
    assert entry
    admin.send(f"{path}/edit", f"{path}/edit", {"reason": "Stole two bicycles"})
    edited = admin.read(f"{path}/edit")
    assert "Stole two bicycles" in edited
    assert "Ada" in edited, "the history"
    assert admin.send(f"{path}/delete", f"{path}/delete").headers["location"] == LIST
    assert "Nobody is on the list" in admin.read(LIST)
    with keeper.hub.uow.read() as work:
        assert work.session.query(AuditLog).filter_by(entity="blacklist", action="read").count() == 3


def test_an_entry_is_over_once_it_blocks_nowhere(admin: Browser, keeper: ListKeeper) -> None:
    last_day = local_day(keeper.hub.clock.now(), "Etc/GMT+12")
    keeper.add("email", "still@example.org", valid_until=last_day)
    assert admin.read(LIST).count(">Over<") == 0
    before = (date.fromisoformat(last_day) - timedelta(days=1)).isoformat()
    keeper.add("email", "over@example.org", valid_until=before)
    assert admin.read(LIST).count(">Over<") == 1


def test_an_entry_of_an_event_that_is_over_stays_with_it(
    admin: Browser, keeper: ListKeeper, seeded: Seeded
) -> None:
    """Its form listed events to come only, chose "All events" in place of its own, and saved that."""
    entry_id = keeper.add("email", "mallory@example.org", event_id=seeded.event_id)
    with keeper.hub.uow.begin() as work:
        event = events.get(work, seeded.tenant_id, seeded.event_id)
        event.starts_at, event.ends_at = (work.now() - timedelta(days=days) for days in (2, 1))
    path = f"{LIST}/{entry_id}/edit"
    admin.send(path, path, {"reason": "Stole a bicycle"})
    with keeper.hub.uow.read() as work:
        assert service.get(work, seeded.tenant_id, entry_id).event_id == seeded.event_id


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"value": ""}, "Fill this in."),
        ({"value": "nobody"}, "Not an e-mail address"),
        ({"kind": "name", "value": "Max Muster", "comparison": "similar"}, "it blocks nobody"),
        ({"valid_from": "2026-06-02", "valid_until": "2026-06-01"}, "before the first"),
        ({"kind": "king"}, "Choose one of the list."),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(
    admin: Browser, wrong: dict[str, str], message: str
) -> None:
    answer = admin.send(f"{LIST}/new", f"{LIST}/new", ENTRY | wrong)
    assert answer.status_code == 422
    assert message in answer.text
    assert "Stole a bicycle" in answer.text


def test_lines_are_imported_and_ticked_entries_deleted_once_that_is_confirmed(
    admin: Browser, keeper: ListKeeper
) -> None:
    lines = "a@example.org\nb@example.org\nnobody"
    refused = admin.send(f"{LIST}/import", f"{LIST}/import", {"kind": "email", "lines": lines})
    assert refused.status_code == 422
    assert "3: Not an e-mail address" in refused.text
    assert "b@example.org" in refused.text
    lines = lines.replace("nobody", "c@example.org")
    assert (
        admin.send(f"{LIST}/import", f"{LIST}/import", {"kind": "email", "lines": lines}).status_code == 303
    )
    assert "3 entries were added." in admin.read(LIST)
    ids = [keeper.add("email", "d@example.org"), keeper.add("email", "e@example.org")]
    asked = admin.send(LIST, f"{LIST}/delete", {"ids": ids})
    assert "Delete 2 entries?" in asked.text
    admin.send(LIST, f"{LIST}/delete", {"ids": ids, "confirmed": "delete"})
    assert "2 entries were deleted." in admin.read(LIST)


def test_a_hit_is_decided_where_both_stand_side_by_side(
    admin: Browser, keeper: ListKeeper, seeded: Seeded
) -> None:
    keeper.add("name", "Max Mustermann", match="FUZZY", action="FLAG", reason="Stole a bicycle")
    person = keeper.register("Max Musterman")
    page = admin.read(f"{LIST}/hits")
    assert "Max Musterman" in page
    assert "Stole a bicycle" in page
    (hit,) = keeper.hits(person)
    admin.send(f"{LIST}/hits", f"{LIST}/hits/{hit.id}", {"status": "DISMISSED"})
    assert "Nothing to decide" in admin.read(f"{LIST}/hits")
    stale = admin.post(f"{LIST}/hits/{hit.id}", {"status": "BLOCKED", "version": "1"})
    assert stale.status_code == 303
    assert keeper.standing(person) == ""
    own = f"/events/{seeded.event_id}/participants/{person}"
    assert "Stole a bicycle" in admin.read(own)


@pytest.mark.parametrize("registration", ["survivor", "loser"])
def test_a_merged_person_has_a_card_an_entry_and_one_decision_frees_them(
    admin: Browser, keeper: ListKeeper, seeded: Seeded, registration: str
) -> None:
    survivor, loser = (keeper.register(email="ada@example.org") for _ in range(2))
    keeper.add("email", "ada@example.org", reason="Stole a bicycle")
    keeper.job.run_once()
    with keeper.hub.uow.begin() as work:
        merge(work, seeded.tenant_id, seeded.event_id, MergeRequest(survivor, loser))
    page = admin.read(f"{LIST}/hits")
    assert page.count("Stole a bicycle") == 1
    hits = {"survivor": keeper.hits(survivor), "loser": keeper.hits(loser)}
    assert f'id="hit-{hits["survivor"][0].id}"' in page
    own = admin.read(f"/events/{seeded.event_id}/participants/{survivor}")
    assert own.count("Stole a bicycle") == 1
    (hit,) = hits[registration]
    with keeper.hub.uow.begin("user:ada@example.org") as work:
        service.decide(work, seeded.tenant_id, hit.id, HitStatus.DISMISSED, hit.version)
    assert "Nothing to decide" in admin.read(f"{LIST}/hits")
    assert keeper.standing(survivor) == ""


def test_who_may_not_read_the_list_sees_neither_page_nor_entry_nor_reason(
    app: FastAPI, keeper: ListKeeper, seeded: Seeded
) -> None:
    person = keeper.register(email="mallory@example.org")
    entry = keeper.add("email", "mallory@example.org", reason="Stole a bicycle")
    keeper.job.run_once()
    viewer = signed_in_as(app, seeded.tenant_id, Role.VIEWER, name="Vi")
    own = viewer.read(f"/events/{seeded.event_id}/participants/{person}")
    assert "Entry blocked" in own
    assert "Stole a bicycle" not in own
    assert LIST not in own
    for path in (LIST, f"{LIST}/hits", f"{LIST}/{entry}/edit", f"{LIST}/export.csv"):
        assert viewer.get(path).status_code == 403


def test_a_blocked_registration_says_nothing_of_a_list_and_keeps_what_was_typed(
    admin: Browser, keeper: ListKeeper, seeded: Seeded
) -> None:
    keeper.add("email", "mallory@example.org", reason="Stole a bicycle")
    path = f"/events/{seeded.event_id}/participants/new"
    answer = admin.send(path, path, {"first_name": "Mallory", "email": "Mallory@example.org"})
    assert answer.status_code == 409
    assert "be accepted. Please ask the organiser." in answer.text
    assert "Stole a bicycle" not in answer.text
    assert 'value="Mallory"' in answer.text
