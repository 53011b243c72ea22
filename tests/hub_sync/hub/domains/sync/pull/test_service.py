"""Pull over HTTP: a snapshot in pages, then deltas of all kinds by one cursor, nothing skipped and nothing foreign."""

from typing import Any

import orjson
import zstandard
from sqlalchemy import update
from starlette.testclient import TestClient

from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.enums import DeviceProfile, ParticipantStatus, QrFormat
from hub_sync.contract.ids import new_id
from hub_sync.contract.sync import PullPage
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.devices.schemas import DeviceChanges
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.kit.events.change_feed import EventFeed
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.credential_bounds import UNBOUNDED
from hub_sync.rules.tickets.ticket_keys import SignatureKey, TicketKey
from tests.hub_sync.hub.conftest import NOON, Seeded
from tests.hub_sync.hub.station_client import START_MS, Journal, StationClient, another_station
from tests.support.builders.event import new_event
from tests.support.builders.hub_queues import queue_station, switch_on


def register(hub: HubContext, seeded: Seeded, count: int, prefix: str = "p") -> None:
    with hub.uow.begin() as work:
        participants.create_many(
            work,
            seeded.tenant_id,
            seeded.event_id,
            [
                participants.NewParticipant(
                    id=f"{prefix}-{n:03}",
                    first_name="Ada",
                    last_name=f"L{n}",
                    status=ParticipantStatus.APPROVED,
                )
                for n in range(count)
            ],
        )


def test_a_board_gets_nobodys_name_and_what_it_gets_is_whole(
    hub: HubContext, client: TestClient, seeded: Seeded
) -> None:
    register(hub, seeded, 3)
    switch_on(hub, seeded.tenant_id)
    board = queue_station(hub, client, seeded, "Board", DeviceProfile.BOARD).client
    (page,) = drain(board)
    assert (page.snapshot, page.total, page.participants, page.presence) == (True, 0, (), ())
    assert page.events
    register(hub, seeded, 2, "q")
    after = board.pull(epoch=page.epoch, cursor=page.cursor, count="true")
    assert after.get("participants", []) == []
    assert after["participant_count"] == 0, "what it has is all that it gets"


def drain(station: StationClient, page: dict[str, Any] | None = None, limit: int = 5000) -> list[PullPage]:
    """Pull until there is no more, checking each page's shape."""
    pages: list[PullPage] = []
    position = {} if page is None else {"epoch": page["epoch"], "cursor": page["cursor"]}
    while not pages or pages[-1].more:
        raw = station.pull(limit=limit, **position)
        pages.append(PullPage.model_validate_json(orjson.dumps(raw)))
        position = {"epoch": raw["epoch"], "cursor": raw["cursor"]}
        assert len(pages) < 100
    return pages


def at(page: PullPage) -> dict[str, Any]:
    return {"epoch": page.epoch, "cursor": page.cursor}


def test_a_snapshot_holds_everything_a_gate_needs(
    hub: HubContext, station: StationClient, journal: Journal, seeded: Seeded
) -> None:
    register(hub, seeded, 2)
    journal.scan(participant_id="p-001")
    station.push(journal.request())
    (page,) = drain(station)
    assert (page.snapshot, page.more, page.total, page.server_time_ms) == (True, False, 2, epoch_ms(NOON))
    assert page.events[0].id == seeded.event_id
    assert page.checkpoints[0].zone == "hall-a"
    assert [(row[0], row[1], row[2], row[4], row[6]) for row in page.participants] == [
        ("p-000", "Ada", "L0", "APPROVED", ""),
        ("p-001", "Ada", "L1", "APPROVED", ""),
    ]
    at_ms = START_MS + 1000
    assert page.presence == (("hall-a", "p-001", "entry", at_ms, station.device_id, 1, 1, at_ms, 0),)
    assert {(row.zone, row.current, row.capacity) for row in page.occupancy} == {
        ("hall-a", 1, None),
        ("", 1, 500),
    }
    assert page.keys is not None
    assert len(page.keys) == 1


def test_before_anybody_came_the_event_counts_nobody(station: StationClient) -> None:
    (page,) = drain(station)
    assert [(row.zone, row.current, row.capacity) for row in page.occupancy] == [("", 0, 500)]


