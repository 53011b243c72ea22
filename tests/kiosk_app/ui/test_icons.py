"""Icons."""

from importlib.resources import files

import pytest

from kiosk_app.ui.icons import icon
from resources.icons import MIRRORED, svg

pytestmark = pytest.mark.usefixtures("qapp")
NAMES = sorted(file.name[:-4] for file in files("resources.icons").iterdir() if file.name.endswith(".svg"))


@pytest.mark.parametrize("name", NAMES)
def test_every_icon_draws_something_in_the_colour_asked_for(name: str) -> None:
    image = icon(name, 48, "#ff0000").toImage()
    pixels = [image.pixelColor(x, y) for x in range(48) for y in range(48)]
    inked = {pixel.name() for pixel in pixels if pixel.alpha() == 255}
    assert inked == {"#ff0000"}


def test_pointing_icons_turn_round_and_ticks_do_not() -> None:
    assert set(NAMES) >= MIRRORED
    assert icon("entry", 48, "#000000").toImage() != icon("entry", 48, "#000000", rtl=True).toImage()
    assert (
        icon("verdict-green", 48, "#000000").toImage()
        == icon("verdict-green", 48, "#000000", rtl=True).toImage()
    )


def test_an_unknown_icon_is_a_fault() -> None:
    with pytest.raises(KeyError):
        svg("no-such-icon")
