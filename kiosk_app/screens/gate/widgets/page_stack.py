"""The main area: the idle page, a verdict, or a panel; one at a time."""

from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QStackedWidget, QWidget

from kiosk_app.screens.gate.presenter.view_state import (
    CheckpointPanel,
    EventPanel,
    GateViewState,
    GroupPanel,
    HandOverPanel,
    MenuPanel,
    OverridePanel,
    PersonPanel,
    PinPanel,
    QuitPanel,
    SearchPanel,
    UndoPanel,
    WaitlistPanel,
)
from kiosk_app.screens.gate.widgets.event_page import EventPage
from kiosk_app.screens.gate.widgets.group_page import GroupPage
from kiosk_app.screens.gate.widgets.hand_over_page import HandOverPage
from kiosk_app.screens.gate.widgets.idle_page import IdlePage
from kiosk_app.screens.gate.widgets.override_page import OverridePage
from kiosk_app.screens.gate.widgets.panel_base import PanelPage
from kiosk_app.screens.gate.widgets.panels import CheckpointPage, MenuPage, QuitPage, SearchPage
from kiosk_app.screens.gate.widgets.person_page import PersonPage
from kiosk_app.screens.gate.widgets.pin_page import PinPage
from kiosk_app.screens.gate.widgets.undo_page import UndoPage
from kiosk_app.screens.gate.widgets.verdict_card import VerdictCard
from kiosk_app.screens.gate.widgets.waitlist_page import WaitlistPage
from kiosk_app.ui.style import Style


class PageStack(QStackedWidget):
    """All pages, built at the start, so that a verdict only has to be raised."""

    action = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.idle, self.verdict = IdlePage(), VerdictCard()
        self.search, self.override, self.checkpoints = SearchPage(), OverridePage(), CheckpointPage()
        self.menu, self.quit, self.group, self.pin = MenuPage(), QuitPage(), GroupPage(), PinPage()
        self.undo, self.person, self.hand_over = UndoPage(), PersonPage(), HandOverPage()
        self.events, self.waitlist = EventPage(), WaitlistPage()
        self._below_quit: QWidget = self.idle
        """The last page that was not the question to close."""
        self._panels: tuple[PanelPage, ...] = (
            self.search,
            self.override,
            self.group,
            self.waitlist,
            self.checkpoints,
            self.events,
            self.menu,
            self.quit,
            self.pin,
            self.undo,
            self.person,
            self.hand_over,
        )
        for page in (self.idle, self.verdict, *self._panels):
            self.addWidget(page)
        for panel in self._panels:
            panel.action.connect(self.action)

    def apply_style(self, style: Style) -> None:
        """Apply another theme or scale."""
        self.idle.apply_style(style)
        self.verdict.apply_style(style)
        for panel in self._panels:
            panel.apply_style(style)

    def show_frame(self, image: QImage) -> None:
        """Show the newest frame; both previews keep it, the visible one paints it."""
        self.idle.show_frame(image)
        self.verdict.show_frame(image)

    def set_guide(self, guide: QRectF) -> None:
        """Set the area where codes are held, in fractions of the frame."""
        self.idle.preview.set_guide(guide)
        self.verdict.preview.set_guide(guide)

    def render_state(self, state: GateViewState) -> None:
        """Raise the page on top: panel over verdict over idle."""
        self.idle.show_ready(state.banner, state.camera, state.texts("ui.preview"))
        self.verdict.preview.set_placeholder(self.idle.preview.placeholder)
        if state.verdict is not None:
            self.verdict.show_verdict(state.verdict)
        background: QWidget = self.idle if state.verdict is None else self.verdict
        page = self._panel_page(state) or background
        if page is not self.quit:
            self._below_quit = page
        opened = page is not self.currentWidget()
        if opened:
            self.setCurrentWidget(page)
        if opened and isinstance(page, PanelPage) and page is not self.search:
            page.focus_first()

    def _is_new(self, page: PanelPage) -> bool:
        """Return True if a form opens for somebody else; what was typed before the question to close is still there after it."""
        return self.currentWidget() is not page and self._below_quit is not page

    def _panel_page(self, state: GateViewState) -> PanelPage | None:
        """Return the page of the open panel, up to date; None if no panel is open."""
        page: PanelPage | None = None
        match state.panel:
            case SearchPanel() as panel:
                page = self.search
                self.search.show_panel(panel)
            case OverridePanel() as panel:
                page = self.override
                if self._is_new(self.override):
                    self.override.reset(panel)
                self.override.show_panel(panel, state.texts)
            case GroupPanel() as panel:
                page = self.group
                self.group.show_panel(panel, state.texts)
            case WaitlistPanel() as panel:
                page = self.waitlist
                self.waitlist.show_panel(panel, state.texts)
            case PersonPanel() as panel:
                page = self.person
                self.person.show_panel(panel, state.texts)
            case EventPanel() as panel:
                page = self.events
                self.events.show_panel(panel, state.texts)
            case PinPanel() as panel:
                page = self.pin
                self.pin.show_panel(panel, state.texts)
            case _:
                page = self._settings_page(state)
        return page

    def _settings_page(self, state: GateViewState) -> PanelPage | None:
        match state.panel:
            case HandOverPanel() as panel:
                self.hand_over.show_panel(panel, state.texts)
                return self.hand_over
            case UndoPanel() as panel:
                if self._is_new(self.undo):
                    self.undo.operator.setText(panel.operator)
                self.undo.show_panel(panel, state.texts)
                return self.undo
            case CheckpointPanel() as panel:
                self.checkpoints.show_panel(panel, state.texts)
                return self.checkpoints
            case MenuPanel() as panel:
                self.menu.show_panel(panel, state.texts, state.theme)
                return self.menu
            case QuitPanel() as panel:
                self.quit.show_panel(panel, state.texts)
                return self.quit
        return None
