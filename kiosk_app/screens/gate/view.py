"""The gate screen's widgets: render a state, emit acts. It decides nothing."""

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

from kiosk_app.screens.gate import actions
from kiosk_app.screens.gate.view_state import GateViewState, SearchPanel
from kiosk_app.screens.gate.widgets.bars import BottomBar, TopBar
from kiosk_app.screens.gate.widgets.page_stack import Stage
from kiosk_app.screens.gate.widgets.sidebar import Side
from kiosk_app.ui.edge_frame import BAND, Edge
from kiosk_app.ui.style import FIRST_LOOK, Look, scale_for
from kiosk_app.ui.style_sheet import palette, style_sheet
from resources.themes import Signal as Colour
from resources.themes import theme

SHORTCUTS: dict[str, actions.Act] = {
    "F2": actions.OverrideAsked(),
    "F4": actions.CheckpointsAsked(),
    "F5": actions.DirectionToggled(),
    "F10": actions.MenuAsked(),
    "F11": actions.FullScreenToggled(),
    "Esc": actions.Dismissed(),
    "Ctrl+L": actions.ThemePicked(),
    "Ctrl+Shift+L": actions.LanguagePicked(),
    "Ctrl+Q": actions.QuitAsked(),
}
"""Key -> act. F3 and Ctrl+F go to the search besides."""


class GateView(QWidget):
    """Full screen: a bar above, the stage and its side, a bar below."""

    acted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("gate")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumSize(1000, 580)
        self._look: Look = FIRST_LOOK
        self._shown: GateViewState | None = None
        self.top, self.stage, self.side, self.bottom = TopBar(), Stage(), Side(), BottomBar()
        self.edge, self._column = Edge(self), QVBoxLayout(self)
        self._lay_out()
        for part in (self.top, self.stage, self.bottom):
            part.acted.connect(self.acted)
        for keys, act in SHORTCUTS.items():
            self._shortcut(keys).activated.connect(lambda act=act: self.acted.emit(act))
        for keys in ("F3", "Ctrl+F"):
            self._shortcut(keys).activated.connect(self.bottom.ask_search)
        self.bottom.input.went_to_hits.connect(self.stage.search.hits.setFocus)
        self.stage.search.hits.left_upwards.connect(self.bottom.input.setFocus)
        self.bottom.input.setFocus()

    def render(self, state: GateViewState) -> None:  # type: ignore[override]  # QWidget.render paints into a device
        """Show a state. Only the parts that differ from the last one are touched."""
        old, self._shown = self._shown, state
        if old is None or (old.theme, old.silent) != (state.theme, state.silent):
            self._dress(state)
        if old is None or old.texts is not state.texts:
            self._speak(state)
        if old is None or (old.way, old.texts) != (state.way, state.texts):
            self.top.show_way(state.way, state.texts)
        if old is None or old.status != state.status:
            self.top.show_status(state.status)
        if old is None or (old.zones, old.zones_more) != (state.zones, state.zones_more):
            self.side.show_zones(state.zones, state.zones_more)
        if old is None or old.scans is not state.scans:
            self.side.show_scans(state.scans)
        if old is not None and old.clears_input != state.clears_input:
            self.bottom.clear()
        self.bottom.offer_override(state.can_override)
        self._render_stage(state, old)

    def set_preview(self, image: QImage) -> None:
        """The camera's newest frame."""
        self.stage.set_image(image)

    def set_guide(self, guide: QRectF) -> None:
        """Where the decoder looks first, in fractions of the frame."""
        self.stage.set_guide(guide)

    def showEvent(self, _event: QShowEvent) -> None:
        """Ready to be typed into from the first moment."""
        self.bottom.input.setFocus()

    def resizeEvent(self, _event: QResizeEvent) -> None:
        """Scale everything with the window."""
        self.edge.setGeometry(self.rect())
        if self._shown is not None and scale_for(self.size()) != self._look.scale:
            self._dress(self._shown)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Typing anywhere is typing into the input line."""
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
        middle.addWidget(self.stage, 1)
        middle.addWidget(self.side)
        self._column.setSpacing(0)
        self._column.addWidget(self.top)
        self._column.addLayout(middle, 1)
        self._column.addWidget(self.bottom)

    def _shortcut(self, keys: str) -> QShortcut:
        shortcut = QShortcut(QKeySequence(keys), self)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        return shortcut

    def _types_into_line(self) -> bool:
        panel = self._shown.panel if self._shown else None
        return panel is None or isinstance(panel, SearchPanel)

    def _render_stage(self, state: GateViewState, old: GateViewState | None) -> None:
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
        self.stage.render_state(state)
        self.edge.show_signal(_edge_signal(state))
        if state.panel is None and old is not None and old.panel is not None:
            self.bottom.input.setFocus(Qt.FocusReason.OtherFocusReason)
        if isinstance(state.panel, SearchPanel) and state.panel.focus > _focus_count(old):
            self.stage.search.hits.setFocus(Qt.FocusReason.OtherFocusReason)
        if state.verdict is not None and (old is None or old.verdict != state.verdict):
            self._announce(state.verdict.spoken)

    def _dress(self, state: GateViewState) -> None:
        hints = QGuiApplication.styleHints()  # kept by name: its parts die with the wrapper
        moving = hints.accessibility().motionPreference() is not Qt.MotionPreference.ReducedMotion
        self._look = Look(theme(state.theme), scale_for(self.size()), moving)
        self.setPalette(palette(self._look))
        self.setStyleSheet(style_sheet(self._look))
        for part in (self.top, self.stage, self.side, self.bottom, self.edge):
            part.set_look(self._look)
        band = self._look.px(BAND) * state.silent
        self._column.setContentsMargins(band, band, band, band)

    def _speak(self, state: GateViewState) -> None:
        rtl = state.texts.rtl
        self.setLayoutDirection(Qt.LayoutDirection.RightToLeft if rtl else Qt.LayoutDirection.LeftToRight)
        self.bottom.show_labels(state.texts)
        self.side.show_labels(state.texts)

    def _announce(self, words: str) -> None:
        event = QAccessibleAnnouncementEvent(self, words)
        event.setPoliteness(QAccessible.AnnouncementPoliteness.Assertive)
        QAccessible.updateAccessibility(event)


def _edge_signal(state: GateViewState) -> Colour | None:
    if state.verdict is not None:
        return state.verdict.signal if state.verdict.flash else None
    return state.banner.signal if state.banner.flash else None


def _focus_count(state: GateViewState | None) -> int:
    return state.panel.focus if state is not None and isinstance(state.panel, SearchPanel) else 0
