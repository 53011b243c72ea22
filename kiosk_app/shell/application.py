"""The gate in a window: the Qt application around a station."""

import signal
import sys
import threading
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from hub_sync.client.store import Store
from hub_sync.contract.clock import SystemClock
from kiosk_app.bootstrap.station import Listeners, Station
from kiosk_app.core.corrected_clock import CorrectedClock
from kiosk_app.demo.runner import run_demo
from kiosk_app.demo.scenario import Plan, Play
from kiosk_app.screens.gate import GatePresenter, actions
from kiosk_app.screens.gate.screen import GateScreen
from kiosk_app.settings import StationSettings
from kiosk_app.shell.window import StationWindow
from kiosk_app.workers.command_executor import APPEARANCE
from kiosk_app.workers.gate_worker import GUIDE
from kiosk_app.workers.qt_bridge import QUEUED, Bridge

_SIGNALS_SEEN_EVERY_MS = 200
_SWITCH_INTERVAL_S = 0.0005
"""How long a busy thread may keep the Qt thread waiting for its turn; Python's own 5 ms add up while a roster is pulled."""


class GateApp:
    """One window over one station. `listeners` go to `build_station`, then `run` shows it until it is closed."""

    def __init__(self, settings: StationSettings, store: Store | None = None) -> None:
        """`store` of the calling thread: where theme and language were kept."""
        sys.setswitchinterval(_SWITCH_INTERVAL_S)
        self.qt = QApplication.instance() or QApplication(sys.argv[:1])
        kept = store.settings.get(APPEARANCE, {}) if store is not None else {}
        self._bridge = Bridge()
        presenter = GatePresenter(
            CorrectedClock(SystemClock(), lambda: self._bridge.clock_offset_ms),
            language=kept.get("language", settings.language),
            theme=kept.get("theme", settings.theme),
            operator=settings.operator,
        )
        self._settings = settings
        self.screen = GateScreen(presenter)
        self.window = StationWindow(self.screen)
        self._wire()

    @property
    def listeners(self) -> Listeners:
        """Who is told what happens at the gate."""
        return self._bridge.listeners()

    def run(self, station: Station) -> int:
        """Show the window until it is closed or a signal asks for the end; Qt's exit code."""
        self.screen.intended.connect(station.desk.handle)
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # a terminal that closes must not leave the relay on
            if hasattr(signal, name):  # Windows has no SIGHUP
                signal.signal(getattr(signal, name), lambda *_: self.window.finish())
        awake = QTimer()  # Python sees signals only when it runs
        awake.timeout.connect(lambda: None)
        awake.start(_SIGNALS_SEEN_EVERY_MS)
        if self._settings.window == "fullscreen":
            self.window.setGeometry(
                self.window.screen().geometry()
            )  # without a window manager nobody else does it
            self.window.showFullScreen()
        else:
            self.window.show()
        return self.qt.exec()

    def finish_soon(self) -> None:
        """Close the window; may be called from any thread."""
        self._bridge.ended.emit()

    def _wire(self) -> None:
        bridge, screen = self._bridge, self.screen
        bridge.scanned.connect(screen.scanned, QUEUED)
        bridge.learned.connect(screen.learned, QUEUED)
        bridge.previewed.connect(screen.set_preview, QUEUED)
        bridge.ended.connect(self.window.finish, QUEUED)
        screen.set_guide(GUIDE.x, GUIDE.y, GUIDE.width, GUIDE.height)
        screen.intended.connect(self._about_the_window)
        self.window.close_asked.connect(lambda: screen.act(actions.QuitAsked()))

    def _about_the_window(self, intent: actions.Intent) -> None:
        if isinstance(intent, actions.ToggleFullScreen):
            self.window.toggle_full_screen()
        elif isinstance(intent, actions.Quit):
            self.window.finish()


def demo_in_window(plan: Plan, seed: int, settings: StationSettings) -> dict[str, Any]:
    """Play the demo in a window; closing it ends the play, and the end of the play closes it."""
    app = GateApp(settings.model_copy(update={"window": "window"}))

    def show(station: Station, play: Play, crowd: Callable[[], None]) -> None:
        failed: list[BaseException] = []

        def perform() -> None:
            try:
                crowd()
            except Exception as fault:  # noqa: BLE001 -- raised again below, where the command can say it
                failed.append(fault)
            finally:
                app.finish_soon()

        thread = threading.Thread(target=perform, name="demo-crowd", daemon=True)
        thread.start()
        app.run(station)
        play.stop.set()
        thread.join()
        if failed:
            raise failed[0]

    return run_demo(plan, seed, settings, app.listeners, show)
