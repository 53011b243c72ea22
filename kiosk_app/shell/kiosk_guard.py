"""Close the ways out of a kiosk that a program can close: chords, function keys, menus, drags, help, a lost focus, other screens.

What only the system can close (Ctrl+Alt+Fn, the power key, another window manager's chords) is the compositor's: see
`docs/operations.md`. The guard is an event filter on the whole application, and sleeps while no screen asks for it.
"""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QKeyEvent, QScreen
from PySide6.QtWidgets import QApplication, QWidget

_EDITING = frozenset(
    {
        Qt.Key.Key_Tab,
        Qt.Key.Key_Backtab,
        Qt.Key.Key_Return,
        Qt.Key.Key_Enter,
        Qt.Key.Key_Escape,
        Qt.Key.Key_Space,
        Qt.Key.Key_Backspace,
        Qt.Key.Key_Delete,
        Qt.Key.Key_Left,
        Qt.Key.Key_Right,
        Qt.Key.Key_Up,
        Qt.Key.Key_Down,
        Qt.Key.Key_Home,
        Qt.Key.Key_End,
        Qt.Key.Key_Shift,
        Qt.Key.Key_AltGr,
        Qt.Key.Key_CapsLock,
    }
)
_CHORDS = (
    Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
)
_ALT_GR = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
_KEYS = frozenset({QEvent.Type.KeyPress, QEvent.Type.KeyRelease, QEvent.Type.ShortcutOverride})
_FORBIDDEN = frozenset(
    {
        QEvent.Type.ContextMenu,
        QEvent.Type.WhatsThis,
        QEvent.Type.EnterWhatsThisMode,
        QEvent.Type.QueryWhatsThis,
        QEvent.Type.ToolTip,
        QEvent.Type.DragEnter,
        QEvent.Type.DragMove,
        QEvent.Type.Drop,
        QEvent.Type.NativeGesture,
    }
)
_LOST = frozenset({QEvent.Type.WindowDeactivate, QEvent.Type.WindowStateChange, QEvent.Type.Hide})
_RETURN_MS, _WATCH_MS = 50, 500


class KioskGuard(QObject):
    """Guards a window for as long as `is_locked` returns True. `full_screen` False leaves the window's size alone."""

    def __init__(
        self, qt: QApplication, window: QWidget, is_locked: Callable[[], bool], *, full_screen: bool
    ) -> None:
        super().__init__(window)
        self._qt, self._window, self._full_screen = qt, window, full_screen
        self._has_ended, self._wants_lock = False, is_locked
        self._covers: dict[QScreen, QWidget] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_RETURN_MS)
        self._timer.timeout.connect(self.return_to_front)
        self._watch = QTimer(self)
        self._watch.setInterval(_WATCH_MS)
        self._watch.timeout.connect(self.watch)
        self._grabs = False
        qt.installEventFilter(self)
        qt.screenAdded.connect(lambda _: self.cover_screens())
        qt.screenRemoved.connect(self._uncover)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Drop what leads out; every other event passes."""
        kind = event.type()
        if not self._is_locked():
            return False
        if kind in _KEYS and isinstance(event, QKeyEvent):
            return not is_harmless(event)
        if kind in _FORBIDDEN:
            event.accept()
            return True
        if kind is QEvent.Type.Close and isinstance(event, QCloseEvent) and watched in self._covers.values():
            event.ignore()
            return True
        if watched is self._window and kind in _LOST:
            self._timer.start()
        return False

    def start(self) -> None:
        """Watch the window from now on: a window manager that shows its desktop tells no window of it."""
        self._watch.start()
        self.watch()

    def stop(self) -> None:
        """Watch nothing any more: the program ends, and Qt ends with its last window, so none may stay or come back."""
        self._has_ended = True
        self._watch.stop()
        self._timer.stop()
        self.release()

    def watch(self) -> None:
        """Bring the window back where that is needed, and take the whole keyboard for as long as the kiosk is locked."""
        self.return_to_front()
        self.cover_screens()
        handle, wanted = self._window.windowHandle(), self._full_screen and self._is_locked()
        if handle is None or (not wanted and not self._grabs):
            return
        # On X11 a grab keeps every chord from the window manager; elsewhere it is refused, and the compositor has to.
        self._grabs = handle.setKeyboardGrabEnabled(wanted) and wanted
        if not wanted:
            self.release()

    def return_to_front(self) -> None:
        """Bring the window back over whatever covers it, and make it whole again."""
        if not self._is_locked():
            return
        window = self._window
        if self._full_screen and (
            not window.isFullScreen() or window.isMinimized() or not window.isVisible()
        ):
            window.showFullScreen()
        if not window.isActiveWindow():
            window.raise_()
            window.activateWindow()

    def cover_screens(self) -> None:
        """Cover every other screen with a blank window: nothing of the desktop is to be touched there."""
        if not self._full_screen or not self._is_locked():
            return
        for screen in self._qt.screens():
            if screen is self._window.screen() or screen in self._covers:
                continue
            cover = QWidget()
            cover.setWindowFlags(Qt.WindowType.FramelessWindowHint | Qt.WindowType.WindowDoesNotAcceptFocus)
            cover.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
            cover.setStyleSheet("background: #000000;")
            cover.setGeometry(screen.geometry())
            cover.showFullScreen()
            self._covers[screen] = cover

    @property
    def covers(self) -> tuple[QWidget, ...]:
        """The windows that cover other screens."""
        return tuple(self._covers.values())

    def release(self) -> None:
        """Take the covers away."""
        for screen in list(self._covers):
            self._uncover(screen)

    def _is_locked(self) -> bool:
        return not self._has_ended and self._wants_lock()

    def _uncover(self, screen: QScreen) -> None:
        cover = self._covers.pop(screen, None)
        if cover is not None:
            cover.hide()
            cover.deleteLater()


def is_harmless(event: QKeyEvent) -> bool:
    """Return True for a key that writes, moves the focus, or presses what is on the screen."""
    chord = event.modifiers() & _CHORDS
    writes = bool(event.text()) and event.text().isprintable()
    if chord and not (chord == _ALT_GR and writes):
        return False
    return writes or event.key() in _EDITING
