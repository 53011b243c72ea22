"""Which gate a seat is leased to, and that it stays there while the gate may give it."""

from datetime import timedelta

import pytest
from sqlalchemy import event

from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.devices.tables import KioskDevice
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.waitlist import service
from hub_sync.hub.domains.waitlist.jobs import DoorJob
from tests.hub_sync.hub.domains.waitlist.conftest import Waitlist
from tests.hub_sync.hub.domains.waitlist.door.test_settlement import DoorStage

pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


@pytest.mark.parametrize(
    ("off", "on"),
    [
        ({"is_paused": True}, {"is_paused": False}),
        ({"is_active": False}, {"is_active": True}),
        ({"door_minute": None}, {"door_minute": 0}),
    ],
)
def test_a_gate_that_has_not_heard_that_the_door_was_shut_keeps_its_seats(
    waitlist: Waitlist, off: dict[str, object], on: dict[str, object]
) -> None:
    stage = DoorStage.of(waitlist, 2)
    waitlist.join("dora")
    assert stage.lease() == 2
    leased = {seat.id: seat.device_id for seat in stage.seats()}
    waitlist.configure(**off)
    assert stage.lease() == 0
    waitlist.configure(**on)
    assert stage.lease() == 0, "another gate would give them a second time"
    assert {seat.id: seat.device_id for seat in stage.seats() if seat.returned_at is None} == leased
    waitlist.clock.advance(timedelta(hours=8))
    assert stage.lease() == 2
    assert all(seat.returned_at for seat in stage.seats())


def test_each_seat_of_a_party_is_that_of_one_guest_and_given_by_itself(waitlist: Waitlist) -> None:
    waitlist.capacity(5)
    party = waitlist.join("aaron", 3)
    waitlist.do(service.accept, party, waitlist.offer(party))
    waitlist.seated += ["aaron"] * 3
    stage = DoorStage.of(waitlist, 5)
    waitlist.join("dora", 5)
    assert stage.lease() == 5
    assert len({seat.holder_id for seat in stage.seats()}) == 5, (
        "who comes of a party keeps the seat, the others' are given"
    )


def test_a_gate_that_lets_nobody_in_here_gets_no_seats(waitlist: Waitlist) -> None:
    stage = DoorStage.of(waitlist, 2)
    waitlist.join("dora")
    with waitlist.hub.uow.begin() as work:
        exit_only = check_in.NewCheckpoint.model_validate({"name": "Way out", "direction": "exit"})
        checkpoint = check_in.create_checkpoint(work, *waitlist.key, exit_only)
        elsewhere = (
            {"event_id": "another"},
            {"event_id": waitlist.key.event_id, "checkpoint_id": checkpoint.id},
        )
        for gate, report in zip(stage.gates, elsewhere, strict=True):
            row = work.session.get(KioskDevice, (waitlist.key.tenant_id, gate.device_id))
            assert row is not None
            row.report = {"gives_door_seats": True, **report}
    assert stage.lease() == 0


def test_the_job_reads_as_much_however_many_events_are_over(waitlist: Waitlist) -> None:
    waitlist.configure(door_minute=0)
    statements: list[str] = []
    engine = waitlist.hub.uow.database.lookup_engine
    with waitlist.hub.uow.begin() as work:
        ended = events.EventChanges.model_validate(
            {"starts_at": "2020-01-01T10:00:00Z", "ends_at": "2020-01-01T12:00:00Z"}
        )
        events.update(work, *waitlist.key, ended)
    event.listen(engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
    assert DoorJob(waitlist.hub).run_once() == 0
    assert len(statements) == 2
