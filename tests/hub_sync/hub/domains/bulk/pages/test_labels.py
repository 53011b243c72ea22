"""Words of bulk operations: what an item changes, as people read it."""

import pytest

from hub_sync.contract.enums import BroadcastStatus, BulkOperationStatus, ParticipantStatus
from hub_sync.hub.console.i18n.translation import LANGUAGES, Speech, _, read_catalogue, speaking
from hub_sync.hub.domains.bulk.manifest import BULK_CANCELLED, STATUSES
from hub_sync.hub.domains.bulk.pages.labels import ItemChange, changes_of, line_of
from hub_sync.hub.domains.bulk.tables import BulkOperationItem
from hub_sync.hub.domains.imports.pages.labels import OPERATION_WORDS
from hub_sync.hub.domains.messages.manifest import BROADCAST_CANCELLED, BROADCAST_STATUSES
from hub_sync.hub.domains.participants.manifest import STATUSES as PARTICIPANT_STATUSES


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


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_somebody_ended_early_has_not_the_word_of_a_cancelled_registration(language: str) -> None:
    """German said "Storniert" of an operation that was stopped halfway, as of somebody's registration."""
    ended = BulkOperationStatus.CANCELLED
    words = (
        STATUSES[ended],
        BULK_CANCELLED.label,
        OPERATION_WORDS[ended],
        BROADCAST_STATUSES[BroadcastStatus.CANCELLED],
        BROADCAST_CANCELLED.label,
    )
    with speaking(Speech(language, read_catalogue(language))):
        assert _(PARTICIPANT_STATUSES[ParticipantStatus.CANCELLED]) not in {_(word) for word in words}
