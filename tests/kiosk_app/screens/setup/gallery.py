"""Every state of the set-up screen's pages as a picture: `python tests/kiosk_app/screens/setup/gallery.py OUTDIR`.

--size 1280x800 --theme dark --language en    (each may be repeated; without: all of them)
"""

import argparse
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

import kiosk_app  # noqa: F401 -- before the first Qt call
from hardware.printer import (
    PrinterChoice,
    PrinterHealth,
    PrinterState,
    PrintFailure,
    PrintOutcome,
    PrintResult,
)
from hardware.relay import BoardChoice
from hardware.scanner import SETUP_CODE, Keystroke, ScannerChoice, ScannerFault, Transmission
from hardware.scanner.setup_code import keys_of
from hub_sync.contract.clock import SystemClock
from hub_sync.contract.ready_check import ReadyPart, ReadyState
from kiosk_app import messages
from kiosk_app.core.appearance import Appearance
from kiosk_app.messages import ScanCaptured, ScannerChoices
from kiosk_app.screens.base import ScreenContext
from kiosk_app.screens.setup.screen import SetupScreen

CHOICES = (
    ScannerChoice("keys:"),
    ScannerChoice("evdev:///dev/input/by-id/usb-Zebra_DS2208-event-kbd", "Zebra Symbol Bar Code Scanner"),
    ScannerChoice("serial:///dev/serial/by-id/usb-Datalogic-if00", "Datalogic Gryphon GD4520"),
)


def typed(layout: str, *, prefix: str = "", suffix: str = "\n", gap: int = 6) -> Transmission:
    """Return the keys of a scanner that is set to a layout."""
    keys = [*keys_of(prefix + SETUP_CODE, layout), *(Keystroke(character) for character in suffix)]
    return Transmission(tuple(replace(key, at_ms=number * gap) for number, key in enumerate(keys)))


def in_window(text: str, gap: int = 6) -> Transmission:
    """Return what a window reads whose keys have no places."""
    return Transmission(tuple(Keystroke(each, at_ms=number * gap) for number, each in enumerate(text)))


SETTINGS = (
    messages.SettingEntry("theme", "dark", messages.SettingSource.DEFAULT),
    messages.SettingEntry("language", "de", messages.SettingSource.HUB),
    messages.SettingEntry(
        "printer",
        "escpos+tcp://192.0.2.7:9100",
        messages.SettingSource.STATION,
        "",
        "pdf:///slips",
        messages.HubWish.CHANGED,
    ),
    messages.SettingEntry("pulse_ms", 300, messages.SettingSource.MACHINE, "ms", 900, messages.HubWish.FIXED),
    messages.SettingEntry(
        "camera", "usb:0", messages.SettingSource.DEFAULT, "", "usb:1", messages.HubWish.AT_RESTART
    ),
    messages.SettingEntry("queues", ("Registration", "Press"), messages.SettingSource.HUB),
)


def _show_settings(screen: SetupScreen) -> None:
    screen.open_page("settings")
    screen.receive(messages.SettingsOverview(SETTINGS))


STATES: dict[str, Callable[[SetupScreen], None]] = {
    "settings": _show_settings,
    "waiting": lambda screen: screen.receive(ScannerChoices(CHOICES, "keys:")),
    "missing": lambda screen: screen.receive(ScannerChoices(CHOICES, CHOICES[2].address, ScannerFault.LOST)),
    "fine": lambda screen: _scan(screen, CHOICES[1].address, typed("us", prefix="]Q1")),
    "advice": lambda screen: _scan(screen, "keys:", in_window(SETUP_CODE.swapcase() + "\n\t", gap=80)),
    "layout": lambda screen: _scan(
        screen, "keys:", in_window('DoorwardßTest?0123456789`-´Ä"!ayqwzmAYQWZM\n')
    ),
    "other": lambda screen: _scan(screen, "keys:", in_window("\x02REG-0012\n")),
    "saved": lambda screen: _scan(
        screen, CHOICES[2].address + "?suffix=cr", Transmission(data=f"{SETUP_CODE}\r".encode())
    ),
}


