"""Words of bulk operations: what an item changes, as people read it."""

from hub_sync.hub.domains.bulk.pages.labels import ItemChange, changes_of, line_of
from hub_sync.hub.domains.bulk.tables import BulkOperationItem


def test_the_row_of_an_import_names_its_line_and_each_further_detail() -> None:
    before = {"extra": {"Firm": "Smith & Sons", "Diet": "none"}}
    after = {
        "last_name": "Smith",
        "extra": {"Firm": "Meyer", "Diet": "none", "Seats": [1, {"b": None}], "Guest": True},
        "line": 7,
        "revived": True,
    }
    item = BulkOperationItem(before=before, after=after)
    assert changes_of(item) == [
        ItemChange("Last name", "\N{EM DASH}", "Smith"),
        ItemChange("Firm", "Smith & Sons", "Meyer"),
        ItemChange("Seats", "\N{EM DASH}", '[1,{"b":null}]'),
        ItemChange("Guest", "\N{EM DASH}", "yes"),
    ]
    assert line_of(item) == 7
    assert line_of(BulkOperationItem(before=None, after={"status": "APPROVED"})) is None
