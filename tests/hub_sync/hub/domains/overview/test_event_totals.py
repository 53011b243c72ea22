"""The totals of an event that is over."""

from datetime import timedelta
from typing import Any

from fastapi import FastAPI

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import Direction, ParticipantStatus, ReasonCode
from hub_sync.hub.domains.overview.event_totals import EventTotals, read_totals
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.security.permissions import Role
from tests.hub_sync.hub.conftest import NOON
from tests.hub_sync.hub.console.browser_client import signed_in_as
from tests.hub_sync.hub.console.conftest import Fair
from tests.hub_sync.hub.domains.overview.test_dashboard import MINUTE, REFUSED


def totals_of(fair: Fair) -> EventTotals:
    with fair.hub.uow.read() as work:
        return read_totals(work, FeedKey(fair.seeded.tenant_id, fair.seeded.event_id), 0)


def test_totals_count_who_came_who_did_not_and_the_fullest_minute(fair: Fair) -> None:
    for name in ("Ada", "Grace", "Alan", "Edsger"):
        fair.register(name)
    fair.register("Eve", ParticipantStatus.PENDING)
    leaves: dict[str, Any] = {"direction": Direction.EXIT, "reason": ReasonCode.EXITED}
    fair.scan("Ada", NOON - 40 * MINUTE)
    fair.scan("Grace", NOON - 30 * MINUTE)
    fair.scan("Grace", NOON - 20 * MINUTE, **REFUSED)
    fair.scan("Alan", NOON - 10 * MINUTE, **REFUSED)
    fair.scan("Ada", NOON - 9 * MINUTE, **leaves)
    fair.scan("Grace", NOON - 8 * MINUTE, **leaves)
    totals = totals_of(fair)
    assert (totals.admitted, totals.expected, totals.no_shows) == (2, 4, 2)
    assert [(refusal.reason, refusal.count) for refusal in totals.refusals] == [
        (ReasonCode.ALREADY_INSIDE, 2)
    ]
    assert (totals.peak, totals.peak_at, totals.refused) == (2, NOON - 30 * MINUTE, 2)


def test_an_event_without_scans_has_no_peak(fair: Fair) -> None:
    totals = totals_of(fair)
    assert (totals.peak, totals.peak_at, totals.admitted) == (0, None, 0)


def test_the_overview_of_an_event_that_is_over_shows_its_totals_and_leads_to_them(
    app: FastAPI, fair: Fair, clock: ManualClock
) -> None:
    fair.register("Ada")
    fair.register("Grace")
    fair.scan("Ada", NOON - MINUTE)
    fair.scan("Ada", NOON - MINUTE, **REFUSED)
    path = f"/events/{fair.seeded.event_id}"
    assert "Did not come" not in signed_in_as(app, fair.seeded.tenant_id, name="Ann").read(path)
    clock.advance(timedelta(days=30))
    html = signed_in_as(app, fair.seeded.tenant_id).read(path).split("<main", 1)[1]
    for text in (
        "Did not come",
        "50% of those expected",
        "Most people inside",
        f"{path}/participants?presence=absent&amp;filter%5Bstatus%5D=APPROVED",
        f"{path}/access-log?outcome=refused&amp;reason=already_inside",
        f'href="{path}/access-log?outcome=admitted"',
        f'<a href="{path}/occupancy">Most people inside</a>',
    ):
        assert text in html, text
    assert "Entries and exits a minute" not in html
    operator = signed_in_as(app, fair.seeded.tenant_id, Role.OPERATOR).read(path).split("<main", 1)[1]
    assert f"{path}/participants" not in operator
    assert f"{path}/access-log" not in operator
