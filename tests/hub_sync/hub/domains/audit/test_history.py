"""Changes in words."""

from datetime import UTC, datetime

import pytest

from hub_sync.hub.domains.audit.history import Change, history
from hub_sync.hub.domains.audit.tables import AuditLog
from hub_sync.hub.kit.http.context import HubContext


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_each_further_detail_is_a_change_of_its_own(hub: HubContext) -> None:
    """The history of a participant had `{'Firm': 'Meyer'}`, as Python writes it."""
    details = {"Firm": "Meyer", "Diet": "none", "Seats": [1, {"row": "B"}], "Guest": True}
    entry = AuditLog(
        tenant_id="t",
        actor="cli",
        entity="participant",
        action="update",
        before={"extra": {"Firm": "Smith", "Diet": "none"}, "last_name": "Kern"},
        after={"extra": details, "last_name": "Kern-Meyer"},
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    with hub.uow.read() as work:
        (step,) = history(work, [entry])
    assert step.changes == [
        Change("extra", "Firm", "Smith", "Meyer"),
        Change("extra", "Seats", "\N{EM DASH}", "1, row: B"),
        Change("extra", "Guest", "\N{EM DASH}", "yes"),
        Change("last_name", "Last name", "Kern", "Kern-Meyer"),
    ]
