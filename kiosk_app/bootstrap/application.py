"""Build the application: the Qt window with the screen of a mode, over a station. Imports Qt."""

from hub_sync.client.store import Store
from hub_sync.contract.clock import SystemClock
from kiosk_app.core.appearance import Appearance, load_appearance
from kiosk_app.core.corrected_clock import CorrectedClock
from kiosk_app.core.shift.operator_name import load_operator
from kiosk_app.screens import load_screen
from kiosk_app.screens.base import ScreenContext
from kiosk_app.settings import StationSettings
from kiosk_app.shell.application import StationApplication, qt_application
from kiosk_app.workers.gate_worker import GUIDE
from kiosk_app.workers.qt_bridge import QtBridge


def build_application(
    settings: StationSettings,
    store: Store | None = None,
    *,
    mode: str = "gate",
    theme: str | None = None,
    language: str | None = None,
    mode_of_line: str = "",
) -> StationApplication:
    """Build the window with the screen of `mode`. Its `publish` goes to `build_station`, the station to its `run`.

    `store` is of the calling thread; it holds the saved theme, language and operator. `theme` and `language` are those of
    the command line, which precede the saved ones in this run, and so is `mode_of_line` ("": it names no mode).

    Raises:
        KeyError: `SCREENS` has no such mode.
        StoreError: the store could not be read.
    """
    default = Appearance(settings.theme, settings.language)
    appearance = default
    if store is not None:
        appearance = load_appearance(store, default, theme=theme, language=language)
    qt, bridge = qt_application(), QtBridge()
    context = ScreenContext(
        clock=CorrectedClock(SystemClock(), lambda: bridge.clock_offset_ms),
        appearance=appearance,
        operator=load_operator(store, settings.operator) if store is not None else settings.operator,
        guide=(GUIDE.x, GUIDE.y, GUIDE.width, GUIDE.height),
        hub=_offered_hub(store, settings),
        mode=mode_of_line,
    )
    screen = load_screen(mode)(context)
    return StationApplication(qt, bridge, screen, full_screen=settings.window == "fullscreen")


def _offered_hub(store: Store | None, settings: StationSettings) -> str:
    """Return the address that the first start offers: that of the settings, else of the hub before."""
    enrolment = None if store is None else store.settings.enrolment()
    return settings.hub or (enrolment.hub_url if enrolment is not None else "")
