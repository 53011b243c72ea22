"""The Qt application around a screen: it connects the workers' messages, the screen and the window."""

import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import assert_never

import structlog
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from kiosk_app.bulletin_messages import AnswerBulletin, BulletinsChanged, BulletinsShown
from kiosk_app.core.appearance import Appearance
from kiosk_app.kiosk_messages import (
    CallStaff,
    CheckInVisitor,
    FinishSession,
    IdentifyVisitor,
    PrintPapers,
    SaveKioskOptions,
    SearchVisitors,
    SoundWarning,
    Speak,
    TakeNumber,
    UnlockKiosk,
)
from kiosk_app.messages import (
    AdmitAtDoor,
    AdmitGroup,
    AdmitPerson,
    AnswerPrint,
    AnswerWiring,
    AppearanceChanged,
    Authorise,
    CaptureScans,
    ChooseMode,
    CloseWindow,
    ConfirmTone,
    DismissDoubleAdmission,
    DismissUnreleased,
    EndAuthority,
    EnrolStation,
    FinishReadyCheck,
    ForgetBoard,
    IdentifyStation,
    KeepBoard,
    LeaveScreen,
    ListCameras,
    ListScanners,
    Notice,
    OpenScreen,
    OperatorStatus,
    PauseScanning,
    PlayTestTone,
    PrintTest,
    Publish,
    RepeatWithOverride,
    RestartProgram,
    SaveAppearance,
    SaveOptions,
    ScreenCommand,
    ScreenMessage,
    ScreenSleep,
    SearchPeople,
    SelectChannel,
    ServeCheckpoint,
    ServeEvent,
    SetDirection,
    ShowPerson,
    ShowPrinter,
    ShowReadyCheck,
    ShowSettings,
    ShowWiring,
    SignOff,
    SignOn,
    SubmitCode,
    SubmitOrSearch,
    SubmitScan,
    SummariseShift,
    SyncNow,
    TakeBack,
    TestPulse,
    ToggleFullScreen,
    UseBoard,
    UseCamera,
    UsePrinter,
    UseScanner,
    WorkCommand,
)
from kiosk_app.queue_messages import DeskCommand
from kiosk_app.screens import load_screen
from kiosk_app.screens.base import Screen
from kiosk_app.shell.identify_overlay import IdentifyOverlay
from kiosk_app.shell.kiosk_guard import KioskGuard
from kiosk_app.shell.scanner_filter import ScannerFilter
from kiosk_app.shell.screen_stack import ScreenStack
from kiosk_app.shell.screen_wake import ScreenWake, XServer
from kiosk_app.shell.window import StationWindow, system_theme
from kiosk_app.workers.qt_bridge import QUEUED, QtBridge
from resources.themes import THEMES

_log = structlog.get_logger()
_SIGNALS_POLLED_EVERY_MS = 200
_SWITCH_INTERVAL_S = 0.0005
"""The longest time that a busy thread keeps the Qt thread waiting; Python's own 5 ms add up while a roster is pulled."""


def qt_application() -> QApplication:
    """Return the process's Qt application; create it if there is none."""
    running = QApplication.instance()
    return running if isinstance(running, QApplication) else QApplication(sys.argv[:1])


