"""A scan from code to relay, over a real sealed store."""

import base64
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from hardware.errors import RelayFault
from hardware.relay import DoorFault
from hardware.tones import Tone
from hub_sync.client.store import FileKeyStore, StoreError, StoreFault, open_store
from hub_sync.client.store.journal.peer_presence import StationClocks
from hub_sync.client.timekeeper import Timekeeper
from hub_sync.contract.clock import ManualClock, epoch_ms
from hub_sync.contract.enums import (
    DeviceStatus,
    Direction,
    Mark,
    ReasonCode,
    ScanResult,
    ScanType,
    TicketAlgorithm,
)
from hub_sync.contract.ids import new_id
from hub_sync.contract.sync import CheckpointRow, EndedKeyRow, EventRow, Override, QrKeyRow
from hub_sync.rules.tickets.signed_ticket import sign_ticket
from hub_sync.rules.tickets.ticket_codec import TicketPayload
from hub_sync.rules.tickets.ticket_keys import SignatureKey, TicketKey
from kiosk_app.core.assignment import serve_checkpoint
from kiosk_app.core.gate import Gate
from kiosk_app.messages import GateOutcome, Notice, Subject, Trouble
from tests.support.builders.people import (
    EVENT,
    KEY,
    SIGNATURE_KEY,
    TENANT,
    key_row,
    participant_row,
    seal_bytes,
    seal_ticket_for,
)
from tests.support.builders.station import (
    CHECKPOINT_ROW,
    GATE,
    NOON,
    BuiltGate,
    RecordingSpeaker,
    apply_page,
    build_gate,
    pull_page,
    screening_list,
)
from tests.support.decision_vectors import VECTORS, Vector

OVERRIDE = Override(reason="knows the speaker", operator="Kim")
PEOPLE = [
    participant_row("ada", code="REG-0012"),
    participant_row("bo", "Bo Cancelled", "CANCELLED"),
    participant_row("cy", "Cy Deleted", standing="deleted"),
]


@pytest.fixture
def here(tmp_path: Path) -> Iterator[BuiltGate]:
    scene = build_gate(tmp_path, PEOPLE)
    yield scene
    scene.store.close()


def outcome(scan: GateOutcome | Notice) -> GateOutcome:
    assert isinstance(scan, GateOutcome)
    return scan


def test_good_ticket_is_written_down_before_the_relay_moves(here: BuiltGate) -> None:
    scan = outcome(here.gate.decide_scan(seal_ticket_for("ada")))
    assert (scan.decision.result, scan.sequence, scan.pulsed, scan.is_green) == (
        ScanResult.VALID,
        1,
        True,
        True,
    )
    assert here.turnstile.rows_at_pulse == [1]
    assert here.speaker.tones == [Tone.SUCCESS]
    assert (scan.name, scan.registration_code) == ("Ada Lovelace", "REG-0012")


@pytest.mark.parametrize(("issued_at", "in_row"), [(1_790_000_000, 1_790_000_000), (2**70, 2**52 - 1)])
def test_the_row_has_the_tickets_time_of_issue(here: BuiltGate, issued_at: int, in_row: int) -> None:
    assert outcome(here.gate.decide_scan(seal_ticket_for("ada", issued_at=issued_at))).is_green
    here.gate.decide_scan("https://festival.example")
    assert [row.record.ticket_issued_at_s for row in here.store.journal.rows()] == [in_row, None]


def test_second_time_is_already_scanned_and_says_since_when(here: BuiltGate) -> None:
    here.gate.decide_scan(seal_ticket_for("ada"))
    here.wait(minutes=5)
    scan = outcome(here.gate.decide_scan(seal_ticket_for("ada")))
    assert scan.decision.result is ScanResult.ALREADY_SCANNED
    assert scan.decision.detail.startswith("2026-06-11T11:00:00")
    assert (here.turnstile.pulses, here.rows()) == (1, 2)
    assert here.speaker.tones[-1] is Tone.WARNING


