"""A bulletin reaches the stations that it is for, and its ledger says what became of it at each."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import delete

from hub_sync.contract.bulletins import NO_BULLETINS, BulletinList
from hub_sync.contract.clock import ManualClock, epoch_ms
from hub_sync.contract.enums import BroadcastStatus, DeviceProfile, MessageStatus
from hub_sync.contract.ids import new_id
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.messages.broadcasts import broadcasts
from hub_sync.hub.domains.messages.bulletins import bulletins
from hub_sync.hub.domains.messages.bulletins.errors import (
    BulletinNobody,
    BulletinStationUnknown,
    BulletinTextMissing,
    BulletinTimesInvalid,
)
from hub_sync.hub.domains.messages.bulletins.schemas import NewBulletin
from hub_sync.hub.domains.messages.tables import MessageDelivery
from hub_sync.hub.kit.security.permissions import Role
from tests.hub_sync.hub.conftest import NOON
from tests.hub_sync.hub.console.browser_client import signed_in_as
from tests.hub_sync.hub.domains.messages.conftest import ACTOR, MessageHub
from tests.hub_sync.hub.station_client import StationClient, station

__all__ = ["station"]
UNTIL = NOON + timedelta(hours=1)


def create(messages: MessageHub, **more: Any) -> str:
    values = {"title": "Hall B", "texts": {"en": "Hall B is full."}, "valid_until": UNTIL.isoformat()}
    with messages.hub.uow.begin(ACTOR) as work:
        return bulletins.create(work, messages.key, NewBulletin.model_validate(values | more)).id


def sent(page: dict[str, Any]) -> BulletinList:
    return BulletinList.model_validate(page["bulletins"])


def say(station: StationClient, bulletin_id: str, **more: Any) -> None:
    receipt = {"id": bulletin_id, "stored_at_ms": epoch_ms(NOON)} | more
    answer = station.client.post(
        "/api/v1/sync/bulletins", json={"receipts": [receipt]}, headers=station.headers
    )
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)  # SQLite has one writer at a time
def test_a_station_reports_while_somebody_takes_the_bulletin_off(
    messages: MessageHub, station: StationClient
) -> None:
    """The organiser locks the broadcast, then its messages; reports locked them in the other order: PostgreSQL ended one of both."""
    id_ = create(messages)
    reported = threading.Thread(target=say, args=(station, id_), kwargs={"shown_at_ms": epoch_ms(NOON)})
    with messages.hub.uow.begin(ACTOR) as work:
        broadcasts.get_for_update(work, messages.key, id_)
        reported.start()
        reported.join(20)
        assert not reported.is_alive(), "it waits for the broadcast"
    assert messages.statuses(id_) == {MessageStatus.DELIVERED: 1}


def test_its_ledger_says_fetched_shown_and_confirmed_and_a_withdrawn_one_leaves_the_screens(
    messages: MessageHub, station: StationClient, app: FastAPI
) -> None:
    first = station.pull(bulletins=NO_BULLETINS)
    assert "bulletins" not in first
    id_ = create(messages, priority="WARNING", wants_answer=True, profiles=["gate"])
    where = {"epoch": first["epoch"], "cursor": first["cursor"]}
    assert "bulletins" not in station.pull(**where), "an older station gets none"
    page = station.pull(**where, bulletins=NO_BULLETINS)
    (got,) = sent(page).bulletins
    assert (got.id, got.priority, got.until_ms) == (id_, "WARNING", epoch_ms(UNTIL))
    assert "bulletins" not in station.pull(**where, bulletins=sent(page).stamp)
    say(station, id_)
    say(station, id_)
    assert messages.statuses(id_) == {MessageStatus.SENT: 1}
    say(station, id_, shown_at_ms=epoch_ms(NOON), answered_at_ms=2**51, answered_by="Grace")
    say(station, "another", shown_at_ms=5)
    assert messages.statuses(id_) == {MessageStatus.DELIVERED: 1}
    browser = signed_in_as(app, messages.key.tenant_id, Role.ADMIN)
    path = f"/events/{messages.key.event_id}/broadcasts/{id_}"
    text = browser.read(path)
    assert "Grace" in text
    assert "Stood on the screen" in text
    browser.send(path, f"{path}/cancel", {})
    assert messages.get(id_).status is BroadcastStatus.CANCELLED
    assert sent(station.pull(bulletins=sent(page).stamp)) == BulletinList(stamp=NO_BULLETINS)


@pytest.mark.parametrize("at_ms", [-(2**51), 0, 2**51])
def test_a_stations_time_is_believed_between_the_bulletin_and_now(
    messages: MessageHub, station: StationClient, at_ms: int
) -> None:
    id_ = create(messages)
    say(station, id_, stored_at_ms=at_ms, shown_at_ms=at_ms)
    (row,) = [each for each in messages.outbox() if each.broadcast_id == id_]
    assert (row.sent_at, row.settled_at) == (NOON, NOON)


def test_what_no_station_showed_in_time_is_settled_and_a_station_that_was_offline_says_so_later(
    messages: MessageHub, station: StationClient, clock: ManualClock
) -> None:
    unfetched, unshown = create(messages), create(messages)
    say(station, unshown)
    clock.advance(timedelta(hours=1))
    assert "bulletins" not in station.pull(bulletins=NO_BULLETINS), "what is over is not sent"
    assert not messages.job.run_once()
    clock.advance(timedelta(minutes=2))
    assert messages.job.run_once()
    assert messages.statuses(unfetched) == {MessageStatus.DEAD: 1}
    assert messages.statuses(unshown) == {MessageStatus.FAILED: 1}
    assert messages.get(unshown).status is BroadcastStatus.PARTIAL
    say(station, unshown, shown_at_ms=epoch_ms(NOON))
    assert messages.statuses(unshown) == {MessageStatus.DELIVERED: 1}
    assert messages.get(unshown).status is BroadcastStatus.COMPLETED


def test_a_pause_hides_it_a_station_that_came_later_gets_it_and_others_do_not(
    messages: MessageHub, station: StationClient
) -> None:
    id_ = create(messages, profiles=["gate", "kiosk"])
    with messages.hub.uow.begin(ACTOR) as work:
        broadcasts.pause(work, messages.key, id_)
    assert "bulletins" not in station.pull(bulletins=NO_BULLETINS)
    with messages.hub.uow.begin(ACTOR) as work:
        broadcasts.resume(work, messages.key, id_)
        device = devices.get(work, messages.key.tenant_id, station.device_id)
        device.profile = DeviceProfile.DESK
    desk = create(messages, device_ids=[station.device_id])
    assert {each.id for each in sent(station.pull(bulletins=NO_BULLETINS)).bulletins} == {id_, desk}
    before = create(messages, device_ids=[station.device_id], profiles=["board"])
    with messages.hub.uow.begin(ACTOR) as work:
        work.session.execute(delete(MessageDelivery).where(MessageDelivery.broadcast_id == before))
    assert bulletins.include_new_stations(messages.hub.uow) == 1
    assert messages.statuses(before) == {MessageStatus.QUEUED: 1}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"valid_until": NOON.isoformat()}, BulletinTimesInvalid),
        ({"valid_from": UNTIL.isoformat()}, BulletinTimesInvalid),
        ({"profiles": ["board"]}, BulletinNobody),
        ({"device_ids": ["01976b2e-5c1f-7a55-9d0c-3f6f1a2b4c5d"]}, BulletinStationUnknown),
        ({"language": "de"}, BulletinTextMissing),
    ],
)
def test_what_no_screen_could_show_is_refused(
    messages: MessageHub, station: StationClient, changes: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        create(messages, **changes)


def test_the_form_keeps_what_was_typed_and_creates_a_bulletin_in_the_zone_of_the_event(
    messages: MessageHub, station: StationClient, app: FastAPI
) -> None:
    browser = signed_in_as(app, messages.key.tenant_id, Role.ADMIN)
    path = f"/events/{messages.key.event_id}/broadcasts/new/screens"
    form = {
        "title": "Hall B",
        "language": "en",
        "valid_until": "2020-01-01T10:00",
        "text_en": "Hall <B> is full.",
    }
    refused = browser.send(path, path, form)
    assert refused.status_code == 422
    assert "Hall &lt;B&gt; is full." in refused.text
    answer = browser.send(path, path, form | {"valid_until": "2027-01-01T10:00"})
    page = browser.read(answer.headers["location"])
    assert "Hall &lt;B&gt; is full." in page
    assert "Not fetched yet" in page


def test_more_stations_than_a_bulletin_may_name_are_refused_and_the_text_stays(
    messages: MessageHub, app: FastAPI, station: StationClient
) -> None:
    browser = signed_in_as(app, messages.key.tenant_id, Role.ADMIN)
    path = f"/events/{messages.key.event_id}/broadcasts/new/screens"
    form = {"title": "Hall B", "text_en": "Hall B is full.", "valid_until": "2026-06-11T23:00"}
    answer = browser.send(path, path, form | {"checkpoint_ids": [new_id() for _ in range(101)]})
    assert answer.status_code == 422
    assert "Hall B is full." in answer.text