READY = (
    messages.ReadyItem(ReadyPart.ROSTER, n=48_210, at=datetime(2026, 6, 11, 9, tzinfo=UTC)),
    messages.ReadyItem(ReadyPart.CHECKPOINT, name="Main entrance \u00b7 Gate 2"),
    messages.ReadyItem(
        ReadyPart.HUB, ReadyState.NOT_READY, "offline", at=datetime(2026, 6, 11, 8, tzinfo=UTC)
    ),
    messages.ReadyItem(ReadyPart.CLOCK, ReadyState.WARN, "unsure"),
    messages.ReadyItem(ReadyPart.CAMERA, ReadyState.NOT_READY, "missing"),
    messages.ReadyItem(ReadyPart.SCANNER, ReadyState.WARN, "unread"),
    messages.ReadyItem(ReadyPart.RELAY, ReadyState.WARN, "untested"),
    messages.ReadyItem(ReadyPart.SENSOR, ReadyState.NOT_APPLICABLE, "none"),
    messages.ReadyItem(ReadyPart.SOUND, ReadyState.WARN, "unheard"),
    messages.ReadyItem(ReadyPart.SCREEN, ReadyState.WARN, "sleeps"),
    messages.ReadyItem(ReadyPart.DISK, n=9_120),
    messages.ReadyItem(ReadyPart.STORE),
    messages.ReadyItem(ReadyPart.OPERATORS, name="Tom Okoye"),
    messages.ReadyItem(ReadyPart.PEERS, ReadyState.WARN, "missing", n=2),
    messages.ReadyItem(ReadyPart.PRINTER, ReadyState.NOT_APPLICABLE, "none"),
)
WIRING = messages.WiringState(
    address="modbus:usb=0403:6001,serial=AB12,slave=1",
    channels=16,
    has_sensor=True,
    inputs_ready=True,
    boards=tuple(
        BoardChoice(f"{kind}:usb=1a86:7523,path=1-1.{socket}", "USB Serial")
        for kind in ("modbus", "lcus", "kmtronic")
        for socket in (2, 3)
    ),
    kept="lcus:usb=1a86:7523,path=1-1.2,channel=2",
    doubt=messages.WiringDoubt.RECONNECTED,
)
LAST = messages.WiringResult(
    "x", 1, datetime(2026, 6, 11, 9, tzinfo=UTC), "Grace Hopper", messages.WiringAnswer.TURNED, True, True
)
PRINTER = messages.PrinterSetupState(
    "escpos+usb://04b8:0202?width=384",
    PrinterHealth(PrinterState.PAPER_LOW),
    (
        PrinterChoice("escpos+usb://04b8:0202", "EPSON TM-T20II Receipt"),
        PrinterChoice("cups://Brother_QL820", "Brother_QL820"),
        PrinterChoice("escpos+serial:///dev/serial/by-id/usb-1a86_USB_Serial-if00-port0", "USB Serial"),
    ),
    last=messages.PrinterTest(
        "escpos+usb://04b8:0202?width=384", datetime(2026, 6, 11, 9, tzinfo=UTC), "Grace Hopper", True
    ),
    last_age_s=7_000,
)
PRINTED = PrintResult("job", PrintOutcome.PRINTED, None, PrinterState.PAPER_LOW)
PAGE_STATES: dict[str, tuple[str, messages.ScreenMessage]] = {
    "ready-missing": ("ready", messages.ReadyCheckState(READY)),
    "ready-open": (
        "ready",
        messages.ReadyCheckState(
            tuple(
                item
                if item.state is ReadyState.NOT_APPLICABLE
                else messages.ReadyItem(item.part, n=item.n or 3, at=item.at, name="Ada")
                for item in READY
            )
        ),
    ),
    "printer-none": ("printer", messages.PrinterSetupState()),
    "printer-question": ("printer", replace(PRINTER, needs_eye=True, result=PRINTED)),
    "printer-failed": (
        "printer",
        replace(
            PRINTER, result=replace(PRINTED, outcome=PrintOutcome.FAILED, failure=PrintFailure.NO_ANSWER)
        ),
    ),
    "printer-trouble": ("printer", replace(PRINTER, health=PrinterHealth(PrinterState.NO_ACCESS))),
    "printer-bad-address": ("printer", replace(PRINTER, has_bad_address=True)),
    "wiring-idle": ("wiring", replace(WIRING, last=LAST)),
    "wiring-question": ("wiring", replace(WIRING, is_waiting=True, has_sensed=True, last=LAST)),
    "wiring-none": ("wiring", messages.WiringState(refusal=messages.WiringRefusal.NO_TURNSTILE)),
}
"""States of the other pages, each with its page and the message that brings it about."""


def _scan(screen: SetupScreen, current: str, scan: Transmission) -> None:
    screen.receive(ScannerChoices(CHOICES, current, saved="?" in current))
    page = screen.pages["scanner"]
    screen.receive(ScanCaptured(scan, page.presenter._place()))  # type: ignore[attr-defined]


def main() -> None:
    """Render the pictures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    for name, default in (
        ("size", ["1280x800", "1920x1080"]),
        ("theme", ["light", "dark", "high-contrast"]),
        ("language", ["en", "de", "ar"]),
    ):
        parser.add_argument(f"--{name}", action="append", default=None, dest=name)
        parser.set_defaults(**{f"all_{name}": default})
    parser.add_argument("--only", action="append")
    options = parser.parse_args()
    application = QApplication([])
    options.out.mkdir(parents=True, exist_ok=True)
    settings: dict[str, tuple[str, Callable[[SetupScreen], None]]] = {
        name: ("scanner", prepare) for name, prepare in STATES.items()
    }
    for name, (page, message) in PAGE_STATES.items():
        settings[name] = (page, partial(SetupScreen.receive, message=message))
    for state, (page, prepare) in settings.items():
        if options.only and state not in options.only:
            continue
        for size in options.size or options.all_size:
            for theme in options.theme or options.all_theme:
                for language in options.language or options.all_language:
                    screen = SetupScreen(ScreenContext(SystemClock(), Appearance(theme, language)))
                    screen.resize(*map(int, size.split("x")))
                    screen.open_page(page)
                    screen.show()
                    prepare(screen)
                    for _ in range(3):
                        application.processEvents()
                        application.sendPostedEvents(None, QEvent.Type.DeferredDelete)
                    screen.grab().save(str(options.out / f"{state}-{size}-{theme}-{language}.png"))
                    screen.close()


if __name__ == "__main__":
    main()
