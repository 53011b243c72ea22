"""What the columns of a file are, guessed by their names."""

import pytest

from hub_sync.hub.console.i18n.translation import Speech, _, read_catalogue, speaking
from hub_sync.hub.domains.imports.mapping.guessing import find_field, guess_mapping
from hub_sync.hub.domains.imports.participants.fields import DETAILS, EXPORT_MARKS, EXPORT_ONLY
from hub_sync.hub.domains.imports.participants.importable import PARTICIPANTS
from hub_sync.hub.domains.participants.lists import COLUMNS


@pytest.fixture(autouse=True)
def switched_on() -> None:
    """Start no hub: these are pure tests."""


def test_each_column_of_an_export_is_its_field_or_the_hubs_own() -> None:
    header = [*COLUMNS, "Table"]
    mapping = guess_mapping(PARTICIPANTS, header)
    fields = {header[int(column)]: field for column, field in mapping.items()}
    assert fields == {name: name for name in COLUMNS if name not in EXPORT_ONLY} | {"Table": "extra:Table"}
    assert {*EXPORT_MARKS, *EXPORT_ONLY} <= set(COLUMNS)


@pytest.mark.parametrize("language", ["en", "de", "ar"])
def test_each_field_is_known_by_the_name_that_the_console_gives_it(language: str) -> None:
    with speaking(Speech(language, read_catalogue(language))):
        labels = {
            field.name: _(field.label) for field in PARTICIPANTS.fields.values() if field.name != DETAILS
        }
    assert {name: find_field(PARTICIPANTS, label) for name, label in labels.items()} == {
        name: name for name in labels
    }


def test_the_column_with_a_fields_own_name_is_it() -> None:
    assert guess_mapping(PARTICIPANTS, ["id", "External-ID", "Extra"]) == {
        "1": "external_id",
        "2": "extra:Extra",
    }
    assert guess_mapping(PARTICIPANTS, ["ID", "name"]) == {"0": "external_id", "1": "full_name"}
