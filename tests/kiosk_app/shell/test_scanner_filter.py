"""A scanner and a person at the keys of a gate: events through the window, then real keys on an X server."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import shiboken6
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QInputMethodEvent, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from hardware.scanner import Keystroke, ScannedText, Transmission
from hub_sync.contract.clock import ManualClock
from kiosk_app import messages
from kiosk_app.core.appearance import Appearance
from kiosk_app.queue_messages import DeskAct, DeskCommand
from kiosk_app.screens.base import ScreenContext
from kiosk_app.screens.desk.presenter.view_state import DeskButton
from kiosk_app.screens.desk.screen import DeskScreen
from kiosk_app.screens.gate.presenter import actions
from kiosk_app.screens.gate.screen import GateScreen
from kiosk_app.shell import scanner_filter
from kiosk_app.shell.application import StationApplication, qt_application
from kiosk_app.shell.scanner_filter import ScannerFilter
from kiosk_app.workers.qt_bridge import QtBridge
from tests.kiosk_app.screens.desk.presenter.test_desk_presenter import FREE
from tests.kiosk_app.screens.gate.gallery import SIGNED_ON, inside, make_screen
from tests.support.builders.people import seal_ticket_for
from tests.support.thorough import THOROUGH

_NO_MODIFIER = Qt.KeyboardModifier.NoModifier
ROOT = Path(__file__).parents[3]


class KeyTimes:
    """The moments at which keys are pressed, in place of the machine's: one that stalls tears no scan apart."""

    def __init__(self) -> None:
        self.now_ms = 1_000_000

    def press(self, _event: QKeyEvent) -> int:
        """Return the moment of the next key: as fast as a scanner's, if nobody waits."""
        self.now_ms += 5
        return self.now_ms


KEY_TIMES = KeyTimes()


@pytest.fixture(autouse=True)
def key_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanner_filter, "_time_ms", KEY_TIMES.press)


def wait(qtbot: QtBot, milliseconds: int) -> None:
    """Let time pass for the keys and for the timers of the program."""
    qtbot.wait(milliseconds)
    KEY_TIMES.now_ms += milliseconds


@pytest.fixture
def screen(qtbot: QtBot) -> GateScreen:
    gate, _clock = make_screen("en", "dark")
    gate.resize(1280, 800)
    qtbot.addWidget(gate)
    with qtbot.waitExposed(gate):
        gate.show()
    gate.activateWindow()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is gate.view.bottom.input)
    return gate


@pytest.fixture
def scanner(qapp: QApplication) -> Iterator[ScannerFilter]:
    owner = QObject()
    scanner = ScannerFilter(qapp, owner)
    yield scanner
    qapp.removeEventFilter(scanner)
    scanner.deleteLater()


@pytest.fixture
def scans(scanner: ScannerFilter) -> list[ScannedText]:
    scans = list[ScannedText]()
    scanner.scanned.connect(lambda scan: scans.append(scan.read()))
    return scans


def type_at_once(screen: QWidget, text: str) -> None:
    """Type as a scanner does, through the window: no time passes between the keys."""
    window = screen.windowHandle()
    for character in text:
        if character in "\n\t":
            QTest.keyClick(window, Qt.Key.Key_Return if character == "\n" else Qt.Key.Key_Tab)
        else:
            shift = Qt.KeyboardModifier.ShiftModifier if character.isupper() else _NO_MODIFIER
            QTest.keyClick(window, Qt.Key(ord(character.upper())), shift)


def type_as_a_person(qtbot: QtBot, screen: QWidget, text: str) -> None:
    for character in text:
        type_at_once(screen, character)
        wait(qtbot, 70)


@pytest.mark.parametrize("suffix", ["\n", "\t", ""])
def test_a_scan_reaches_no_field_and_is_emitted_once(
    screen: GateScreen, scans: list[ScannedText], qtbot: QtBot, suffix: str
) -> None:
    type_at_once(screen, "abc-12_xyz" + suffix)
    qtbot.waitUntil(lambda: bool(scans))
    wait(qtbot, 100)
    assert [scan.text for scan in scans] == ["abc-12_xyz"]
    assert screen.view.bottom.input.text() == ""
    assert QApplication.focusWidget() is screen.view.bottom.input


def test_a_person_types_a_name_and_no_letter_is_lost(
    screen: GateScreen, scans: list[ScannedText], qtbot: QtBot
) -> None:
    type_as_a_person(qtbot, screen, "lovelace, ada")
    qtbot.waitUntil(lambda: screen.view.bottom.input.text() == "lovelace, ada")
    assert scans == []


