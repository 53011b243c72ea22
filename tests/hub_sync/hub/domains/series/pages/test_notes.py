"""The notes of a plan on a page: in its language, with days as people write them."""

from hub_sync.hub.console.i18n.isolation import isolated
from hub_sync.hub.console.i18n.translation import Speech, read_catalogue, speaking
from hub_sync.hub.domains.series.cloning.planning import note_of
from hub_sync.hub.domains.series.pages.notes import sentence_of


def test_days_in_notes_are_written_as_in_the_language_of_the_page_with_their_weekdays() -> None:
    holiday = note_of("holiday", day="2027-03-29", name="Ostermontag")
    moved = note_of("weekday", before="2026-11-28", after="2027-03-28")
    with speaking(Speech()):
        assert "Saturday 28 November 2026 became Sunday 28 March 2027" in sentence_of(moved).replace(",", "")
    with speaking(Speech("de", read_catalogue("de"))):
        sentence = sentence_of(holiday)
    assert "Montag, 29. März 2027" in sentence
    with speaking(Speech("ar", read_catalogue("ar"))):
        assert isolated("Ostermontag") in sentence_of(holiday), "a name keeps its direction"
