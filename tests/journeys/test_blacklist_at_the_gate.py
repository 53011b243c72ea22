"""The blacklist from the console to the gate: a real hub, two real stores, and a network that breaks."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hub_sync.contract.enums import Direction, Mark, ReasonCode, ScanResult
from hub_sync.hub.domains.blacklist import service as blacklist
from hub_sync.hub.domains.blacklist.jobs import SweepJob
from hub_sync.hub.domains.blacklist.schemas import NewBlacklistEntry
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.service import ParticipantChanges
from kiosk_app.core.assignment import current_assignment
from kiosk_app.core.person_card import is_restricted
from tests.support.two_gates import OVERRIDE, TwoGates, two_gates

SECRET = "Stole a bicycle"


@pytest.fixture
def here(tmp_path: Path) -> Iterator[TwoGates]:
    """Yield a hub with two gates; ada and bo have addresses."""
    with two_gates(tmp_path) as gates:
        venue = gates.template.venue
        with gates.hub.context.uow.begin() as work:
            for name in ("ada", "bo"):
                changes = ParticipantChanges(email=f"{name}@example.org")
                participants.update(work, venue.tenant_id, venue.event_id, name, changes)
        gates.sync(gates.a, gates.b)
        yield gates


def add(here: TwoGates, kind: str, value: str, **more: Any) -> str:
    with here.hub.context.uow.begin() as work:
        new = NewBlacklistEntry.model_validate({"kind": kind, "value": value, "reason": SECRET, **more})
        entry_id = blacklist.create(work, here.template.venue.tenant_id, new).id
    SweepJob(here.hub.context).run_once()
    return entry_id


def reason_at(here: TwoGates, station: Any, name: str) -> ReasonCode:
    return here.scan(station, name).decision.reason


def test_a_block_refuses_with_the_next_pull_of_each_gate_and_frees_with_the_next_one_after_it(
    here: TwoGates,
) -> None:
    here.offline(here.b)
    entry = add(here, "email", "ADA@example.org")
    assert here.a.pull()
    outcome = here.scan(here.a, "ada")
    assert (outcome.decision.result, outcome.decision.reason) == (ScanResult.REVOKED, ReasonCode.BLACKLISTED)
    assert SECRET not in repr(outcome)
    assert not outcome.decision.overridable
    again = here.a.scan(lambda gate: gate.decide_again(outcome.subject, OVERRIDE))
    assert (again.decision.result, again.decision.marks) == (ScanResult.REVOKED, (Mark.OVERRIDE_NOT_ALLOWED,))
    green = here.scan(here.b, "ada")
    assert green.is_green, "it does not know yet"
    here.online(here.b)
    here.sync(here.b)
    assert {row.id: row.flag for row in here.log()}[green.row_id] == ReasonCode.BLACKLISTED
    with here.hub.context.uow.begin() as work:
        blacklist.remove(work, here.template.venue.tenant_id, entry)
    SweepJob(here.hub.context).run_once()
    here.sync(here.a, here.b)
    assert here.scan(here.a, "ada", Direction.EXIT).is_green
    assert here.scan(here.a, "ada").is_green


def test_days_begin_and_end_at_the_events_midnight_without_the_hub(here: TwoGates) -> None:
    """It is noon in Berlin of the first day: midnight is twelve hours away."""
    today = here.clock.now().date()
    add(here, "email", "ada@example.org", valid_until=today.isoformat())
    add(here, "email", "bo@example.org", valid_from=(today + timedelta(days=1)).isoformat())
    here.sync(here.a, here.b)
    here.offline(here.a, here.b)
    here.wait(hours=11, minutes=59)
    assert reason_at(here, here.a, "ada") is ReasonCode.BLACKLISTED
    here.wait(minutes=2)
    assert reason_at(here, here.a, "bo") is ReasonCode.BLACKLISTED
    assert reason_at(here, here.a, "ada") is not ReasonCode.BLACKLISTED
    here.a.kill()
    assert reason_at(here, here.a, "bo") is ReasonCode.BLACKLISTED, "after a restart, too"


def test_a_flag_is_a_quiet_mark_at_the_gate(here: TwoGates) -> None:
    add(here, "email", "ada@example.org", action="FLAG")
    here.sync(here.a)
    outcome = here.scan(here.a, "ada")
    assert outcome.is_green
    assert outcome.decision.marks == (Mark.BLACKLIST_FLAG,)


def test_what_is_typed_about_somebody_who_is_not_on_the_roster_asks_for_the_supervisor(
    here: TwoGates,
) -> None:
    add(here, "name", "Mallory Malone")
    add(here, "email", "eve@example.net", valid_until="2026-06-01")
    here.sync(here.a)
    here.offline(here.a)
    store = here.a.store
    assignment = current_assignment(store)
    typed = ("malone, MALLORY", "Ada Lovelace", "Mallory", "eve@example.net")
    answers = [is_restricted(store, assignment, text, here.clock.now()) for text in typed]
    assert answers == [True, False, False, False]
