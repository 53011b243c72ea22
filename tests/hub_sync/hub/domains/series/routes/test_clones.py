"""Clones over REST: planned, made, listed, taken back, and what is refused."""

import pytest

from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.series.manifest import FF_EVENT_CLONE
from tests.hub_sync.hub.domains.check_in.conftest import CallerFactory, error_code, make_caller
from tests.hub_sync.hub.domains.series.conftest import NEXT_YEAR, Cloning

__all__ = ["make_caller"]


@pytest.fixture(autouse=True)
def flag(cloning: Cloning) -> None:
    """Switch cloning on."""
    with cloning.hub.uow.begin() as work:
        feature_flags.switch(work, cloning.key.tenant_id, FF_EVENT_CLONE, True)


def test_a_clone_is_planned_made_and_taken_back(make_caller: CallerFactory) -> None:
    api = make_caller("event-clone:execute", "events:read")
    plan = api.data("POST", "/clone-plans", json=NEXT_YEAR)
    assert (plan["target"]["slug"], plan["problems"], plan["target"]["id"]) == ("expo-2027", [], None)
    assert {thing["part"] for thing in plan["things"]} >= {"event", "queues", "registration"}
    assert all(note["message"] for note in plan["warnings"])
    request = NEXT_YEAR | {"plan_hash": plan["plan_hash"]}
    assert error_code(api.call("POST", "/clones", json=NEXT_YEAR | {"plan_hash": "0" * 64}), 412) == (
        "ClonePlanChanged"
    )
    clone = api.data("POST", "/clones", json=request)
    assert (clone["status"], clone["counts"]["queues"]) == ("COMPLETED", 2)
    assert error_code(api.call("POST", "/clones", json=request), 409) == "EventExists"
    listed = api.data("GET", "/clones?expand=id_map")
    assert [each["id"] for each in listed] == [clone["id"]]
    assert listed[0]["id_map"]["events"] == {clone["source_event_id"]: clone["target_event_id"]}
    undone = api.data("POST", f"/clones/{clone['id']}/undo")
    assert undone["undone_at"]
    assert api.data("GET", f"/clones/{clone['id']}")["undone_by"] == undone["undone_by"]
    assert error_code(api.call("POST", f"/clones/{clone['id']}/undo"), 409) == "CloneUndone"


def test_what_others_own_needs_their_permission(make_caller: CallerFactory) -> None:
    api = make_caller("event-clone:execute", "events:read")
    for more in ({"parts": ["blacklist"]}, {"participants": {"selection": {"all": True}}}):
        assert error_code(api.call("POST", "/clone-plans", json=NEXT_YEAR | more), 403) == "PermissionMissing"
    carrying = make_caller("event-clone:execute", "events:read", "participants:read", "participants:create")
    plan = carrying.data(
        "POST", "/clone-plans", json=NEXT_YEAR | {"participants": {"selection": {"all": True}}}
    )
    assert plan["people"] == 0


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"slug": "x"},
        {"slug": "x", "start_on": "1800-01-01"},
        {"slug": "x", "start_on": "2027-01-01", "into_event_id": "y"},
        {"slug": "x", "start_on": "2027-01-01", "parts": ["secrets"]},
        {"slug": "x", "start_on": "2027-01-01", "holidays": "ZZ"},
        {"slug": "x", "start_on": "2027-01-01", "time_zone": "Mars/Base"},
        {"slug": "x", "start_on": "2027-01-01", "start_at": "25:00"},
        {"slug": "x", "start_on": "2027-01-01", "participants": {"selection": {}}},
    ],
)
def test_options_that_mean_nothing_are_refused(
    make_caller: CallerFactory, options: dict[str, object]
) -> None:
    api = make_caller("event-clone:execute", "events:read")
    assert api.call("POST", "/clone-plans", json=options).status_code == 422
