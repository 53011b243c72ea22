"""The gate screen's view: it renders a state and emits actions. It decides nothing."""

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QGuiApplication,
    QImage,
    QKeyEvent,
    QKeySequence,
    QResizeEvent,
    QShortcut,
    QShowEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kiosk_app.screens.gate.presenter import actions
from kiosk_app.screens.gate.presenter.view_state import GateViewState, SearchPanel
from kiosk_app.screens.gate.widgets.alert_strip import AlertStrip
from kiosk_app.screens.gate.widgets.bottom_bar import BottomBar
from kiosk_app.screens.gate.widgets.idle_page import BannerBand
from kiosk_app.screens.gate.widgets.page_stack import PageStack
from kiosk_app.screens.gate.widgets.sidebar import Sidebar
from kiosk_app.screens.gate.widgets.top_bar import TopBar
from kiosk_app.ui.silent_tone_frame import BAND, EdgeFrame
from kiosk_app.ui.style import DEFAULT_STYLE, Style, scale_for
from kiosk_app.ui.style_sheet import palette, style_sheet
from resources.themes import Signal as Colour
from resources.themes import theme

SHORTCUTS: dict[str, actions.UserAction] = {
    "F2": actions.OverrideRequested(),
    "F7": actions.UndoRequested(),
    "F4": actions.CheckpointsRequested(),
    "F5": actions.DirectionToggled(),
    "F8": actions.EventsRequested(),
    "F6": actions.GroupRequested(),
    "F9": actions.WaitlistRequested(),
    "F10": actions.MenuRequested(),
    "F11": actions.FullScreenToggled(),
    "Esc": actions.Dismissed(),
    "Ctrl+L": actions.ThemeSelected(),
    "Ctrl+Shift+L": actions.LanguageSelected(),
    "Ctrl+Q": actions.QuitRequested(),
}
"""Key -> action. F3 and Ctrl+F start the search."""


_ABOVE_PANEL = 96
"""The height of a verdict above a panel, at the design's size."""
_WITH_SIDEBAR, _SIDEBAR_BESIDE_PANEL, _LOW = 720, 1000, 560
"""On a narrower window the main area needs the sidebar's room; on a lower one a panel needs the input line's."""


