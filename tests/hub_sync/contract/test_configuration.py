"""Settings that the hub may set at a station."""

from typing import Any

import pytest

from hardware.relay.board import MAX_PULSE_MS, MIN_PULSE_MS
from hub_sync.contract.configuration import (
    ConfigurationValues,
    SettingKind,
    SettingProblem,
    read_values,
    settings,
    settings_of,
)
from hub_sync.contract.enums import DeviceProfile
from hub_sync.contract.passage import MAX_PASSAGE_WINDOW_S
from kiosk_app.messages import VOLUMES, NameDisplay
from kiosk_app.settings import StationSettings
from resources.themes import THEMES
from resources.translations import LANGUAGES

BY_NAME = {setting.name: setting for setting in settings()}


def test_choices_and_bounds_are_those_of_the_station() -> None:
    choices = {name: BY_NAME[name].choices for name in ("language", "theme", "names", "volume")}
    assert choices["language"] == LANGUAGES
    assert choices["theme"] == THEMES
    assert choices["names"] == tuple(mode.value for mode in NameDisplay)
    assert sorted(choices["volume"]) == sorted(VOLUMES)
    pulse, window = BY_NAME["pulse_ms"], BY_NAME["passage_window_s"]
    assert (pulse.minimum, pulse.maximum) == (MIN_PULSE_MS, MAX_PULSE_MS)
    assert (window.minimum, window.maximum) == (1, MAX_PASSAGE_WINDOW_S)
    for name, setting in BY_NAME.items():
        for bound in (setting.minimum, setting.maximum):
            if bound is not None and name in StationSettings.model_fields:
                assert getattr(StationSettings.model_validate({name: bound}), name) == bound


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("language", "fr", SettingProblem.INVALID),
        ("speaks", 1, SettingProblem.INVALID),
        ("pulse_ms", "400", SettingProblem.INVALID),
        ("pulse_ms", 99, SettingProblem.INVALID),
        ("camera", "usb:0\nrelay", SettingProblem.INVALID),
        ("camera", "x" * 301, SettingProblem.INVALID),
        ("queues", ["q" * 36, "q" * 36], SettingProblem.INVALID),
        ("hologram", True, SettingProblem.UNKNOWN),
    ],
)
def test_a_value_that_is_not_understood_keeps_no_other_from_being_applied(
    name: str, value: Any, problem: SettingProblem
) -> None:
    read, problems = read_values({name: value, "theme": "dark"})
    assert read == ConfigurationValues(theme="dark")
    assert problems == {name: problem}


def test_a_profile_has_the_settings_of_its_work() -> None:
    named = {profile: {setting.name for setting in settings_of(profile)} for profile in DeviceProfile}
    assert "idle_s" in named[DeviceProfile.KIOSK]
    assert "idle_s" not in named[DeviceProfile.GATE]
    assert "pulse_ms" not in named[DeviceProfile.BOARD]
    assert {setting.kind for setting in settings()} == set(SettingKind)


def test_only_what_is_set_is_sent() -> None:
    queue = "01977a3e-5b1c-7d2a-9f00-6c1d2e3f4a5b"
    values = ConfigurationValues(speaks=False, queues=(queue,))
    assert values.set_values() == {"speaks": False, "queues": [queue]}
