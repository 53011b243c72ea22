"""The ready check over a real store, with the devices of a gate that has none."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hardware.printer import PrinterAddress, PrinterHealth, PrinterState
from hardware.scanner import HandScanner, Transmission
from hardware.tones import Tone, TonePlayer
from hub_sync.client.store import FileKeyStore, StoreError, StoreFault, open_store
from hub_sync.client.sync.status import ConnectionState, SyncStatus
from hub_sync.client.timekeeper import Timekeeper
from hub_sync.contract.clock import ManualClock, epoch_ms
from hub_sync.contract.ids import new_id
from hub_sync.contract.ready_check import ReadyPart, ReadyState
from kiosk_app.core.gate import Gate
from kiosk_app.core.printing.service import PrintService
from kiosk_app.core.setup.ready_check import ReadyCheck, ReadyDevices, load_ready_report
from kiosk_app.messages import (
    ConfirmTone,
    FinishReadyCheck,
    FrameDecoded,
    PlayTestTone,
    ReadyCheckState,
    ReadyItem,
    ScanCaptured,
    ShowReadyCheck,
)
from tests.support.builders.operators import MARA, MARA_PIN
from tests.support.builders.people import participant_row
from tests.support.builders.station import NOON, BuiltGate, RecordingSpeaker, build_gate


@pytest.fixture
def here(tmp_path: Path) -> Iterator[BuiltGate]:
    built = build_gate(tmp_path / "station", [participant_row("ada")])
    yield built
    built.store.close()


def check_of(
    here: BuiltGate,
    status: SyncStatus | None = None,
    finished: list[None] | None = None,
    mode: str = "gate",
) -> ReadyCheck:
    finished = [] if finished is None else finished
    return ReadyCheck(
        ReadyDevices(None, None, TonePlayer(volume=0.0), HandScanner()),
        clock=here.clock,
        sync_status=lambda: status or SyncStatus(ConnectionState.ONLINE),
        mode=mode,
        on_finished=lambda: finished.append(None),
    )


def item(state: ReadyCheckState, part: ReadyPart) -> ReadyItem:
    return next(each for each in state.items if each.part is part)


def test_every_part_has_a_line_in_order(here: BuiltGate) -> None:
    state = check_of(here).execute(here.gate, ShowReadyCheck())
    assert [each.part for each in state.items] == list(ReadyPart)
    assert item(state, ReadyPart.ROSTER).n == 1
    assert item(state, ReadyPart.CHECKPOINT).state is ReadyState.READY
    assert item(state, ReadyPart.PRINTER).state is ReadyState.NOT_APPLICABLE
    assert state.last is None


@pytest.mark.parametrize(
    ("mode", "absent"),
    [
        ("kiosk", {"operators", "relay", "sensor"}),
        ("desk", {"checkpoint", "camera", "scanner", "relay", "sensor", "sound", "printer"}),
        (
            "board",
            {"roster", "checkpoint", "camera", "scanner", "relay", "sensor", "operators", "printer"},
        ),
    ],
)
def test_a_part_that_a_mode_has_no_use_for_is_no_line(here: BuiltGate, mode: str, absent: set[str]) -> None:
    state = check_of(here, mode=mode).execute(here.gate, ShowReadyCheck())
    assert state.mode == mode
    assert {each.part for each in state.items} == set(ReadyPart) - absent
    assert all(each.cause != "check_failed" for each in state.items)


def test_a_printer_is_ready_once_somebody_has_seen_its_test_print(here: BuiltGate) -> None:
    printing = PrintService(PrinterAddress.parse("pdf:///f"), lambda _: None)
    check = ReadyCheck(
        ReadyDevices(None, None, TonePlayer(volume=0.0), HandScanner()),
        clock=here.clock,
        sync_status=SyncStatus,
        printing=printing,
    )

    def printer() -> ReadyItem:
        return item(check.execute(here.gate, ShowReadyCheck()), ReadyPart.PRINTER)

    assert printer().cause == "unknown"
    answer = {"address": "pdf:///f", "at": here.clock.now().isoformat(), "operator": "Mara", "is_good": True}
    here.store.settings.put("printer_test", answer)
    for state, cause in ((PrinterState.UNREPORTED, "ok"), (PrinterState.PAPER_OUT, "paper_out")):
        printing._health = PrinterHealth(state)
        assert printer().cause == cause
    printing._health = PrinterHealth(PrinterState.READY)
    here.store.settings.put("printer_test", {**answer, "is_good": False})
    assert printer().cause == "bad_print"
    printing.use(PrinterAddress.parse("pdf:///other"))
    printing._health = PrinterHealth(PrinterState.READY)
    assert printer().cause == "untested"


def test_a_station_without_a_list_is_not_ready_and_says_so(tmp_path: Path) -> None:
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
        check = ReadyCheck(
            ReadyDevices(None, None, TonePlayer(volume=0.0), HandScanner()),
            clock=clock,
            sync_status=SyncStatus,
        )
        state = check.execute(gate, ShowReadyCheck())
        assert item(state, ReadyPart.ROSTER) == ReadyItem(
            ReadyPart.ROSTER, ReadyState.NOT_READY, "not_enrolled"
        )
        assert item(state, ReadyPart.HUB).cause == "not_enrolled"
        assert item(state, ReadyPart.CHECKPOINT).cause == "unknown"


def test_what_camera_and_scanner_read_is_noted_whatever_it_was(here: BuiltGate) -> None:
    check = check_of(here)
    check.observe(FrameDecoded(1.0, has_code=False))
    assert item(check.execute(here.gate, ShowReadyCheck()), ReadyPart.SCANNER).cause == "unread"
    check.observe(ScanCaptured(Transmission(data=b"X")))
    assert item(check.execute(here.gate, ShowReadyCheck()), ReadyPart.SCANNER).cause == "ok"


def test_a_tone_is_played_and_a_person_answers(here: BuiltGate) -> None:
    check = check_of(here)
    state = check.execute(here.gate, PlayTestTone())
    assert (state.needs_ear, here.speaker.tones) == (True, [Tone.SUCCESS])
    assert not check.execute(here.gate, ConfirmTone(heard=True)).needs_ear


def test_a_finished_check_is_stored_with_time_and_name_and_reported(here: BuiltGate) -> None:
    finished: list[None] = []
    check = check_of(here, SyncStatus(ConnectionState.REFUSED), finished)
    state = check.execute(here.gate, FinishReadyCheck("Grace"))
    stored = load_ready_report(here.store)
    assert stored is not None
    assert stored == state.last
    assert (stored.operator, stored.at_ms) == ("Grace", epoch_ms(here.gate.now()))
    assert not stored.is_ready
    assert stored.to_do[0].part == "hub"
    assert finished == [None]
    assert check_of(here).execute(here.gate, ShowReadyCheck()).last == stored, "also after a restart"


def test_the_name_is_that_of_whoever_is_signed_on(tmp_path: Path) -> None:
    here = build_gate(tmp_path / "station", [participant_row("ada")], operators=(MARA,))
    with here.store:
        assert (
            item(check_of(here).execute(here.gate, ShowReadyCheck()), ReadyPart.OPERATORS).cause == "nobody"
        )
        here.gate.operators.sign_on(MARA.id, MARA_PIN)
        state = check_of(here).execute(here.gate, FinishReadyCheck("somebody else"))
        assert state.last is not None
        assert state.last.operator == MARA.name


def test_a_fault_or_a_bug_of_one_part_does_not_hide_the_others(
    here: BuiltGate, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> bool:
        raise ZeroDivisionError

    def unread() -> bool:
        raise StoreError(StoreFault.IO)

    monkeypatch.setattr(type(here.store), "can_write", lambda _: fail())
    monkeypatch.setattr(here.gate, "is_clock_sure", unread)
    state = check_of(here).execute(here.gate, ShowReadyCheck())
    assert item(state, ReadyPart.STORE).cause == "check_failed"
    assert item(state, ReadyPart.CLOCK).cause == "unread_store"
    assert item(state, ReadyPart.ROSTER).state is ReadyState.READY


def test_a_text_of_another_version_is_no_check(here: BuiltGate) -> None:
    for values in ({"at": 1}, "text", {"at_ms": -1, "points": []}):
        here.store.settings.put("ready_check", values)
        assert load_ready_report(here.store) is None
