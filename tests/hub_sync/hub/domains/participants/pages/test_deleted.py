"""The page of deleted participants in a browser without scripts."""

import pytest
from fastapi import FastAPI

from hub_sync.contract.sync import MERGED
from hub_sync.hub.domains.bulk.manifest import FF_BULK_OPERATIONS
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.service import EventChanges
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.waitlist import service as waitlist
from hub_sync.hub.domains.waitlist.manifest import FF_WAITLIST
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.security.permissions import Role
from tests.hub_sync.hub.console.browser_client import Browser, signed_in_as
from tests.hub_sync.hub.console.conftest import Fair


@pytest.fixture
def place(fair: Fair) -> str:
    """Delete some people, of whom one was merged into Dan; return the path of the list."""
    key = (fair.seeded.tenant_id, fair.seeded.event_id)
    people = [fair.register(name, external_id=f"x-{name}") for name in ("Ada", "Bob", "Cid", "Eve")]
    dan = fair.register("Dan")
    with fair.hub.uow.begin() as work:
        feature_flags.switch(work, fair.seeded.tenant_id, FF_BULK_OPERATIONS, True)
        for id_ in people:
            participants.delete(work, *key, id_).standing = MERGED + dan if id_ == people[-1] else "deleted"
    return f"/events/{fair.seeded.event_id}/deleted-participants"


@pytest.fixture
def admin(app: FastAPI, fair: Fair, place: str) -> Browser:
    """Return the browser of an administrator."""
    return signed_in_as(app, fair.seeded.tenant_id)


def test_somebody_is_brought_back_once(admin: Browser, fair: Fair, place: str) -> None:
    assert f'href="{place}"' in admin.read(place.replace("deleted-", ""))
    text = admin.read(place)
    assert all(name in text for name in ("Ada Example", "Bob Example", "Cid Example"))
    assert "Dan Example" not in text
    assert "Eve Example" not in text, "undoing the merge brings her back"
    form = {"version": "2"}
    ada = fair.people["Ada"]
    assert admin.post(f"{place}/{ada}/restore", form).headers["location"] == place
    text = admin.read(place)
    assert "is back" in text
    assert admin.post(f"{place}/{ada}/restore", form).headers["location"] == place
    assert "There is no such participant." in admin.read(place)
    fair.register("Fay", external_id="x-Bob")
    admin.post(f"{place}/{fair.people['Bob']}/restore", form)
    assert "Another participant has the external id" in admin.read(place)
    admin.post(f"{place}/{fair.people['Eve']}/restore", form)
    assert "There is no such participant." in admin.read(place)
    with fair.hub.uow.read() as work:
        key = (fair.seeded.tenant_id, fair.seeded.event_id)
        assert participants.get(work, *key, ada).standing == ""


def test_nobody_is_brought_back_past_the_waitlist_and_the_list_says_so(
    admin: Browser, fair: Fair, place: str
) -> None:
    key = FeedKey(fair.seeded.tenant_id, fair.seeded.event_id)
    with fair.hub.uow.begin() as work:
        feature_flags.switch(work, key.tenant_id, FF_WAITLIST, enabled=True)
        events.update(work, *key, EventChanges(capacity=1))
        waitlist.update_settings(work, key, waitlist.WaitlistSettingsChanges(is_active=True))
    response = admin.post(f"{place}/{fair.people['Ada']}/restore", {"version": "2"})
    assert response.headers["location"] == place
    assert "No seat is free" in admin.read(place)


def test_ticked_ones_are_brought_back_together_after_a_preview(
    admin: Browser, fair: Fair, place: str
) -> None:
    choose = place.replace("deleted-participants", "bulk-operations/choose")
    form = {"chosen": "1", "scope": "ticked", "act": "restore"}
    assert admin.post(choose, form).headers["location"] == place, "nobody is ticked"
    ticked = [fair.people[name] for name in ("Ada", "Cid", "Dan")]
    path = admin.post(choose, {**form, "person": ticked}).headers["location"]
    text = admin.read(path)
    assert "2 participants will be changed" in text
    assert "The registration is not there any more." in text, "Dan was not deleted"
    offered = admin.post(choose, {"scope": "ticked", "person": ticked}).text
    assert 'value="restore"' not in offered, "only deleted ones can be brought back"


def test_who_may_not_delete_sees_nothing_of_it(app: FastAPI, fair: Fair, place: str) -> None:
    viewer = signed_in_as(app, fair.seeded.tenant_id, Role.VIEWER)
    assert viewer.get(place).status_code == 403
    assert viewer.post(f"{place}/{fair.people['Ada']}/restore", {"version": "2"}).status_code == 403
    assert place not in viewer.read(place.replace("deleted-", ""))
