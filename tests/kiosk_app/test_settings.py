"""The sources of a station's settings, and the sentences about bad ones."""

from pathlib import Path

import pytest

from hardware.relay.board import DEFAULT_PULSE_MS
from kiosk_app.settings import SettingsError, StationSettings, load_settings


def test_nothing_given_is_a_camera_and_no_turnstile(tmp_path: Path) -> None:
    settings = load_settings(tmp_path)
    assert (settings.camera, settings.relay, settings.pulse_ms) == ("usb:0", "", 400)


def test_command_line_goes_before_environment_before_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "station.toml").write_text('camera = "usb:1"\ntheme = "light"\nlanguage = "de"\n')
    monkeypatch.setenv("DOORWARD_THEME", "high-contrast")
    monkeypatch.setenv("DOORWARD_LANGUAGE", "ar")
    settings = load_settings(tmp_path, language="en", camera=None)
    assert (settings.camera, settings.theme, settings.language) == ("usb:1", "high-contrast", "en")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("camera = ", "not TOML"),
        ("kamera = 1", "'kamera'"),
        ('pulse_ms = "soon"', "'pulse_ms'"),
        ("pulse_ms = 50", "'pulse_ms'.*100"),
        ('theme = "pink"', "'theme'.*high-contrast"),
        ('language = "xx"', "'language'.*en, de, ar"),
        ("\x00", "not TOML"),
    ],
)
def test_bad_settings_are_told_in_a_sentence(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "station.toml").write_text(text)
    with pytest.raises(SettingsError, match=says):
        load_settings(tmp_path)


def test_a_pulse_is_of_400_milliseconds_and_a_passage_window_of_five_seconds() -> None:
    settings = StationSettings()
    assert (settings.pulse_ms, settings.passage_window_s) == (400, 5)
    assert DEFAULT_PULSE_MS == 400
