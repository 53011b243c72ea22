"""The opening hours of a registration page, and lists of names."""

from datetime import UTC, datetime, timedelta

import pytest

from hub_sync.hub.domains.registration.rules import RegistrationWindow, split_names, window_at

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
CLOSED, NOT_YET, OPEN, OVER = RegistrationWindow


@pytest.mark.parametrize(
    ("opens", "closes", "ends", "expected"),
    [
        (None, None, HOUR, OPEN),
        (HOUR, None, 2 * HOUR, NOT_YET),
        (0 * HOUR, HOUR, 2 * HOUR, OPEN),
        (None, 0 * HOUR, HOUR, OVER),
        (None, HOUR, 0 * HOUR, OVER),
        (None, None, 0 * HOUR, OVER),
    ],
)
def test_a_page_is_open_from_its_opening_until_before_its_closing_or_the_events_end(
    opens: timedelta | None, closes: timedelta | None, ends: timedelta, expected: RegistrationWindow
) -> None:
    def at(offset: timedelta | None) -> datetime | None:
        return None if offset is None else NOW + offset

    times = {"opens_at": at(opens), "closes_at": at(closes), "ends_at": NOW + ends}
    assert window_at(NOW, is_active=True, **times) is expected  # type: ignore[arg-type]
    assert window_at(NOW, is_active=False, **times) is CLOSED  # type: ignore[arg-type]


def test_names_are_read_line_by_line() -> None:
    assert split_names(" Ben  Carter \r\n\r\nCher\n") == [("Ben", "Carter"), ("Cher", "")]
    assert split_names("") == []
