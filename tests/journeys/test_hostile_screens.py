"""Random keys of a wedge scanner over every panel of every screen: nothing is admitted but by a scan, and no setting changes.

The key events are real: they go through the window, as from the window system. Only the clock is the test's, so that 10,000
codes take a minute. `packaging/run thorough` types them all, the daily suite a share of them.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QWidget

from hardware.scanner import SETUP_CODE
from hub_sync.contract.clock import ManualClock
from kiosk_app.messages import (
    CaptureScans,
    ListScanners,
    OpenScreen,
    PauseScanning,
    ScannerChoices,
    ScreenCommand,
    SearchPeople,
    SubmitCode,
    SubmitOrSearch,
    SubmitScan,
)
from kiosk_app.screens.gate.screen import GateScreen
from kiosk_app.screens.setup.screen import SetupScreen
from kiosk_app.shell import scanner_filter
from kiosk_app.shell.application import StationApplication, qt_application
from kiosk_app.workers.qt_bridge import QtBridge
from tests.kiosk_app.screens.gate.gallery import STATES, make_screen
from tests.kiosk_app.screens.setup.gallery import CHOICES
from tests.support.builders.people import seal_ticket_for
from tests.support.thorough import THOROUGH, sized

PANELS = (
    "ready",
    "welcome-undo",
    "already-inside",
    "override-panel",
    "override-problem",
    "group-offered",
    "group-panel",
    "search",
    "checkpoints",
    "menu",
    "quit",
    "undo",
    "pin-first",
    "pin-typed",
    "pin-supervisor",
    "menu-operator",
    "setup",
)
SEQUENCES = sized(34, 10_000)
SEED = 65
MODIFIERS, SHIFT, CONTROL = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)
PREFIXES = (
    "",
    "",
    "",
    "]Q1",
    "\x02",
    "\n",
    "\n\n",
    "\t",
    " ",
    "F2",
    "F3",
    "F4",
    "F5",
    "F10",
    "F11",
    "Esc",
    "Ctrl+Q",
    "Ctrl+L",
    "\x02]Q1",
)
SUFFIXES = ("", "\n", "\n", "\n", "\t", "\n\n", "\t\n", "late \n", "F5")
HARMLESS = (SubmitScan, PauseScanning, CaptureScans, ListScanners)
TYPED = (*HARMLESS, SubmitCode, SubmitOrSearch, SearchPeople)
"""A scanner too slow to be known types into the line, as a person does: its code is decided, or searched."""


@dataclass
class SimulatedTimer:
    """Stands in for the filter's timer and clock: time passes where the test says so."""

    now: int = 1_000_000
    due: int | None = None
    expire: Callable[[], None] = field(default=lambda: None)

    def start(self, milliseconds: int) -> None:
        self.due = self.now + milliseconds

    def stop(self) -> None:
        self.due = None

    def pass_time(self, milliseconds: int) -> None:
        until = self.now + milliseconds
        while self.due is not None and self.due <= until:
            self.now, self.due = self.due, None
            self.expire()
        self.now = until


@dataclass
class Station:
    """A window with a screen in some state, and the commands that came out of it."""

    application: StationApplication
    screen: GateScreen
    timer: SimulatedTimer
    commands: list[ScreenCommand] = field(default_factory=list)

    @property
    def fingerprint(self) -> tuple[Any, ...]:
        """Everything that a key might have changed: texts, ticks, panel, theme, language, size."""
        state, window = self.screen.presenter.state, self.application.window
        fields = tuple(each.text() for each in window.findChildren(QLineEdit))
        ticks = tuple(each.isChecked() for each in window.findChildren(QAbstractButton))
        panel = (
            type(state.panel),
            getattr(state.panel, "rows", None),
            state.verdict and state.verdict.serial,
        )
        top = self.application.screens.top
        page = top.stack.currentWidget() if isinstance(top, SetupScreen) else None
        looks = (state.theme, state.texts.code, window.windowState(), top, page)
        return (fields, ticks, panel, looks)


@pytest.fixture
def timer(monkeypatch: pytest.MonkeyPatch) -> SimulatedTimer:
    timer = SimulatedTimer()
    monkeypatch.setattr(scanner_filter, "_time_ms", lambda _event: timer.now)
    monkeypatch.setattr(scanner_filter, "_now_ms", lambda: timer.now)
    return timer


@pytest.fixture
def open_station(qapp: QApplication, timer: SimulatedTimer) -> Iterator[Callable[[str], Station]]:
    opened: list[Station] = []

    def open_(panel: str) -> Station:
        screen, clock = make_screen("en", "dark")
        application = StationApplication(qt_application(), QtBridge(), screen, full_screen=False)
        timer.stop()
        timer.expire = application.scanner._expire
        application.scanner._timer = timer  # type: ignore[assignment]
        station = Station(application, screen, timer)
        opened.append(station)
        application._submit = station.commands.append
        application.window.show()
        application.window.activateWindow()
        screen._timer.stop()
        prepare(station, panel, clock)
        qapp.processEvents()
        station.commands.clear()
        return station

    yield open_
    for station in opened:
        qapp.removeEventFilter(station.application.scanner)
        station.application.window.finish()
        station.application.window.deleteLater()
    qapp.processEvents()


def prepare(station: Station, panel: str, clock: ManualClock) -> None:
    """Bring the screen into a state of its gallery, or open the set-up over it."""
    if panel != "setup":
        STATES[panel](station.screen, clock)
        return
    station.screen.command_issued.emit(OpenScreen("setup"))
    station.application.screens.receive(ScannerChoices(CHOICES, "keys:"))
    for timer in station.application.screens.top.findChildren(QTimer):
        timer.stop()  # the ready check asks for its state each second: a command that no key has sent


