"""The notes of a plan on a page: in its language, with days as people write them."""

from hub_sync.hub.console.i18n.isolation import isolated
from hub_sync.hub.console.i18n.translation import Speech, read_catalogue, speaking
from hub_sync.hub.domains.series.cloning.planning import note_of
from hub_sync.hub.domains.series.pages.notes import name_text, sentence_of


def test_days_in_notes_are_written_as_in_the_language_of_the_page_with_their_weekdays() -> None:
    holiday = note_of("holiday", day="2027-03-29", name="Easter Monday", region="DE-BE")
    moved = note_of("weekday", before="2026-11-28", after="2027-03-28")
    with speaking(Speech()):
        assert "Saturday 28 November 2026 became Sunday 28 March 2027" in sentence_of(moved).replace(",", "")
    with speaking(Speech("de", read_catalogue("de"))):
        sentence = sentence_of(holiday)
    assert "Montag, 29. März 2027" in sentence
    assert "Ostermontag" in sentence
    with speaking(Speech("ar", read_catalogue("ar"))):
        assert isolated("Easter Monday") in sentence_of(holiday), "a name keeps its direction"


def test_things_that_are_called_by_a_code_have_the_word_of_their_screen() -> None:
    with speaking(Speech()):
        assert name_text("Automatic message", "sla.breached") == "A step of a workflow is late"
        assert name_text("Checkpoint", "sla.breached") == "sla.breached", "somebody calls it so"


def test_a_reference_is_named_by_the_field_of_its_screen() -> None:
    note = note_of("reference_removed", "Counter", "Counter 1", field="queue_ids[1]", id="x")
    with speaking(Speech()):
        assert sentence_of(note) == "Queues names something that was deleted. The copy leaves it out."
    elsewhere = note_of("reference_removed", "Nothing", field="queue_ids", id="x")
    with speaking(Speech()):
        assert sentence_of(elsewhere).startswith(isolated("queue_ids"))
