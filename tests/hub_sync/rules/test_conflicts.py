"""Conflicts follow from the scans alone, and what somebody resolved is never taken back silently."""

from itertools import permutations
from typing import Any

import pytest

from hub_sync.contract.enums import Direction, Passage, ReasonCode, ScanResult
from hub_sync.rules.admitted_scan import AdmittedScan
from hub_sync.rules.conflicts import (
    ConflictFold,
    ConflictKind,
    ConflictState,
    ScanFacts,
    conflicts_of_scan,
    is_double_entry,
    state_after,
)

KIND, STATE = ConflictKind, ConflictState


def scan(id_: str = "scan", at_ms: int = 5, **changes: Any) -> ScanFacts:
    usual: dict[str, Any] = {"result": ScanResult.VALID, "reason": ReasonCode.ADMITTED}
    return ScanFacts(
        id_, "gate-1", "boot", at_ms, **{"participant_id": "ada", "zone": "hall", **usual, **changes}
    )


def refused(id_: str, at_ms: int, **changes: Any) -> ScanFacts:
    reason = {"result": ScanResult.INVALID, "reason": ReasonCode.UNKNOWN_PARTICIPANT}
    return scan(id_, at_ms, **{**reason, **changes})


def kinds_of(facts: ScanFacts) -> list[tuple[ConflictKind, ReasonCode | None]]:
    return [(fold.kind, fold.verdict) for fold in conflicts_of_scan(facts)]


@pytest.mark.parametrize(
    ("again", "is_conflict"),
    [
        ({"device_id": "b"}, True),
        ({"device_id": "a"}, False),
        ({"device_id": "b", "override": True}, False),
        ({"device_id": "b", "entered_again": True}, False),
    ],
)
def test_two_gates_that_admit_one_ticket_unknowingly_are_a_conflict(
    again: dict[str, Any], is_conflict: bool
) -> None:
    first = AdmittedScan(1, "a", 1, Direction.ENTRY)
    second = AdmittedScan(**{"at_ms": 2, "sequence": 1, "direction": Direction.ENTRY, **again})
    assert is_double_entry(first, second) is is_conflict


@pytest.mark.parametrize(
    ("facts", "kinds"),
    [
        (scan(), []),
        (scan(result=ScanResult.ALREADY_SCANNED, reason=ReasonCode.ALREADY_INSIDE), []),
        (
            scan(result=ScanResult.MANUAL_OVERRIDE, reason=ReasonCode.PARTICIPANT_CANCELLED),
            [(KIND.OVERRIDE, ReasonCode.PARTICIPANT_CANCELLED)],
        ),
        (scan(flag="participant_cancelled"), [(KIND.AGAINST_RULES, ReasonCode.PARTICIPANT_CANCELLED)]),
        (scan(flag="a_newer_word"), [(KIND.AGAINST_RULES, None)]),
        (
            scan(reason=ReasonCode.ADMITTED_UNKNOWN),
            [(KIND.UNKNOWN_ADMITTED, ReasonCode.UNKNOWN_PARTICIPANT)],
        ),
        (
            scan(reason=ReasonCode.ADMITTED_UNKNOWN, flag="participant_cancelled"),
            [(KIND.AGAINST_RULES, ReasonCode.PARTICIPANT_CANCELLED)],
        ),
        (scan(flag="unknown_participant"), [(KIND.UNKNOWN_ADMITTED, ReasonCode.UNKNOWN_PARTICIPANT)]),
        (refused("a", 1), [(KIND.UNKNOWN_REFUSED, ReasonCode.UNKNOWN_PARTICIPANT)]),
        (scan(passage=Passage.NO_PASSAGE), [(KIND.NO_PASSAGE, None)]),
        (scan(passage=Passage.GRANTED), []),
        (
            scan(clock_sure=False, passage=Passage.NO_PASSAGE),
            [(KIND.CLOCK_UNSURE, ReasonCode.CLOCK_UNSURE), (KIND.NO_PASSAGE, None)],
        ),
    ],
)
def test_a_scan_is_the_conflicts_that_somebody_should_look_into(
    facts: ScanFacts, kinds: list[tuple[ConflictKind, ReasonCode | None]]
) -> None:
    assert kinds_of(facts) == kinds


def test_scans_of_an_unsure_clock_are_one_conflict_in_whatever_order_they_come() -> None:
    folds = [conflicts_of_scan(scan(f"s{at}", at, clock_sure=False))[0] for at in (3, 1, 2)]
    assert {fold.subject for fold in folds} == {"gate-1:boot"}
    merged = {a.merge(b).merge(c) for a, b, c in permutations(folds)}
    expected = ConflictFold(
        KIND.CLOCK_UNSURE, "gate-1:boot", ReasonCode.CLOCK_UNSURE, "s1", "gate-1", None, "", 1, 3, 3
    )
    assert merged == {expected}


def test_somebody_unknown_who_tries_again_at_a_gate_is_one_conflict() -> None:
    first, again, other, nameless = (
        refused("a", 1),
        refused("b", 2),
        refused("c", 3, participant_id="ben"),
        refused("d", 4, participant_id=None),
    )
    subjects = [conflicts_of_scan(facts)[0].subject for facts in (first, again, other, nameless)]
    assert subjects == ["ada:gate-1", "ada:gate-1", "ben:gate-1", "d:gate-1"]


@pytest.mark.parametrize(
    ("state", "changed", "upheld", "after"),
    [
        (STATE.OPEN, True, True, STATE.OPEN),
        (STATE.OPEN, False, False, STATE.WITHDRAWN),
        (STATE.WITHDRAWN, False, True, STATE.OPEN),
        (STATE.RESOLVED, False, True, STATE.RESOLVED),
        (STATE.RESOLVED, True, True, STATE.CHANGED),
        (STATE.RESOLVED, False, False, STATE.CHANGED),
        (STATE.CHANGED, False, True, STATE.CHANGED),
    ],
)
def test_only_what_nobody_resolved_follows_the_scans(
    state: ConflictState, changed: bool, upheld: bool, after: ConflictState
) -> None:
    assert state_after(state, changed=changed, upheld=upheld) is after


def test_open_and_changed_conflicts_need_attention() -> None:
    assert {state for state in STATE if state.needs_attention} == {STATE.OPEN, STATE.CHANGED}