class StationApplication:
    """One window with one screen. `publish` takes the workers' messages; `run` shows the window until it is closed."""

    def __init__(
        self, qt: QApplication, bridge: QtBridge, screen: Screen, *, full_screen: bool = True
    ) -> None:
        sys.setswitchinterval(_SWITCH_INTERVAL_S)
        self.qt, self.screen = qt, screen
        self.screens = ScreenStack(screen)
        self.window = StationWindow(self.screens)
        self.restarts = False
        """True if the program is to be started again after its end."""
        self._appearance = screen.context.appearance
        self._bridge, self._full_screen = bridge, full_screen
        self._submit: Callable[[WorkCommand], None] = lambda _: None
        self.identify = IdentifyOverlay(self.window)
        self._operator = ""
        self._dress_bulletins()
        self.window.bulletins.shown.connect(lambda ids: self._execute(BulletinsShown(ids)), QUEUED)
        self.window.bulletins.answered.connect(
            lambda bulletin_id: self._execute(AnswerBulletin(bulletin_id, self._operator))
        )
        bridge.message.connect(self._receive, QUEUED)
        bridge.preview.connect(self.screens.show_frame, QUEUED)
        bridge.finished.connect(self.window.finish, QUEUED)
        self.screens.command_issued.connect(self._execute)
        self.screens.top_changed.connect(self._pass_scans)
        self.guard = KioskGuard(
            qt, self.window, lambda: self.screens.top.locks_window, full_screen=full_screen
        )
        self.scanner = ScannerFilter(qt, self.window)  # after the guard, so that it sees the keys first
        self.scanner.scanned.connect(lambda scan: self._execute(SubmitScan(scan)))
        self.window.close_requested.connect(self.screens.request_close)
        self.window.finishing.connect(self.guard.stop)

    @property
    def publish(self) -> Publish:
        """The receiver of the workers' messages."""
        return self._bridge.publish

    def run(self, submit: Callable[[WorkCommand], None]) -> int:
        """Show the window until it is closed or a signal ends the program; return Qt's exit code.

        `submit` takes the screen's commands to the station.
        """
        self._submit = submit
        self._pass_scans()
        sys.excepthook = self._report_unforeseen
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # a terminal that closes must not leave the relay on
            if hasattr(signal, name):  # Windows has no SIGHUP
                signal.signal(getattr(signal, name), lambda *_: self.window.finish())
        polling = QTimer()  # Python handles signals only when it runs
        polling.timeout.connect(lambda: None)
        polling.start(_SIGNALS_POLLED_EVERY_MS)
        if self._full_screen:
            # without a window manager nobody else sets the size
            self.window.setGeometry(self.window.screen().geometry())
            self.window.showFullScreen()
        else:
            self.window.show()
        self.guard.start()
        wake = ScreenWake(x_server=XServer() if self.qt.platformName() == "xcb" else None)
        self._bridge.publish(ScreenSleep(may_sleep=not wake.start()))
        try:
            return self.qt.exec()
        finally:
            self.guard.stop()
            wake.stop()

    def finish_soon(self) -> None:
        """Close the window; may be called from any thread."""
        self._bridge.finished.emit()

    def _receive(self, message: ScreenMessage) -> None:
        """Show the station's name over every screen, or pass a message on to all of them."""
        if isinstance(message, IdentifyStation):
            look = self._appearance
            self.identify.show_name(
                message.name, message.seconds, theme_name=look.theme, language=look.language
            )
            return
        if isinstance(message, BulletinsChanged):
            self.window.bulletins.show_bulletins(message.bulletins)
            return
        if isinstance(message, OperatorStatus):
            self._operator = message.signed_on.name if message.signed_on else ""
        if isinstance(message, AppearanceChanged):
            self._appearance = Appearance(message.theme, message.language)
            self._dress_bulletins()
        self.screens.receive(message)

    def _report_unforeseen(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        """Log an exception of a slot or an event handler, and tell it on the screen; Qt only prints it."""
        _log.error("unforeseen_exception", exc_info=(kind, error, trace))
        self._bridge.publish(Notice.STATION_FAILED)

    def _dress_bulletins(self) -> None:
        """Show bulletins in the look of the screens."""
        look = self._appearance
        self.window.bulletins.set_look(look.theme if look.theme in THEMES else system_theme(), look.language)

    def _pass_scans(self) -> None:
        """Tell the gate if the screen on top wants scans decided, or for itself."""
        top = self.screens.top
        self.scanner.set_patient(top.tries_scanners)
        self.window.bulletins.allow_answers(top.has_staff)
        self._submit(CaptureScans(not top.decides_scans))

    def _open(self, mode: str, page: str = "") -> None:
        context = replace(self.screen.context, appearance=self._appearance)
        screen = load_screen(mode)(context)
        if page:
            screen.open_page(page)
        self.screens.open(screen)

    def _leave(self) -> None:
        if self.screens.is_first:
            self.window.finish()
        else:
            self.screens.leave()

    def _execute(self, command: ScreenCommand) -> None:
        if isinstance(command, SaveAppearance):  # a screen that is opened later looks the same
            self._appearance = Appearance(
                command.theme or self._appearance.theme, command.language or self._appearance.language
            )
            self._dress_bulletins()
        match command:
            case OpenScreen(mode, page):
                self._open(mode, page)
            case RestartProgram():
                self.restarts = True
                self.window.finish()
            case LeaveScreen():
                self._leave()
            case ToggleFullScreen():
                self.window.toggle_full_screen()
            case CloseWindow():
                self.window.finish()
            case (
                SubmitCode()
                | SubmitOrSearch()
                | SubmitScan()
                | SearchPeople()
                | AdmitPerson()
                | AdmitGroup()
                | AdmitAtDoor()
                | RepeatWithOverride()
                | ServeEvent()
                | ServeCheckpoint()
                | SetDirection()
                | DismissDoubleAdmission()
                | DismissUnreleased()
                | SaveAppearance()
                | PauseScanning()
                | TakeBack()
                | ShowPerson()
                | SaveOptions()
                | SignOn()
                | Authorise()
                | SummariseShift()
                | SignOff()
                | EndAuthority()
                | CaptureScans()
                | ListScanners()
                | UseScanner()
                | ShowWiring()
                | SelectChannel()
                | UseBoard()
                | KeepBoard()
                | ForgetBoard()
                | TestPulse()
                | AnswerWiring()
                | SyncNow()
                | ShowReadyCheck()
                | PlayTestTone()
                | ConfirmTone()
                | FinishReadyCheck()
                | EnrolStation()
                | ChooseMode()
                | ListCameras()
                | UseCamera()
                | ShowSettings()
                | ShowPrinter()
                | UsePrinter()
                | PrintTest()
                | AnswerPrint()
                | DeskCommand()
                | BulletinsShown()
                | AnswerBulletin()
                | IdentifyVisitor()
                | SearchVisitors()
                | CheckInVisitor()
                | TakeNumber()
                | PrintPapers()
                | CallStaff()
                | Speak()
                | SoundWarning()
                | FinishSession()
                | UnlockKiosk()
                | SaveKioskOptions()
            ):
                self._submit(command)
            case _:
                assert_never(command)
