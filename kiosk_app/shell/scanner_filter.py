"""Take the keys of a keyboard-wedge scanner out of the stream of key events, wherever the focus is.

It is an event filter on the whole application. It withholds each key that writes a character, presses a control or commands
the program until `hardware.scanner` knows if a scanner or a person typed it: a scan is emitted and no widget sees its keys; a
person's keys are delivered to the widget where they were typed, in order.
"""

import time
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QInputMethodEvent, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)
from shiboken6 import isValid

from hardware.scanner import KeyAction, Keystroke, KeystrokeBurst, Ruling, Transmission
from kiosk_app.ui.items import TAKES_TYPING

_MODIFIER_KEYS = frozenset(
    {
        Qt.Key.Key_Shift,
        Qt.Key.Key_Control,
        Qt.Key.Key_Alt,
        Qt.Key.Key_AltGr,
        Qt.Key.Key_Meta,
        Qt.Key.Key_CapsLock,
        Qt.Key.Key_NumLock,
        Qt.Key.Key_Mode_switch,
    }
)
_SUFFIXES = {Qt.Key.Key_Return: "\n", Qt.Key.Key_Enter: "\n", Qt.Key.Key_Tab: "\t"}
_CHORDS = (
    Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
)
_ALT_GR = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
"""Windows' name for the key that writes the third character of a key."""
_STX = "\x02"
_COMMANDS = frozenset({Qt.Key.Key_Escape, *map(Qt.Key, range(Qt.Key.Key_F1, Qt.Key.Key_F35 + 1))})
_COMMAND_CHORDS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.MetaModifier
_X11_ALT_GR = 0x80
"""Mod5, the third level's modifier of xkeyboard-config."""
_TEXT_FIELDS = (QLineEdit, QTextEdit, QPlainTextEdit, QAbstractSpinBox)
_X11_OFFSET = 8
_LATE_MS, _LATE_WAITS = 15, 4
"""A timer that is later than this shows that the program was busy: keys may be waiting behind it."""


@dataclass(slots=True)
class _WithheldEvent:
    """A withheld event and the widget where it was typed."""

    event: QKeyEvent | QInputMethodEvent
    target: QWidget

    @property
    def key_id(self) -> tuple[int, int]:
        return _key_id(self.event) if isinstance(self.event, QKeyEvent) else (0, 0)

    @property
    def text(self) -> str:
        event = self.event
        return event.commitString() if isinstance(event, QInputMethodEvent) else event.text()

    @property
    def is_press(self) -> bool:
        return self.event.type() is QEvent.Type.KeyPress


