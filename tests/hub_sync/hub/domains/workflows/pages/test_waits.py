"""For whom an execution waits, in words."""

from hub_sync.hub.domains.workflows.executions.schemas import WaitingFor
from hub_sync.hub.domains.workflows.pages.waits import wait_view


def test_the_deadline_of_a_join_is_told_in_the_zone_of_its_event() -> None:
    """The page tells its other times in it; the sentence had the zone of the reader's browser."""
    example = WaitingFor.model_json_schema()["examples"][0]
    join = {**example["join"], "due_at": "2026-06-12T08:00:00Z", "on_timeout": "FAIL"}
    wait = WaitingFor.model_validate({**example, "kind": "DECISION", "can_act": True, "join": join})
    assert "17:00" in wait_view(wait, {}, "Asia/Tokyo").otherwise
    assert "08:00" in wait_view(wait, {}, "UTC").otherwise