def test_a_pin_that_a_person_types_quickly_is_entered_with_its_enter(
    screen: GateScreen, scans: list[ScannedText], qtbot: QtBot
) -> None:
    entered = list[str]()
    screen.receive(SIGNED_ON)
    screen.handle(actions.SearchRequested(""))
    field = screen.view.pages.pin.field
    field.entered.connect(entered.append)
    type_as_a_person(qtbot, screen, "8163\n")
    qtbot.waitUntil(lambda: entered == ["8163"])
    screen.receive(messages.PinAnswer(messages.PinResult.WRONG, status=SIGNED_ON))
    type_as_a_person(qtbot, screen, "a8164\n")  # a scanner too slow to be known
    qtbot.waitUntil(lambda: field.digits == "8164")
    wait(qtbot, 200)
    assert (entered, scans) == (["8163"], [])


def test_a_person_may_type_in_a_field_of_a_screen_that_waits_for_a_scanner_of_any_speed(
    scanner: ScannerFilter, scans: list[ScannedText], qtbot: QtBot
) -> None:
    window, field, button = QWidget(), QLineEdit(), QPushButton()
    for part in (field, button):
        part.setParent(window)
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    scanner.set_patient(True)
    field.setFocus()
    type_as_a_person(qtbot, window, "room 12b")
    qtbot.waitUntil(lambda: field.text() == "room 12b")
    assert scans == []
    button.setFocus()
    type_as_a_person(qtbot, window, "code4567")
    qtbot.waitUntil(lambda: [scan.text for scan in scans] == ["code4567"])
    assert field.text() == "room 12b"


@pytest.mark.parametrize("busy_gap_ms", [None, 45, 400])
def test_a_reason_is_typed_at_a_desk_before_the_line_has_the_cursor(
    qtbot: QtBot, busy_gap_ms: int | None
) -> None:
    """A busy program has delivered no letter yet when Enter is pressed, which must not choose the first of the list then."""
    clock = ManualClock(datetime(2026, 6, 11, 12, tzinfo=UTC))
    desk = DeskScreen(ScreenContext(clock, Appearance("dark", "en")))
    application = StationApplication(qt_application(), QtBridge(), desk, full_screen=False)
    commands: list[messages.ScreenCommand] = []
    application._submit = commands.append
    application._pass_scans()
    with qtbot.waitExposed(application.window):
        application.window.show()
    application.window.activateWindow()
    desk.receive(FREE)
    desk.view.buttons[DeskButton.BREAK].click()
    assert application.window.focusWidget() is desk.view.choice.rows
    if busy_gap_ms is not None:
        for character in "it\n":
            type_at_once(application.window, character)
            KEY_TIMES.now_ms += busy_gap_ms - 5
    else:
        type_as_a_person(qtbot, application.window, "meeting 2\n")

    def reasons() -> list[str]:
        breaks = [
            each for each in commands if isinstance(each, DeskCommand) and each.act is DeskAct.START_BREAK
        ]
        return [each.reason for each in breaks]

    qtbot.waitUntil(lambda: bool(reasons()))
    assert reasons() == ["meeting 2" if busy_gap_ms is None else "it"]
    application.qt.removeEventFilter(application.scanner)
    application.window.finish()


def test_keys_reach_the_field_where_they_were_typed_though_the_focus_moved_on(
    screen: GateScreen, scans: list[ScannedText], qtbot: QtBot
) -> None:
    screen.receive(inside())
    screen.handle(actions.OverrideRequested())
    page = screen.view.pages.override
    page.reason.setFocus()
    type_at_once(screen, "ab")
    page.operator.setFocus()
    qtbot.waitUntil(lambda: page.reason.text() == "ab")
    assert page.operator.text() == ""


def test_a_persons_space_and_enter_press_a_button(
    screen: GateScreen, scans: list[ScannedText], qtbot: QtBot
) -> None:
    screen.handle(actions.MenuRequested())
    page = screen.view.pages.menu
    page.languages["de"].setFocus()
    type_at_once(screen, " ")
    qtbot.waitUntil(lambda: screen.presenter.state.texts.code == "de")
    page.languages["en"].setFocus()
    wait(qtbot, 350)
    type_at_once(screen, "\n")
    qtbot.waitUntil(lambda: screen.presenter.state.texts.code == "en")


