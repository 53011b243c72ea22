"""The registry of screens."""

import pytest

from kiosk_app.screens import SCREENS, load_screen
from kiosk_app.screens.base import Screen


@pytest.mark.parametrize("mode", SCREENS)
def test_every_mode_has_a_screen(mode: str) -> None:
    assert issubclass(load_screen(mode), Screen)


def test_an_unknown_mode_is_refused() -> None:
    with pytest.raises(KeyError):
        load_screen("no-such-mode")