class ScannerFilter(QObject):
    """Emits each scan as `hardware.scanner.Transmission`. It is active as long as it lives."""

    scanned = Signal(object)

    _delivering = False
    """True while a filter delivers what it has withheld: no other filter may withhold it again."""

    def __init__(self, qt: QApplication, parent: QObject) -> None:
        """Install the filter for as long as `parent` lives."""
        super().__init__(parent)
        self._burst = KeystrokeBurst()
        self._is_patient = False
        self._withheld: list[_WithheldEvent] = []
        self._composed: list[_WithheldEvent] = []
        self._dropped_keys: set[tuple[int, int]] = set()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._expire)
        self._due_ms, self._waits = 0, 0
        # macOS gives key numbers of its own: the position of a key is unknown there
        self._scan_code_offset = {"xcb": _X11_OFFSET, "wayland": _X11_OFFSET, "windows": 0}.get(
            qt.platformName()
        )
        qt.installEventFilter(self)

    def set_patient(self, patient: bool) -> None:
        """Take a code of any speed where nobody types; or tell scanners from people everywhere again.

        In a field people type, also while a screen waits for a scanner of any speed.
        """
        self._is_patient = self._burst.patient = patient

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Withhold, drop or pass on a key event; every other event passes."""
        kind = event.type()
        if kind is QEvent.Type.InputMethod and isinstance(event, QInputMethodEvent):
            return self._compose(watched, event)
        if not isinstance(event, QKeyEvent):
            return False
        if kind is QEvent.Type.ShortcutOverride:
            claims = self._burst.is_scan or (_is_command(event) and not event.isAutoRepeat())
            if claims:
                event.accept()  # it comes as a key, which is withheld; Qt would act at once
            return claims
        # a key comes to the window first; what a widget gets later is the same event on its way
        if (
            not watched.isWindowType()
            or event.key() in _MODIFIER_KEYS
            or (target := _target(watched)) is None
        ):
            return False
        if kind is QEvent.Type.KeyPress:
            return self._press(event, target, watched)
        return self._release(event, target)

    # --- inside

    def _press(self, event: QKeyEvent, target: QWidget, window: QObject) -> bool:
        at_ms = _time_ms(event)
        self._burst.patient = self._is_patient and not _takes_typing(target)
        if not event.isAutoRepeat() and self._end_run_before(event, at_ms):
            target = _target(window) or target  # the focus has only now moved, as from a list to its line
        on_control = not _takes_typing(target)
        self._burst.patient = self._is_patient and on_control
        if event.isAutoRepeat():
            if _key_id(event) in self._dropped_keys:
                return True
            ruling = self._burst.press_other(at_ms)
        elif suffix := self._suffix(event):
            ruling = self._burst.press_suffix(Keystroke(suffix), at_ms, on_control=on_control)
        elif _writes(event):
            ruling = self._burst.press_character(self._keystroke(event), at_ms, on_control=on_control)
        elif self._is_third_character(event):
            ruling = self._burst.press_character(self._keystroke(event), at_ms)
        elif _is_command(event):
            ruling = self._burst.press_command(self._keystroke(event, silent=True), at_ms)
        else:
            ruling = self._burst.press_other(at_ms)
        self._apply(ruling)
        if ruling.key is KeyAction.HOLD:
            self._hold(_WithheldEvent(_copy(event), target))
        elif ruling.key is KeyAction.DROP:
            self._dropped_keys.add(_key_id(event))
        return ruling.key is not KeyAction.PASS

    def _end_run_before(self, event: QKeyEvent, at_ms: int) -> bool:
        """End the run that a key does not belong to; return True if it was a person's, whose keys have taken effect now."""
        ended = self._burst.end_before(at_ms, is_suffix=self._suffix(event) is not None)
        self._apply(ended)
        return ended.deliver

    def _release(self, event: QKeyEvent, target: QWidget) -> bool:
        if _key_id(event) in self._dropped_keys:
            if not event.isAutoRepeat():
                self._dropped_keys.discard(_key_id(event))
            return True
        if not self._withheld and not self._composed:
            return False
        if self._composed and not self._is_withheld(
            event
        ):  # its press went to the input method, which wrote this
            composed = self._composed.pop(0)
            self._apply(self._burst.press_character(self._keystroke(event, composed.text), _time_ms(event)))
            self._hold(composed)
        self._withheld.append(_WithheldEvent(_copy(event), target))
        return True

    def _is_withheld(self, release: QKeyEvent) -> bool:
        """Return True if the press of a key that is released is withheld. It is among the last: a run may have thousands."""
        key_id = _key_id(release)
        return next((each.is_press for each in reversed(self._withheld) if each.key_id == key_id), False)

    def _compose(self, watched: QObject, event: QInputMethodEvent) -> bool:
        """Withhold what an input method makes of a key.

        It comes out of order, before keys that were pressed earlier; the key's release tells its place.
        """
        if self._delivering or not event.commitString() or not isinstance(watched, QWidget):
            return False
        copy = QInputMethodEvent()
        copy.setCommitString(event.commitString())
        self._composed.append(_WithheldEvent(copy, watched))
        if not self._withheld:
            self._wait(self._burst.wait_ms)
        return True

    def _hold(self, withheld: _WithheldEvent) -> None:
        self._withheld.append(withheld)
        self._waits = 0
        self._wait(self._burst.wait_ms)

    def _wait(self, milliseconds: int) -> None:
        self._due_ms = _now_ms() + milliseconds
        self._timer.start(milliseconds)

    def _expire(self) -> None:
        if self._waits < _LATE_WAITS and _now_ms() - self._due_ms > _LATE_MS:
            self._waits += 1
            self._wait(_LATE_MS)
            return
        ruling = self._burst.expire()
        self._apply(ruling if ruling.scan else Ruling(deliver=True))

    def _apply(self, ruling: Ruling) -> None:
        if not (ruling.deliver or ruling.drop or ruling.scan):
            return
        self._timer.stop()
        withheld, self._withheld = [*self._withheld, *self._composed], []
        self._composed = []
        if ruling.deliver:
            self._deliver(withheld)
            return
        pressed = {each.key_id for each in withheld if each.is_press}
        released = [each for each in withheld if each.event.type() is QEvent.Type.KeyRelease]
        self._dropped_keys |= pressed - {each.key_id for each in released}
        self._deliver([each for each in released if each.key_id not in pressed])
        if ruling.scan:
            self.scanned.emit(Transmission(keys=ruling.scan))

    def _deliver(self, withheld: list[_WithheldEvent]) -> None:
        ScannerFilter._delivering = True
        try:
            _send(withheld)
        finally:
            ScannerFilter._delivering = False

    def _keystroke(self, event: QKeyEvent, text: str = "", *, silent: bool = False) -> Keystroke:
        position = 0
        if self._scan_code_offset is not None:
            position = max(0, event.nativeScanCode() - self._scan_code_offset)
        if silent:
            return Keystroke("")
        modifiers = event.modifiers()
        shift = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
        alt_gr = bool(modifiers & (Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.GroupSwitchModifier))
        if self._scan_code_offset == _X11_OFFSET:
            alt_gr = alt_gr or bool(event.nativeModifiers() & _X11_ALT_GR)
        return Keystroke(text or event.text(), position, shift, alt_gr)

    def _is_third_character(self, event: QKeyEvent) -> bool:
        """Return True for AltGr and a key in the midst of a run: this machine's layout may have nothing there, the scanner's has."""
        return bool(event.modifiers() & Qt.KeyboardModifier.AltModifier) and (
            self._burst.patient or self._burst.is_running
        )

    @staticmethod
    def _suffix(event: QKeyEvent) -> str | None:
        if event.modifiers() & (_CHORDS | Qt.KeyboardModifier.ShiftModifier):
            return None
        return _SUFFIXES.get(Qt.Key(event.key()))


