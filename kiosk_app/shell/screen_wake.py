"""Keep the screen awake for as long as the program runs: a gate whose screen sleeps looks broken.

The desktop is asked by D-Bus (`org.freedesktop.ScreenSaver`). Where there is none, `systemd-inhibit` keeps the machine from
idling, which a kiosk without a desktop obeys. Where neither is there, the screen says so.
"""

import shutil
import subprocess
from collections.abc import Callable

import structlog
from PySide6.QtDBus import QDBusConnection, QDBusMessage

_log = structlog.get_logger()
_NAME, _PATH = "org.freedesktop.ScreenSaver", "/org/freedesktop/ScreenSaver"
_WHO, _WHY = "Doorward", "Tickets are checked here."
_REPLY_MS = 1_000


def ask_desktop() -> bool:
    """Ask the desktop not to blank the screen; the desktop ends it when this program ends. Return True if it agreed."""
    bus = QDBusConnection.sessionBus()
    if not bus.isConnected():
        return False
    call = QDBusMessage.createMethodCall(_NAME, _PATH, _NAME, "Inhibit")
    call.setArguments([_WHO, _WHY])
    reply = bus.call(call, timeout=_REPLY_MS)
    return reply.type() is QDBusMessage.MessageType.ReplyMessage


class ScreenWake:
    """Keeps the screen awake from `start` to `stop`."""

    def __init__(
        self, ask: Callable[[], bool] = ask_desktop, program: str | None = shutil.which("systemd-inhibit")
    ) -> None:
        self._ask, self._program = ask, program
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> bool:
        """Keep the screen awake; return False if nothing here can. Raises nothing."""
        try:
            inhibited = self._ask() or self._inhibit()
        except Exception:  # noqa: BLE001 -- a bus or a program that misbehaves must not keep the gate closed
            _log.exception("screen_wake_failed")
            inhibited = False
        if not inhibited:
            _log.warning("screen_may_sleep")
        return inhibited

    def stop(self) -> None:
        """Let the screen sleep again."""
        child, self._child = self._child, None
        if child is not None and child.stdin is not None:
            child.stdin.close()  # `cat` ends, and with it the inhibition; also where this program is killed
            child.wait(timeout=5)

    def _inhibit(self) -> bool:
        if self._program is None:
            return False
        command = [self._program, "--what=idle:sleep", f"--who={_WHO}", f"--why={_WHY}", "cat"]
        self._child = subprocess.Popen(  # noqa: S603 -- the system's own program
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            self._child.wait(timeout=0.3)
        except subprocess.TimeoutExpired:
            return True
        self.stop()  # it ended at once: there is no logind
        return False
