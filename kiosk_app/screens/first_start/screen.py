"""The first start as one widget: the steps at the side, one question beside them. Scans enrol the station."""

from PySide6.QtCore import QRectF, Qt, Slot
from PySide6.QtGui import QImage, QKeySequence, QResizeEvent, QShortcut, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from kiosk_app.core.setup.mode_choice import available_modes
from kiosk_app.messages import CloseWindow, ScreenMessage
from kiosk_app.screens import SCREENS
from kiosk_app.screens.base import Screen, ScreenContext
from kiosk_app.screens.first_start.presenter.first_start import Commands, FirstStartPresenter, StartStep
from kiosk_app.screens.first_start.widgets.pages import (
    CodePage,
    DevicesPage,
    LanguagePage,
    ModePage,
    QuestionPage,
)
from kiosk_app.ui.button import Button, ButtonKind
from kiosk_app.ui.icons import icon
from kiosk_app.ui.plain_label import PlainLabel
from kiosk_app.ui.style import DEFAULT_STYLE, Style, scale_for
from kiosk_app.ui.style_sheet import palette, style_sheet
from resources.themes import theme

_RAIL = 280


class FirstStartScreen(Screen):
    """Asks one thing at a time. Esc goes back."""

    decides_scans = False
    tries_scanners = True

    def __init__(self, context: ScreenContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self.setObjectName("firstStart")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumSize(480, 320)
        self._style = DEFAULT_STYLE
        modes = available_modes(SCREENS)
        self.presenter = FirstStartPresenter(context.appearance.language, modes, context.hub, context.mode)
        self.language = LanguagePage()
        self.code = CodePage(QRectF(*context.guide) if context.guide else None)
        self.mode, self.devices = ModePage(modes), DevicesPage()
        self.pages: dict[StartStep, QuestionPage] = {
            StartStep.LANGUAGE: self.language,
            StartStep.CODE: self.code,
            StartStep.MODE: self.mode,
            StartStep.DEVICES: self.devices,
        }
        self.stack, self._rail, self._brand = QStackedWidget(), QWidget(), PlainLabel("Doorward")
        self._steps: dict[StartStep, tuple[QLabel, QLabel]] = {}
        self.back = Button(ButtonKind.BARE, "undo", "Esc")
        self._shown: StartStep | None = None
        self._lay_out()
        self._connect()
        self._render()

    @Slot(object)
    def receive(self, message: ScreenMessage) -> None:
        """Take a message of the workers into account."""
        self._issue(self.presenter.receive(message))

    @Slot(QImage)
    def show_frame(self, image: QImage) -> None:
        """Show the camera's newest frame where somebody holds a code up."""
        for page in (self.code, self.devices):
            if page.isVisible():
                page.preview.show_frame(image)

    @Slot()
    def request_close(self) -> None:
        """Close the station: nothing is lost by it."""
        self.command_issued.emit(CloseWindow())

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 -- Qt names it
        """Focus the first control: the focus of a screen that is not in its window yet is lost."""
        super().showEvent(event)
        if self.focusWidget() is None:
            self.pages[self.presenter.state.step].first().setFocus()

    def resizeEvent(self, _event: QResizeEvent) -> None:  # noqa: N802 -- Qt names it
        """Scale everything with the window."""
        self._apply_style()

    # --- inside

    def _lay_out(self) -> None:
        self._rail.setObjectName("side")
        self._rail.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        rail = QVBoxLayout(self._rail)
        rail.addWidget(self._brand)
        for step in StartStep:
            line, mark, name = QHBoxLayout(), PlainLabel(), PlainLabel()
            name.setWordWrap(True)
            line.addWidget(mark)
            line.addWidget(name, 1)
            rail.addLayout(line)
            self._steps[step] = mark, name
        rail.addStretch(1)
        rail.addWidget(self.back)
        for page in self.pages.values():
            self.stack.addWidget(page)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._rail)
        row.addWidget(self.stack, 1)

    def _connect(self) -> None:
        presenter = self.presenter
        self.language.chosen.connect(lambda code: self._issue(presenter.choose_language(code)))
        self.code.submitted.connect(lambda code, hub: self._issue(presenter.enrol(code, hub)))
        for field in (self.code.code, self.code.hub):
            field.textEdited.connect(
                lambda _: presenter.note_typed(self.code.code.text(), self.code.hub.text())
            )
        self.mode.chosen.connect(lambda mode: self._issue(presenter.choose_mode(mode)))
        self.devices.tested.connect(lambda name: self._issue(presenter.test(name)))
        self.devices.started.connect(lambda: self._issue(presenter.start()))
        self.back.clicked.connect(lambda: self._issue(presenter.back()))
        escape = QShortcut(QKeySequence("Esc"), self)
        escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        escape.activated.connect(lambda: self._issue(presenter.back()))

    def _issue(self, commands: Commands) -> None:
        self._render()
        for command in commands:
            self.command_issued.emit(command)

    def _render(self) -> None:
        state, words = self.presenter.state, self.presenter.texts
        self.setLayoutDirection(
            Qt.LayoutDirection.RightToLeft if words.rtl else Qt.LayoutDirection.LeftToRight
        )
        page = self.pages[state.step]
        page.render(state, words)
        self.back.setText(words("first.back"))
        self.back.setVisible(state.can_go_back and not state.is_busy)
        self._render_rail()
        if state.step is not self._shown:
            self._shown = state.step
            self.stack.setCurrentWidget(page)
            page.first().setFocus()
        self.setAccessibleName(f"{page.title.text()} {page.text.text()}")

    def _render_rail(self) -> None:
        state, words, style = self.presenter.state, self.presenter.texts, self._style
        steps = list(StartStep)
        current = steps.index(state.step)
        for number, step in enumerate(steps):
            mark, name = self._steps[step]
            mark.setVisible(step in state.steps)
            name.setVisible(step in state.steps)
            is_done, is_current = number < current, number == current
            colours = style.theme.green if is_done else style.theme.blue
            colour = colours.mark if is_done or is_current else style.theme.edge
            name_of_icon = "check" if is_done else "circle"
            mark.setPixmap(icon(name_of_icon, style.px(24), colour, ratio=self.devicePixelRatioF()))
            name.setText(words(f"first.step.{step.value}"))
            name.setFont(style.font("body", bold=is_current))
            name.setProperty("quiet", not is_current)
            name.style().polish(name)

    def _apply_style(self) -> None:
        style = self._style = Style(theme(self.context.appearance.theme), scale_for(self.size()))
        self.setPalette(palette(style))
        self.setStyleSheet(style_sheet(style))
        self._rail.setFixedWidth(style.px(_RAIL))
        layout = self._rail.layout()
        if layout is not None:
            layout.setContentsMargins(style.px(28), style.px(40), style.px(20), style.px(24))
            layout.setSpacing(style.px(20))
        self._brand.setFont(style.font("title", bold=True))
        self.back.apply_style(style)
        for page in self.pages.values():
            page.apply_style(style)
        self._render()