def _takes_typing(target: QWidget) -> bool:
    """Return True for a field: Enter right after a character may be a person's there, as it is nowhere else."""
    return isinstance(target, _TEXT_FIELDS) or bool(target.property(TAKES_TYPING))


def _is_command(event: QKeyEvent) -> bool:
    """Return True for a key that may be a shortcut: Esc, a function key, Ctrl or Meta with a key that writes nothing."""
    if event.key() in _MODIFIER_KEYS:
        return False
    chord = event.modifiers() & _CHORDS
    return event.key() in _COMMANDS or (bool(chord & _COMMAND_CHORDS) and not _writes(event))


def _writes(event: QKeyEvent) -> bool:
    """Return True for a key that writes a character, or STX, which begins a code."""
    chord, text = event.modifiers() & _CHORDS, event.text()
    if chord and chord != _ALT_GR and text != _STX:
        return False
    return bool(text) and (text.isprintable() or text == _STX)


def _target(window: QObject) -> QWidget | None:
    """Return the widget that a key of a window goes to now."""
    tops = [QApplication.activePopupWidget(), *QApplication.topLevelWidgets()]
    top = tops[0] or next((top for top in tops if top is not None and top.windowHandle() == window), None)
    return None if top is None else top.focusWidget() or top


def _send(withheld: list[_WithheldEvent]) -> None:
    """Deliver events where they were typed. A space or a command after a letter of the same run acts on nothing."""
    after_letter = False
    ignored: set[tuple[int, int]] = set()
    for each in withheld:
        event = each.event
        on_control = isValid(each.target) and not _takes_typing(each.target)
        is_space = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Space
        is_command = isinstance(event, QKeyEvent) and _is_command(event)
        if each.is_press and after_letter and ((is_space and on_control) or is_command):
            ignored.add(each.key_id)
        after_letter = after_letter or (each.is_press and bool(each.text.strip()) and not is_command)
        if each.key_id in ignored or not isValid(each.target):
            continue
        if is_command and each.is_press and _activate_shortcut(each.target, each.event):
            continue
        QCoreApplication.sendEvent(each.target, event)


def _activate_shortcut(target: QWidget, event: QEvent) -> bool:
    """Activate the shortcut of a key that was withheld: Qt looks for shortcuts before the key, and only once."""
    if not isinstance(event, QKeyEvent):
        return False
    key = QKeySequence(event.keyCombination())
    widget: QWidget | None = target
    while widget is not None:
        for shortcut in widget.findChildren(QShortcut, options=Qt.FindChildOption.FindDirectChildrenOnly):
            if shortcut.isEnabled() and key in tuple(shortcut.keys()):
                shortcut.activated.emit()
                return True
        widget = None if widget.isWindow() else widget.parentWidget()
    return False


def _copy(event: QKeyEvent) -> QKeyEvent:
    return QKeyEvent(
        event.type(),
        event.key(),
        event.modifiers(),
        event.nativeScanCode(),
        event.nativeVirtualKey(),
        event.nativeModifiers(),
        event.text(),
        event.isAutoRepeat(),
        event.count(),
    )


def _key_id(event: QKeyEvent) -> tuple[int, int]:
    return (event.nativeScanCode(), 0 if event.nativeScanCode() else event.key())


def _time_ms(event: QKeyEvent) -> int:
    """Return the time at which the key was pressed, not at which the program came to it, where the system tells."""
    return int(event.timestamp()) or _now_ms()


def _now_ms() -> int:
    return time.monotonic_ns() // 1_000_000
