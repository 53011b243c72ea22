"""The texts of a row's fields."""

import pytest

from hub_sync.hub.domains.imports.mapping.row_texts import RowReader
from hub_sync.hub.domains.imports.options import ImportOptions
from hub_sync.hub.domains.imports.tables import Import


@pytest.fixture(autouse=True)
def switched_on() -> None:
    """Start no hub: these are pure tests."""


@pytest.mark.parametrize(
    ("reading", "text"),
    [
        ({"format": "csv", "notes": []}, "=x"),
        ({"format": "xlsx", "notes": []}, "=x"),  # it may have been a CSV file of a hub
        ({"format": "xlsx", "notes": ["own_export"]}, "'=x"),
    ],
)
def test_an_apostrophe_of_a_workbook_of_a_hub_is_the_names_own(reading: dict[str, object], text: str) -> None:
    draft = Import(mapping={"0": "last_name"}, mends=[], reading=reading)
    assert RowReader.of(draft, ImportOptions()).texts(2, ["'=x"]) == {"last_name": text}
