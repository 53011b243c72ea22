"""A fault that nobody foresaw, in each part that the gate calls: a refusal with a row, a sentence and a tone, never silence."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hardware.errors import DeviceLost
from hardware.tones import Tone
from hub_sync.client.store import FileKeyStore, StoreError, StoreFault, open_store
from hub_sync.client.timekeeper import Timekeeper
from hub_sync.contract.clock import ManualClock, epoch_ms
from hub_sync.contract.enums import Direction, ParticipantStatus, ReasonCode, ScanResult, ScanType
from hub_sync.contract.ids import new_id
from hub_sync.contract.sync import EventRow, Override
from kiosk_app.core import gate as gate_module
from kiosk_app.core.gate import Gate
from kiosk_app.messages import GateOutcome, Notice, Subject, Trouble
from tests.support.builders.people import participant_row, seal_ticket_for
from tests.support.builders.station import (
    EVENT_ROW,
    NOON,
    BuiltGate,
    RecordingSpeaker,
    apply_page,
    build_gate,
    pull_page,
    reopen_store,
)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[BuiltGate]:
    scene = build_gate(tmp_path, [participant_row("ada", code="REG-0012")])
    yield scene
    scene.store.close()


def bug(*_: object, **__: object) -> Any:
    raise KeyError("a fault that nobody foresaw")


ADA = Subject(ScanType.SEARCH, participant_id="ada")
OVERRIDE = Override(reason="knows the speaker", operator="Kim")
SCANS: dict[str, Callable[[Gate], GateOutcome | Notice]] = {
    "camera": lambda gate: gate.decide_scan(seal_ticket_for("ada")),
    "typed": lambda gate: gate.decide_typed("REG-0012"),
    "hand-held": lambda gate: gate.decide_typed(seal_ticket_for("ada")),
    "search": lambda gate: gate.decide_participant("ada"),
    "override": lambda gate: gate.decide_again(ADA, OVERRIDE),
}


every_scan = pytest.mark.parametrize("scan", SCANS.values(), ids=SCANS)


def refusal(outcome: GateOutcome | Notice) -> GateOutcome:
    assert isinstance(outcome, GateOutcome)
    assert (outcome.decision.result, outcome.decision.reason) == (
        ScanResult.INVALID,
        ReasonCode.STATION_FAILED,
    )
    assert not outcome.is_green
    assert not outcome.decision.overridable
    return outcome


def test_somebody_whose_presence_is_on_a_damaged_page_is_not_admitted_a_second_time(tmp_path: Path) -> None:
    ada_inside = ("hall-a", "ada", Direction.ENTRY, epoch_ms(NOON), "other-gate", 1, 1, epoch_ms(NOON), 0)
    here = build_gate(tmp_path, [participant_row("ada")], presence=(ada_inside,))
    assert here.store.roster.find("ada"), "the page with her name was read before"
    (path,) = tmp_path.glob("roster-*.db")
    reader = here.store.roster._people
    (root,) = reader.rows("SELECT rootpage FROM sqlite_master WHERE name = 'presence'")[0]
    content = bytearray(path.read_bytes())
    content[(root - 1) * 4096 + 100] ^= 1
    path.write_bytes(content)
    outcome = here.gate.decide_scan(seal_ticket_for("ada"))
    assert isinstance(outcome, GateOutcome)
    assert (outcome.is_green, outcome.decision.reason) == (False, ReasonCode.UNKNOWN_PARTICIPANT)
    assert outcome.decision.overridable


@pytest.mark.parametrize("is_open", [True, False])
def test_with_a_damaged_roster_nobody_is_admitted_as_unknown_while_the_hub_is_away(
    tmp_path: Path, is_open: bool
) -> None:
    cancelled = participant_row("bob", status=ParticipantStatus.CANCELLED)
    here = build_gate(tmp_path, [participant_row("ada"), cancelled])
    folder = here.folder
    here.store.close()
    (path,) = folder.glob("roster-*.db")
    whole = path.read_bytes()
    spots = range(4096 + 100, len(whole), 4096)
    damaged = bytearray(whole)
    for spot in spots:
        damaged[spot] ^= 1
    if not is_open:
        path.write_bytes(damaged)
    with reopen_store(folder, here.clock) as store:
        gate = Gate(
            store=store,
            timekeeper=Timekeeper(here.clock, store),
            clock=here.clock,
            new_id=new_id,
            turnstile=None,
            speaker=here.speaker,
        )
        if is_open:
            path.write_bytes(damaged)
        for person in ("bob", "ada"):
            outcome = gate.decide_scan(seal_ticket_for(person))
            assert isinstance(outcome, GateOutcome)
            assert (outcome.is_green, outcome.decision.reason) == (False, ReasonCode.UNKNOWN_PARTICIPANT)
            assert outcome.decision.overridable, "nobody knows if the person was cancelled: a person decides"
            assert outcome.row_id
        if not is_open:
            assert store.recovery is not None
            assert "The list of participants" in store.recovery.sentence


BROKEN = ("timekeeper.read", "venue.age", "roster", "presence.get", "keys.key_ring", "decide")
OPENS_NO_TICKET = ("search", "override")


@pytest.mark.parametrize(
    ("scan", "broken"),
    [
        pytest.param(scan, broken, id=f"{name}-{broken}")
        for name, scan in SCANS.items()
        for broken in BROKEN
        if not (broken == "keys.key_ring" and name in OPENS_NO_TICKET)
    ],
)
def test_a_bug_before_the_row_is_a_refusal_with_a_row_a_reason_and_the_tone(
    here: BuiltGate,
    monkeypatch: pytest.MonkeyPatch,
    scan: Callable[[Gate], GateOutcome | Notice],
    broken: str,
) -> None:
    match broken:
        case "timekeeper.read":
            monkeypatch.setattr(here.gate._timekeeper, "read", bug)
        case "decide":
            monkeypatch.setattr(gate_module, "decide", bug)
        case "roster":
            for name in ("find", "find_by_code"):
                monkeypatch.setattr(here.store.roster, name, bug)
        case _:
            part, name = broken.split(".")
            monkeypatch.setattr(getattr(here.store, part), name, bug)
    outcome = refusal(scan(here.gate))
    assert (here.rows(), here.turnstile.pulses) == (1, 0)
    assert here.speaker.tones == [Tone.ERROR]
    row = here.store.journal.last()
    assert row is not None
    assert (outcome.sequence, outcome.row_id, outcome.trouble) == (1, row.record.id, None)
    assert (row.record.reason, row.record.result) == (ReasonCode.STATION_FAILED, ScanResult.INVALID)
    assert row.record.participant_id is None


@pytest.mark.parametrize("broken", ["enrolment", "append", "new_id"])
@every_scan
def test_a_bug_where_no_row_can_be_written_is_a_refusal_that_says_so(
    here: BuiltGate,
    monkeypatch: pytest.MonkeyPatch,
    scan: Callable[[Gate], GateOutcome | Notice],
    broken: str,
) -> None:
    match broken:
        case "enrolment":
            monkeypatch.setattr(here.store.settings, "enrolment_and_settings", bug)
        case "append":
            monkeypatch.setattr(here.store.journal, "append", bug)
        case "new_id":
            monkeypatch.setattr(here.gate, "_new_id", bug)
    outcome = refusal(scan(here.gate))
    assert (outcome.trouble, outcome.sequence) == (Trouble.NOT_WRITTEN, None)
    assert (here.rows(), here.turnstile.pulses) == (0, 0)
    assert here.speaker.tones == [Tone.ERROR]


def test_a_failed_override_says_in_its_row_that_it_was_asked_for(
    here: BuiltGate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate_module, "decide", bug)
    refusal(SCANS["override"](here.gate))
    row = here.store.journal.last()
    assert row is not None
    assert row.record.override_asked


@every_scan
def test_a_speaker_that_fails_leaves_verdict_row_and_pulse_as_they_are(
    here: BuiltGate, monkeypatch: pytest.MonkeyPatch, scan: Callable[[Gate], GateOutcome | Notice]
) -> None:
    monkeypatch.setattr(here.speaker, "play", bug)
    outcome = scan(here.gate)
    assert isinstance(outcome, GateOutcome)
    assert (outcome.is_green, outcome.pulsed, here.rows()) == (True, True, 1)


def test_a_speaker_that_fails_keeps_no_refusal_from_the_screen(
    here: BuiltGate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(here.speaker, "play", bug)
    monkeypatch.setattr(gate_module, "decide", bug)
    refusal(here.gate.decide_scan(seal_ticket_for("ada")))
    assert here.rows() == 1


def test_a_sync_engine_that_fails_takes_nothing_back(
    here: BuiltGate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(here.gate, "_on_written", bug)
    outcome = here.gate.decide_scan(seal_ticket_for("ada"))
    assert isinstance(outcome, GateOutcome)
    assert (outcome.is_green, here.speaker.tones) == (True, [Tone.SUCCESS])


def test_a_turnstile_that_raises_a_device_error_says_its_sentence(
    here: BuiltGate, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(_: int) -> None:
        raise DeviceLost("The cable of the turnstile is loose.")

    monkeypatch.setattr(here.turnstile, "pulse", lost)
    outcome = here.gate.decide_scan(seal_ticket_for("ada"))
    assert isinstance(outcome, GateOutcome)
    assert (outcome.trouble, outcome.sequence) == (Trouble.GATE_STUCK, 1)
    assert outcome.trouble_sentence == "The cable of the turnstile is loose."


# --- a time zone that is newer than the station's data ------------------------------------------


@pytest.fixture
def newer(here: BuiltGate) -> BuiltGate:
    event = EventRow.model_validate(EVENT_ROW | {"time_zone": "Europe/Doorward"})
    apply_page(here.store, pull_page([], snapshot=False, cursor="2", total=None, events=(event,)))
    return here


def test_an_unknown_time_zone_refuses_in_its_own_sentence_with_a_row_and_a_tone(newer: BuiltGate) -> None:
    outcome = newer.gate.decide_scan(seal_ticket_for("ada"))
    assert isinstance(outcome, GateOutcome)
    assert outcome.decision.reason is ReasonCode.UNKNOWN_TIME_ZONE
    assert (outcome.is_green, outcome.sequence, newer.turnstile.pulses) == (False, 1, 0)
    assert newer.speaker.tones == [Tone.ERROR]


def test_in_an_unknown_time_zone_a_supervisor_may_admit_and_people_may_leave(newer: BuiltGate) -> None:
    refused = newer.gate.decide_scan(seal_ticket_for("ada"))
    assert isinstance(refused, GateOutcome)
    admitted = newer.gate.decide_again(refused.subject, OVERRIDE)
    assert isinstance(admitted, GateOutcome)
    assert admitted.decision.result is ScanResult.MANUAL_OVERRIDE
    newer.gate.choose_direction(Direction.EXIT)
    left = newer.gate.decide_scan(seal_ticket_for("ada"))
    assert isinstance(left, GateOutcome)
    assert left.decision.reason is ReasonCode.EXITED


def test_a_station_that_is_not_ready_is_not_silent(tmp_path: Path) -> None:
    clock, speaker = ManualClock(NOON), RecordingSpeaker()
    with open_store(tmp_path, FileKeyStore(tmp_path), clock, new_id) as store:
        gate = Gate(
            store=store,
            timekeeper=Timekeeper(clock, store),
            clock=clock,
            new_id=new_id,
            turnstile=None,
            speaker=speaker,
        )
        assert gate.decide_scan(seal_ticket_for("ada")) is Notice.NOT_READY
    assert speaker.tones == [Tone.ERROR]


@every_scan
def test_a_store_that_cannot_be_read_refuses_with_the_tone(
    here: BuiltGate, monkeypatch: pytest.MonkeyPatch, scan: Callable[[Gate], GateOutcome | Notice]
) -> None:
    def unreadable() -> None:
        raise StoreError(StoreFault.IO)

    monkeypatch.setattr(here.store.venue, "event", unreadable)
    outcome = scan(here.gate)
    assert isinstance(outcome, GateOutcome)
    assert (outcome.trouble, outcome.fault) == (Trouble.NOT_WRITTEN, StoreFault.IO)
    assert here.speaker.tones == [Tone.ERROR]