def test_function_keys_work_while_nobody_scans_and_not_inside_a_scan(
    screen: GateScreen, scans: list[ScannedText], qtbot: QtBot
) -> None:
    pages = screen.view.pages
    QTest.keyClick(screen.windowHandle(), Qt.Key.Key_F10)
    qtbot.waitUntil(lambda: pages.currentWidget() is pages.menu)
    QTest.keyClick(screen.windowHandle(), Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: pages.currentWidget() is pages.idle)
    type_at_once(screen, "abc123")
    QTest.keyClick(screen.windowHandle(), Qt.Key.Key_F10)
    QTest.keyClick(screen.windowHandle(), Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)
    type_at_once(screen, "xyz\n")
    qtbot.waitUntil(lambda: bool(scans))
    assert scans[0].text == "abc123xyz"
    assert screen.presenter.state.panel is None


@pytest.mark.parametrize("modifier", [Qt.KeyboardModifier.AltModifier, scanner_filter._ALT_GR])
def test_a_character_that_this_layout_lacks_does_not_break_the_code_apart(
    screen: GateScreen, scans: list[ScannedText], qtbot: QtBot, modifier: Qt.KeyboardModifier
) -> None:
    type_at_once(screen, "ab")
    QTest.keyClick(screen.windowHandle(), Qt.Key.Key_Q, modifier)  # the @ of a German scanner
    type_at_once(screen, "cdefg\n")
    qtbot.waitUntil(lambda: bool(scans))
    assert scans[0].text.startswith("ab")
    assert scans[0].text.endswith("cdefg")
    assert screen.view.bottom.input.text() == ""


def test_what_an_input_method_writes_inside_a_scan_belongs_to_it(
    screen: GateScreen, scans: list[ScannedText], qtbot: QtBot
) -> None:
    type_at_once(screen, "abc1")
    composed = QInputMethodEvent()
    composed.setCommitString("\u00e9")
    QApplication.sendEvent(screen.view.bottom.input, composed)
    type_at_once(screen, "2")  # was pressed before, though it comes later
    QTest.keyRelease(screen.windowHandle(), Qt.Key.Key_E)
    type_at_once(screen, "3\n")
    qtbot.waitUntil(lambda: bool(scans))
    assert scans[0].text == "abc12\u00e93"
    assert screen.view.bottom.input.text() == ""


def test_what_an_input_method_writes_for_a_person_reaches_the_field(
    screen: GateScreen, scans: list[ScannedText], qtbot: QtBot, qapp: QApplication
) -> None:
    other = ScannerFilter(qapp, screen)  # one of a screen that is not deleted yet
    other.scanned.connect(lambda scan: scans.append(scan.read()))
    type_at_once(screen, "a")
    composed = QInputMethodEvent()
    composed.setCommitString("\u738b")
    QApplication.sendEvent(screen.view.bottom.input, composed)
    qtbot.waitUntil(lambda: screen.view.bottom.input.text() == "a\u738b")
    assert scans == []


def test_no_key_of_a_scan_reaches_a_widget_not_even_its_release(
    screen: GateScreen, scans: list[ScannedText], qtbot: QtBot
) -> None:
    reached: list[QEvent.Type] = []

    class Recorder(QWidget):
        def event(self, event: QEvent) -> bool:
            if event.type() in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
                reached.append(event.type())
            return super().event(event)

    recorder = Recorder(screen)
    recorder.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    recorder.show()
    recorder.setFocus()
    type_at_once(screen, "abc 12 xyz\n")
    qtbot.waitUntil(lambda: bool(scans))
    assert reached == []
    type_as_a_person(qtbot, screen, "q")
    qtbot.waitUntil(lambda: len(reached) == 2)


def test_the_station_submits_a_scan_whatever_screen_it_shows(qtbot: QtBot) -> None:
    screen, _clock = make_screen("en", "dark")
    application = StationApplication(qt_application(), QtBridge(), screen, full_screen=False)
    commands: list[messages.ScreenCommand] = []
    application._submit = commands.append
    scan = Transmission(keys=(Keystroke("a"), Keystroke("b")))
    application.scanner.scanned.emit(scan)
    assert commands == [messages.SubmitScan(scan)]
    application.qt.removeEventFilter(application.scanner)
    application.window.finish()


