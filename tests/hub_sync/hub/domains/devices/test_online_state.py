"""When a station counts as online."""

from datetime import UTC, datetime, timedelta

import pytest

from hub_sync.hub.domains.devices.online_state import ONLINE_FOR, is_online, online_state

NOW = datetime(2026, 6, 10, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("last_seen_at", "expected"),
    [
        (None, False),
        (NOW, True),
        (NOW - ONLINE_FOR, True),
        (NOW - ONLINE_FOR - timedelta(milliseconds=1), False),
    ],
)
def test_a_station_that_did_not_call_for_a_minute_is_offline(
    last_seen_at: datetime | None, expected: bool
) -> None:
    assert is_online(last_seen_at, NOW) is expected


def test_the_state_needs_a_reference_time() -> None:
    with pytest.raises(RuntimeError, match="set_reference_time"):
        online_state(NOW, None)
