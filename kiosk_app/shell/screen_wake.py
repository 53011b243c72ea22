"""Keep the screen awake for as long as the program runs: a gate whose screen sleeps looks broken.

The desktop is asked by D-Bus (`org.freedesktop.ScreenSaver`). Where there is none, `systemd-inhibit` keeps the machine from
idling, which a kiosk without a desktop obeys. An X server without a desktop blanks its screen by a timer of its own, whatever the machine
does: it is stopped for as long as this program is connected. Where nothing can, the screen says so.
"""

import ctypes
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


class XServer:
    """A connection of its own to the X server, which ends the suspension of its screen saver when this program ends."""

    def __init__(self, name: str = "") -> None:
        self._name = name
        self._connection: ctypes.c_void_p | None = None

    def suspend(self) -> bool:
        """Stop the timers of screen saver and display power; return False if there is no X server, or no library for it.

        Raises:
            OSError: a library is not there.
            AttributeError: it is another one.
        """
        x11, xss = ctypes.CDLL("libX11.so.6"), ctypes.CDLL("libXss.so.1")
        x11.XOpenDisplay.restype = ctypes.c_void_p
        connection = x11.XOpenDisplay(self._name.encode() or None)
        if not connection:
            return False
        self._connection = ctypes.c_void_p(connection)
        first, error = ctypes.c_int(), ctypes.c_int()
        if not xss.XScreenSaverQueryExtension(self._connection, ctypes.byref(first), ctypes.byref(error)):
            return False
        xss.XScreenSaverSuspend(self._connection, 1)
        x11.XSync(self._connection, 0)
        return True

    def resume(self) -> None:
        """Let the timers run again."""
        connection, self._connection = self._connection, None
        if connection is not None:
            ctypes.CDLL("libX11.so.6").XCloseDisplay(connection)


class ScreenWake:
    """Keeps the screen awake from `start` to `stop`. `x_server` None: this program is not on one."""

    def __init__(
        self,
        ask: Callable[[], bool] = ask_desktop,
        program: str | None = shutil.which("systemd-inhibit"),
        x_server: XServer | None = None,
    ) -> None:
        self._ask, self._program, self._x_server = ask, program, x_server
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> bool:
        """Keep the screen awake; return False if nothing here can. Raises nothing."""
        try:
            inhibited = self._ask() or self._keep_awake()
        except Exception:  # noqa: BLE001 -- a bus or a program that misbehaves must not keep the gate closed
            _log.exception("screen_wake_failed")
            inhibited = False
        if not inhibited:
            _log.warning("screen_may_sleep")
        return inhibited

    def stop(self) -> None:
        """Let the screen sleep again."""
        if self._x_server is not None:
            self._x_server.resume()
        child, self._child = self._child, None
        if child is not None and child.stdin is not None:
            child.stdin.close()  # `cat` ends, and with it the inhibition; also where this program is killed
            child.wait(timeout=5)

    def _keep_awake(self) -> bool:
        """Keep machine and screen awake where there is no desktop. On an X server, its own timer is what blanks the screen."""
        inhibited = self._inhibit()
        if self._x_server is None:
            return inhibited
        try:
            return self._x_server.suspend()
        except (OSError, AttributeError) as error:
            _log.warning("x_screen_saver_not_suspended", error=str(error))
            return False

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
