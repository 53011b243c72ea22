"""The hour at which everybody leaves."""

from datetime import UTC, datetime, time

import pytest

from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.enums import Direction
from hub_sync.rules.admission import Presence
from hub_sync.rules.admitted_scan import AdmittedScan
from hub_sync.rules.occupancy import NO_STATION, Crossing, count_inside, crossings, person_in_zones
from hub_sync.rules.presence import PresenceEntry, merge_presence, zones_inside
from hub_sync.rules.times.exit_all import ExitAll, exit_all
from hub_sync.rules.times.time_zones import load_time_zone

BERLIN = load_time_zone("Europe/Berlin")


def ms(text: str) -> int:
    return epoch_ms(datetime.fromisoformat(text).replace(tzinfo=UTC))


def hour(until: str, at: time = time(5)) -> ExitAll:
    return ExitAll(at, BERLIN, ms(until))


FIVE = ms("2026-06-11T03:00")


def scan(at: str, direction: str = "entry", zone: str = "hall", **more: bool) -> AdmittedScan:
    return AdmittedScan(ms(at), "dev", 1, Direction(direction), zone, "ada", checkpoint_id="gate", **more)


@pytest.mark.parametrize(
    ("entered", "now", "left"),
    [
        ("2026-06-10T20:00", "2026-06-11T02:59:59", None),
        ("2026-06-10T20:00", "2026-06-11T03:00", "2026-06-11T03:00"),
        ("2026-06-10T20:00", "2026-06-13T09:00", "2026-06-11T03:00"),
        ("2026-06-11T03:00", "2026-06-12T02:00", None),
        ("2026-06-11T02:59:59.999", "2026-06-11T03:00", "2026-06-11T03:00"),
    ],
)
def test_the_first_hour_after_the_entry_counts(entered: str, now: str, left: str | None) -> None:
    assert hour(now).left_at_ms(ms(entered)) == (None if left is None else ms(left))


def test_a_zone_that_skips_a_day_still_has_the_hour_once() -> None:
    apia = ExitAll(time(12), load_time_zone("Pacific/Apia"), ms("2011-12-31T00:00"))
    assert apia.left_at_ms(ms("2011-12-29T23:00")) == ms("2011-12-30T10:00")


def test_an_event_without_the_hour_lets_nobody_leave() -> None:
    assert exit_all(None, BERLIN, datetime(2026, 6, 11, tzinfo=UTC)) is None


def test_who_is_inside_leaves_every_zone_and_is_no_double_entry_afterwards() -> None:
    scans = [scan("2026-06-10T20:00"), scan("2026-06-10T21:00", zone="vip"), scan("2026-06-11T06:00")]
    zones = person_in_zones(scans, hour=hour("2026-06-11T07:00"))
    assert {name: zone.inside for name, zone in zones.items()} == {"hall": True, "vip": False}
    last = zones["vip"].last
    assert last is not None
    assert (last.at_ms, last.device_id, last.direction) == (FIVE, NO_STATION, Direction.EXIT)
    assert zones["hall"].entries == 2
    assert zones["hall"].entered_by == scans[2]
    assert count_inside(scans, hour("2026-06-11T07:00")) == {"": 1, "hall": 1, "vip": 0}
    assert count_inside(scans[:2], hour("2026-06-11T07:00")) == {"": 0, "hall": 0, "vip": 0}


def test_a_later_part_of_the_scans_comes_to_the_same_as_all_of_them() -> None:
    first, second = [scan("2026-06-10T20:00")], [scan("2026-06-11T06:00", "exit")]
    before = person_in_zones(first, hour=hour("2026-06-10T22:00"))
    assert before["hall"].inside
    now = hour("2026-06-11T07:00")
    assert person_in_zones(second, before, now) == person_in_zones([*first, *second], hour=now)


def test_everybody_leaves_by_no_checkpoint() -> None:
    scans = [scan("2026-06-10T20:00"), scan("2026-06-11T06:00")]
    crossed = crossings(scans, hour=hour("2026-06-11T07:00"))
    assert crossed[2:4] == [
        Crossing(FIVE, "", Direction.EXIT, ""),
        Crossing(FIVE, "hall", Direction.EXIT, ""),
    ]
    assert sum(1 if each.direction is Direction.ENTRY else -1 for each in crossed if not each.zone) == 1
    late = crossings([], ["hall"], hour("2026-06-11T07:00"), ms("2026-06-10T20:00"))
    assert late == crossed[2:4]
    assert crossings([], [], hour("2026-06-11T07:00"), ms("2026-06-10T20:00")) == []


def test_a_station_knows_it_of_its_own_and_the_hubs_rows_alike() -> None:
    rows = [
        PresenceEntry(ms("2026-06-10T20:00"), "dev", 1, "", Direction.ENTRY, 1),
        PresenceEntry(ms("2026-06-11T06:00"), "dev-2", 1, "vip", Direction.ENTRY, 1),
    ]
    assert zones_inside(rows, hour("2026-06-11T02:00")) == {"", "vip"}
    assert zones_inside(rows, hour("2026-06-11T07:00")) == {"vip"}
    presence = merge_presence("", rows).after(hour("2026-06-11T07:00"))
    assert (presence.inside, presence.in_venue, presence.entries) == (False, True, 1)
    assert presence.last_at == datetime(2026, 6, 11, 3, tzinfo=UTC)
    assert not merge_presence("hall", rows[:1]).after(hour("2026-06-11T07:00")).in_venue
    assert merge_presence("", rows).after(None).inside
    assert Presence().after(hour("2026-06-11T07:00")) == Presence()
