"""Commands of a screen, executed on a gate with a real store."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hardware.tones import Tone
from hub_sync.client.store import StoreError, StoreFault
from hub_sync.client.timekeeper import Timekeeper
from hub_sync.contract.enums import Direction, ReasonCode, ScanResult, ScanType
from hub_sync.contract.ids import new_id
from hub_sync.contract.passage import PassageRecord
from hub_sync.contract.screening import ScreeningEffect
from hub_sync.contract.sync import CheckpointRow, Override
from hub_sync.rules.admission import Decision
from hub_sync.rules.screening import Restriction, event_hash, slow_hash
from kiosk_app.core.assignment import current_assignment
from kiosk_app.core.gate import Gate
from kiosk_app.core.shift.operator_name import load_operator
from kiosk_app.core.station_options import load_options
from kiosk_app.messages import (
    AdmitPerson,
    Authorise,
    EndAuthority,
    EventAnswer,
    EventSwitch,
    GateOutcome,
    NameDisplay,
    Notice,
    PinAnswer,
    QueuedCommand,
    RepeatWithOverride,
    SaveOptions,
    SearchPeople,
    SearchResults,
    ServeCheckpoint,
    ServeEvent,
    SetDirection,
    ShowPerson,
    SignOff,
    SignOn,
    StationOptions,
    Subject,
    SubmitCode,
    SubmitOrSearch,
    SyncNow,
    TakeBack,
    UndoAnswer,
    UndoResult,
)
from kiosk_app.workers.command_executor import CommandExecutor
from tests.support.builders.events import EVENT, GALA, load_gala
from tests.support.builders.operators import MARA, MARA_PIN, TOM, TOM_PIN
from tests.support.builders.people import participant_row
from tests.support.builders.station import (
    CHECKPOINT_ROW,
    GATE,
    BuiltGate,
    build_gate,
    reopen_store,
    screening_list,
)

PEOPLE = [participant_row("kdfgh"), participant_row("jose", "José Pérez")]


class NoReporter:
    """A reporter that publishes nothing."""

    def request_update(self) -> None:
        """Do nothing."""

    def count_scan(self, gate: Gate, outcome: GateOutcome) -> None:
        """Do nothing."""


@pytest.fixture
def here(tmp_path: Path) -> Iterator[BuiltGate]:
    checkpoints = (CHECKPOINT_ROW, CHECKPOINT_ROW | {"id": "side", "name": "Side door"})
    built = build_gate(tmp_path, PEOPLE, checkpoints=tuple(map(CheckpointRow.model_validate, checkpoints)))
    yield built
    built.gate.store.close()


def restart(here: BuiltGate) -> None:
    """Start the station again from what is on its disk; there is no hub."""
    here.store.close()
    here.store = reopen_store(here.folder, here.clock)
    here.gate = Gate(
        store=here.store,
        timekeeper=Timekeeper(here.clock, here.store),
        clock=here.clock,
        new_id=new_id,
        turnstile=here.turnstile,
        speaker=here.speaker,
    )


@pytest.fixture
def executor() -> CommandExecutor:
    return CommandExecutor(NoReporter())  # type: ignore[arg-type]


def test_letters_that_are_a_code_are_decided_at_the_first_enter(
    here: BuiltGate, executor: CommandExecutor
) -> None:
    outcome = executor.execute(here.gate, SubmitOrSearch("Reg Kdfgh"))
    assert isinstance(outcome, GateOutcome)
    assert outcome.decision.admits
    assert here.rows() == 1


def test_letters_that_are_no_code_are_searched_and_leave_no_row(
    here: BuiltGate, executor: CommandExecutor
) -> None:
    results = executor.execute(here.gate, SubmitOrSearch("Jose"))
    assert isinstance(results, SearchResults)
    assert [hit.name for hit in results.hits] == ["José Pérez"]
    assert here.rows() == 0


def scan(here: BuiltGate, executor: CommandExecutor, code: str = "reg-kdfgh") -> tuple[Direction, ReasonCode]:
    outcome = executor.execute(here.gate, SubmitCode(code))
    assert isinstance(outcome, GateOutcome)
    return outcome.decision.direction, outcome.decision.reason


def test_an_exit_gate_lets_people_leave_after_a_restart(here: BuiltGate, executor: CommandExecutor) -> None:
    scan(here, executor)
    executor.execute(here.gate, SetDirection(Direction.EXIT))
    restart(here)
    assert scan(here, executor) == (Direction.EXIT, ReasonCode.EXITED)
    executor.execute(here.gate, SetDirection(Direction.ENTRY))
    restart(here)
    assert scan(here, executor) == (Direction.ENTRY, ReasonCode.ADMITTED)


def test_another_checkpoint_does_not_begin_as_an_exit(here: BuiltGate, executor: CommandExecutor) -> None:
    executor.execute(here.gate, SetDirection(Direction.EXIT))
    executor.execute(here.gate, ServeCheckpoint("side"))
    assert scan(here, executor) == (Direction.ENTRY, ReasonCode.ADMITTED)
    executor.execute(here.gate, ServeCheckpoint(GATE))
    restart(here)
    assert scan(here, executor)[0] is Direction.EXIT


def test_the_operator_of_the_last_override_is_known_after_a_restart(
    here: BuiltGate, executor: CommandExecutor
) -> None:
    assert load_operator(here.store, "Default") == "Default"
    subject = Subject(ScanType.MANUAL, text="reg-kdfgh")
    override = Override(reason="Speaker", operator="Kim")
    executor.execute(here.gate, RepeatWithOverride(subject, override, "row"))
    restart(here)
    assert load_operator(here.store, "Default") == "Kim"


def test_a_checkpoint_that_is_off_is_not_served(tmp_path: Path, executor: CommandExecutor) -> None:
    rows = (CHECKPOINT_ROW, CHECKPOINT_ROW | {"id": "off", "name": "Off", "active": False})
    built = build_gate(tmp_path, PEOPLE, checkpoints=tuple(map(CheckpointRow.model_validate, rows)))
    executor.execute(built.gate, ServeCheckpoint("off"))
    assignment = current_assignment(built.store)
    assert assignment is not None
    assert assignment.checkpoint.name == "Main entrance"
    built.store.close()


def test_an_override_is_answered_though_the_operators_name_cannot_be_saved(
    here: BuiltGate, executor: CommandExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_name: str, _value: object) -> None:
        raise StoreError(StoreFault.FULL)

    monkeypatch.setattr(here.store.settings, "put", full)
    override = Override(reason="forgot the badge", operator="Grace")
    outcome = executor.execute(
        here.gate, RepeatWithOverride(Subject(ScanType.SEARCH, participant_id="jose"), override, "")
    )
    assert isinstance(outcome, GateOutcome)
    assert outcome.is_green


def test_the_gate_itself_refuses_what_needs_a_supervisor_and_names_the_supervisor_in_an_override(
    here: BuiltGate, executor: CommandExecutor
) -> None:
    here.store.operators.replace((MARA, TOM))
    assert isinstance(executor.execute(here.gate, SignOn(TOM.id, TOM_PIN)), PinAnswer)
    assert scan(here, executor) == (Direction.ENTRY, ReasonCode.ADMITTED)
    again = RepeatWithOverride(
        Subject(ScanType.MANUAL, text="reg-kdfgh"), Override(reason="back", operator="Me"), "row"
    )
    refused: list[QueuedCommand] = [
        SearchPeople("Jose"),
        AdmitPerson("kdfgh"),
        ShowPerson("kdfgh"),
        SaveOptions(StationOptions()),
        ServeCheckpoint("side"),
        SetDirection(Direction.EXIT),
        again,
        TakeBack(
            GateOutcome(
                Decision(ScanResult.VALID, ReasonCode.ADMITTED, Direction.ENTRY),
                again.subject,
                here.clock.now(),
            ),
            "Me",
        ),
    ]
    for command in refused:
        assert executor.execute(here.gate, command) is Notice.NOT_ALLOWED
    assert here.rows() == 1
    assert isinstance(executor.execute(here.gate, SubmitOrSearch("Jose")), GateOutcome), (
        "a code that nobody has"
    )
    executor.execute(here.gate, Authorise(MARA.id, MARA_PIN))
    outcome = executor.execute(here.gate, again)
    assert isinstance(outcome, GateOutcome)
    row = here.store.journal.last()
    assert row is not None
    assert row.record.operator == TOM.stamp
    assert row.record.override == Override(reason="back", operator="Mara")
    answer = executor.execute(here.gate, TakeBack(outcome, "Me"))
    assert answer == UndoAnswer(UndoResult.DONE, outcome)
    (taken_back,) = [
        each.record for each in here.store.journal.all_rows() if isinstance(each.record, PassageRecord)
    ]
    assert taken_back.operator == "Mara"
    executor.execute(here.gate, EndAuthority())
    assert executor.execute(here.gate, SearchPeople("Jose")) is Notice.NOT_ALLOWED
    executor.execute(here.gate, SignOff())
    assert executor.execute(here.gate, SubmitCode("reg-kdfgh")) is Notice.SIGN_ON


def test_another_volume_is_heard_at_once_and_saved_and_other_options_make_no_sound(here: BuiltGate) -> None:
    volumes: list[float] = []
    executor = CommandExecutor(NoReporter(), set_volume=volumes.append)  # type: ignore[arg-type]
    executor.execute(here.gate, SaveOptions(StationOptions(NameDisplay.CODE)))
    assert (volumes, here.speaker.tones) == ([], [])
    executor.execute(here.gate, SaveOptions(StationOptions(NameDisplay.CODE, 50)))
    assert (volumes, here.speaker.tones) == ([0.5], [Tone.SUCCESS])
    assert load_options(here.store) == StationOptions(NameDisplay.CODE, 50)


def test_a_person_may_have_the_hub_tried_at_once(here: BuiltGate) -> None:
    tries: list[None] = []
    executor = CommandExecutor(NoReporter(), sync_now=lambda: tries.append(None))  # type: ignore[arg-type]
    assert executor.execute(here.gate, SyncNow()) is None
    assert tries == [None]


def test_another_event_is_served_by_a_supervisor_only_and_without_the_hub(tmp_path: Path) -> None:
    here = build_gate(tmp_path, PEOPLE, operators=(MARA, TOM))
    load_gala(here.store, PEOPLE, operators=(MARA,))
    asked: list[str] = []
    executor = CommandExecutor(NoReporter(), sync_now=lambda: asked.append("hub"))  # type: ignore[arg-type]
    executor.execute(here.gate, SignOn(TOM.id, TOM_PIN))
    assert executor.execute(here.gate, ServeEvent(GALA)) is Notice.NOT_ALLOWED
    assert (here.store.events.served_id(), asked) == (EVENT, [])
    executor.execute(here.gate, Authorise(MARA.id, MARA_PIN))
    assert executor.execute(here.gate, ServeEvent(GALA)) == EventAnswer(EventSwitch.SERVED, "Gala")
    assert (here.store.events.served_id(), asked) == (GALA, ["hub"])
    assert here.gate.operators.current() is None, "Tom is on the assembly's list only"
    signed_on = executor.execute(here.gate, SignOn(MARA.id, MARA_PIN))
    assert isinstance(signed_on, PinAnswer)
    assert signed_on.status.supervisor is not None
    here.store.close()


def test_a_search_that_nobody_matches_asks_for_the_supervisor_if_the_blacklist_has_the_name(
    here: BuiltGate, executor: CommandExecutor
) -> None:
    slow = slow_hash("name", "mallory malone", bytes.fromhex("5a" * 16))
    hashed = event_hash(slow, bytes.fromhex("7e" * 32))
    block, over = (Restriction(ScreeningEffect.BLOCK, None, last) for last in (None, "2020-01-01"))
    for restriction, asks in ((block, True), (over, False)):
        here.store.screening.replace(screening_list(hashes=[(hashed, restriction)]))
        results = executor.execute(here.gate, SearchPeople("Mallory MALONE"))
        assert results == SearchResults("Mallory MALONE", asks_supervisor=asks)
    known = executor.execute(here.gate, SearchPeople("Jose Perez"))
    assert isinstance(known, SearchResults)
    assert (len(known.hits), known.asks_supervisor) == (1, False)