def test_a_snapshot_in_small_pages_is_the_same_snapshot(
    hub: HubContext, station: StationClient, journal: Journal, seeded: Seeded
) -> None:
    register(hub, seeded, 10)
    for zone in (None, "hall-a", "hall-b"):
        for number in range(4):
            journal.scan(participant_id=f"p-{number:03}", zone=zone)
    station.push(journal.request())
    (whole,) = drain(station)
    for limit in (1, 2, 3, 5, 7, 10, 12):
        pages = drain(station, limit=limit)
        assert sum((page.participants for page in pages), ()) == whole.participants
        assert sum((page.presence for page in pages), ()) == whole.presence
        assert all(page.snapshot and page.total == 10 for page in pages)
        assert all(len(page.participants) + len(page.presence) <= limit for page in pages)
        assert pages[-1].cursor == whole.cursor


def test_what_changes_during_a_snapshot_comes_after_it(
    hub: HubContext, station: StationClient, seeded: Seeded
) -> None:
    register(hub, seeded, 6)
    first = station.pull(limit=4)
    with hub.uow.begin() as work:
        participants.update_status(
            work, seeded.tenant_id, seeded.event_id, "p-001", ParticipantStatus.CANCELLED
        )
        participants.create(
            work, seeded.tenant_id, seeded.event_id, participants.NewParticipant(id="a-early")
        )
        participants.create(work, seeded.tenant_id, seeded.event_id, participants.NewParticipant(id="z-late"))
    rest = drain(station, first, limit=4)
    assert all(page.snapshot for page in rest)
    (delta,) = drain(station, at(rest[-1]))
    assert not delta.snapshot
    assert {row[0] for row in delta.participants} == {"p-001", "a-early", "z-late"}


def test_deltas_come_once_in_order_and_cut_where_asked(
    hub: HubContext, station: StationClient, journal: Journal, seeded: Seeded
) -> None:
    (start,) = drain(station)
    register(hub, seeded, 7)
    journal.scan(participant_id="p-003")
    station.push(journal.request())
    with hub.uow.begin() as work:
        events.update(work, seeded.tenant_id, seeded.event_id, events.EventChanges(name="Renamed"))
        check_in.toggle_checkpoint(work, seeded.tenant_id, seeded.event_id, seeded.gate_id, active=False)
    (whole,) = drain(station, at(start))
    assert len(whole.participants) == 7
    assert len(whole.presence) == 1
    assert whole.events[0].name == "Renamed"
    assert not whole.checkpoints[0].active
    assert {row.zone: row.current for row in whole.occupancy} == {"": 1, "hall-a": 1}
    assert whole.keys is None
    for limit in (1, 2, 5):
        pages = drain(station, at(start), limit=limit)
        for kind in ("participants", "presence", "events", "checkpoints", "occupancy"):
            assert sum((getattr(page, kind) for page in pages), ()) == getattr(whole, kind)
        assert pages[-1].cursor == whole.cursor
    (nothing,) = drain(station, at(whole))
    assert nothing.model_dump(exclude={"server_time_ms"}) == whole.model_copy(
        update=dict.fromkeys(("participants", "presence", "events", "checkpoints", "occupancy"), ())
    ).model_dump(exclude={"server_time_ms"})


def test_a_deleted_participant_stays_as_a_tombstone_without_a_name(
    hub: HubContext, station: StationClient, seeded: Seeded
) -> None:
    register(hub, seeded, 2)
    (start,) = drain(station)
    with hub.uow.begin() as work:
        participants.delete(work, seeded.tenant_id, seeded.event_id, "p-001")
    (delta,) = drain(station, at(start))
    (row,) = delta.participants
    assert (row[0], row[1], row[2], row[6]) == ("p-001", "", "", "deleted")
    (snapshot,) = drain(station)
    assert row in snapshot.participants