# --- real keys ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    """Start an X server without a picture; return its display."""
    command = ["Xvfb", "-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp", "-noreset"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert server.stdout is not None
    yield ":" + server.stdout.readline().strip()
    server.terminate()
    server.wait()
    server.stdout.close()


def carry_out(display: str, desktop: str, layout: str, *trials: tuple[str, str, int]) -> list[dict[str, Any]]:
    """Carry out trials of `wedge_program` on an X server, with a desktop's theme and a keyboard layout."""
    environment = {
        **os.environ,
        "DISPLAY": display,
        "QT_QPA_PLATFORM": "xcb",
        "XDG_CURRENT_DESKTOP": desktop,
        "PYTHONPATH": str(ROOT),
    }
    subprocess.run(["setxkbmap", layout], env=environment, check=True)
    program = [sys.executable, str(Path(__file__).with_name("wedge_program.py")), json.dumps(trials)]
    done = subprocess.run(program, env=environment, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    results: list[dict[str, Any]] = json.loads(done.stdout)
    return results


ONLY_LOOKED_UP = {"SubmitScan", "SubmitCode", "SearchPeople"}
"""Commands of a scan that comes apart because the machine stalls: it is looked up, and nobody is admitted unseen."""


def carry_out_whole(
    display: str, desktop: str, layout: str, *trials: tuple[str, str, int]
) -> list[dict[str, Any]]:
    """Carry out trials of scans as `carry_out`, and again up to twice what came apart: where the X server stalls for 50 ms."""
    results = carry_out(display, desktop, layout, *trials)
    for _ in range(2):
        texts = [text.strip().removeprefix("]Q1") for _, text, _ in trials]
        apart = [number for number, text in enumerate(texts) if not _is_whole(results[number], text)]
        if apart:
            again = carry_out(display, desktop, layout, *(trials[number] for number in apart))
            for number, result in zip(apart, again, strict=True):
                results[number] = result
    return results


def _is_whole(result: dict[str, Any], text: str) -> bool:
    commands = result["commands"]
    assert {command["type"] for command in commands} <= ONLY_LOOKED_UP, result
    return len(commands) == 1 and text in (commands[0].get("text"), *commands[0].get("alternatives", ()))


CONTROLS = ("line", "button", "override", "reason", "preset", "hits", "checkpoints", "menu", "quit")


@pytest.mark.thorough
@pytest.mark.slow
@pytest.mark.parametrize("desktop", ["GNOME", "KDE"] if THOROUGH else ["GNOME"])
def test_a_scan_acts_on_no_control_and_is_submitted_wherever_the_focus_is(display: str, desktop: str) -> None:
    ticket = seal_ticket_for("ada")
    texts = (f"]Q1{ticket}\n", "gAtE 12 xyz\t")
    every = [(control, text, 4) for control in CONTROLS for text in texts]
    trials = every if THOROUGH else [*every[::4], *every[3::4]]  # each control with one of the two
    results = carry_out_whole(display, desktop, "us", *trials)
    for (control, text, _), result in zip(trials, results, strict=True):
        submitted = text.strip().removeprefix("]Q1")
        assert [command["type"] for command in result["commands"]] == ["SubmitScan"], (control, text, result)
        assert result["commands"][0]["text"] == submitted
        assert result["line"] == ("Okafor" if control == "hits" else "")
        assert result["reason"] == ""
        assert result["presets"] == [control in ("override", "reason", "preset"), False, False, False]
        assert result["visible"]


@pytest.mark.parametrize("prefix", [Qt.Key.Key_Return, Qt.Key.Key_F5, Qt.Key.Key_Escape, Qt.Key.Key_Space])
def test_a_prefix_that_presses_or_commands_does_neither(
    screen: GateScreen, scans: list[ScannedText], qtbot: QtBot, prefix: Qt.Key
) -> None:
    screen.receive(inside())
    screen.handle(actions.OverrideRequested())
    page, commands = screen.view.pages.override, list[messages.ScreenCommand]()
    screen.command_issued.connect(commands.append)
    page.presets[0].setChecked(True)
    page.operator.setText("Kim")
    page.confirm.setFocus()
    QTest.keyClick(screen.windowHandle(), prefix)
    type_at_once(screen, "abc-12_xyz")
    qtbot.waitUntil(lambda: bool(scans))
    qtbot.wait(320)
    assert commands == []
    assert screen.view.pages.currentWidget() is page
    assert scans[0].text == "abc-12_xyz"


@pytest.mark.thorough
@pytest.mark.slow
def test_a_scanner_too_slow_to_be_known_presses_no_control_either(display: str) -> None:
    controls = ("override", "preset", "checkpoints", "hits", "menu", "quit")
    codes = [("vB 1 c\n", 110), ("\nR 01\n", 60)]
    every = [(each, *code) for each in controls for code in codes]
    # daily each control with one of the two
    results = carry_out(display, "GNOME", "us", *(every if THOROUGH else [*every[::4], *every[3::4]]))
    types = {command["type"] for result in results for command in result["commands"]}
    assert types <= ONLY_LOOKED_UP, results


@pytest.mark.slow
def test_a_person_loses_nothing_and_may_hold_a_key_down(display: str) -> None:
    name, reason, repeated = carry_out(
        display,
        "GNOME",
        "us",
        ("line", "Lovelace, Ada", 75),
        ("reason", "speaker of 12", 75),
        ("line", "HOLD x", 900),
    )
    assert name["line"] == "Lovelace, Ada"
    assert reason["reason"] == "speaker of 12"
    assert len(repeated["line"]) > 2
    assert set(repeated["line"]) == {"x"}
    for result in (name, reason, repeated):
        assert "SubmitScan" not in {command["type"] for command in result["commands"]}


@pytest.mark.slow
@pytest.mark.parametrize("layout", ["de", "fr", "ara", "ru"] if THOROUGH else ["ara"])
def test_the_ticket_is_read_in_every_layout_and_with_caps_lock(display: str, layout: str) -> None:
    ticket = seal_ticket_for("ada")
    results = carry_out_whole(
        display, "GNOME", layout, ("line", f"{ticket}\n", 4), ("caps line", f"]Q1{ticket}\n", 4)
    )
    for result in results:
        assert len(result["commands"]) == 1, result
        command = result["commands"][0]
        assert ticket in (command["text"], *command["alternatives"]), result


class _Releases(QObject):
    """Counts the key releases that reach a widget."""

    def __init__(self) -> None:
        super().__init__()
        self.keys: list[int] = []

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802 -- Qt names it
        if event.type() is QEvent.Type.KeyRelease and isinstance(event, QKeyEvent):
            self.keys.append(event.key())
        return False


def test_keys_of_a_scan_that_are_released_after_its_end_reach_no_widget(
    screen: GateScreen, scans: list[ScannedText], qtbot: QtBot
) -> None:
    window, releases = screen.windowHandle(), _Releases()
    screen.view.bottom.input.installEventFilter(releases)
    for character in "abc12xyz":
        QTest.keyPress(window, Qt.Key(ord(character.upper())), _NO_MODIFIER)
    QTest.keyPress(window, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(scans))
    for key in (Qt.Key.Key_A, Qt.Key.Key_Z, Qt.Key.Key_Return):
        QTest.keyRelease(window, key)
    assert releases.keys == []
    QTest.keyClick(window, Qt.Key.Key_Home)
    assert releases.keys == [Qt.Key.Key_Home], "the filter takes no other key"


def test_a_code_that_a_busy_program_reads_late_is_still_one_scan(
    screen: GateScreen, scans: list[ScannedText], scanner: ScannerFilter, qtbot: QtBot
) -> None:
    type_at_once(screen, "ab")
    scanner._timer.stop()
    scanner._due_ms -= 1000
    scanner._expire()  # the timer came late: the rest of the code waits behind it
    type_at_once(screen, "c-12_xyz\n")
    qtbot.waitUntil(lambda: bool(scans))
    assert [scan.text for scan in scans] == ["abc-12_xyz"]
    assert screen.view.bottom.input.text() == ""


def test_a_run_of_thousands_of_keys_costs_each_key_the_same(
    screen: GateScreen, scanner: ScannerFilter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A book on the keyboard, or somebody who pastes 10,000 characters, froze the screen for minutes."""
    del scanner
    compared: list[object] = []
    key_id = scanner_filter._key_id

    def count(event: QKeyEvent) -> tuple[int, int]:
        compared.append(event)
        return key_id(event)

    monkeypatch.setattr(scanner_filter, "_key_id", count)
    type_at_once(screen, "A1" * 300)
    assert len(compared) < 600 * 8


def test_a_key_for_a_button_that_is_gone_meanwhile_is_delivered_to_nobody(
    qtbot: QtBot, scanner: ScannerFilter
) -> None:
    """A page of the kiosk took its buttons away while a person's key was withheld: a traceback in the log."""
    window = QWidget()
    qtbot.addWidget(window)
    button = QPushButton("Finish", window)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    button.setFocus()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is button)
    type_at_once(window, "a")
    assert scanner._withheld
    shiboken6.delete(button)
    qtbot.waitUntil(lambda: not scanner._withheld)
