"""The ways to read a file, which the REST API and the form share."""

import pytest

from hub_sync.hub.console.forms import FormInvalid, parse
from hub_sync.hub.domains.imports.pages.files import DELIMITER_LABELS, ENCODING_LABELS, ReadingForm
from hub_sync.hub.domains.imports.schemas import ImportChanges
from hub_sync.hub.kit.table_files.csv_rows import DELIMITERS
from hub_sync.hub.kit.table_files.decoding import READABLE


@pytest.fixture(autouse=True)
def switched_on() -> None:
    """Start no hub: these are pure tests."""


def test_whatever_the_reader_says_of_a_file_can_be_chosen_again() -> None:
    assert set(ENCODING_LABELS) == set(READABLE)
    assert set(DELIMITER_LABELS) == set(DELIMITERS)
    for encoding in READABLE:
        assert parse(ReadingForm, {"encoding": [encoding]}).encoding == encoding
        assert ImportChanges(encoding=encoding).encoding == encoding


def test_a_form_says_of_another_one_what_can_be_chosen_with_an_example() -> None:
    with pytest.raises(FormInvalid) as refused:
        parse(ReadingForm, {"encoding": ["klingon"], "delimiter": ["x"]})
    assert refused.value.fields == {
        "encoding": "The name of an encoding of the list, such as utf-8.",
        "delimiter": "A character of the list, such as “;”.",
    }
