"""A time that can't be true pins nobody: it is bounded and marked, the claim is kept, and later evidence wins."""

from datetime import timedelta
from typing import Any

from sqlalchemy import event, select

from hub_sync.contract.clock import ManualClock, epoch_ms
from hub_sync.contract.sync import ClockCorrection
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.check_in.tables import AccessLog, ZonePresence
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import NOON, Seeded
from tests.hub_sync.hub.station_client import Journal, StationClient

Y2100 = 4_102_444_800_000
NOON_MS = epoch_ms(NOON)


def rows(hub: HubContext) -> list[AccessLog]:
    with hub.uow.read() as work:
        return list(work.session.scalars(select(AccessLog).order_by(AccessLog.sequence)))


def inside(hub: HubContext, seeded: Seeded) -> int:
    with hub.uow.read() as work:
        return check_in.counts(work, seeded.tenant_id, seeded.event_id)[0].current


def unsure(**members: Any) -> dict[str, Any]:
    """Return the members of a scan by a clock that nobody has set."""
    scan = {"participant_id": "ada", "scanned_at_ms": Y2100, "clock_offset_ms": None, "clock_sure": False}
    return scan | members


def test_who_entered_in_2100_can_leave_today(
    hub: HubContext, clock: ManualClock, seeded: Seeded, station: StationClient, journal: Journal
) -> None:
    assert station.push(journal.request(journal.scan(**unsure()))).status_code == 200
    assert inside(hub, seeded) == 1
    clock.advance(timedelta(minutes=5))
    left = journal.scan(participant_id="ada", direction="exit", scanned_at_ms=epoch_ms(clock.now()))
    assert station.push(journal.request(left)).status_code == 200
    assert inside(hub, seeded) == 0


def test_the_claimed_time_is_kept_and_the_row_is_marked(
    hub: HubContext, station: StationClient, journal: Journal
) -> None:
    station.push(journal.request(journal.scan(**unsure(marks=["clock_unsure"]))))
    (row,) = rows(hub)
    assert (row.scanned_at_ms, row.effective_at_ms, row.clock["claimed_at_ms"]) == (Y2100, NOON_MS, Y2100)
    assert row.marks == ["clock_unsure", "time_impossible"]
    assert row.clock_sure is False


def test_a_row_older_than_its_stations_enrolment_is_bounded_too(
    hub: HubContext, station: StationClient, journal: Journal
) -> None:
    station.push(journal.request(journal.scan(**unsure(scanned_at_ms=600_000))))
    (row,) = rows(hub)
    assert (row.effective_at_ms, row.marks) == (NOON_MS, ["time_impossible"])


def test_rows_of_one_wrong_clock_stay_as_far_apart_as_they_were(
    hub: HubContext, clock: ManualClock, station: StationClient, journal: Journal
) -> None:
    clock.advance(timedelta(hours=1))
    for second in (0, 30, 90):
        journal.scan(**unsure(participant_id=f"p-{second}", scanned_at_ms=Y2100 + second * 1000))
    request = journal.request().model_copy(update={"sent_at_ms": Y2100 + 120_000})
    station.push(request)
    now_ms = epoch_ms(clock.now())
    assert [row.effective_at_ms - now_ms for row in rows(hub)] == [-120_000, -90_000, -30_000]


def test_a_sure_row_with_an_anchor_in_the_future_is_no_better(
    hub: HubContext, station: StationClient, journal: Journal
) -> None:
    journal.scan(boot_id="wrong", monotonic_ms=0)
    station.push(journal.request(anchors={"wrong": Y2100}))
    (row,) = rows(hub)
    assert (row.effective_at_ms, row.clock["claimed_at_ms"], row.clock_sure) == (NOON_MS, Y2100, False)


def test_later_evidence_wins_and_takes_the_mark_away(
    hub: HubContext, clock: ManualClock, seeded: Seeded, station: StationClient, journal: Journal
) -> None:
    station.push(journal.request(journal.scan(**unsure(boot_id="b", monotonic_ms=1000))))
    clock.advance(timedelta(minutes=5))

    def correct(anchor_ms: int) -> None:
        correction = ClockCorrection(boot_id="b", anchor_ms=anchor_ms)
        request = journal.request().model_copy(update={"items": (), "corrections": (correction,)})
        assert station.push(request).status_code == 200

    correct(NOON_MS - 61_000)
    (row,) = rows(hub)
    assert (row.effective_at_ms, row.marks) == (NOON_MS - 60_000, [])
    assert "claimed_at_ms" not in row.clock
    correct(Y2100)
    (row,) = rows(hub)
    assert (row.effective_at_ms, row.marks) == (NOON_MS, ["time_impossible"])
    with hub.uow.read() as work:
        at_ms = work.session.scalar(select(ZonePresence.at_ms))
    assert at_ms == NOON_MS
    assert inside(hub, seeded) == 1


def test_all_corrections_of_a_push_read_the_stations_rows_once(
    hub: HubContext, station: StationClient, journal: Journal
) -> None:
    for number in range(3):
        journal.scan(boot_id=f"b-{number}", monotonic_ms=number)
    station.push(journal.request())
    reads: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        if statement.startswith("SELECT") and "access_logs.clock" in statement:
            reads.append(statement)

    engine = hub.uow.database.engine
    event.listen(engine, "before_cursor_execute", note)
    corrections = tuple(
        ClockCorrection(boot_id=f"b-{number}", anchor_ms=NOON_MS - 1000 * number) for number in range(3)
    )
    request = journal.request().model_copy(update={"items": (), "corrections": corrections})
    assert station.push(request).status_code == 200
    event.remove(engine, "before_cursor_execute", note)
    assert len(reads) == 2, "once for their times, once for the conflicts that follow from these"
    assert [row.effective_at_ms for row in rows(hub)] == [NOON_MS, NOON_MS - 999, NOON_MS - 1998]
