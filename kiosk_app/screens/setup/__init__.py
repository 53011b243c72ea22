"""The set-up screen: one page for each device, to try it out and to learn its settings.

To add a page: write a subclass of `kiosk_app.screens.setup.widgets.page.SetupPage`, and add one line to `PAGES`.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kiosk_app.screens.setup.widgets.page import SetupPage

PAGES: dict[str, str] = {
    "ready": "kiosk_app.screens.setup.widgets.ready_page:ReadyPage",
    "camera": "kiosk_app.screens.setup.widgets.camera_page:CameraPage",
    "scanner": "kiosk_app.screens.setup.widgets.scanner_page:ScannerPage",
    "printer": "kiosk_app.screens.setup.widgets.printer_page:PrinterPage",
    "wiring": "kiosk_app.screens.setup.widgets.wiring_page:WiringPage",
    "settings": "kiosk_app.screens.setup.widgets.settings_page:SettingsPage",
}
"""Name -> "module:class" of a page, in the order of their tabs. The text `setup.NAME` is its title."""


def load_page(name: str) -> "type[SetupPage]":
    """Return the widget class of a page.

    Raises:
        KeyError: `PAGES` has no such page.
    """
    module, _, class_name = PAGES[name].partition(":")
    page: type[SetupPage] = getattr(import_module(module), class_name)
    return page
