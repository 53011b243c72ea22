"""The kiosk's colours and sizes: contrast for tired eyes, room for fingers."""

import pytest
from PySide6.QtCore import QSize

from kiosk_app.screens.kiosk.widgets.kiosk_style import KioskStyle, is_portrait, kiosk_scale, kiosk_theme
from kiosk_app.ui.style import Style
from resources.themes import THEMES, contrast


@pytest.mark.parametrize("name", THEMES)
def test_texts_have_seven_to_one_and_controls_and_the_focus_three_to_one(name: str) -> None:
    theme = kiosk_theme(name)
    for ground in (theme.ground, theme.surface, theme.raised):
        assert contrast(theme.text, ground) >= 7, ground
        assert contrast(theme.focus, ground) >= 3, ground
    assert contrast(theme.quiet, theme.ground) >= 7
    assert contrast(theme.on_accent, theme.accent) >= 7
    assert contrast(theme.accent, theme.ground) >= 3
    assert contrast(theme.edge, theme.ground) >= 3


@pytest.mark.parametrize("size", [(1280, 800), (1080, 1920), (1920, 1080), (800, 480), (2160, 3840)])
def test_controls_grow_with_the_screen_and_are_never_under_56_pixels(size: tuple[int, int]) -> None:
    area = QSize(*size)
    style = KioskStyle(Style(kiosk_theme("dark"), kiosk_scale(area)))
    assert style.touch >= 56
    assert is_portrait(area) is (size[1] > size[0])
    assert [KioskStyle(style.base, step).text(26) for step in range(3)] == sorted(
        {KioskStyle(style.base, step).text(26) for step in range(3)}
    )
