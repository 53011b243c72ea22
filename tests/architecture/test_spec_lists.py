"""Each sentence of nine pages of the specification names tests that hold it, and each test that is named exists and runs."""

import pytest

from tests.architecture.spec_lists.board_rows import RELAY_BOARDS
from tests.architecture.spec_lists.fault_rows import (
    AUDIO_AND_PRINT,
    FAULTS_OF_BOTH_SIDES,
    FAULTS_OF_DEVICES,
)
from tests.architecture.spec_lists.field_page import FIELD_PAGE
from tests.architecture.spec_lists.fleet_page import FLEET_PAGE
from tests.architecture.spec_lists.invariants import INVARIANTS
from tests.architecture.spec_lists.kiosk_page import KIOSK_PAGE
from tests.architecture.spec_lists.messages_page import MESSAGES_PAGE
from tests.architecture.spec_lists.people_page import PEOPLE_PAGE
from tests.architecture.spec_lists.queue_page import QUEUE_PAGE
from tests.architecture.spec_lists.sentence import Sentence, elsewhere, exists
from tests.architecture.spec_lists.series_page import SERIES_PAGE
from tests.architecture.spec_lists.waitlist_page import WAITLIST_PAGE
from tests.architecture.spec_lists.workflows_page import WORKFLOWS_PAGE

OF_DEVICES = (*KIOSK_PAGE, *RELAY_BOARDS, *FAULTS_OF_DEVICES, *AUDIO_AND_PRINT)
OF_BOTH_SIDES = (
    *FIELD_PAGE,
    *FLEET_PAGE,
    *QUEUE_PAGE,
    *PEOPLE_PAGE,
    *MESSAGES_PAGE,
    *WAITLIST_PAGE,
    *SERIES_PAGE,
    *WORKFLOWS_PAGE,
    *INVARIANTS,
    *FAULTS_OF_BOTH_SIDES,
)
ALL = (*OF_DEVICES, *OF_BOTH_SIDES)


def id_of(sentence: Sentence) -> str:
    return sentence.text[:60]


@pytest.mark.parametrize("sentence", ALL, ids=id_of)
def test_each_named_test_exists_and_runs(sentence: Sentence) -> None:
    gone = {name: elsewhere(name) for name in sentence.names if not exists(name)}
    assert gone == {}, "each with the files that have it now"


@pytest.mark.parametrize("sentence", OF_DEVICES, ids=id_of)
def test_a_sentence_about_devices_has_a_test_of_the_station_or_says_why_not(sentence: Sentence) -> None:
    assert sentence.station or sentence.without


@pytest.mark.parametrize("sentence", OF_BOTH_SIDES, ids=id_of)
def test_a_sentence_about_both_sides_has_tests_of_both_or_says_why_not(sentence: Sentence) -> None:
    assert (sentence.station and sentence.hub) or sentence.without


def test_the_lists_have_each_sentence_of_the_pages() -> None:
    lists = (
        FIELD_PAGE,
        FLEET_PAGE,
        QUEUE_PAGE,
        PEOPLE_PAGE,
        MESSAGES_PAGE,
        WAITLIST_PAGE,
        SERIES_PAGE,
        WORKFLOWS_PAGE,
        INVARIANTS,
        RELAY_BOARDS,
    )
    assert [len(each) for each in lists] == [28, 5, 8, 20, 21, 15, 13, 18, 14, 13]
    assert len({sentence.text for sentence in ALL}) == len(ALL)


def test_a_test_that_is_gone_or_skipped_holds_nothing() -> None:
    own = "architecture/test_spec_lists.py"
    assert exists(f"{own}::test_each_named_test_exists_and_runs")
    assert not exists(f"{own}::test_that_nobody_wrote")
    assert not exists("architecture/test_nowhere.py::test_that_nobody_wrote")
    assert not exists(f"{own}::id_of")
    assert elsewhere("test_moved.py::test_a_test_that_is_gone_or_skipped_holds_nothing") == [own]