def test_memory_outlives_the_upload(here: BuiltGate) -> None:
    here.gate.decide_scan(seal_ticket_for("ada"))
    row = here.store.journal.last()
    assert row is not None
    here.store.outbox.acknowledge(row.sequence, row.hash)
    assert here.store.journal.backlog().rows == 0
    assert (
        outcome(here.gate.decide_scan(seal_ticket_for("ada"))).decision.result is ScanResult.ALREADY_SCANNED
    )


def test_what_cannot_be_written_is_never_green_and_never_opens(
    here: BuiltGate, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: object) -> None:
        raise StoreError(StoreFault.FULL)

    monkeypatch.setattr(here.store.journal, "append", full)
    scan = outcome(here.gate.decide_scan(seal_ticket_for("ada")))
    assert scan.trouble is Trouble.NOT_WRITTEN
    assert not scan.is_green
    assert "full" in scan.trouble_sentence
    assert here.turnstile.pulses == 0
    assert here.speaker.tones == [Tone.ERROR]


def test_store_that_cannot_be_read_refuses_in_a_sentence(
    here: BuiltGate, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> None:
        raise StoreError(StoreFault.IO)

    monkeypatch.setattr(here.store.roster, "find", broken)
    scan = outcome(here.gate.decide_scan(seal_ticket_for("ada")))
    assert (scan.trouble, scan.is_green, scan.sequence) == (Trouble.NOT_WRITTEN, False, None)
    assert here.turnstile.pulses == 0


def test_store_that_cannot_be_read_refuses_a_typed_code_in_a_sentence_too(
    here: BuiltGate, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise StoreError(StoreFault.IO)

    monkeypatch.setattr(here.store.keys, "key_ring", broken)
    scan = outcome(here.gate.decide_typed("REG-0012"))
    assert (scan.trouble, scan.is_green, scan.sequence) == (Trouble.NOT_WRITTEN, False, None)


@pytest.mark.parametrize("sure", [True, False])
def test_ticket_sealed_by_a_key_whose_time_is_over_opens_only_where_no_clock_can_be_trusted(
    here: BuiltGate, *, sure: bool
) -> None:
    ended = QrKeyRow(
        kid=KEY.kid,
        material=KEY.material.hex(),
        not_before_ms=None,
        not_after_ms=epoch_ms(NOON - timedelta(hours=1)),
    )
    here.store.keys.replace((ended,))
    if not sure:
        here.clock.jump(timedelta(minutes=5))
    scan = outcome(here.gate.decide_scan(seal_ticket_for("ada")))
    assert scan.decision.reason is (ReasonCode.ADMITTED if not sure else ReasonCode.TICKET_OUTDATED)


def test_checkpoint_picked_at_an_earlier_event_does_not_keep_the_gate_from_its_own(here: BuiltGate) -> None:
    serve_checkpoint(here.store, "of-another-event")
    assert outcome(here.gate.decide_scan(seal_ticket_for("ada"))).is_green


def test_relay_that_fails_is_told_and_the_row_stays(here: BuiltGate) -> None:
    here.turnstile.broken = "The relay board is gone."
    scan = outcome(here.gate.decide_scan(seal_ticket_for("ada")))
    assert (scan.trouble, scan.pulsed, scan.sequence) == (Trouble.GATE_STUCK, False, 1)
    assert scan.trouble_sentence == "The relay board is gone."
    assert scan.door_fault == DoorFault(RelayFault.UNPLUGGED, "/dev/ttyUSB0")


def test_door_that_raises_is_told_as_stuck_and_the_row_stays(
    here: BuiltGate, monkeypatch: pytest.MonkeyPatch
) -> None:
    def bug(_: int) -> None:
        raise RuntimeError

    monkeypatch.setattr(here.turnstile, "pulse", bug)
    scan = outcome(here.gate.decide_scan(seal_ticket_for("ada")))
    assert (scan.trouble, scan.pulsed, scan.sequence) == (Trouble.GATE_STUCK, False, 1)


def test_gate_without_a_turnstile_admits(tmp_path: Path) -> None:
    scene = build_gate(tmp_path, PEOPLE)
    gate = Gate(
        store=scene.store,
        timekeeper=Timekeeper(scene.clock, scene.store),
        clock=scene.clock,
        new_id=lambda: "0" * 36,
        turnstile=None,
        speaker=scene.speaker,
    )
    scan = outcome(gate.decide_scan(seal_ticket_for("ada")))
    assert (scan.is_green, scan.pulsed, scan.trouble) == (True, False, None)
    scene.store.close()


@pytest.mark.parametrize("text", ["REG-0012", " reg-OO12 ", "reg 0012"])
def test_a_scanned_registration_code_is_no_ticket_and_admits_nobody_but_is_called_what_it_is(
    here: BuiltGate, text: str
) -> None:
    scan = outcome(here.gate.decide_scan(text))
    assert (scan.decision.result, scan.decision.reason) == (ScanResult.INVALID, ReasonCode.NOT_A_TICKET)
    assert (scan.is_registration_code, scan.name, scan.decision.overridable) == (True, "", False)
    assert (here.turnstile.pulses, here.rows(), here.speaker.tones) == (0, 1, [])
    assert not outcome(here.gate.decide_scan("REG-9999")).is_registration_code


def test_a_locked_station_does_not_say_whether_a_code_is_on_its_roster(here: BuiltGate) -> None:
    here.store.access.record(DeviceStatus.LOCKED)
    scan = outcome(here.gate.decide_scan("REG-0012"))
    assert (scan.decision.admits, scan.is_registration_code) == (False, False)


def test_poster_is_invalid_once_quietly_and_without_a_pulse(here: BuiltGate) -> None:
    scan = outcome(here.gate.decide_scan("https://festival.example/line-up"))
    assert (scan.decision.result, scan.decision.reason) == (ScanResult.INVALID, ReasonCode.NOT_A_TICKET)
    assert here.speaker.tones == []
    assert (here.turnstile.pulses, here.rows()) == (0, 1)


@pytest.mark.parametrize(
    "noise", ["4006381333931", "WIFI:T:WPA;S=x;P:y;;", "\x00\x01", "\ud800", "", "a" * 9000]
)
def test_whatever_is_held_up_leaves_one_row_and_no_crash(here: BuiltGate, noise: str) -> None:
    scan = outcome(here.gate.decide_scan(noise))
    assert scan.decision.result is ScanResult.INVALID
    assert (here.turnstile.pulses, here.rows()) == (0, 1)


def test_override_of_a_cancelled_participant_is_admitted_and_marked(here: BuiltGate) -> None:
    refused = outcome(here.gate.decide_scan(seal_ticket_for("bo")))
    assert refused.decision.result is ScanResult.REVOKED
    scan = outcome(here.gate.decide_again(refused.subject, OVERRIDE))
    assert scan.decision.result is ScanResult.MANUAL_OVERRIDE
    last = here.store.journal.last()
    assert last is not None
    assert (last.record.override, last.record.override_asked) == (OVERRIDE, True)
    assert here.turnstile.pulses == 1


def test_override_of_an_unknown_code_never_opens_and_is_recorded_as_asked(here: BuiltGate) -> None:
    refused = outcome(here.gate.decide_typed("NO-SUCH-CODE"))
    scan = outcome(here.gate.decide_again(refused.subject, OVERRIDE))
    assert scan.decision.result is ScanResult.INVALID
    assert Mark.OVERRIDE_NOT_ALLOWED in scan.decision.marks
    last = here.store.journal.last()
    assert last is not None
    assert (last.record.override, last.record.override_asked) == (None, True)
    assert here.turnstile.pulses == 0


@pytest.mark.parametrize("typed", ["REG-0012", "reg 0012", "regOOl2", " REG–0012 "])
def test_typed_registration_code_is_forgiven(here: BuiltGate, typed: str) -> None:
    scan = outcome(here.gate.decide_typed(typed))
    assert (scan.decision.result, scan.subject.scan_type) == (ScanResult.VALID, ScanType.MANUAL)


def test_database_id_is_no_code(here: BuiltGate) -> None:
    assert outcome(here.gate.decide_typed("ada")).decision.reason is ReasonCode.UNKNOWN_CODE


def test_whole_ticket_from_a_hand_held_scanner_counts_as_a_scan(here: BuiltGate) -> None:
    scan = outcome(here.gate.decide_typed(f" {seal_ticket_for('ada')}\r\n"))
    assert (scan.decision.result, scan.subject.scan_type) == (ScanResult.VALID, ScanType.QR)


def test_person_found_by_name_is_decided_like_any_other(here: BuiltGate) -> None:
    assert outcome(here.gate.decide_participant("ada")).decision.result is ScanResult.VALID
    assert outcome(here.gate.decide_participant("bo")).decision.result is ScanResult.REVOKED


def test_deleted_participant_is_not_taken_for_an_unknown_one(here: BuiltGate) -> None:
    assert (
        outcome(here.gate.decide_scan(seal_ticket_for("cy"))).decision.reason
        is ReasonCode.PARTICIPANT_DELETED
    )


def test_somebody_registered_during_the_outage_is_admitted_with_a_mark_and_a_warning(here: BuiltGate) -> None:
    scan = outcome(here.gate.decide_scan(seal_ticket_for("new-here")))
    assert (scan.decision.result, scan.decision.marks) == (ScanResult.VALID, (Mark.UNKNOWN_PARTICIPANT,))
    assert here.speaker.tones == [Tone.WARNING]
    assert (
        outcome(here.gate.decide_scan(seal_ticket_for("new-here"))).decision.result
        is ScanResult.ALREADY_SCANNED
    )


@pytest.mark.parametrize(
    ("foreign", "reason"),
    [({"tenant": "other"}, ReasonCode.WRONG_TENANT), ({"event": "other"}, ReasonCode.WRONG_EVENT)],
)
def test_ticket_of_another_event_or_tenant_says_so(
    here: BuiltGate, foreign: dict[str, str], reason: ReasonCode
) -> None:
    scan = outcome(here.gate.decide_scan(seal_ticket_for("ada", **foreign)))  # type: ignore[arg-type]
    assert (scan.decision.result, scan.decision.reason) == (ScanResult.INVALID, reason)
    last = here.store.journal.last()
    assert last is not None
    assert (last.record.participant_id, scan.name) == (None, "")


def test_forged_ticket_is_refused(here: BuiltGate) -> None:
    forged = seal_ticket_for("ada", key=TicketKey("other", b"f" * 32))
    assert outcome(here.gate.decide_scan(forged)).decision.reason is ReasonCode.TICKET_FORGED


def test_exit_and_re_entry_at_a_bidirectional_checkpoint(here: BuiltGate) -> None:
    results = []
    for direction in (Direction.ENTRY, Direction.EXIT, Direction.EXIT, Direction.ENTRY):
        here.gate.choose_direction(direction)
        here.wait(seconds=10)
        results.append(outcome(here.gate.decide_scan(seal_ticket_for("ada"))).decision.occupancy_change)
    assert results == [1, -1, 0, 1]


def test_checkpoint_of_another_zone_is_independent_of_the_first(tmp_path: Path) -> None:
    vip = CheckpointRow.model_validate(CHECKPOINT_ROW | {"id": "vip", "name": "VIP", "zone": "vip"})
    side = CheckpointRow.model_validate(CHECKPOINT_ROW | {"id": "side", "name": "Side gate"})
    main = CheckpointRow.model_validate(CHECKPOINT_ROW)
    scene = build_gate(tmp_path, PEOPLE, checkpoints=(main, vip, side))
    assert outcome(scene.gate.decide_scan(seal_ticket_for("ada"))).decision.result is ScanResult.VALID
    serve_checkpoint(scene.store, "vip")
    assert outcome(scene.gate.decide_scan(seal_ticket_for("ada"))).decision.result is ScanResult.VALID
    serve_checkpoint(scene.store, "side")
    assert (
        outcome(scene.gate.decide_scan(seal_ticket_for("ada"))).decision.result is ScanResult.ALREADY_SCANNED
    )
    scene.store.close()


def test_revocation_applies_with_the_next_pull(here: BuiltGate) -> None:
    assert outcome(here.gate.decide_scan(seal_ticket_for("ada"))).decision.result is ScanResult.VALID
    delta = pull_page([participant_row("ada", status="CANCELLED")], snapshot=False, cursor="2", total=None)
    apply_page(here.store, delta)
    assert outcome(here.gate.decide_scan(seal_ticket_for("ada"))).decision.result is ScanResult.REVOKED


def test_replaced_ticket_is_refused_after_the_pull_and_the_new_one_admits(here: BuiltGate) -> None:
    replaced = participant_row("ada", code="REG-0012", tickets_valid_from=1000)
    apply_page(here.store, pull_page([replaced], snapshot=False, cursor="2", total=None))
    scan = outcome(here.gate.decide_scan(seal_ticket_for("ada", issued_at=999)))
    assert (scan.decision.result, scan.decision.reason) == (ScanResult.REVOKED, ReasonCode.TICKET_REPLACED)
    assert (here.turnstile.pulses, scan.name) == (0, "Ada Lovelace")
    assert outcome(here.gate.decide_scan(seal_ticket_for("ada", issued_at=1000))).is_green


def test_whoever_is_inside_stays_inside_when_the_ticket_is_replaced(here: BuiltGate) -> None:
    here.gate.decide_scan(seal_ticket_for("ada", issued_at=999))
    replaced = participant_row("ada", code="REG-0012", tickets_valid_from=1000)
    apply_page(here.store, pull_page([replaced], snapshot=False, cursor="2", total=None))
    again = outcome(here.gate.decide_scan(seal_ticket_for("ada", issued_at=1000)))
    assert again.decision.reason is ReasonCode.ALREADY_INSIDE
    here.gate.choose_direction(Direction.EXIT)
    assert outcome(here.gate.decide_scan(seal_ticket_for("ada", issued_at=999))).is_green


def test_day_two_admits_whoever_did_not_scan_out(here: BuiltGate) -> None:
    here.gate.decide_scan(seal_ticket_for("ada"))
    here.wait(hours=23)
    scan = outcome(here.gate.decide_scan(seal_ticket_for("ada")))
    assert (scan.is_green, scan.decision.occupancy_change) == (True, 0)
    assert Mark.ENTERED_AGAIN in scan.decision.marks


def test_another_gates_scan_is_known_after_the_pull(here: BuiltGate) -> None:
    presence_row = ("hall-a", "ada", "entry", epoch_ms(NOON - timedelta(minutes=1)), "device-2", 1, 1, 0, 0)
    apply_page(here.store, pull_page([], snapshot=False, cursor="2", total=None, presence=(presence_row,)))
    assert (
        outcome(here.gate.decide_scan(seal_ticket_for("ada"))).decision.result is ScanResult.ALREADY_SCANNED
    )


def test_clock_that_jumped_back_keeps_scans_and_marks_them(here: BuiltGate) -> None:
    here.gate.decide_scan(seal_ticket_for("ada"))
    here.clock.jump(timedelta(days=-1))
    scan = outcome(here.gate.decide_scan(seal_ticket_for("new-here")))
    last = here.store.journal.last()
    assert last is not None
    assert (scan.decision.result, last.record.clock_sure) == (ScanResult.VALID, False)
    assert Mark.CLOCK_UNSURE in scan.decision.marks


def test_expiry_is_not_decided_silently_on_an_unsure_clock(here: BuiltGate) -> None:
    here.clock.jump(timedelta(days=30))
    scan = outcome(here.gate.decide_scan(seal_ticket_for("ada")))
    assert (scan.decision.reason, scan.decision.overridable) == (ReasonCode.CLOCK_UNSURE, True)


def test_measured_time_of_the_hub_makes_a_wrong_clock_sure(here: BuiltGate) -> None:
    here.clock.jump(timedelta(days=30))
    keeper = Timekeeper(here.clock, here.store)
    for hub_now in (NOON, NOON + timedelta(minutes=1)):
        now_ms = here.clock.monotonic_ms()
        keeper.record_measurement(epoch_ms(hub_now), now_ms, now_ms)
        here.wait(minutes=1)
    scan = outcome(here.gate.decide_scan(seal_ticket_for("ada")))
    assert (scan.decision.result, scan.at) == (ScanResult.VALID, NOON + timedelta(minutes=2))


def test_old_roster_is_marked(here: BuiltGate) -> None:
    here.wait(hours=13)
    assert Mark.ROSTER_STALE in outcome(here.gate.decide_scan(seal_ticket_for("ada"))).decision.marks


def test_station_that_was_never_enrolled_is_not_ready(tmp_path: Path) -> None:
    clock = ManualClock(NOON)
    with open_store(tmp_path, FileKeyStore(tmp_path), clock, new_id) as store:
        gate = Gate(
            store=store,
            timekeeper=Timekeeper(clock, store),
            clock=clock,
            new_id=new_id,
            turnstile=None,
            speaker=RecordingSpeaker(),
        )
        assert gate.decide_scan(seal_ticket_for("ada")) is Notice.NOT_READY
        assert store.journal.last() is None


# --- the shared vectors -------------------------------------------------------------------------


ENDED_KEY = SignatureKey.from_seed("ended", bytes(32), TENANT)
ENDED_ROW = EndedKeyRow(kid="ended", algorithm=TicketAlgorithm.SIGNED, key_id=ENDED_KEY.key_id.hex())


def good_ticket(vector: Vector) -> str:
    if vector.not_before is None and vector.not_after is None:
        return seal_ticket_for("ada", issued_at=vector.issued_at)
    payload = TicketPayload(
        "ada", TENANT, EVENT, vector.issued_at, 2, "", vector.not_before, vector.not_after
    )
    return sign_ticket(payload, SIGNATURE_KEY)


def subject_of(vector: Vector) -> Subject:
    if vector.ticket == "none":
        return Subject(ScanType.MANUAL, text="REG-0012")
    texts = {
        "good": good_ticket(vector),
        "not_a_ticket": "https://example.com",
        "damaged": seal_ticket_for("ada")[:-8],
        "forged": seal_ticket_for("ada", key=TicketKey("other", b"f" * 32)),
        "outdated": sign_ticket(TicketPayload("ada", TENANT, EVENT, 1, 2), ENDED_KEY),
        "unsupported": seal_bytes(b'{"pid":"ada","tid":"t","eid":"e","iat":1,"v":2}'),
        "malformed": seal_bytes(b"[]"),
        "wrong_tenant": seal_ticket_for("ada", tenant="other"),
        "wrong_event": seal_ticket_for("ada", event="other"),
    }
    return Subject(ScanType.QR, text=texts[vector.ticket])


def happens_at_a_station(vector: Vector) -> bool:
    """Return True if a station can meet the case.

    It follows its checkpoint. Without a pull, and at a checkpoint that is switched off, it is NOT_READY.
    """
    allowed = vector.checkpoint["direction"]
    is_ready = vector.roster_age is not None and vector.checkpoint["active"]
    return is_ready and allowed in ("bidirectional", vector.direction.value)


def tell_of_scans(scene: BuiltGate, *, entries: int, age_ms: int) -> None:
    """Let another gate tell of entries that the hub does not know, the last of which has left again."""
    passage = (
        "hall-a",
        Direction.EXIT,
        age_ms,
        2 * entries,
        entries,
        age_ms,
        None,
        tuple(range(1, 2 * entries, 2)),
    )
    clocks = StationClocks(epoch_ms(scene.clock.now()), scene.clock.monotonic_ms(), scene.clock.boot_id)
    messages = [("ada", GATE, (passage,), 2 * entries, ())]
    scene.store.peer_presence.store(EVENT, [("device-3", ("journal-3", 2 * entries), messages)], clocks)


STATION_VECTORS = [vector for vector in VECTORS if happens_at_a_station(vector)]


@pytest.mark.parametrize("vector", STATION_VECTORS, ids=lambda vector: vector.name)
def test_station_decides_by_the_shared_vectors(vector: Vector, tmp_path: Path) -> None:
    checkpoint = CheckpointRow.model_validate(vector.checkpoint_row(GATE, EVENT))
    assert vector.roster_age is not None
    last_at, entered_at = vector.last_at, vector.entered_at
    way = "entry" if vector.presence["inside"] else "exit"
    times = [0 if at is None else epoch_ms(at) for at in (last_at, entered_at)]
    entries, unsent = vector.presence["entries"], vector.presence["unsent"]
    presence_row = ("hall-a", "ada", way, times[0], "device-2", 1, entries - unsent, times[1], 0)
    rest = {name: value for name, value in (vector.person or {}).items() if name != "restrictions"}
    scene = build_gate(
        tmp_path,
        [] if vector.person is None else [participant_row("ada", code="REG-0012", **rest)],
        now=vector.now,
        at=vector.now - vector.roster_age,
        checkpoints=(checkpoint,),
        events=(EventRow.model_validate(vector.event_row(EVENT, TENANT)),),
        presence=(presence_row,) if entries > unsent else (),
        keys=(key_row(KEY), key_row(SIGNATURE_KEY)),
        ended_keys=(ENDED_ROW,),
        journals=(),
        screening=screening_list(("ada", each) for each in vector.restrictions),
    )
    if unsent:
        tell_of_scans(scene, entries=unsent, age_ms=epoch_ms(vector.now) - times[0])
    scene.gate.choose_direction(vector.direction)
    if not vector.sure:
        scene.clock.monotonic += 3_600_000
    scan = outcome(scene.gate._attempt(subject_of(vector), override=OVERRIDE if vector.override else None))
    assert Vector.as_expected(scan.decision) == vector.expect
    assert scene.rows() == 1
    assert scene.turnstile.pulses == int(scan.decision.admits)
    scene.store.close()


@pytest.mark.parametrize("direction", Direction)
def test_only_an_entry_leaves_the_zone_before(tmp_path: Path, direction: Direction) -> None:
    lounge = CheckpointRow.model_validate(CHECKPOINT_ROW | {"leaves_zones": True})
    here = build_gate(tmp_path, [participant_row("ada")], checkpoints=(lounge,))
    here.gate.choose_direction(direction)
    here.gate.decide_scan(seal_ticket_for("ada"))
    (row,) = here.store.journal.rows()
    assert row.record.leaves_zones is (direction is Direction.ENTRY)
    here.store.close()


def test_case_2_a_refusal_never_suppresses_a_later_success(here: BuiltGate) -> None:
    refused = outcome(here.gate.decide_scan(seal_ticket_for("bo")))
    assert refused.decision.reason is ReasonCode.PARTICIPANT_CANCELLED
    apply_page(here.store, pull_page([participant_row("bo", "Bo Again")], snapshot=False, cursor="2"))
    admitted = outcome(here.gate.decide_scan(seal_ticket_for("bo")))
    assert admitted.is_green
    results = [(row.record.participant_id, row.record.result) for row in here.store.journal.rows()]
    assert results == [("bo", ScanResult.REVOKED), ("bo", ScanResult.VALID)]
    assert refused.row_id != admitted.row_id, "each try has an id of its own"


def test_each_checkpoint_of_a_station_is_decided_by_its_own_rules(tmp_path: Path) -> None:
    first = CheckpointRow.model_validate(CHECKPOINT_ROW | {"reentry": "once", "zone": "hall-a"})
    lounge = CheckpointRow.model_validate(
        CHECKPOINT_ROW
        | {
            "id": "lounge",
            "name": "Lounge",
            "zone": "lounge",
            "allowed_categories": ["vip"],
            "opens_at": "10:00",
        }
    )
    people = [participant_row("ada"), participant_row("vera", "Vera Vip", category="vip")]
    here = build_gate(tmp_path, people, checkpoints=(first, lounge))
    reasons: dict[str, list[tuple[str, ReasonCode]]] = {}
    for checkpoint in (GATE, "lounge", GATE):
        serve_checkpoint(here.store, checkpoint)
        for person in ("ada", "vera"):
            scan = outcome(here.gate.decide_scan(seal_ticket_for(person)))
            reasons.setdefault(checkpoint, []).append((person, scan.decision.reason))
    assert reasons == {
        GATE: [
            ("ada", ReasonCode.ADMITTED),
            ("vera", ReasonCode.ADMITTED),
            ("ada", ReasonCode.ALREADY_INSIDE),
            ("vera", ReasonCode.ALREADY_INSIDE),
        ],
        "lounge": [("ada", ReasonCode.CATEGORY_NOT_ALLOWED), ("vera", ReasonCode.ADMITTED)],
    }
    rows = [(row.record.checkpoint_id, row.record.zone) for row in here.store.journal.rows()]
    assert rows == [*[(GATE, "hall-a")] * 2, *[("lounge", "lounge")] * 2, *[(GATE, "hall-a")] * 2]
    here.store.close()


@pytest.mark.parametrize(
    "text",
    [
        '{"pid":"ada","tid":"tenant-1","eid":"event-1","iat":1}',
        '{"ticket_id":"ada"}',
        '{"id": "ada", "registration_code": "REG-0012", "status": "APPROVED"}',
        base64.urlsafe_b64encode(b'{"pid":"ada","tid":"tenant-1","eid":"event-1","iat":1}').decode(),
        "REG-0012",
        "ada",
    ],
)
def test_json_with_the_id_of_a_ticket_is_no_ticket(here: BuiltGate, text: str) -> None:
    scan = outcome(here.gate.decide_scan(text))
    assert (scan.decision.result, scan.decision.overridable) == (ScanResult.INVALID, False)
    assert (here.turnstile.pulses, here.rows()) == (0, 1)


PLAIN_SCAN_STATEMENTS = 12
"""A plain scan's statements: each costs some 8 microseconds of the time before the gate opens."""


def test_a_plain_scan_reads_again_only_what_may_have_changed(here: BuiltGate) -> None:
    here.turnstile.store = None  # it would count the journal's rows
    here.gate.decide_scan(seal_ticket_for("ada"))
    statements: list[str] = []
    roster = here.store._reader.current()
    assert roster is not None
    for file in (here.store._file, roster):
        file._connection.set_trace_callback(statements.append)
    here.gate.decide_scan(seal_ticket_for("dee"))
    assert len(statements) <= PLAIN_SCAN_STATEMENTS, statements


def test_what_the_hub_sent_between_two_scans_holds_for_the_second(here: BuiltGate) -> None:
    with here.store.open_session() as sync:
        assert here.gate.decide_scan(seal_ticket_for("ada")).decision.admits  # type: ignore[union-attr]
        sync.access.record(DeviceStatus.LOCKED)
        locked = here.gate.decide_scan(seal_ticket_for("dee"))
        assert isinstance(locked, GateOutcome)
        assert locked.decision.reason is ReasonCode.STATION_LOCKED
        sync.access.record(DeviceStatus.ACTIVE)
        sync.keys.replace([])
        forged = here.gate.decide_scan(seal_ticket_for("dee"))
        assert isinstance(forged, GateOutcome)
        assert forged.decision.reason is ReasonCode.TICKET_FORGED
