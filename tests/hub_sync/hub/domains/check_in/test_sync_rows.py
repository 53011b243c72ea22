"""Admission's rules come from the rows that stations get, at the hub's own gate too."""

from datetime import time, timedelta

from hub_sync.contract.sync import CheckpointRow
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.check_in import sync_rows
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.rules.rules_from_rows import checkpoint_rules, event_rules
from hub_sync.rules.times.time_zones import load_time_zone
from tests.hub_sync.hub.conftest import Seeded


def test_a_checkpoints_rules_are_those_of_its_row_in_the_feed(hub: HubContext, seeded: Seeded) -> None:
    key = FeedKey(seeded.tenant_id, seeded.event_id)
    with hub.uow.begin() as work:
        changes = check_in.CheckpointChanges(
            opens_at="08:30", closes_at="22:00", allowed_categories=("vip",), roster_max_age_s=60
        )
        check_in.update_checkpoint(work, *key, seeded.gate_id, changes)
    with hub.uow.read() as work:
        own = sync_rows.checkpoint_row(check_in.get_checkpoint(work, *key, seeded.gate_id))
        rows = dict(sync_rows.checkpoints(work.session, key, 0, 2**62, 100))
    assert own in [CheckpointRow.model_validate(row) for row in rows.values()]
    rules = checkpoint_rules(own)
    assert (rules.opens_at, rules.closes_at, rules.zone) == (time(8, 30), time(22), "hall-a")
    assert (rules.allowed_categories, rules.roster_max_age) == (frozenset({"vip"}), timedelta(seconds=60))


def test_an_events_instants_survive_the_row(hub: HubContext, seeded: Seeded) -> None:
    with hub.uow.read() as work:
        event = events.get(work, seeded.tenant_id, seeded.event_id)
        rules = event_rules(events.row(event))
        assert (rules.starts_at, rules.ends_at) == (event.starts_at, event.ends_at)
        assert (rules.time_zone, rules.status) == (load_time_zone(event.time_zone), event.status)
