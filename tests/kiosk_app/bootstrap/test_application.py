"""The window is built with the theme and language of this run."""

from pathlib import Path

from pytestqt.qtbot import QtBot

from kiosk_app.bootstrap.application import build_application
from kiosk_app.core.appearance import Appearance, save_appearance
from kiosk_app.settings import StationSettings
from tests.support.builders.station import build_station_store


def test_theme_and_language_of_the_command_line_precede_the_menus(tmp_path: Path, qtbot: QtBot) -> None:
    store = build_station_store(tmp_path)
    save_appearance(store, theme="light", language="de")
    for from_command, expected in ((None, "de"), ("ar", "ar")):
        application = build_application(StationSettings(), store, language=from_command)
        assert application.screen.context.appearance == Appearance("light", expected)
        application.qt.removeEventFilter(application.scanner)
        application.window.finish()
    store.close()
