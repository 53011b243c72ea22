"""What a `datetime-local` field means on days on which the clocks change."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from hub_sync.hub.console.forms import FormInvalid
from hub_sync.hub.console.local_times import as_local, repeated_hour_note, to_instant

BERLIN = "Europe/Berlin"
FIRST, SECOND = datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
TWICE = datetime(2026, 10, 25, 2, 30)  # noqa: DTZ001 - as a form has it


@pytest.mark.parametrize(
    ("zone", "typed", "sentence"),
    [
        (BERLIN, datetime(2026, 3, 29, 2, 30), "no 02:30 .* Europe/Berlin go from 02:00 to 03:00"),  # noqa: DTZ001
        (BERLIN, datetime(2026, 3, 29, 2, 0), "no 02:00 .* from 02:00 to 03:00"),  # noqa: DTZ001
        ("Australia/Lord_Howe", datetime(2026, 10, 4, 2, 15), "from 02:00 to 02:30"),  # noqa: DTZ001
        ("Africa/Cairo", datetime(2026, 4, 24, 0, 0), "from 00:00 to 01:00"),  # noqa: DTZ001
        ("Pacific/Apia", datetime(2011, 12, 30, 9, 0), "from 2011-12-30 00:00 to 2011-12-31 00:00"),  # noqa: DTZ001
    ],
)
def test_a_time_that_the_clocks_skip_is_refused_with_the_gap(
    zone: str, typed: datetime, sentence: str
) -> None:
    for end in (False, True):
        with pytest.raises(FormInvalid) as refused:
            to_instant("starts_at", typed, zone, end=end)
        assert re.search(sentence, refused.value.fields["starts_at"])


def test_times_around_a_gap_are_taken() -> None:
    for hour, utc_hour in ((1, 0), (3, 1)):
        at = to_instant("at", datetime(2026, 3, 29, hour, 0), BERLIN)  # noqa: DTZ001
        assert at == datetime(2026, 3, 29, utc_hour, tzinfo=UTC)


def test_of_a_repeated_hour_a_beginning_is_the_first_and_an_end_the_second() -> None:
    assert to_instant("starts_at", TWICE, BERLIN) == FIRST
    assert to_instant("ends_at", TWICE, BERLIN, end=True) == SECOND


@pytest.mark.parametrize("before", [FIRST.replace(second=17), SECOND.replace(second=59, microsecond=5)])
def test_a_time_that_nobody_touched_keeps_its_seconds_and_its_hour(before: datetime) -> None:
    rendered = datetime.fromisoformat(as_local(before, BERLIN))
    for end in (False, True):
        assert to_instant("starts_at", rendered, BERLIN, before=before, end=end) == before
    touched = to_instant("starts_at", rendered.replace(minute=31), BERLIN, before=before)
    assert touched == FIRST.replace(minute=31)


def test_a_repeated_hour_is_told() -> None:
    noon = datetime(2026, 10, 25, 11, tzinfo=UTC)
    assert repeated_hour_note([noon], BERLIN) == ""
    assert repeated_hour_note([noon, FIRST], BERLIN) == (
        "02:30 comes twice on that day; the first one is meant (UTC+02:00)."
    )
    assert "second one is meant (UTC+01:00)" in repeated_hour_note([SECOND], BERLIN)
    gap = datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert repeated_hour_note([gap], BERLIN) == ""


@pytest.mark.parametrize(("at", "chosen"), [(0, FIRST), (1, SECOND)])
def test_whoever_can_be_asked_chooses_the_hour(at: int, chosen: datetime) -> None:
    ambiguous: list[str] = []

    def choose(field: str, instants: Sequence[datetime]) -> datetime:
        ambiguous.append(field)
        return instants[at]

    assert to_instant("ends_at", TWICE, BERLIN, end=True, choose=choose) == chosen
    assert to_instant("ends_at", TWICE.replace(hour=4), BERLIN, choose=choose).hour == 3
    assert to_instant("ends_at", TWICE, BERLIN, before=FIRST, choose=choose) == FIRST
    assert ambiguous == ["ends_at"]
