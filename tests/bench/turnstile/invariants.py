"""The invariants of the hour. Pure: what the gates and the hub stored goes in, sentences about what does not hold come out."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hub_sync.contract.enums import Direction, Passage, ScanResult
from hub_sync.rules.admitted_scan import AdmittedScan
from hub_sync.rules.occupancy import count_inside

CLOSES_WITHIN_S = 0.6
"""After its request was sent a pulse reaches the board within this time (`hardware.relay.door.PULSE_LATEST_S` and a little)."""


@dataclass(frozen=True, slots=True)
class HubScan:
    """A row of the hub's access log."""

    id: str
    journal_id: str
    sequence: int
    hash: str
    person: str
    result: ScanResult
    direction: Direction
    zone: str
    at_ms: int
    device_id: str
    passage: Passage | None

    @property
    def counts(self) -> bool:
        """True if the person went through, as far as anybody knows."""
        return self.result.admits and self.passage is not Passage.NO_PASSAGE

    def admitted(self) -> AdmittedScan:
        """Return the scan as the fold of occupancy takes it."""
        return AdmittedScan(self.at_ms, self.device_id, self.sequence, self.direction, self.zone, self.person)


@dataclass(slots=True)
class HubState:
    """The rows that the hub has stored. `others`: its rows about passages, as (id, journal, sequence, hash)."""

    scans: list[HubScan]
    others: list[tuple[str, str, int, str]] = field(default_factory=list)
    double_entries: frozenset[str] = frozenset()
    """People of whom a conflict says that they entered twice."""
    counts: dict[str, int] = field(default_factory=dict)
    """The stored numbers of people by zone; "" is the venue."""
    set_aside: int = 0


def broken_invariants(
    gates: Sequence[Mapping[str, Any]], hub: HubState, second_tries: Iterable[str]
) -> dict[str, list[str]]:
    """Return what does not hold, by the name of the invariant; an empty list where it holds."""
    return {
        "every ticket that is shown gets a verdict": [*_silent(gates)],
        "each green is one row at the hub": [*_greens(gates, hub)],
        "no row is lost, altered or twice": [*_rows(gates, hub)],
        "occupancy is the fold of the log": [*_occupancy(hub)],
        "no pulse without a row, and one pulse a row at most": [*_pulses(gates, hub)],
        "who is known to be cancelled is never green": [*_cancelled(gates)],
        "a second entry is refused, or a conflict": [*_second_entries(hub, second_tries)],
    }


def _visits(gates: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for gate in gates:
        yield from gate["visits"]


def _silent(gates: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for visit in _visits(gates):
        if not visit["row_id"]:
            yield f"{visit['gate']}: {visit['kind']} of {visit['person']} got no verdict with a row"


def _greens(gates: Sequence[Mapping[str, Any]], hub: HubState) -> Iterator[str]:
    admitted = Counter(scan.id for scan in hub.scans if scan.result.admits)
    for visit in _visits(gates):
        if visit["green"] and admitted[visit["row_id"]] != 1:
            yield f"{visit['gate']}: the green of {visit['person']} is {admitted[visit['row_id']]} rows at the hub"
    greens = {visit["row_id"] for visit in _visits(gates) if visit["green"]}
    for row_id in admitted.keys() - greens:
        yield f"the hub has the admission {row_id} which was green nowhere"


def _rows(gates: Sequence[Mapping[str, Any]], hub: HubState) -> Iterator[str]:
    there = Counter((scan.id, scan.journal_id, scan.sequence, scan.hash) for scan in hub.scans)
    there.update(hub.others)
    for gate in gates:
        if gate["verify"] is not None:
            yield f"{gate['gate']}: the journal is broken: {gate['verify']}"
        if gate["backlog"]:
            yield f"{gate['gate']}: {gate['backlog']} rows were never sent"
        for row in gate["rows"]:
            times = there.pop(tuple(row), 0)
            if times != 1:
                yield f"{gate['gate']}: row {row[2]} is {times} times at the hub"
    if there:
        yield f"the hub has {sum(there.values())} rows of no gate"
    if hub.set_aside:
        yield f"the hub set {hub.set_aside} rows aside"


def _occupancy(hub: HubState) -> Iterator[str]:
    true = count_inside(scan.admitted() for scan in hub.scans if scan.counts and scan.person)
    for zone in sorted(true.keys() | hub.counts.keys()):
        if true.get(zone, 0) != hub.counts.get(zone, 0):
            where = zone or "the venue"
            yield f"in {where} are {true.get(zone, 0)} by the log, {hub.counts.get(zone, 0)} as stored"


def _pulses(gates: Sequence[Mapping[str, Any]], hub: HubState) -> Iterator[str]:
    admitted = {scan.id for scan in hub.scans if scan.result.admits}
    for gate in gates:
        pulsed = [visit for visit in gate["visits"] if visit["pulsed"]]
        for visit in pulsed:
            if visit["row_id"] not in admitted:
                yield f"{gate['gate']}: a pulse for {visit['person']} without an admission in a row"
        unmatched = sorted(visit["relay_at"] for visit in pulsed)
        for at in sorted(gate["closures"]):
            sent = next((each for each in unmatched if -0.05 <= at - each <= CLOSES_WITHIN_S), None)
            if sent is None:
                yield f"{gate['gate']}: the relay closed at {at:.3f} for no row"
            else:
                unmatched.remove(sent)
        if unmatched:
            yield f"{gate['gate']}: {len(unmatched)} pulses that the board did not execute"


def _cancelled(gates: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for visit in _visits(gates):
        if visit["known_cancelled"] and visit["green"]:
            yield f"{visit['gate']}: {visit['person']} was green, and the station knew of the cancellation"


def _second_entries(hub: HubState, second_tries: Iterable[str]) -> Iterator[str]:
    tries = set(second_tries)
    entries: dict[str, list[HubScan]] = defaultdict(list)
    for scan in sorted(hub.scans, key=lambda scan: scan.at_ms):
        if scan.counts and scan.person:
            if scan.direction is Direction.EXIT:
                entries[scan.person].clear()
            else:
                entries[scan.person].append(scan)
                if len(entries[scan.person]) > 1 and scan.person not in hub.double_entries:
                    kind = "with a second try" if scan.person in tries else "without one"
                    yield f"{scan.person}, {kind}, is inside twice, and there is no conflict"


def peak_occupancy(scans: Iterable[HubScan]) -> int:
    """Return the greatest number of people inside at once."""
    inside: set[str] = set()
    peak = 0
    for scan in sorted((scan for scan in scans if scan.counts and scan.person), key=lambda scan: scan.at_ms):
        (inside.add if scan.direction is Direction.ENTRY else inside.discard)(scan.person)
        peak = max(peak, len(inside))
    return peak
