"""The status messages of the reporter, over a real store."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

from hardware.camera import CameraCapture, CameraFault, Frame, VirtualCamera, open_source
from hardware.camera import CameraState as HealthState
from hardware.codes import CodeReader
from hardware.errors import RelayFault
from hardware.relay import DoorFault, create_door
from hardware.scanner import HandScanner, ScannerFault
from hardware.tones import TonePlayer
from hub_sync.client.store import DiskSpace, FileKeyStore, StoreError, StoreFault, open_store
from hub_sync.client.sync.status import ConnectionState, SyncStatus
from hub_sync.client.timekeeper import Timekeeper
from hub_sync.contract.clock import ManualClock, epoch_ms
from hub_sync.contract.enums import DeviceStatus
from hub_sync.contract.ids import new_id
from hub_sync.contract.station_report import AlarmCode
from hub_sync.contract.sync import CheckpointRow, ConflictRow, EventRow
from hub_sync.rules.certificate_faults import CertificateFault
from kiosk_app.core.assignment import serve_checkpoint
from kiosk_app.core.gate import Gate
from kiosk_app.messages import (
    ActiveAlarms,
    CameraAvailability,
    CheckpointOptions,
    ConnectionStatus,
    DismissDoubleAdmission,
    DoorWaitlist,
    DoubleAdmission,
    DoubleAdmissions,
    EventInfo,
    EventOptions,
    FrameDecoded,
    GateDeviceStatus,
    GateOutcome,
    GateReadiness,
    HubConnectionState,
    Neighbours,
    Notice,
    Occupancy,
    OperatorStatus,
    ReadinessState,
    RecentScans,
    ScannerAvailability,
    StationOptions,
    StatusMessage,
    SubmitCode,
    UnreleasedMembers,
    WorkerMessage,
)
from kiosk_app.screens.gate import GatePresenter
from kiosk_app.screens.gate.presenter.verdict_formatting import verdict_signal
from kiosk_app.workers import gate_worker
from kiosk_app.workers.command_executor import CommandExecutor
from kiosk_app.workers.gate_worker import GateWorker
from kiosk_app.workers.status_reporter import GateDevices, StatusReporter
from tests.support.builders.events import EVENT, GALA, GALA_GATE, load_gala
from tests.support.builders.people import participant_row, seal_ticket_for
from tests.support.builders.station import (
    CHECKPOINT_ROW,
    EVENT_ROW,
    NOON,
    BuiltGate,
    RecordingSpeaker,
    apply_page,
    build_gate,
    pull_page,
)
from tests.support.waiting import eventually


@dataclass
class Room:
    """A gate, its reporter and what was told."""

    here: BuiltGate
    status: SyncStatus = field(default_factory=SyncStatus)
    messages: list[WorkerMessage] = field(default_factory=list)
    door_is_ready: bool = True

    def __post_init__(self) -> None:
        self.reporter = StatusReporter(
            clock=self.here.clock,
            devices=GateDevices(None, None, TonePlayer()),
            sync_status=lambda: self.status,
            publish=self.messages.append,
            may_decide=lambda: self.door_is_ready,
        )

    def turn(self, seconds: float = 1) -> None:
        self.here.wait(seconds=seconds)
        self.messages.clear()
        self.reporter.update(self.here.gate)

    def last(self, kind: type[StatusMessage]) -> StatusMessage:
        return next(message for message in self.messages if isinstance(message, kind))


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    here = build_gate(tmp_path, [participant_row("ada"), participant_row("bo", "Bo Cancelled", "CANCELLED")])
    apply_page(
        here.store,
        pull_page(
            [],
            snapshot=False,
            cursor="2",
            total=None,
            occupancy=(
                {"zone": "", "current": 5, "capacity": 10},
                {"zone": "hall-a", "current": 5, "capacity": None},
            ),
        ),
    )
    yield Room(here)
    here.store.close()


def test_a_door_that_is_waited_for_is_on_the_screen_and_its_end_at_once(room: Room) -> None:
    room.door_is_ready = False
    room.turn()
    assert room.last(GateReadiness) == GateReadiness(ReadinessState.DOOR_STARTING)
    room.door_is_ready = True
    room.turn(seconds=0.01)
    assert room.last(GateReadiness) == GateReadiness()


def test_everything_is_told_at_first_and_then_only_what_changed(room: Room) -> None:
    room.turn()
    kinds = {type(message) for message in room.messages}
    assert kinds == {
        GateDeviceStatus,
        GateReadiness,
        ConnectionStatus,
        Neighbours,
        ActiveAlarms,
        DoorWaitlist,
        DoubleAdmissions,
        EventInfo,
        EventOptions,
        CheckpointOptions,
        Occupancy,
        RecentScans,
        OperatorStatus,
        StationOptions,
        UnreleasedMembers,
    }
    assert room.last(GateDeviceStatus) == GateDeviceStatus(
        camera=CameraAvailability.NONE, sound=False, relay=True
    )
    room.turn()
    assert room.messages == []


def test_own_scan_counts_before_the_hub_has_counted_it(room: Room) -> None:
    room.turn()
    outcome = room.here.gate.decide_scan(seal_ticket_for("ada"))
    assert isinstance(outcome, GateOutcome)
    room.reporter.count_scan(room.here.gate, outcome)
    room.turn(seconds=0)
    occupancy = room.last(Occupancy)
    assert isinstance(occupancy, Occupancy)
    assert [(zone.name, zone.current) for zone in occupancy.zones] == [("Assembly", 6), ("hall-a", 6)]
    row = room.here.store.journal.last()
    assert row is not None
    room.here.store.outbox.acknowledge(row.sequence, row.hash)
    counts = [{"zone": zone, "current": 6, "capacity": 10} for zone in ("", "hall-a")]
    place = ("hall-a", "ada", "entry", row.record.scanned_at_ms, row.record.device_id, row.sequence, 1, 0, 0)
    apply_page(
        room.here.store,
        pull_page(
            snapshot=False,
            cursor="2",
            total=None,
            at=NOON + timedelta(minutes=1),
            occupancy=counts,
            presence=(place,),
        ),
    )
    room.turn()
    occupancy = room.last(Occupancy)
    assert isinstance(occupancy, Occupancy)
    assert [zone.current for zone in occupancy.zones] == [6, 6], "from now on the hub's figure holds it"


def test_link_says_since_when_and_what_waits(room: Room) -> None:
    room.status = SyncStatus(connection=ConnectionState.ONLINE)
    room.turn()
    room.here.gate.decide_scan(seal_ticket_for("ada"))
    room.status = SyncStatus(connection=ConnectionState.OFFLINE)
    room.turn()
    link = room.last(ConnectionStatus)
    assert isinstance(link, ConnectionStatus)
    assert (link.state, link.since, link.pending) == (HubConnectionState.OFFLINE, room.here.clock.at, 1)
    assert (link.roster_count, link.roster_max_age) == (2, timedelta(hours=12))


def double_admission(id_: str = "l2", *, at_ms: int = epoch_ms(NOON), here: str = "device-1") -> ConflictRow:
    return ConflictRow(
        access_log_id=id_,
        participant_id="ada",
        zone="hall-a",
        at_ms=at_ms,
        device_id=here,
        checkpoint_id="checkpoint-1",
        other_access_log_id="l1",
        other_device_id="device-2",
        other_checkpoint_id="checkpoint-2",
        other_at_ms=at_ms - 60_000,
    )


def pull_conflicts(room: Room, *conflicts: ConflictRow) -> None:
    other = CheckpointRow.model_validate(CHECKPOINT_ROW | {"id": "checkpoint-2", "name": "North gate"})
    page = pull_page([], snapshot=False, cursor="3", total=None, conflicts=conflicts, checkpoints=(other,))
    apply_page(room.here.store, page)


def test_alarm_of_the_journal_is_told_at_the_gate(room: Room) -> None:
    room.status = SyncStatus(alarm="The hub and this journal have parted.")
    room.turn()
    assert room.last(ActiveAlarms) == ActiveAlarms(journal_diverged=True)


def test_a_double_admission_is_told_with_name_times_and_the_other_gate(room: Room) -> None:
    pull_conflicts(room, double_admission())
    room.turn()
    expected = DoubleAdmission("l2", "Ada Lovelace", NOON, NOON - timedelta(minutes=1), "North gate")
    assert room.last(DoubleAdmissions) == DoubleAdmissions((expected,))
    room.turn(seconds=3600)
    assert not any(isinstance(message, DoubleAdmissions) for message in room.messages), "it stays"


def test_the_earlier_gate_is_told_its_own_time_first(room: Room) -> None:
    row = double_admission(here="device-2").model_copy(
        update={"other_device_id": "device-1", "checkpoint_id": "checkpoint-2"}
    )
    pull_conflicts(room, row)
    room.turn()
    expected = DoubleAdmission("l2", "Ada Lovelace", NOON - timedelta(minutes=1), NOON, "North gate")
    assert room.last(DoubleAdmissions) == DoubleAdmissions((expected,))


def test_a_double_admission_elsewhere_is_no_matter_of_this_gate(room: Room) -> None:
    pull_conflicts(room, double_admission(here="device-3"))
    room.turn()
    assert room.last(DoubleAdmissions) == DoubleAdmissions()


def test_a_double_admission_of_somebody_unknown_by_a_hub_that_tells_no_place_is_told_too(room: Room) -> None:
    row = double_admission().model_copy(
        update={"participant_id": "nobody", "other_checkpoint_id": "", "other_at_ms": None}
    )
    pull_conflicts(room, row)
    room.turn()
    assert room.last(DoubleAdmissions) == DoubleAdmissions((DoubleAdmission("l2", "", NOON, None, ""),))


def test_a_dismissed_double_admission_stays_away_and_a_new_one_comes(room: Room) -> None:
    pull_conflicts(room, double_admission(), double_admission("l3"))
    room.turn()
    CommandExecutor(room.reporter).execute(room.here.gate, DismissDoubleAdmission("l2"))
    room.turn(seconds=0)
    last = room.last(DoubleAdmissions)
    assert isinstance(last, DoubleAdmissions)
    assert [each.id for each in last.items] == ["l3"]


def test_last_scans_come_back_after_a_restart_with_names_and_reasons(room: Room) -> None:
    room.here.gate.decide_scan(seal_ticket_for("ada"))
    room.here.gate.decide_scan(seal_ticket_for("bo"))
    room.turn()
    recent = room.last(RecentScans)
    assert isinstance(recent, RecentScans)
    assert [(o.name, o.decision.result.value, o.sequence) for o in recent.outcomes] == [
        ("Bo Cancelled", "REVOKED", 2),
        ("Ada Lovelace", "VALID", 1),
    ]


def test_last_scans_of_earlier_journals_are_listed_too_and_none_twice(room: Room) -> None:
    room.here.gate.decide_scan(seal_ticket_for("ada"))
    room.here.store.outbox.start_new_incarnation("test")
    room.here.gate.decide_scan(seal_ticket_for("bo"))
    room.turn()
    recent = room.last(RecentScans)
    assert isinstance(recent, RecentScans)
    assert [outcome.name for outcome in recent.outcomes] == ["Bo Cancelled", "Ada Lovelace"]


def test_a_refusal_has_the_same_colour_in_the_list_after_a_restart(room: Room) -> None:
    outcomes = [room.here.gate.decide_scan(seal_ticket_for(who)) for who in ("nobody-knows", "bo", "ada")]
    room.turn()
    recent = room.last(RecentScans)
    assert isinstance(recent, RecentScans)
    assert [verdict_signal(outcome) for outcome in reversed(recent.outcomes)] == [
        verdict_signal(outcome) for outcome in outcomes if isinstance(outcome, GateOutcome)
    ]
    assert [outcome.decision.overridable for outcome in reversed(recent.outcomes)] == [
        outcome.decision.overridable for outcome in outcomes if isinstance(outcome, GateOutcome)
    ]


def test_a_locked_station_names_nobody_and_an_unlocked_one_shows_its_scans_again(room: Room) -> None:
    """Its journal is empty at the start: the screen's list has grown by scans that the reporter never published."""
    screen = GatePresenter(room.here.clock)

    def turn() -> str:
        room.turn()
        for message in room.messages:
            assert not isinstance(message, Frame | FrameDecoded | SyncStatus)
            screen.receive(message)
        return repr(screen.state)

    turn()
    scan = room.here.gate.decide_scan(seal_ticket_for("ada"))
    screen.receive(scan)
    pull_conflicts(room, double_admission())
    assert "Ada Lovelace" in turn()
    assert [alert.id for alert in screen.state.alerts] == ["l2"]
    room.here.store.access.record(DeviceStatus.LOCKED)
    assert "Ada Lovelace" not in turn()
    assert (screen.state.scans, screen.state.verdict) == ((), None)
    assert screen.state.no_scans == "The last scans are hidden while this station is locked."
    pull_conflicts(room, double_admission("l3"))
    assert "Ada Lovelace" not in turn()
    room.here.store.access.record(DeviceStatus.ACTIVE)
    turn()
    assert [item.title for item in screen.state.scans] == ["Ada Lovelace"]