@dataclass(frozen=True)
class Burst:
    """What a scanner types: prefix, code, suffix, the milliseconds between its keys, and where it pauses."""

    prefix: str
    code: str
    suffix: str
    gaps: tuple[int, ...]

    @property
    def is_slow(self) -> bool:
        return max(self.gaps) > 40


def random_burst(chance: random.Random) -> Burst:
    """Return a code as scanners send them, some of them hostile."""
    codes = (
        seal_ticket_for("ada"),
        "REG-0012",
        "4006381333931",
        "https://example.com/?q=1&y=z",
        SETUP_CODE,
        "1 2 3 4 5 6 7 8",
        "   leading and trailing   ",
        "y n y n y n Y N",
        "WIFI:T:WPA;S:hall;P:secret;;",
        "BEGIN:VCARD\nN:Ada\nEND:VCARD",
        "".join(chance.choice('abcXYZ0189-_+/="@! ') for _ in range(chance.randint(5, 60))),
        "abcde\tfgh",
    )
    slow = chance.random() < 0.1
    step = chance.randint(45, 120) if slow else chance.randint(1, 30)
    jitter = 0 if slow else min(5, step)
    gaps = tuple(step + chance.randint(-jitter // 2, jitter // 2) for _ in range(16))
    return Burst(chance.choice(PREFIXES), chance.choice(codes), chance.choice(SUFFIXES), gaps)


def type_burst(station: Station, burst: Burst, chance: random.Random) -> None:
    """Type a code through the window, and wait until its keys are dealt with."""
    keys = [*_keys(burst.prefix), *burst.code, *_keys(burst.suffix.removeprefix("late "))]
    late_from = (
        len(keys) - len(_keys(burst.suffix.removeprefix("late "))) if burst.suffix.startswith("late") else -1
    )
    for number, key in enumerate(keys):
        if number:
            gap = burst.gaps[number % len(burst.gaps)]
            if not burst.is_slow and number > 14 and keys[number - 1] > " " and chance.random() < 0.02:
                gap = chance.randint(45, 190)  # a radio scanner pauses in the middle
            station.timer.pass_time(300 if number == late_from else gap)
        _press(station, key)
    station.timer.pass_time(700)


def _keys(text: str) -> list[str]:
    return [text] if text.startswith(("F", "Esc", "Ctrl")) else list(text)


def _press(station: Station, key: str) -> None:
    window = station.application.window.windowHandle()
    if key in ("\n", "\t"):
        QTest.keyClick(window, Qt.Key.Key_Return if key == "\n" else Qt.Key.Key_Tab)
    elif key == "\x02":
        QTest.keyClick(window, Qt.Key.Key_B, CONTROL)
    elif len(key) > 1:
        combination = QKeySequence(key)[0]  # type: ignore[index]
        QTest.keyClick(window, combination.key(), combination.keyboardModifiers())
    elif key.isalpha():
        QTest.keyClick(window, Qt.Key(ord(key.upper())), SHIFT if key.isupper() else MODIFIERS)
    else:
        QTest.keyClick(window, Qt.Key(ord(key)))


def focus_somewhere(station: Station, chance: random.Random) -> QWidget | None:
    """Focus any control that can be seen."""
    controls = [
        each
        for each in station.application.window.findChildren(QWidget)
        if each.isVisible() and each.isEnabled() and each.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]
    if controls:
        chance.choice(controls).setFocus()
    return station.application.window.focusWidget()


def check(
    station: Station, before: tuple[Any, ...], burst: Burst, focused: QWidget | None, panel: str
) -> None:
    """Fail if the burst did anything but send its own code to be decided."""
    where = (panel, type(focused).__name__, getattr(focused, "text", str)(), burst)
    kinds = {type(command) for command in station.commands}
    if burst.is_slow:
        assert kinds <= set(TYPED), (where, station.commands)
        typed = {each.text for each in station.commands if isinstance(each, SubmitCode | SubmitOrSearch)}
        assert all(_bare(text) in _bare(burst.prefix + burst.code) for text in typed), (where, typed)
        return
    assert kinds <= set(HARMLESS), (where, station.commands)
    scans = [command for command in station.commands if isinstance(command, SubmitScan)]
    assert len(scans) == 1, (where, station.commands)
    reading = scans[0].scan.read()
    code, read = (
        burst.code.strip().lower(),
        reading.text.lower(),
    )  # the window of a test knows no capital letters
    assert code in read, (where, reading.text)
    assert station.fingerprint == before, where


def _bare(text: str) -> str:
    return "".join(text.split()).lower()


@pytest.mark.parametrize("panel", PANELS)
@pytest.mark.timeout(1800 if THOROUGH else 120)
def test_a_scanner_changes_nothing_and_every_code_is_decided_or_captured(
    open_station: Callable[[str], Station], panel: str
) -> None:
    chance = random.Random(f"{SEED} {panel}")
    station = open_station(panel)
    for _ in range(-(-SEQUENCES // len(PANELS))):
        focused, burst = focus_somewhere(station, chance), random_burst(chance)
        station.screen.view.bottom.clear()  # of what a slow scanner has typed there
        before = station.fingerprint
        station.commands.clear()
        type_burst(station, burst, chance)
        check(station, before, burst, focused, panel)
        if (
            station.fingerprint[2] != before[2]
        ):  # a slow one typed into the line: the search is open, as for a person
            station = open_station(panel)
