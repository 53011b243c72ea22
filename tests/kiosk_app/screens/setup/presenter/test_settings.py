"""The page of settings: what each is, where it comes from, and first what the hub wants otherwise."""

import pytest

from hub_sync.contract.configuration import settings
from kiosk_app.messages import HubWish, SettingEntry, SettingSource, SettingsOverview
from kiosk_app.screens.setup.presenter.settings import SettingsPresenter
from resources.themes import Signal
from resources.translations.catalogue import texts

ENTRIES = (
    SettingEntry("theme", "dark", SettingSource.DEFAULT),
    SettingEntry("lan", True, SettingSource.HUB),
    SettingEntry("printer", "", SettingSource.STATION, "", "pdf:///slips", HubWish.CHANGED),
    SettingEntry("pulse_ms", 300, SettingSource.MACHINE, "ms", 900, HubWish.AT_RESTART),
    SettingEntry("passage_window_s", 5.0, SettingSource.DEFAULT, "s"),
    SettingEntry("queues", (), SettingSource.DEFAULT),
)


def test_what_the_hub_wants_otherwise_comes_first_with_what_counts() -> None:
    presenter = SettingsPresenter(texts("en"))
    presenter.receive(SettingsOverview(ENTRIES))
    rows = presenter.state.rows
    assert [row.id for row in rows[:2]] == ["printer", "pulse_ms"]
    assert (rows[0].title, rows[0].badge, rows[0].signal) == ("Printer: none", "Hub differs", Signal.AMBER)
    assert rows[0].subtitle == "Chosen at this station · chosen after the hub's: pdf:///slips"
    assert (rows[1].title, rows[1].badge) == ("Length of the opening pulse: 300 ms", "Next start")
    titles = {row.id: row.title for row in rows}
    assert titles["theme"] == "Theme: Dark"
    assert titles["lan"].endswith(": yes")
    assert titles["passage_window_s"].endswith(": 5 s")
    assert titles["queues"].endswith(": all for self-service")


@pytest.mark.parametrize("language", ["en", "de", "ar"])
def test_every_setting_and_every_choice_has_words(language: str) -> None:
    presenter = SettingsPresenter(texts(language))
    for setting in settings():
        for choice in setting.choices or ("x",):
            presenter.receive(SettingsOverview((SettingEntry(setting.name, choice, SettingSource.HUB),)))
            (row,) = presenter.state.rows
            assert row.title
            assert "setting." not in row.title, row
