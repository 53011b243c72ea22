"""Every state of the kiosk's screen as a picture: `python tests/kiosk_app/screens/kiosk/gallery.py OUTDIR`.

--size 1280x800 --theme dark --language en --only confirm    (each may be repeated; without: all of them)
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from PySide6.QtCore import QEvent
from PySide6.QtGui import QColor, QImage, QLinearGradient, QPainter
from PySide6.QtWidgets import QApplication

import kiosk_app  # noqa: F401 -- before the first Qt call
from hardware.printer import PrintFailure
from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import ReasonCode
from kiosk_app import kiosk_messages as kiosk
from kiosk_app import messages
from kiosk_app.core.appearance import Appearance
from kiosk_app.screens.base import ScreenContext
from kiosk_app.screens.kiosk.presenter import actions
from kiosk_app.screens.kiosk.presenter.staff_pages import MENU
from kiosk_app.screens.kiosk.screen import KioskScreen
from tests.kiosk_app.screens.kiosk.stories import (
    NO_QUEUES,
    NOON,
    NUMBER,
    STATUS,
    SUPERVISORS,
    TICKET,
    decision,
    printed,
    ready_messages,
)


@dataclass
class BuiltKiosk:
    """A kiosk's screen with its clock and the commands that it has issued."""

    screen: KioskScreen
    clock: ManualClock
    commands: list[messages.ScreenCommand] = field(default_factory=list)

    def ready(self, status: kiosk.KioskStatus = STATUS) -> "BuiltKiosk":
        """Report a station that works."""
        for message in ready_messages(status):
            self.screen.receive(message)
        return self

    def act(self, *done: actions.KioskAction) -> "BuiltKiosk":
        """Handle actions."""
        for action in done:
            self.screen.handle(action)
        return self

    def receive(self, *received: messages.ScreenMessage) -> "BuiltKiosk":
        """Receive messages."""
        for message in received:
            self.screen.receive(message)
        return self

    def wait(self, seconds: float) -> "BuiltKiosk":
        """Let time pass, with a tick at its end."""
        self.clock.advance(timedelta(seconds=seconds))
        self.screen._update(self.screen.presenter.tick)
        return self

    def outcome(self, reason: ReasonCode = ReasonCode.ADMITTED, **changes: object) -> "BuiltKiosk":
        """Receive the gate's decision on the visitor who waits."""
        visitor = self.screen.presenter.model.session
        assert visitor is not None
        assert visitor.visitor is not None
        self.screen.receive(decision(reason, visitor.visitor, **changes))
        return self


def make_kiosk(language: str = "en", theme: str = "dark") -> BuiltKiosk:
    """Return a kiosk whose station has not reported yet."""
    clock = ManualClock(NOON)
    screen = KioskScreen(ScreenContext(clock, Appearance(theme, language)))
    screen._timer.stop()
    built = BuiltKiosk(screen, clock)
    screen.command_issued.connect(built.commands.append)
    return built


def begin(built: BuiltKiosk) -> BuiltKiosk:
    """Begin a session in the kiosk's own language."""
    return built.ready().act(actions.SessionBegun(built.screen.context.appearance.language))


def confirm(built: BuiltKiosk) -> BuiltKiosk:
    """Hold a ticket up."""
    return built.ready().receive(kiosk.VisitorKnown(TICKET, "Ada K."))


def check_in(built: BuiltKiosk, status: kiosk.KioskStatus = STATUS) -> BuiltKiosk:
    """Confirm the name."""
    confirm(built).receive(status)
    return built.act(actions.VisitorConfirmed())


def number(built: BuiltKiosk) -> BuiltKiosk:
    """Draw a number."""
    return check_in(built).outcome().act(actions.QueueChosen("q1")).receive(NUMBER)


def menu(built: BuiltKiosk) -> BuiltKiosk:
    """Open the staff menu by a PIN."""
    built.ready().act(actions.StaffRequested(), actions.OperatorChosen("o1"), actions.EntryFinished("4821"))
    status = replace(SUPERVISORS, supervisor=SUPERVISORS.choices[0])
    return built.receive(messages.PinAnswer(messages.PinResult.ACCEPTED, status=status))


