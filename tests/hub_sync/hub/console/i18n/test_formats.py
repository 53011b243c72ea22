"""Times in words."""

from datetime import UTC, datetime, timedelta

import pytest

from hub_sync.hub.console.i18n.formats import ago, listed
from hub_sync.hub.console.i18n.translation import Speech, read_catalogue, speaking

NOON = datetime(2026, 6, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-300, "5 minutes ago"),
        (-4, "just now"),
        (0, "just now"),
        (1, "in a moment"),
        (4, "in a moment"),
        (300, "in 5 minutes"),
    ],
)
def test_what_is_to_come_is_not_told_as_if_it_had_happened(seconds: int, words: str) -> None:
    assert ago(NOON + timedelta(seconds=seconds), NOON) == words


def test_things_beside_each_other_have_the_comma_of_the_language() -> None:
    assert listed(["Ada", 2]) == "Ada, 2"
    with speaking(Speech("ar", read_catalogue("ar"))):
        assert listed(["Ada", "Udo"]) == "Ada، Udo"