class GateView(QWidget):
    """The whole screen: a bar above, pages and sidebar, a bar below."""

    action = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("gate")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumSize(480, 320)
        self._style: Style = DEFAULT_STYLE
        self._state: GateViewState | None = None
        self.top, self.pages, self.sidebar, self.bottom = TopBar(), PageStack(), Sidebar(), BottomBar()
        self.alerts = AlertStrip()
        self._column = QVBoxLayout(self)
        self.above_panel, self.edge = BannerBand(self), EdgeFrame(self)
        self.above_panel.hide()
        self._lay_out()
        for part in (self.top, self.pages, self.alerts, self.bottom):
            part.action.connect(self.action)
        for keys, action in SHORTCUTS.items():
            self._shortcut(keys).activated.connect(lambda action=action: self.action.emit(action))
        for keys in ("F3", "Ctrl+F"):
            self._shortcut(keys).activated.connect(self.bottom.request_search)
        self.bottom.input.hits_requested.connect(self.pages.search.hits.setFocus)
        self.pages.search.hits.left_at_top.connect(self.bottom.input.setFocus)
        self.bottom.input.setFocus()

    def render(self, state: GateViewState) -> None:  # type: ignore[override]  # QWidget.render paints into a device
        """Show a state; only the parts that differ from the last one are updated, all of them after an exception."""
        old, self._state = self._state, state
        try:
            self._render_parts(state, old)
        except BaseException:
            self._state = None
            raise

    def _render_parts(self, state: GateViewState, old: GateViewState | None) -> None:
        if old is None or (old.theme, old.silent) != (state.theme, state.silent):
            self._apply_style(state)
        if old is None or old.texts is not state.texts:
            self._apply_texts(state)
        if old is None or (old.heading, old.texts) != (state.heading, state.texts):
            self.top.show_heading(state.heading, state.texts)
        if old is None or old.status != state.status:
            self.top.show_status(state.status)
        if old is None or (old.zones, old.zones_more) != (state.zones, state.zones_more):
            self.sidebar.show_zones(state.zones, state.zones_more)
        if old is None or old.neighbours != state.neighbours:
            self.sidebar.show_neighbours(state.neighbours)
        if old is None or old.scans is not state.scans or old.no_scans != state.no_scans:
            self.sidebar.show_scans(state.scans, state.no_scans)
        if old is None or (old.alerts, old.texts) != (state.alerts, state.texts):
            self.alerts.show_alerts(state.alerts, state.texts)
        if old is not None and old.input_generation != state.input_generation:
            self.bottom.clear()
        self.bottom.enable_override(state.can_override)
        self.bottom.offer_group(state.group)
        self.bottom.offer_waitlist(state.waitlist)
        self.bottom.offer_undo(state.can_undo)
        self.bottom.offer_sync(state.can_sync)
        self._render_pages(state, old)
        self._show_above_panel(state, old)

    def show_frame(self, image: QImage) -> None:
        """Show the camera's newest frame."""
        self.pages.show_frame(image)

    def set_guide(self, guide: QRectF) -> None:
        """Set the area where codes are held, in fractions of the frame."""
        self.pages.set_guide(guide)

    def showEvent(self, _event: QShowEvent) -> None:
        """Focus the input line."""
        self.bottom.input.setFocus()

    def resizeEvent(self, _event: QResizeEvent) -> None:
        """Scale everything with the window."""
        self.edge.setGeometry(self.rect())
        self._make_room()
        self._place_above_panel()
        if self._state is not None and scale_for(self.size()) != self._style.scale:
            self._apply_style(self._state)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Pass typed text on to the input line, wherever the focus is."""
        if event.text().isprintable() and event.text().strip() and self._types_into_line():
            self.bottom.input.setFocus(Qt.FocusReason.OtherFocusReason)
            self.bottom.input.keyPressEvent(event)
            return
        super().keyPressEvent(event)

    # --- inside

    def _lay_out(self) -> None:
        middle = QHBoxLayout()
        middle.setContentsMargins(0, 0, 0, 0)
        middle.setSpacing(0)
        middle.addWidget(self.pages, 1)
        middle.addWidget(self.sidebar)
        self._column.setSpacing(0)
        self._column.addWidget(self.top)
        self._column.addLayout(middle, 1)
        self._column.addWidget(self.alerts)
        self._column.addWidget(self.bottom)

    def _shortcut(self, keys: str) -> QShortcut:
        shortcut = QShortcut(QKeySequence(keys), self)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        return shortcut

    def _make_room(self) -> None:
        """Hide what a small window has no room for, most of all beside a panel with buttons of its own."""
        panel = self._state.panel if self._state else None
        is_form = panel is not None and not isinstance(panel, SearchPanel)
        self.sidebar.setVisible(self.width() >= (_SIDEBAR_BESIDE_PANEL if is_form else _WITH_SIDEBAR))
        self.bottom.setVisible(not is_form or self.height() >= _LOW)

    def _show_above_panel(self, state: GateViewState, old: GateViewState | None) -> None:
        """Show a verdict over the bar above, so that nothing of the panel moves under a finger."""
        banner = state.above_panel
        if old is not None and old.above_panel == banner:
            return
        self.above_panel.setVisible(banner is not None)
        if banner is not None:
            self.above_panel.show_banner(banner)
            self._place_above_panel()
            self.above_panel.raise_()
            self.edge.raise_()

    def _place_above_panel(self) -> None:
        self.above_panel.setGeometry(0, 0, self.width(), max(self.top.height(), self._style.px(_ABOVE_PANEL)))

    def _types_into_line(self) -> bool:
        panel = self._state.panel if self._state else None
        return panel is None or isinstance(panel, SearchPanel)

    def _render_pages(self, state: GateViewState, old: GateViewState | None) -> None:
        parts = (state.texts, state.theme, state.banner, state.camera, state.verdict, state.panel)
        if old is not None and parts == (
            old.texts,
            old.theme,
            old.banner,
            old.camera,
            old.verdict,
            old.panel,
        ):
            return
        self.pages.render_state(state)
        self._make_room()
        self.edge.show_signal(_edge_signal(state))
        if old is not None and _types_again(state, old):
            self.bottom.input.setFocus(Qt.FocusReason.OtherFocusReason)
        if isinstance(state.panel, SearchPanel) and state.panel.focus > _focus_count(old):
            self.pages.search.hits.setFocus(Qt.FocusReason.OtherFocusReason)
        if state.verdict is not None and (old is None or old.verdict != state.verdict):
            self._announce(state.verdict.spoken)

    def _apply_style(self, state: GateViewState) -> None:
        hints = QGuiApplication.styleHints()  # a variable of its own: its parts die with the wrapper
        animated = hints.accessibility().motionPreference() is not Qt.MotionPreference.ReducedMotion
        self._style = Style(theme(state.theme), scale_for(self.size()), animated)
        self.setPalette(palette(self._style))
        self.setStyleSheet(style_sheet(self._style))
        parts = (self.top, self.pages, self.sidebar, self.alerts, self.bottom, self.above_panel, self.edge)
        for part in parts:
            part.apply_style(self._style)
        band = self._style.px(BAND) * state.silent
        self._column.setContentsMargins(band, band, band, band)

    def _apply_texts(self, state: GateViewState) -> None:
        rtl = state.texts.rtl
        self.setLayoutDirection(Qt.LayoutDirection.RightToLeft if rtl else Qt.LayoutDirection.LeftToRight)
        self.bottom.set_texts(state.texts)
        self.sidebar.set_texts(state.texts)

    def _announce(self, text: str) -> None:
        event = QAccessibleAnnouncementEvent(self, text)
        event.setPoliteness(QAccessible.AnnouncementPoliteness.Assertive)
        QAccessible.updateAccessibility(event)


def _edge_signal(state: GateViewState) -> Colour | None:
    if state.verdict is not None:
        return state.verdict.signal if state.verdict.flash else None
    return state.banner.signal if state.banner.flash else None


def _types_again(state: GateViewState, old: GateViewState) -> bool:
    """Return True if the input line is typed into from now on: a panel has closed, or the search has opened behind another one."""
    if state.panel is None:
        return old.panel is not None
    return isinstance(state.panel, SearchPanel) and not isinstance(old.panel, SearchPanel)


def _focus_count(state: GateViewState | None) -> int:
    return state.panel.focus if state is not None and isinstance(state.panel, SearchPanel) else 0
