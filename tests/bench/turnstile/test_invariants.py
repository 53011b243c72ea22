import itertools
from dataclasses import replace
from typing import Any

import pytest

from hub_sync.contract.enums import Direction, Passage, ScanResult
from tests.bench.turnstile.invariants import HubScan, HubState, broken_invariants, peak_occupancy

_NUMBERS = itertools.count(1)


def scan(person: str = "ada", **changes: Any) -> HubScan:
    number = next(_NUMBERS)
    row = HubScan(
        f"row-{number}",
        "journal",
        number,
        f"hash-{number}",
        person,
        ScanResult.VALID,
        Direction.ENTRY,
        "hall",
        number * 1_000,
        "gate-1",
        Passage.PASSED,
    )
    return replace(row, **changes)


def visit_of(row: HubScan, **changes: Any) -> dict[str, Any]:
    visit = {
        "row_id": row.id,
        "person": row.person,
        "gate": "Gate 1",
        "kind": "entry",
        "known_cancelled": False,
    }
    visit |= {"green": row.result.admits, "pulsed": row.result.admits, "relay_at": row.sequence * 1.0}
    return visit | changes


def gate_of(*rows: HubScan, **changes: Any) -> dict[str, Any]:
    gate: dict[str, Any] = {"gate": "Gate 1", "verify": None, "backlog": 0}
    gate["visits"] = [visit_of(row) for row in rows]
    gate["rows"] = [[row.id, row.journal_id, row.sequence, row.hash] for row in rows]
    gate["closures"] = [row.sequence + 0.01 for row in rows if row.result.admits]
    return gate | changes


def state_of(*rows: HubScan, inside: int | None = None, **changes: Any) -> HubState:
    count = len(rows) if inside is None else inside
    return HubState(list(rows), counts={"": count, "hall": count}, **changes)


def broken(gate: dict[str, Any], hub: HubState) -> set[str]:
    return {name for name, faults in broken_invariants([gate], hub, {"ada"}).items() if faults}


def test_an_hour_without_a_fault_breaks_nothing() -> None:
    ada, bo = scan("ada"), scan("bo")
    refused = scan("ada", result=ScanResult.ALREADY_SCANNED, passage=None)
    assert broken(gate_of(ada, bo, refused), state_of(ada, bo, refused, inside=2)) == set()


ADA, BO = scan("ada"), scan("bo")
AGAIN = scan("ada")
FAULTS = {
    "a scan without a verdict": (
        gate_of(ADA, visits=[visit_of(ADA, row_id="", green=False, pulsed=False)], closures=[]),
        state_of(ADA),
        {"every ticket that is shown gets a verdict", "each green is one row at the hub"},
    ),
    "a green that the hub lacks": (
        gate_of(ADA, BO),
        state_of(ADA),
        {
            "each green is one row at the hub",
            "no row is lost, altered or twice",
            "no pulse without a row, and one pulse a row at most",
        },
    ),
    "an admission that was green nowhere": (
        gate_of(ADA),
        state_of(ADA, BO),
        {"each green is one row at the hub", "no row is lost, altered or twice"},
    ),
    "an altered row": (
        gate_of(ADA),
        state_of(replace(ADA, hash="other")),
        {"no row is lost, altered or twice"},
    ),
    "a row that was never sent": (
        gate_of(ADA, backlog=1),
        state_of(ADA),
        {"no row is lost, altered or twice"},
    ),
    "a broken journal": (gate_of(ADA, verify="torn"), state_of(ADA), {"no row is lost, altered or twice"}),
    "a row that was set aside": (
        gate_of(ADA),
        state_of(ADA, set_aside=1),
        {"no row is lost, altered or twice"},
    ),
    "a count that is not the fold": (
        gate_of(ADA),
        state_of(ADA, inside=2),
        {"occupancy is the fold of the log"},
    ),
    "an entry that was given back and still counts": (
        gate_of(ADA),
        state_of(replace(ADA, passage=Passage.NO_PASSAGE)),
        {"occupancy is the fold of the log"},
    ),
    "two pulses for a row": (
        gate_of(ADA, closures=[ADA.sequence + 0.01, ADA.sequence + 0.3]),
        state_of(ADA),
        {"no pulse without a row, and one pulse a row at most"},
    ),
    "a pulse long after its row": (
        gate_of(ADA, closures=[ADA.sequence + 5.0]),
        state_of(ADA),
        {"no pulse without a row, and one pulse a row at most"},
    ),
    "a green of somebody who is known to be cancelled": (
        gate_of(ADA, visits=[visit_of(ADA, known_cancelled=True)]),
        state_of(ADA),
        {"who is known to be cancelled is never green"},
    ),
    "two entries without a conflict": (
        gate_of(ADA, AGAIN),
        state_of(ADA, AGAIN, inside=1),
        {"a second entry is refused, or a conflict"},
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named(name: str) -> None:
    gate, hub, expected = FAULTS[name]
    assert broken(gate, hub) == expected


def test_two_entries_with_a_conflict_or_an_exit_between_them_are_no_fault() -> None:
    assert (
        broken(gate_of(ADA, AGAIN), state_of(ADA, AGAIN, inside=1, double_entries=frozenset({"ada"})))
        == set()
    )
    out = scan("ada", direction=Direction.EXIT, at_ms=ADA.at_ms + 1)
    assert broken(gate_of(ADA, out, AGAIN), state_of(ADA, out, AGAIN, inside=1)) == set()


def test_the_peak_is_the_greatest_number_inside_at_once() -> None:
    out = scan("ada", direction=Direction.EXIT, at_ms=BO.at_ms + 500)
    late = scan("cy", passage=Passage.NO_PASSAGE, at_ms=BO.at_ms + 1)
    assert peak_occupancy([out, BO, late, ADA]) == 2
