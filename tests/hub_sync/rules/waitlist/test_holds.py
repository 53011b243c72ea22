"""For how long an offer holds."""

from datetime import UTC, datetime, timedelta

import pytest

from hub_sync.rules.waitlist.holds import hold_until

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("left", "longest", "hold"),
    [
        (timedelta(days=10), DAY, DAY),
        (timedelta(days=2), DAY, timedelta(hours=2)),
        (timedelta(hours=5), DAY, timedelta(minutes=15)),
        (timedelta(minutes=4), DAY, timedelta(minutes=4)),
        (timedelta(days=10), timedelta(minutes=30), timedelta(minutes=30)),
    ],
)
def test_a_hold_shortens_towards_the_start_and_ends_before_it(
    left: timedelta, longest: timedelta, hold: timedelta
) -> None:
    assert hold_until(NOW, NOW + left, longest) == NOW + hold


def test_no_offer_is_made_after_the_last_moment_it_could_be_used() -> None:
    assert hold_until(NOW, NOW, DAY) is None
    assert hold_until(NOW, NOW - DAY, DAY) is None