STATES: dict[str, Callable[[BuiltKiosk], object]] = {
    "starting": lambda each: each,
    "attract": lambda each: each.ready(),
    "attract-notice": lambda each: each.ready(
        replace(STATUS, options=replace(STATUS.options, notice="Badges are at the blue desk today."))
    ),
    "attract-scanner-lost": lambda each: each.ready().receive(
        messages.GateDeviceStatus(
            camera=messages.CameraAvailability.LIVE, scanner=messages.ScannerAvailability.MISSING
        )
    ),
    "language": lambda each: each.ready().act(actions.SessionBegun()),
    "identify": begin,
    "identify-no-reader": lambda each: begin(each).receive(
        messages.GateDeviceStatus(camera=messages.CameraAvailability.MISSING)
    ),
    "code": lambda each: begin(each).act(actions.CodeChosen()),
    "search": lambda each: begin(each).act(actions.SearchChosen()),
    "search-problem": lambda each: (
        begin(each)
        .act(actions.SearchChosen(), actions.EntryFinished("mül"))
        .receive(kiosk.VisitorHits("mül", more=True))
    ),
    "hits": lambda each: (
        begin(each)
        .act(actions.SearchChosen(), actions.EntryFinished("ada"))
        .receive(
            kiosk.VisitorHits(
                "ada",
                (
                    kiosk.VisitorHit("p1", "Ada K."),
                    kiosk.VisitorHit("p2", "Adam N."),
                    kiosk.VisitorHit("p3", "Adah S."),
                ),
            )
        )
    ),
    "confirm": confirm,
    "working": check_in,
    "welcome": lambda each: check_in(each, NO_QUEUES).outcome(),
    "welcome-printed": lambda each: check_in(each, NO_QUEUES).outcome().receive(printed("badge-p1")),
    "already": lambda each: check_in(each, NO_QUEUES).outcome(ReasonCode.ALREADY_INSIDE),
    "staff": lambda each: check_in(each).outcome(ReasonCode.BLACKLISTED),
    "retry": lambda each: check_in(each).outcome(ReasonCode.NOT_A_TICKET),
    "queues": lambda each: check_in(each).outcome(),
    "number": number,
    "number-no-paper": lambda each: number(each).receive(printed("slip-t1", PrintFailure.PAPER_OUT)),
    "warning": lambda each: begin(each).wait(33),
    "large": lambda each: confirm(each).act(actions.TextSizeChanged(), actions.TextSizeChanged()),
    "large-code": lambda each: begin(each).act(
        actions.TextSizeChanged(), actions.TextSizeChanged(), actions.CodeChosen()
    ),
    "low": lambda each: confirm(each).act(actions.LowReachSwitched()),
    "low-code": lambda each: begin(each).act(actions.LowReachSwitched(), actions.CodeChosen()),
    "reading": lambda each: begin(each).act(actions.ReadingSwitched()),
    "not-open": lambda each: each.ready(replace(STATUS, opens_at=NOON + timedelta(hours=1))),
    "over": lambda each: each.ready(replace(STATUS, closes_at=NOON)),
    "out-of-service": lambda each: each.ready(
        replace(STATUS, options=kiosk.KioskOptions(out_of_service=True))
    ),
    "out-of-order": lambda each: each.ready(
        replace(STATUS, options=kiosk.KioskOptions(typing=False))
    ).receive(
        messages.GateDeviceStatus(
            camera=messages.CameraAvailability.NONE, scanner=messages.ScannerAvailability.MISSING
        )
    ),
    "staff-who": lambda each: each.ready().act(actions.StaffRequested()),
    "staff-pin": lambda each: each.ready().act(actions.StaffRequested(), actions.OperatorChosen("o1")),
    "staff-menu": menu,
    "staff-menu-of-hub": lambda each: menu(each).receive(replace(STATUS, of_hub=frozenset(MENU[2:-2]))),
    "staff-notice": lambda each: menu(each).act(actions.MenuChosen("notice")),
    "staff-quit": lambda each: menu(each).act(actions.MenuChosen("quit")),
    "failed": lambda each: each.ready().screen._show_failure(),
}
"""The name of each state, and how it comes about."""


def hall() -> QImage:
    """Return a picture as of a camera in a hall."""
    image = QImage(640, 360, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    light = QLinearGradient(0, 0, 640, 360)
    light.setColorAt(0, QColor("#3d5a73"))
    light.setColorAt(1, QColor("#a8b6c0"))
    painter.fillRect(image.rect(), light)
    painter.setBrush(QColor("#2b3a45"))
    painter.drawEllipse(250, 60, 140, 170)
    painter.drawRoundedRect(190, 220, 260, 200, 80, 80)
    painter.end()
    return image


def settle() -> None:
    """Let layouts and removed widgets come to rest."""
    for _ in range(3):
        QApplication.processEvents()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def main() -> None:
    """Render the pictures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    defaults = {
        "size": ["1280x800", "1080x1920"],
        "theme": ["light", "dark", "high-contrast"],
        "language": ["en", "de", "ar"],
        "only": list(STATES),
    }
    for name in defaults:
        parser.add_argument(f"--{name}", action="append", default=None)
    options = parser.parse_args()
    chosen = {name: getattr(options, name) or default for name, default in defaults.items()}
    application = QApplication([])
    options.out.mkdir(parents=True, exist_ok=True)
    picture = hall()
    for state in chosen["only"]:
        for size in chosen["size"]:
            for theme in chosen["theme"]:
                for language in chosen["language"]:
                    built = make_kiosk(language, theme)
                    built.screen.resize(*map(int, size.split("x")))
                    built.screen.show()
                    STATES[state](built)
                    built.screen.show_frame(picture)
                    settle()
                    built.screen.grab().save(str(options.out / f"{state}-{size}-{theme}-{language}.png"))
                    built.screen.close()
    del application


if __name__ == "__main__":
    main()
