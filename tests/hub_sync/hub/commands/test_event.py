"""`doorward-hub event clone`: the plan is printed, and the copy is made with `--run`."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

from hub_sync.contract.clock import SystemClock
from hub_sync.contract.ids import new_id
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.hub_context import build_context
from hub_sync.hub.kit.settings import HubSettings
from tests.support.served_hub import command


def test_an_event_is_cloned_by_command(tmp_path: Path, migrated_sqlite: Path) -> None:
    shutil.copyfile(migrated_sqlite, tmp_path / "hub.db")
    assert command("tenant", "create", "--slug", "acme", "--name", "Acme", "--data", tmp_path).code == 0
    hub = build_context(HubSettings(data=tmp_path, jobs=False), SystemClock(), new_id)
    with hub.uow.begin() as work:
        new = events.NewEvent(
            slug="expo",
            name="Expo",
            starts_at=datetime(2026, 6, 10, 7, tzinfo=UTC),
            ends_at=datetime(2026, 6, 10, 16, tzinfo=UTC),
            time_zone="Europe/Berlin",
        )
        tenant_id = tenants.by_slug(work, "acme").id
        event_id = events.create(work, tenant_id, new).id
        people = [participants.NewParticipant(first_name=name, category=name) for name in ("Ada", "Bo")]
        participants.create_many(work, tenant_id, event_id, people)
    hub.uow.database.close()
    clone = ("event", "clone", "expo", "--slug", "expo-2027", "--data", tmp_path)
    assert "start_on" in command(*clone).err
    plan = command(*clone, "--start", "2027-12-08", "--time", "09:30")
    assert "Would make “Expo” (expo-2027), 2027-12-08T08:30:00+00:00" in plan.out
    assert "2026-06-10T07:00:00Z -> 2027-12-08T08:30:00Z" in plan.out
    assert '"clone_id"' in command(*clone, "--start", "2027-12-08", "--run", "--json").out
    carried = ("--start", "2028-12-06", "--participants", "filter[category]=Ada", "--participant-status")
    again = (*clone[:4], "expo-2028", *clone[5:], *carried)
    assert "Participants: 1\n" in command(*again, "APPROVED", "--run").out
    assert "status" in command(*again, "NONE").err
    template = (*clone[:4], "pattern", *clone[5:], "--as-template", "--run", "--json")
    assert '"clone_id"' in command(*template).out
    taken = command(*clone, "--start", "2027-12-08", "--run")
    assert (taken.code, "expo-2027" in taken.err) == (1, True)
