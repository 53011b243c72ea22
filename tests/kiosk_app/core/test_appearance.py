"""Which theme and language a station starts with."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub_sync.client.store import Store
from kiosk_app.core.appearance import Appearance, load_appearance, save_appearance
from tests.support.builders.station import build_station_store

DEFAULT = Appearance("dark", "en")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    built = build_station_store(tmp_path)
    yield built
    built.close()


def test_the_command_line_wins_for_its_run_and_the_saved_choice_comes_back(store: Store) -> None:
    save_appearance(store, theme="light", language="de")
    assert load_appearance(store, DEFAULT, language="ar") == Appearance("light", "ar")
    assert load_appearance(store, DEFAULT, theme="high-contrast") == Appearance("high-contrast", "de")
    assert load_appearance(store, DEFAULT) == Appearance("light", "de")


def test_what_was_not_chosen_is_not_saved(store: Store) -> None:
    save_appearance(store, theme="light")
    assert load_appearance(store, Appearance("dark", "ar")) == Appearance("light", "ar")
    save_appearance(store, language="de")
    assert load_appearance(store, DEFAULT) == Appearance("light", "de")


def test_a_saved_theme_that_is_gone_gives_way_to_the_default(store: Store) -> None:
    save_appearance(store, theme="sepia", language="tlh")
    assert load_appearance(store, DEFAULT) == DEFAULT
