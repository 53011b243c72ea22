"""The counts of a gate: the hub's, and this station's scans that the hub has not counted yet."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hub_sync.client.store.journal.peer_presence import StationClocks
from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.enums import Direction
from hub_sync.contract.sync import CheckpointRow, EventRow
from kiosk_app.core.assignment import current_assignment, serve_checkpoint
from kiosk_app.core.occupancy import OccupancyCounter
from kiosk_app.messages import GateOutcome
from tests.support.builders.people import EVENT, participant_row
from tests.support.builders.station import (
    CHECKPOINT_ROW,
    DEVICE,
    EVENT_ROW,
    GATE,
    NOON,
    BuiltGate,
    apply_page,
    build_gate,
    pull_page,
)

PEOPLE = [participant_row("ada"), participant_row("bo"), participant_row("cy")]
CHECKPOINTS = (
    CHECKPOINT_ROW,
    CHECKPOINT_ROW | {"id": "lounge", "name": "Lounge", "zone": "vip", "leaves_zones": True},
    CHECKPOINT_ROW | {"id": "exit", "name": "Exit", "zone": None},
)
NOBODY = [{"zone": "", "current": 0, "capacity": 100}]


@pytest.fixture
def here(tmp_path: Path) -> Iterator[BuiltGate]:
    rows = tuple(map(CheckpointRow.model_validate, CHECKPOINTS))
    built = build_gate(tmp_path, PEOPLE, checkpoints=rows, occupancy=NOBODY)
    yield built
    built.store.close()


@pytest.fixture
def counter() -> OccupancyCounter:
    return OccupancyCounter()


def pass_by(
    here: BuiltGate, counter: OccupancyCounter | None, who: str, at: str = GATE, way: str = "entry"
) -> None:
    """Let somebody pass a checkpoint, a second later than the one before."""
    here.wait(seconds=1)
    serve_checkpoint(here.store, at)
    here.gate.choose_direction(Direction(way))
    outcome = here.gate.decide_participant(who)
    assert isinstance(outcome, GateOutcome)
    assert outcome.decision.admits, outcome.decision
    if counter is not None:
        counter.add(here.store, outcome)


def counts(here: BuiltGate, counter: OccupancyCounter) -> dict[str, int]:
    return {zone.zone: zone.current for zone in counter.zones(here.store) if zone.current or not zone.zone}


def acknowledge(here: BuiltGate) -> None:
    last = here.store.journal.last()
    assert last is not None
    here.store.outbox.acknowledge(last.sequence, last.hash)


def pull(here: BuiltGate, after_s: int, **changes: Any) -> None:
    at = NOON + timedelta(seconds=after_s)
    apply_page(
        here.store,
        pull_page([], snapshot=False, cursor=str(after_s), total=None, at=at, keys=None, **changes),
    )


def presence(
    who: str, zone: str = "hall-a", *, after_s: int = 1, device: str = DEVICE, way: str = "entry"
) -> Any:
    return (zone, who, way, epoch_ms(NOON) + after_s * 1000, device, 1, 1, 0, 0)


def test_own_scans_count_at_once_by_zone_and_once_for_the_venue(
    here: BuiltGate, counter: OccupancyCounter
) -> None:
    pass_by(here, counter, "ada")
    pass_by(here, counter, "bo")
    assert counts(here, counter) == {"": 2, "hall-a": 2}
    pass_by(here, counter, "ada", "lounge")
    assert counts(here, counter) == {"": 2, "hall-a": 1, "vip": 1}
    pass_by(here, counter, "ada", "exit", "exit")
    assert counts(here, counter) == {"": 1, "hall-a": 1}


def test_a_restart_forgets_no_scan_that_the_hub_has_not_counted(
    here: BuiltGate, counter: OccupancyCounter
) -> None:
    for who in ("ada", "bo", "cy"):
        pass_by(here, counter, who)
    acknowledge(here)
    pass_by(here, counter, "cy", "exit", "exit")
    assert counts(here, counter) == counts(here, OccupancyCounter()) == {"": 2, "hall-a": 2}


def test_a_scan_counts_once_while_it_is_sent_and_pulled(here: BuiltGate, counter: OccupancyCounter) -> None:
    pass_by(here, counter, "ada")
    acknowledge(here)
    assert counts(here, counter) == {"": 1, "hall-a": 1}, "sent, and not in the hub's counts here"
    pull(here, 5)
    assert counts(here, counter) == {"": 1, "hall-a": 1}, "a pull that had begun before"
    occupancy = [{"zone": zone, "current": 1, "capacity": 100} for zone in ("", "hall-a")]
    pull(here, 6, occupancy=occupancy, presence=(presence("ada"),))
    assert counts(here, counter) == {"": 1, "hall-a": 1}
    assert counts(here, OccupancyCounter()) == {"": 1, "hall-a": 1}


def test_a_row_that_the_hub_does_not_count_is_given_up_after_two_pulls(
    here: BuiltGate, counter: OccupancyCounter
) -> None:
    pass_by(here, counter, "ada")
    acknowledge(here)
    for after_s in (5, 6):
        pull(here, after_s)
        counts(here, counter)
    assert counts(here, counter) == {"": 0}


def test_who_came_in_at_another_gate_too_counts_once(here: BuiltGate, counter: OccupancyCounter) -> None:
    pass_by(here, counter, "ada")
    occupancy = [{"zone": zone, "current": 1, "capacity": 100} for zone in ("", "hall-a")]
    pull(here, 5, occupancy=occupancy, presence=(presence("ada", device="other"),))
    assert counts(here, counter) == {"": 1, "hall-a": 1}


def test_who_left_here_leaves_the_zone_that_another_gate_let_them_into(
    here: BuiltGate, counter: OccupancyCounter
) -> None:
    occupancy = [{"zone": zone, "current": 1, "capacity": 100} for zone in ("", "hall-a")]
    pull(here, 5, occupancy=occupancy, presence=(presence("ada", device="other"),))
    here.wait(seconds=10)
    pass_by(here, counter, "ada", "exit", "exit")
    assert counts(here, counter) == counts(here, OccupancyCounter()) == {"": 0}


def test_a_hub_that_lost_scans_does_not_lose_them_here(here: BuiltGate, counter: OccupancyCounter) -> None:
    pass_by(here, counter, "ada")
    acknowledge(here)
    for after_s in (5, 6):
        pull(here, after_s, presence=(presence("ada"),))
        counts(here, counter)
    here.store.outbox.acknowledge(0, "")
    pull(here, 7, presence=(presence("ada", way="exit", after_s=0),))
    assert counts(here, counter) == {"": 1, "hall-a": 1}


def tell(here: BuiltGate, counter: OccupancyCounter, who: str, way: str = "entry", sequence: int = 1) -> None:
    """Let another gate tell of somebody's passage."""
    clocks = StationClocks(epoch_ms(here.clock.now()), here.clock.monotonic_ms(), here.clock.boot_id)
    passage = ("hall-a", Direction(way), 0, sequence, 1, 0, None, (1,))
    here.store.peer_presence.store(
        EVENT, [("device-2", ("journal", sequence), [(who, GATE, (passage,), sequence, ())])], clocks
    )
    counter.add_told(here.store, [who])


