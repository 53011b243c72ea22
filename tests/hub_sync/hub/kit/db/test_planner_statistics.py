"""PostgreSQL gets statistics of a table soon after it has grown."""

import pytest
from sqlalchemy import text

from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.kit.db import planner_statistics
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded


@pytest.fixture(params=["postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """Run on PostgreSQL only."""
    return str(request.param)


def register(hub: HubContext, seeded: Seeded, n: int) -> None:
    """Register people, and have the server count the rows at once."""
    with hub.uow.begin() as work:
        people = [participants.NewParticipant(last_name=f"{number}") for number in range(n)]
        participants.create_many(work, seeded.tenant_id, seeded.event_id, people)
        work.session.execute(text("SELECT pg_stat_force_next_flush()"))


def index_of_code_look_up(hub: HubContext, seeded: Seeded) -> str:
    """Return the plan of a look-up by registration code."""
    query = (
        "EXPLAIN SELECT id FROM participants "  # noqa: S608 -- ids that this test made
        f"WHERE tenant_id = '{seeded.tenant_id}' AND event_id = '{seeded.event_id}' "
        "AND code_normal = 'X' AND deleted_at IS NULL"
    )
    with hub.uow.read() as work:
        return "\n".join(work.session.scalars(text(query)))


def test_a_table_that_has_grown_is_analyzed_once(hub: HubContext, seeded: Seeded) -> None:
    register(hub, seeded, 10 * planner_statistics.SMALLEST)
    assert "participants" in planner_statistics.refresh(hub.uow.database)
    assert "uq_participants_code" in index_of_code_look_up(hub, seeded)
    register(hub, seeded, planner_statistics.SMALLEST)
    assert "participants" not in planner_statistics.refresh(hub.uow.database)


def test_a_server_that_does_not_answer_is_no_bug(
    hub: HubContext, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planner_statistics, "_OUTDATED", text("SELECT 1 / 0"))
    assert planner_statistics.refresh(hub.uow.database) == []
    assert "planner_statistics_failed" in capsys.readouterr().out
