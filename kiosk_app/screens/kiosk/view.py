"""The kiosk's view: it renders a state and emits actions. It decides nothing, and forgets everything with the visitor."""

import time
from collections import deque

from PySide6.QtCore import QEvent, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QGuiApplication,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from kiosk_app.screens.kiosk.presenter import actions
from kiosk_app.screens.kiosk.presenter.view_state import EntryBody, KioskViewState
from kiosk_app.screens.kiosk.widgets.entry import EntryField
from kiosk_app.screens.kiosk.widgets.kiosk_style import (
    KioskStyle,
    is_portrait,
    kiosk_scale,
    kiosk_theme,
)
from kiosk_app.screens.kiosk.widgets.page_view import PageView
from kiosk_app.screens.kiosk.widgets.surroundings import AccessBar, KioskHeader, WarningOverlay
from kiosk_app.ui.style import Style
from kiosk_app.ui.style_sheet import palette, style_sheet

CORNER_TOUCHES, CORNER_S = 5, 4.0
"""So many touches of the hidden corner, or of Esc, within so many seconds call the staff menu."""
REACH_MM = 600
"""All controls are within this height above the lower edge of the screen in the low layout."""
_REACH_SHARE = 0.6


class KioskView(QWidget):
    """The whole screen: header, page, aids."""

    action = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("kiosk")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumSize(480, 320)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._state: KioskViewState | None = None
        self._style = KioskStyle(Style(kiosk_theme("dark")))
        self._uses_keys = self._rendering = False
        self._touches: deque[float] = deque(maxlen=CORNER_TOUCHES)
        self.header, self.page, self.bar = KioskHeader(), PageView(), AccessBar()
        for part in (self.header, self.page, self.bar):
            part.setParent(self)
        self.overlay = WarningOverlay(self)
        for source in (self.page, self.bar, self.overlay):
            source.action.connect(self.action)
            source.focused.connect(self._tell_focus)
        self.header.corner_touched.connect(self.note_corner)
        self._scan_timer = QTimer(self)
        self._scan_timer.timeout.connect(self.scan_on)

    # --- the interface of a view

    def render(self, state: KioskViewState) -> None:  # type: ignore[override]  # QWidget.render paints into a device
        """Show a state. With another visitor everything of the last one is forgotten first."""
        self._rendering = True
        try:
            self._render(state)
        finally:
            self._rendering = False

    def _render(self, state: KioskViewState) -> None:
        old, self._state = self._state, state
        if old is not None and old.generation != state.generation:
            self.wipe()
        rtl = state.texts.rtl
        direction = Qt.LayoutDirection.RightToLeft if rtl else Qt.LayoutDirection.LeftToRight
        if direction is not self.layoutDirection():
            self.setLayoutDirection(direction)
        if old is None or (old.theme, old.text_size) != (state.theme, state.text_size):
            self._apply_style()
        notice = state.notice or state.banner
        self.header.show_texts(state.event, state.clock, notice)
        if old is None or old.generation != state.generation or old.page != state.page:
            self.page.show_page(state.page)
        self.bar.show_buttons(state.access)
        self._place()
        lower = round(self.height() * _REACH_SHARE) if is_portrait(self.size()) else self.height()
        self.overlay.show_warning(state.warning, min(lower, self._reach()))
        if state.warning is not None:
            self.overlay.raise_()
        self._move_focus(state, old)
        self._watch_switch(state)

    def show_frame(self, image: QImage) -> None:
        """Show the camera's newest frame, where the page has a camera."""
        self.page.show_frame(image)

    def set_guide(self, guide: QRectF) -> None:
        """Set the area where codes are held, in fractions of the frame."""
        self.page.set_guide(guide)

    def wipe(self) -> None:
        """Forget the last visitor: every text and key, the clipboard, the input method, the camera's picture."""
        self.page.wipe()
        for field in self.findChildren(QLineEdit):
            if isinstance(field, EntryField):
                field.wipe()
        clipboard = QGuiApplication.clipboard()
        for mode in (clipboard.Mode.Clipboard, clipboard.Mode.Selection):
            if mode is clipboard.Mode.Clipboard or clipboard.supportsSelection():
                clipboard.clear(mode)
        QGuiApplication.inputMethod().reset()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    def controls(self) -> list[QWidget]:
        """Return everything that can be pressed now, in the order of the Tab key."""
        if self.overlay.isVisibleTo(self):
            return [self.overlay.more, self.overlay.finish]
        return [*self.page.controls(), *self.bar.buttons]

    def note_corner(self) -> bool:
        """Count a touch of the hidden corner, or of Esc; return True if it was the last one and called the staff menu."""
        now = time.monotonic()
        self._touches.append(now)
        if len(self._touches) < CORNER_TOUCHES or now - self._touches[0] > CORNER_S:
            return False
        self._touches.clear()
        self.action.emit(actions.StaffRequested())
        return True

    def scan_on(self) -> None:
        """Move the focus to the next control: a visitor with a single switch presses when it is on the right one."""
        controls = self.controls()
        if not controls or not self.isActiveWindow():
            return
        focus = QApplication.focusWidget()
        place = controls.index(focus) if focus in controls else -1
        controls[(place + 1) % len(controls)].setFocus(Qt.FocusReason.ShortcutFocusReason)

    # --- events

    def resizeEvent(self, _event: QResizeEvent) -> None:
        """Scale everything with the window."""
        if self._state is not None:
            self._apply_style()
        self._place()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin by a touch anywhere on the start page; elsewhere note that somebody is there."""
        state, self._uses_keys = self._state, False
        if event.button() is Qt.MouseButton.LeftButton and state is not None:
            is_corner = event.position().y() <= self.header.height()
            self.action.emit(
                actions.SessionBegun() if state.wakes_by_touch and not is_corner else actions.InputNoted()
            )
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take what a keyboard types, from wherever the focus is; Esc steps back."""
        if event.key() == Qt.Key.Key_Escape:
            if not self.note_corner():
                self.action.emit(actions.SteppedBack())
            return
        self.action.emit(actions.InputNoted())
        body = self._state.page.body if self._state is not None else None
        text = event.text()
        if isinstance(body, EntryBody) and text.isprintable() and text.strip():
            self.page.entry.field.setFocus(Qt.FocusReason.OtherFocusReason)
            self.page.entry.field.keyPressEvent(event)
            return
        super().keyPressEvent(event)

    # --- inside

    def _apply_style(self) -> None:
        state = self._state
        if state is None:
            return
        hints = QGuiApplication.styleHints()  # a variable of its own: its parts die with the wrapper
        animated = hints.accessibility().motionPreference() is not Qt.MotionPreference.ReducedMotion
        base = Style(kiosk_theme(state.theme), kiosk_scale(self.size()), animated)
        style = KioskStyle(base, state.text_size)
        self._style = style
        self.setPalette(palette(base))
        self.setStyleSheet(style_sheet(base))
        self.header.apply_style(KioskStyle(base))
        self.page.apply_style(style, upright=is_portrait(self.size()))
        self.bar.apply_style(KioskStyle(base, min(1, state.text_size)))
        self.overlay.apply_style(style)
        self.page.entry.field.setFont(style.font(40, bold=True))

    def _reach(self) -> int:
        """Return the height from the lower edge within which all controls are."""
        if self._state is None or not self._state.low_reach:
            return self.height()
        reach = self.height()
        screen = self.screen()
        if screen is not None and screen.physicalSize().height() > REACH_MM:
            reach = round(self.height() * REACH_MM / screen.physicalSize().height())
        return min(reach, round(self.height() * _REACH_SHARE)) if is_portrait(self.size()) else reach

    def _place(self) -> None:
        width, height = self.width(), self.height()
        header = self.header.height_for(width)
        bar = self.bar.height_for(width)
        self.header.setGeometry(0, 0, width, header)
        self.bar.setGeometry(0, height - bar, width, bar)
        self.bar.setVisible(bar > 0)
        top = max(header, height - self._reach())
        self.page.setGeometry(0, top, width, max(1, height - top - bar))
        self.overlay.setGeometry(self.rect())

    def _move_focus(self, state: KioskViewState, old: KioskViewState | None) -> None:
        is_new = old is None or (old.page.key, old.texts.code, old.generation) != (
            state.page.key,
            state.texts.code,
            state.generation,
        )
        if state.warning is not None:
            if old is None or old.warning is None:
                self.overlay.more.setFocus(self._focus_reason)
                self._announce(f"{state.warning.heading} {state.warning.text}", assertive=True)
        elif is_new or (old is not None and old.warning is not None):
            self.page.focus_first(self._focus_reason)
            if is_new:
                self._announce(state.page.spoken)
        elif old is not None and old.page.text != state.page.text:
            self._announce(state.page.text)

    def _watch_switch(self, state: KioskViewState) -> None:
        wanted = state.switch_scan_s * 1000
        if not wanted:
            self._scan_timer.stop()
        elif not self._scan_timer.isActive() or self._scan_timer.interval() != wanted:
            self._scan_timer.start(wanted)

    @property
    def _focus_reason(self) -> Qt.FocusReason:
        uses_keys = self._uses_keys or bool(self._state and self._state.switch_scan_s)
        return Qt.FocusReason.ShortcutFocusReason if uses_keys else Qt.FocusReason.OtherFocusReason

    def _tell_focus(self, name: str, by_person: bool) -> None:
        if self._rendering:  # Qt moves the focus as Tab does when what had it goes; nobody pressed a key
            by_person = False
        self._uses_keys = self._uses_keys or by_person
        self.action.emit(actions.FocusMoved(name, by_person))

    def _announce(self, text: str, *, assertive: bool = False) -> None:
        event = QAccessibleAnnouncementEvent(self, text)
        politeness = QAccessible.AnnouncementPoliteness
        event.setPoliteness(politeness.Assertive if assertive else politeness.Polite)
        QAccessible.updateAccessibility(event)
