"""A service day begins at the event's hour and not at midnight, by the clock on the wall."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from hub_sync.rules.queue.service_day import service_day

BERLIN = ZoneInfo("Europe/Berlin")


def test_until_the_events_hour_it_is_the_day_before() -> None:
    four = time(4)
    assert service_day(datetime(2026, 6, 11, 1, 59, tzinfo=UTC), four, BERLIN) == "2026-06-10"
    assert service_day(datetime(2026, 6, 11, 2, 0, tzinfo=UTC), four, BERLIN) == "2026-06-11"


def test_the_days_on_which_clocks_change_are_days_like_others() -> None:
    half_past_two = time(2, 30)
    spring = [datetime(2026, 3, 29, hour, 45, tzinfo=UTC) for hour in (0, 1, 22)]
    assert [service_day(at, half_past_two, BERLIN) for at in spring] == [
        "2026-03-28",
        "2026-03-29",
        "2026-03-29",
    ]
    autumn = [datetime(2026, 10, 25, hour, 45, tzinfo=UTC) for hour in (0, 1)]
    assert [service_day(at, half_past_two, BERLIN) for at in autumn] == ["2026-10-25", "2026-10-25"]