def test_scans_come_back_after_an_unlocking_though_the_journal_failed_at_first(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: int) -> None:
        raise StoreError(StoreFault.IO)

    room.here.gate.decide_scan(seal_ticket_for("ada"))
    room.turn()
    room.here.store.access.record(DeviceStatus.LOCKED)
    room.turn()
    assert room.last(RecentScans) == RecentScans()
    room.here.store.access.record(DeviceStatus.ACTIVE)
    with monkeypatch.context() as patch:
        patch.setattr(room.here.store.journal, "recent_of_all", broken)
        room.turn()
    room.turn()
    recent = room.last(RecentScans)
    assert isinstance(recent, RecentScans)
    assert [each.name for each in recent.outcomes] == ["Ada Lovelace"]


@pytest.mark.parametrize("failure", [StoreError(StoreFault.IO), KeyError("a bug")])
def test_a_part_of_the_status_that_fails_does_not_take_the_others_with_it(
    room: Room, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    def broken() -> None:
        raise failure

    monkeypatch.setattr(room.here.store.journal, "backlog", broken)
    room.turn()
    kinds = {type(message) for message in room.messages}
    assert ConnectionStatus not in kinds
    assert kinds >= {GateDeviceStatus, GateReadiness, EventInfo, CheckpointOptions, Occupancy, ActiveAlarms}
    alarms = room.last(ActiveAlarms)
    assert isinstance(alarms, ActiveAlarms)
    assert alarms.program_failed is isinstance(failure, KeyError), "a bug is told, a store by the next scan"


def test_an_assignment_that_cannot_be_read_leaves_the_devices_and_says_that_the_program_failed(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise ValueError("a word of a newer hub")

    monkeypatch.setattr(room.here.store.venue, "event", broken)
    room.turn()
    alarms = room.last(ActiveAlarms)
    assert isinstance(alarms, ActiveAlarms)
    assert alarms.program_failed
    room.turn(seconds=61)
    assert alarms.program_failed, "it lasts as long as its cause"


def test_a_status_whose_receiver_fails_is_published_again(room: Room) -> None:
    received: list[WorkerMessage] = []

    def fails_once(message: WorkerMessage) -> None:
        if not received:
            received.append(message)
            raise RuntimeError("the screen")
        room.messages.append(message)

    room.reporter._publish = fails_once
    room.turn()
    assert received != []
    room.turn()
    assert type(received[0]) in {type(message) for message in room.messages}


def test_an_own_scan_that_cannot_be_counted_is_no_fault_of_the_scan(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = room.here.gate.decide_scan(seal_ticket_for("ada"))
    assert isinstance(outcome, GateOutcome)

    def broken() -> None:
        raise ValueError("a bug")

    with monkeypatch.context() as broken_store:
        broken_store.setattr(room.here.store.venue, "as_of", broken)
        room.reporter.count_scan(room.here.gate, outcome)
    room.turn()
    alarms = room.last(ActiveAlarms)
    assert isinstance(alarms, ActiveAlarms)
    assert alarms.program_failed


def test_a_time_zone_that_is_newer_than_the_station_is_an_alarm_and_times_are_in_utc(room: Room) -> None:
    event = EventRow.model_validate(EVENT_ROW | {"time_zone": "Europe/Doorward"})
    apply_page(room.here.store, pull_page([], snapshot=False, cursor="3", total=None, events=(event,)))
    room.turn()
    alarms, info = room.last(ActiveAlarms), room.last(EventInfo)
    assert isinstance(alarms, ActiveAlarms)
    assert isinstance(info, EventInfo)
    assert (alarms.unknown_time_zone, info.time_zone.key) == ("Europe/Doorward", "UTC")


def test_a_clock_that_nobody_believes_is_told_at_the_gate(room: Room) -> None:
    room.here.store.settings.put("last_offset_ms", 3_600_000)
    room.turn()
    assert room.last(ActiveAlarms) == ActiveAlarms(clock_unsure=True)


def test_a_disk_that_does_not_answer_hides_no_alarm(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> DiskSpace:
        raise StoreError(StoreFault.IO)

    monkeypatch.setattr(room.here.store, "disk_space", broken)
    room.status = SyncStatus(alarm="The hub and this journal have parted.")
    room.turn()
    assert room.last(ActiveAlarms) == ActiveAlarms(journal_diverged=True)


def test_a_hub_whose_certificate_is_not_accepted_is_told(room: Room) -> None:
    room.status = SyncStatus(certificate_fault=CertificateFault.EXPIRED)
    room.turn()
    alarms = room.last(ActiveAlarms)
    assert isinstance(alarms, ActiveAlarms)
    assert alarms.hub_certificate is CertificateFault.EXPIRED


def test_board_that_is_away_and_a_hub_that_refuses_are_told(room: Room) -> None:
    room.reporter._devices = GateDevices(None, create_door("lcus:/dev/no-such-board"), TonePlayer())
    room.status = SyncStatus(
        connection=ConnectionState.REFUSED, sentence="The hub does not know this station."
    )
    room.turn(seconds=3)
    alarms = room.last(ActiveAlarms)
    assert isinstance(alarms, ActiveAlarms)
    assert alarms.hub_unknown
    assert alarms.door == DoorFault(RelayFault.STARTING)
    assert room.last(GateDeviceStatus) == GateDeviceStatus(
        camera=CameraAvailability.NONE, sound=False, relay=False
    )
    room.here.store.access.record(DeviceStatus.LOCKED)
    room.turn()
    alarms = room.last(ActiveAlarms)
    assert isinstance(alarms, ActiveAlarms)
    assert not alarms.hub_unknown, "it knows this station, and has locked it"


def test_a_board_has_some_time_to_be_opened_before_it_is_called_away(room: Room) -> None:
    room.reporter._devices = GateDevices(None, create_door("lcus:/dev/no-such-board"), TonePlayer())
    room.turn(seconds=1)
    alarms = room.last(ActiveAlarms)
    assert isinstance(alarms, ActiveAlarms)
    assert alarms.door is None


def test_rows_that_the_hub_quarantined_are_counted_with_those_set_aside(room: Room) -> None:
    room.status = SyncStatus(quarantined=3)
    room.turn()
    connection = room.last(ConnectionStatus)
    assert isinstance(connection, ConnectionStatus)
    assert connection.set_aside == 3


def test_gate_whose_store_will_not_open_says_why_and_tries_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate_worker, "REOPEN_S", 0.01)
    messages: list[WorkerMessage] = []
    tries: list[int] = []

    def open_gate() -> Gate:
        tries.append(1)
        if len(tries) == 3:
            worker._stopping.set()
        raise StoreError(StoreFault.LOCKED)

    worker = GateWorker(
        open_gate=open_gate,
        close_gate=lambda: None,
        camera=None,
        reader=CodeReader(),
        execute=lambda _gate, _command: None,
        publish=messages.append,
    )
    worker._run()
    closed = GateReadiness.store_closed(StoreError(StoreFault.LOCKED))
    assert messages == [closed] * 3


def test_a_code_typed_while_the_store_is_closed_is_answered_and_never_decided_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate_worker, "REOPEN_S", 0.05)
    messages: list[WorkerMessage] = []
    executed: list[object] = []
    here = build_gate(tmp_path, [participant_row("ada")])
    tries: list[int] = []

    def open_gate() -> Gate:
        tries.append(1)
        if len(tries) < 3:
            raise StoreError(StoreFault.LOCKED)
        return here.gate

    def execute(_gate: Gate, command: object) -> None:
        executed.append(command)

    worker = GateWorker(
        open_gate=open_gate,
        close_gate=here.store.close,
        camera=None,
        reader=CodeReader(),
        execute=execute,
        publish=messages.append,
        on_turn=lambda _: worker._stopping.set(),
    )
    worker.submit(SubmitCode("REG-ADA"))
    worker._run()
    assert Notice.NOT_READY in messages
    assert executed == []


def test_camera_that_delivers_good_pictures_is_no_alarm(room: Room) -> None:
    feed = VirtualCamera()
    with CameraCapture(feed.source) as camera:
        room.reporter._devices = GateDevices(camera, None, TonePlayer())
        picture = np.random.default_rng(1).integers(0, 255, (90, 160, 3)).astype(np.uint8)
        deadline = time.monotonic() + 10
        while camera.health().state is not HealthState.LIVE and time.monotonic() < deadline:
            feed.push(picture)
            time.sleep(0.05)
        room.turn()
        assert room.last(GateDeviceStatus) == GateDeviceStatus(
            camera=CameraAvailability.LIVE, sound=False, relay=True
        )
        assert room.last(ActiveAlarms) == ActiveAlarms()


def test_a_folder_whose_pictures_were_all_shown_is_at_its_end_and_no_camera_is_missing(
    room: Room, tmp_path: Path
) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    picture = np.random.default_rng(1).integers(0, 255, (90, 160, 3)).astype(np.uint8)
    (folder / "a.png").write_bytes(cv2.imencode(".png", picture)[1].tobytes())
    reported: list[AlarmCode | str] = []
    with CameraCapture(lambda: open_source(f"images:{folder}?fps=50")) as camera:
        room.reporter = StatusReporter(
            clock=room.here.clock,
            devices=GateDevices(camera, None, TonePlayer()),
            sync_status=lambda: room.status,
            publish=room.messages.append,
            report_alarms=lambda alarms: reported.extend(alarm.code for alarm in alarms),
        )
        deadline = time.monotonic() + 10
        while camera.health().fault is not CameraFault.ENDED and time.monotonic() < deadline:
            time.sleep(0.02)
        room.turn(seconds=60)
        assert room.last(GateDeviceStatus) == GateDeviceStatus(
            camera=CameraAvailability.ENDED, sound=False, relay=True
        )
        assert AlarmCode.CAMERA_POOR in reported
        assert AlarmCode.CAMERA_LOST not in reported


def test_a_station_that_is_not_enrolled_says_so_and_is_not_called_offline(tmp_path: Path) -> None:
    clock, messages = ManualClock(NOON), list[WorkerMessage]()
    with open_store(tmp_path, FileKeyStore(tmp_path), clock, new_id) as store:
        gate = Gate(
            store=store,
            timekeeper=Timekeeper(clock, store),
            clock=clock,
            new_id=new_id,
            turnstile=None,
            speaker=RecordingSpeaker(),
        )
        reporter = StatusReporter(
            clock=clock,
            devices=GateDevices(None, None, TonePlayer()),
            sync_status=SyncStatus,
            publish=messages.append,
        )
        reporter.update(gate)
    assert GateReadiness(ReadinessState.NOT_ENROLLED) in messages
    connection = next(message for message in messages if isinstance(message, ConnectionStatus))
    assert connection.state is HubConnectionState.NOT_ENROLLED


def test_the_checkpoints_to_choose_from_are_told_without_a_checkpoint(tmp_path: Path) -> None:
    rows = (
        CHECKPOINT_ROW | {"active": False},
        CHECKPOINT_ROW | {"id": "side", "name": "Side door"},
        CHECKPOINT_ROW | {"id": "gone", "name": "Gone", "deleted": True},
    )
    here = build_gate(tmp_path, checkpoints=tuple(map(CheckpointRow.model_validate, rows)))
    room = Room(here)
    room.reporter.update(here.gate)
    (options,) = (message for message in room.messages if isinstance(message, CheckpointOptions))
    assert ([option.id for option in options.options], options.current_id) == (["side"], "")
    assert GateReadiness(ReadinessState.CHECKPOINT_OFF, detail="Main entrance") in room.messages
    (event,) = (message for message in room.messages if isinstance(message, EventInfo))
    assert str(event.time_zone) == EVENT_ROW["time_zone"], "the clock is the event's already"
    here.store.close()


@pytest.mark.parametrize(
    ("address", "availability", "fault"),
    [
        ("keys:", ScannerAvailability.WINDOW, None),
        ("serial:///dev/no-such-scanner", ScannerAvailability.MISSING, ScannerFault.LOST),
    ],
)
def test_the_hand_held_scanner_is_told_and_its_fault_is_an_alarm(
    room: Room, address: str, availability: ScannerAvailability, fault: ScannerFault | None
) -> None:
    with HandScanner(address) as scanner:
        scanner.start(lambda _: None)
        eventually(lambda: scanner.health().fault is fault)
        room.reporter._devices = GateDevices(None, None, TonePlayer(), scanner)
        room.turn(seconds=5)
        devices, alarms = room.last(GateDeviceStatus), room.last(ActiveAlarms)
    assert isinstance(devices, GateDeviceStatus)
    assert isinstance(alarms, ActiveAlarms)
    assert (devices.scanner, alarms.scanner) == (availability, fault)


def test_everything_about_an_event_is_told_anew_when_another_one_is_served(room: Room) -> None:
    load_gala(room.here.store, [participant_row("ada")])
    room.turn()
    info = room.last(EventInfo)
    scanned = room.here.gate.decide_scan(seal_ticket_for("ada"))
    assert isinstance(scanned, GateOutcome)
    room.reporter.count_scan(room.here.gate, scanned)
    room.turn()
    occupancy = room.last(Occupancy)
    room.here.gate.serve_event(GALA)
    serve_checkpoint(room.here.store, GALA_GATE)
    room.turn()
    (options, event) = (room.last(EventOptions), room.last(EventInfo))
    assert isinstance(options, EventOptions)
    assert isinstance(event, EventInfo)
    assert (options.current_id, event.name) == (GALA, "Gala")
    assert (room.last(Occupancy), room.last(RecentScans)) == (Occupancy(), RecentScans())
    kinds = [type(message) for message in room.messages]
    assert kinds.index(EventOptions) < kinds.index(RecentScans), "the screen forgets the old ones first"
    room.here.gate.serve_event(EVENT)
    room.turn()
    assert (room.last(EventInfo), room.last(Occupancy)) == (info, occupancy)
    recent = room.last(RecentScans)
    assert isinstance(recent, RecentScans)
    assert [each.name for each in recent.outcomes] == ["Ada Lovelace"]
