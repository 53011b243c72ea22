"""The screen's larger part: ready, a verdict, or a panel; one at a time."""

from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QStackedWidget, QWidget

from kiosk_app.screens.gate.view_state import (
    CheckpointPanel,
    GateViewState,
    MenuPanel,
    OverridePanel,
    QuitPanel,
    SearchPanel,
)
from kiosk_app.screens.gate.widgets.idle_page import IdlePage
from kiosk_app.screens.gate.widgets.override_page import OverridePage
from kiosk_app.screens.gate.widgets.panel_page import PanelPage
from kiosk_app.screens.gate.widgets.panel_pages import CheckpointPage, MenuPage, QuitPage, SearchPage
from kiosk_app.screens.gate.widgets.verdict_card import VerdictCard
from kiosk_app.ui.style import Look


class Stage(QStackedWidget):
    """Holds every page from the start, so that a verdict only has to be turned up."""

    acted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.idle, self.verdict = IdlePage(), VerdictCard()
        self.search, self.override, self.checkpoints = SearchPage(), OverridePage(), CheckpointPage()
        self.menu, self.quit = MenuPage(), QuitPage()
        self._panels: tuple[PanelPage, ...] = (
            self.search,
            self.override,
            self.checkpoints,
            self.menu,
            self.quit,
        )
        for page in (self.idle, self.verdict, *self._panels):
            self.addWidget(page)
        for panel in self._panels:
            panel.acted.connect(self.acted)

    def set_look(self, look: Look) -> None:
        """Wear another theme or size."""
        self.idle.set_look(look)
        self.verdict.set_look(look)
        for panel in self._panels:
            panel.set_look(look)

    def set_image(self, image: QImage) -> None:
        """The newest frame: both pictures keep it, the visible one shows it."""
        self.idle.set_image(image)
        self.verdict.set_image(image)

    def set_guide(self, guide: QRectF) -> None:
        """Where the decoder looks first."""
        self.idle.preview.set_guide(guide)
        self.verdict.small.set_guide(guide)

    def render_state(self, state: GateViewState) -> None:
        """Turn up the page on top: panel over verdict over ready."""
        self.idle.show_ready(state.banner, state.camera, state.texts("ui.preview"))
        self.verdict.small.stand_in(self.idle.preview.standing_in)
        if state.verdict is not None:
            self.verdict.show_verdict(state.verdict)
        below: QWidget = self.idle if state.verdict is None else self.verdict
        page = self._panel_page(state) or below
        opened = page is not self.currentWidget()
        if opened:
            self.setCurrentWidget(page)
        if opened and isinstance(page, PanelPage) and page is not self.search:
            page.take_focus()

    def _panel_page(self, state: GateViewState) -> PanelPage | None:
        match state.panel:
            case SearchPanel() as panel:
                self.search.show_panel(panel)
                return self.search
            case OverridePanel() as panel:
                if self.currentWidget() is not self.override:
                    self.override.open(panel)
                self.override.show_panel(panel, state.texts)
                return self.override
            case CheckpointPanel() as panel:
                self.checkpoints.show_panel(panel, state.texts)
                return self.checkpoints
            case MenuPanel():
                self.menu.show_panel(state.texts, state.theme)
                return self.menu
            case QuitPanel() as panel:
                self.quit.show_panel(panel, state.texts)
                return self.quit
        return None