def test_who_entered_at_another_gate_counts_once_before_and_after_the_hub_knows(
    here: BuiltGate, counter: OccupancyCounter
) -> None:
    counter.zones(here.store)
    tell(here, counter, "ada")
    tell(here, counter, "ada")
    assert here_and_there(here, counter) == {"": 1, "hall-a": 1}
    assert here_and_there(here, OccupancyCounter()) == {"": 1, "hall-a": 1}, "after a restart"
    pass_by(here, counter, "bo")
    assert here_and_there(here, counter) == {"": 2, "hall-a": 2}
    at_ms = epoch_ms(here.clock.now())
    row = ("hall-a", "ada", "entry", at_ms, "device-2", 1, 1, at_ms, 0)
    counted = [{"zone": zone, "current": 1, "capacity": 100} for zone in ("", "hall-a")]
    here.wait(seconds=20)
    page = pull_page(snapshot=False, keys=None, presence=(row,), occupancy=counted, at=here.clock.now())
    apply_page(here.store, page)
    assert here_and_there(here, counter) == {"": 2, "hall-a": 2}
    tell(here, counter, "ada", "exit", sequence=2)
    assert here_and_there(here, counter) == {"": 1, "hall-a": 1}


def here_and_there(here: BuiltGate, counter: OccupancyCounter) -> dict[str, int]:
    return {zone.zone: zone.current for zone in counter.zones(here.store)}


def test_at_the_hour_that_everybody_leaves_nobody_is_inside_though_the_hub_is_away(
    here: BuiltGate, counter: OccupancyCounter
) -> None:
    noon_there = EventRow.model_validate(EVENT_ROW | {"everyone_leaves_at": "12:00"})  # in Berlin: in an hour
    before = [{"zone": zone, "current": 40, "capacity": 100} for zone in ("", "hall-a")]
    pull(here, 5, occupancy=before, events=(noon_there,))
    pass_by(here, counter, "ada")

    def zones(each: OccupancyCounter) -> dict[str, int]:
        hour = here.gate.exit_all(current_assignment(here.store))
        return {zone.zone: zone.current for zone in each.zones(here.store, hour)}

    assert zones(counter) == {"": 41, "hall-a": 41}
    here.wait(hours=1)
    assert zones(counter) == {"": 0, "hall-a": 0}
    pass_by(here, counter, "ada")
    assert zones(counter) == {"": 1, "hall-a": 1}
    acknowledge(here)
    after = [{"zone": zone, "current": 7, "capacity": None} for zone in ("", "hall-a")]
    pull(here, 3600 + 61, occupancy=after, presence=(presence("ada", after_s=3602),))
    assert zones(counter) == zones(OccupancyCounter()) == {"": 7, "hall-a": 7}, (
        "the hub's figures of after it"
    )
