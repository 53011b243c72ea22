"""What follows from several screens about one person."""

from typing import Any

import pytest

from hub_sync.contract.sync import BLOCKED, FLAGGED, SEAT_GIVEN, SEAT_GIVEN_FLAGGED
from hub_sync.hub.domains.participants import screens
from hub_sync.hub.kit.events.change_feed import FeedKey


class Says:
    """A screen that says the same of everybody."""

    def __init__(self, standing: str) -> None:
        self.standing = standing

    def review(self, _work: Any, _key: FeedKey, people: dict[str, Any]) -> dict[str, str]:
        return dict.fromkeys(people, self.standing)


@pytest.mark.parametrize(
    ("standings", "expected"),
    [
        ((FLAGGED, SEAT_GIVEN), SEAT_GIVEN_FLAGGED),
        ((SEAT_GIVEN, FLAGGED), SEAT_GIVEN_FLAGGED),
        ((SEAT_GIVEN, ""), SEAT_GIVEN),
        ((SEAT_GIVEN, FLAGGED, BLOCKED), BLOCKED),
    ],
)
def test_a_flag_stays_beside_a_seat_that_was_given_away(
    monkeypatch: pytest.MonkeyPatch, standings: tuple[str, ...], expected: str
) -> None:
    monkeypatch.setattr(screens, "_screens", lambda: tuple(Says(each) for each in standings))
    work: Any = None
    person = screens.PersonData("Ada", "King", None, None, {})
    assert screens.review(work, FeedKey("t", "e"), {"ada": person}) == {"ada": expected}