def test_a_conflict_comes_as_a_delta_and_in_a_snapshot_and_so_does_its_clearing(
    hub: HubContext, client: TestClient, station: StationClient, journal: Journal, seeded: Seeded
) -> None:
    (start,) = drain(station)
    other_station, other = another_station(hub, client, seeded)
    journal.scan(participant_id="p-1", scanned_at_ms=START_MS)
    other.scan(participant_id="p-1", scanned_at_ms=START_MS + 9000)
    station.push(journal.request())
    other_station.push(other.request())
    (delta,) = drain(station, at(start))
    (conflict,) = delta.conflicts
    assert (conflict.device_id, conflict.other_device_id) == (other.device_id, journal.device_id)
    assert (conflict.at_ms, conflict.other_at_ms) == (START_MS + 9000, START_MS)
    assert {conflict.checkpoint_id, conflict.other_checkpoint_id} == {seeded.gate_id}
    assert drain(station)[0].conflicts == delta.conflicts

    journal.scan(participant_id="p-1", scanned_at_ms=START_MS + 5000, direction="exit", reason="exited")
    station.push(journal.request())
    (cleared,) = drain(station, at(delta))[0].conflicts
    assert cleared == conflict.model_copy(update={"cleared": True})
    assert drain(station)[0].conflicts == ()


def test_a_new_ticket_key_comes_with_the_next_page(
    hub: HubContext, station: StationClient, seeded: Seeded
) -> None:
    (start,) = drain(station)
    with hub.uow.begin() as work:
        tenants.rotate_key(work, hub.secret_box, seeded.tenant_id)
        ring = tenants.ticket_keys(work, hub.secret_box, seeded.tenant_id)
    (delta,) = drain(station, at(start))
    assert delta.keys is not None
    assert [key.kid for key in delta.keys] == [key.kid for key in ring]
    assert isinstance(ring[1], TicketKey)
    assert bytes.fromhex(delta.keys[1].material) == ring[1].material
    assert delta.keys[1].not_before_ms == epoch_ms(NOON)
    (after,) = drain(station, at(delta))
    assert after.keys is None


def test_a_key_that_signs_leaves_the_hub_as_its_public_part_and_an_ended_key_not_at_all(
    hub: HubContext, station: StationClient, seeded: Seeded
) -> None:
    (start,) = drain(station)
    with hub.uow.begin() as work:
        tenants.set_format(work, hub.secret_box, seeded.tenant_id, QrFormat.V2)
        sealing, signing = tenants.ticket_keys(work, hub.secret_box, seeded.tenant_id)
    assert isinstance(signing, SignatureKey)
    assert signing.seed is not None
    (both,) = drain(station, at(start))
    assert both.keys is not None
    assert [(key.algorithm.value, key.tenant_id) for key in both.keys] == [
        ("AES-256-GCM", ""),
        ("Ed25519", seeded.tenant_id),
    ]
    assert bytes.fromhex(both.keys[1].material) == signing.public != signing.seed
    with hub.uow.begin() as work:
        tenants.set_format(work, hub.secret_box, seeded.tenant_id, QrFormat.V2, work.now())
    (after,) = drain(station, at(both))
    assert after.keys is not None
    assert [key.kid for key in after.keys] == [signing.kid] != [sealing.kid]


def test_another_epoch_or_a_feed_that_fell_back_means_start_over(
    hub: HubContext, station: StationClient, seeded: Seeded
) -> None:
    register(hub, seeded, 3)
    (start,) = drain(station)
    with hub.uow.begin() as work:
        work.session.execute(update(EventFeed).values(head=EventFeed.head - 1))
    (again,) = drain(station, at(start))
    assert again.snapshot, "the hub was restored from a backup"
    with hub.uow.begin() as work:
        work.session.execute(update(EventFeed).values(epoch=new_id()))
    (anew,) = drain(station, at(again))
    assert anew.snapshot
    assert anew.epoch != again.epoch


