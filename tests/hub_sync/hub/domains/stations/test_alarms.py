"""Alarms of stations in the language of the page."""

import pytest

from hub_sync.contract.station_report import AlarmCode
from hub_sync.hub.console.i18n.translation import Speech, read_catalogue, speaking
from hub_sync.hub.domains.stations.alarms import alarm_label, alarm_sentence

ENGLISH = "Camera usb:1 does not answer."


@pytest.mark.parametrize("language", ["de", "ar"])
@pytest.mark.parametrize("code", list(AlarmCode))
def test_the_sentence_of_an_alarm_is_translated_and_not_the_stations_own(
    code: AlarmCode, language: str
) -> None:
    english = (alarm_label(code), alarm_sentence(code, ENGLISH))
    with speaking(Speech(language, read_catalogue(language))):
        translated = (alarm_label(code), alarm_sentence(code, ENGLISH))
    assert ENGLISH not in english + translated
    assert set(english).isdisjoint(translated)


def test_an_alarm_of_a_newer_station_is_told_in_its_own_words() -> None:
    assert alarm_label("TURNSTILE_STUCK") == "TURNSTILE_STUCK"
    assert alarm_sentence("TURNSTILE_STUCK", "The turnstile is stuck.") == "The turnstile is stuck."
