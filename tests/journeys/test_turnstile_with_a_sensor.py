"""A whole station with a real serial line: who does not pass comes again, and an unplugged board gives nothing back."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest

from hardware.relay import DoorState
from hardware.relay.emulators import ModbusEmulator
from hub_sync.client.store import Store
from hub_sync.contract.clock import SystemClock
from hub_sync.contract.enums import Passage, PassageCause, ScanResult
from hub_sync.contract.sync import EventRow
from kiosk_app.bootstrap.station import StationRuntime, build_devices, build_station
from kiosk_app.messages import GateOutcome, Occupancy, PassageUpdate, SubmitCode, WorkerMessage
from kiosk_app.settings import StationSettings
from tests.support.builders.people import EVENT, participant_row, seal_ticket_for
from tests.support.builders.station import EVENT_ROW, build_station_store
from tests.support.waiting import eventually

T = TypeVar("T")
ALWAYS = EventRow.model_validate(
    {**EVENT_ROW, "starts_at_ms": 0, "ends_at_ms": 4_000_000_000_000, "time_zone": "UTC"}
)


@dataclass
class Turnstile:
    """A running station, its board and its messages."""

    station: StationRuntime
    store: Store
    board: ModbusEmulator
    messages: list[WorkerMessage]

    def scan(self, who: str) -> GateOutcome:
        """Scan a ticket and return the outcome."""
        before = len(self.of(GateOutcome))
        self.station.submit(SubmitCode(seal_ticket_for(who)))
        eventually(lambda: len(self.of(GateOutcome)) > before)
        return self.of(GateOutcome)[-1]

    def of(self, kind: type[T]) -> list[T]:
        """Return the messages of a kind so far."""
        return [message for message in self.messages if isinstance(message, kind)]

    def settled(self, count: int) -> list[tuple[PassageCause, Passage | None]]:
        """Return what became of the admissions, once there are so many."""
        eventually(lambda: len(self.of(PassageUpdate)) >= count, within_s=10)
        return [(update.cause, update.outcome) for update in self.of(PassageUpdate)]

    def is_ready(self) -> bool:
        """Return True if board and inputs are read."""
        door = self.station.devices.door
        assert door is not None
        inputs = door.inputs()
        return door.health().state is DoorState.READY and inputs is not None and inputs.is_ready


@pytest.fixture
def turnstile(tmp_path: Path) -> Iterator[Turnstile]:
    messages: list[WorkerMessage] = []
    people = [participant_row("ada"), participant_row("bo", "Bo Berg")]
    with (
        ModbusEmulator(tmp_path / "board") as board,
        build_station_store(tmp_path / "station", people, at=SystemClock().now(), events=(ALWAYS,)) as store,
    ):
        settings = StationSettings(
            camera="",
            relay=f"modbus:{board.link}",
            inputs="passage=1",
            passage_window_s=1,
            pulse_ms=100,
            sound=False,
        )
        station = build_station(store, build_devices(settings), settings, messages.append, sync=False)
        station.start()
        running = Turnstile(station, store, board, messages)
        try:
            eventually(running.is_ready, within_s=10)
            yield running
        finally:
            station.stop()


def test_who_does_not_pass_gets_the_entry_back_and_who_passes_does_not(turnstile: Turnstile) -> None:
    assert turnstile.scan("ada").passage is Passage.GRANTED
    assert turnstile.settled(1) == [(PassageCause.TIMED_OUT, Passage.NO_PASSAGE)]
    assert turnstile.scan("bo").is_green
    turnstile.board.input_contacts[0] = True
    assert turnstile.settled(2)[1] == (PassageCause.TURN, Passage.PASSED)
    turnstile.board.input_contacts[0] = False
    eventually(lambda: max((zone.current for zone in turnstile.of(Occupancy)[-1].zones), default=0) == 1)
    assert not turnstile.store.presence.get("ada", "hall-a", EVENT).inside
    assert turnstile.store.presence.get("bo", "hall-a", EVENT).inside
    assert turnstile.board.count_pulses() == 2
    assert turnstile.store.journal.verify() is None
    assert turnstile.store.journal.end()[1] == 4


def test_a_board_that_is_unplugged_in_a_window_gives_nothing_back_and_comes_back_by_itself(
    turnstile: Turnstile,
) -> None:
    turnstile.scan("ada")
    turnstile.board.unplug()
    assert turnstile.settled(1) == [(PassageCause.SENSOR_LOST, Passage.UNKNOWN)]
    turnstile.board.plug()
    eventually(turnstile.is_ready, within_s=10)
    assert turnstile.scan("bo").passage is Passage.GRANTED
    turnstile.board.input_contacts[0] = True
    assert turnstile.settled(2)[1] == (PassageCause.TURN, Passage.PASSED)
    assert turnstile.scan("ada").decision.result is ScanResult.ALREADY_SCANNED