def test_a_page_is_packed_as_the_station_accepts_it(
    hub: HubContext, station: StationClient, seeded: Seeded
) -> None:
    register(hub, seeded, 200)
    sizes = {}
    for accepted in ("zstd", "gzip", "identity"):
        request = station.client.build_request(
            "GET", "/api/v1/sync/pull", headers=station.headers | {"Accept-Encoding": accepted}
        )
        answer = station.client.send(request, stream=True)
        raw = b"".join(answer.iter_raw())
        sizes[accepted] = len(raw)
        assert answer.headers.get("content-encoding", "identity") == accepted
        assert answer.headers["cache-control"] == "no-store"
        if accepted == "zstd":
            assert len(orjson.loads(zstandard.ZstdDecompressor().decompress(raw))["participants"]) == 200
    assert sizes["zstd"] < sizes["identity"] / 3
    assert sizes["gzip"] < sizes["identity"] / 3


def test_the_hub_tells_its_time(station: StationClient) -> None:
    answer = station.client.get("/api/v1/sync/time", headers=station.headers)
    assert answer.json() == {"server_time_ms": epoch_ms(NOON)}


def test_a_station_that_asks_gets_the_number_of_participants_with_the_last_changes(
    hub: HubContext, station: StationClient, seeded: Seeded
) -> None:
    register(hub, seeded, 3)
    (first,) = drain(station)
    register(hub, seeded, 2, prefix="q")
    with hub.uow.begin() as work:
        participants.delete(work, seeded.tenant_id, seeded.event_id, "p-001")
    raw = station.pull(limit=2, count="true", **at(first))
    assert (raw["more"], raw.get("participant_count")) == (True, None)
    position = {"epoch": raw["epoch"], "cursor": raw["cursor"]}
    raw = station.pull(count="true", **position)
    assert (raw["more"], raw["participant_count"]) == (False, 5), "with the deleted one"
    assert "participant_count" not in station.pull(**position)


def test_another_checkpoint_of_the_station_wakes_it_and_comes_with_its_next_page(
    hub: HubContext, seeded: Seeded, station: StationClient
) -> None:
    first = station.pull()
    assert first["assigned_checkpoint_id"] == seeded.gate_id
    position = {"epoch": first["epoch"], "cursor": first["cursor"]}
    with hub.uow.begin() as work:
        devices.update(work, seeded.tenant_id, seeded.device_id, DeviceChanges(checkpoint_id=None), UNBOUNDED)
    again = station.pull(**position)
    assert again["assigned_checkpoint_id"] == ""
    assert again["cursor"] != first["cursor"], "its live stream says so at once"


def test_a_page_says_which_event_it_is_about_and_no_other_event_than_the_stations_is_sent(
    hub: HubContext, station: StationClient, seeded: Seeded
) -> None:
    assert station.pull()["event_id"] == seeded.event_id
    page = station.pull(event=seeded.event_id)
    assert (page["event_id"], page.get("assigned_events")) == (seeded.event_id, None)
    with hub.uow.begin() as work:
        other = events.create(work, seeded.tenant_id, new_event().model_copy(update={"slug": "dinner"})).id
    for event_id in (other, new_id(), "ä" * 64):
        refused = station.client.get("/api/v1/sync/pull", params={"event": event_id}, headers=station.headers)
        assert (refused.status_code, refused.json()["error"]["code"]) == (404, "EventNotAssigned")


def test_a_page_says_how_far_the_presences_include_each_journal(
    hub: HubContext, station: StationClient, journal: Journal, seeded: Seeded
) -> None:
    register(hub, seeded, 3)
    (before,) = drain(station)
    assert before.journals == ()
    journal.scan(participant_id="p-001")
    station.push(journal.request())
    (page,) = drain(station, at(before).copy())
    assert page.journals is not None
    head = {"device_id": station.device_id, "journal_id": journal.id, "sequence": 1, "missing": ()}
    assert [row.model_dump() for row in page.journals] == [head]
    first, *_, last = drain(station, limit=1)
    assert first.journals == page.journals
    assert last.journals is None, "the rest of a snapshot may include more"
    journal.scan(participant_id="p-002", checkpoint_id=new_id())
    journal.scan(participant_id="p-002", event_id=seeded.event_id)
    assert [each["verdict"] for each in station.push(journal.request()).json()["verdicts"]][1:] == [
        "QUARANTINED",
        "ACCEPTED",
    ]
    (page,) = drain(station, at(page).copy())
    assert [row.model_dump() for row in page.journals or ()] == [head | {"sequence": 3, "missing": (2,)}]
