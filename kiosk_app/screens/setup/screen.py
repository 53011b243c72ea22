"""The set-up screen as one widget: tabs above, a page below. Scans are not decided while it is open."""

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QImage, QKeySequence, QResizeEvent, QShortcut, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from kiosk_app.messages import AppearanceChanged, LeaveScreen, ScreenMessage, StatusMessage
from kiosk_app.screens.base import Screen, ScreenContext
from kiosk_app.screens.setup import PAGES, load_page
from kiosk_app.screens.setup.widgets.page import SetupPage
from kiosk_app.ui.button import Button, ButtonKind
from kiosk_app.ui.plain_label import PlainLabel
from kiosk_app.ui.style import Style, scale_for
from kiosk_app.ui.style_sheet import palette, style_sheet
from resources.themes import theme
from resources.translations.catalogue import texts


class SetupScreen(Screen):
    """Shows one page at a time. Esc and the button at the end return to the gate."""

    decides_scans = False
    tries_scanners = True

    def __init__(self, context: ScreenContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self.setObjectName("setup")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumSize(480, 320)
        self._texts, self._theme = texts(context.appearance.language), context.appearance.theme
        self._status: dict[type, ScreenMessage] = {}
        """What pages in another language begin with."""
        self.pages: dict[str, SetupPage] = {}
        self.tabs: dict[str, Button] = {}
        self.done = Button(ButtonKind.PLAIN, "close", "Esc")
        self.stack, self._title, self._note = QStackedWidget(), PlainLabel(), PlainLabel()
        self._note_below = PlainLabel()
        self._bar, self._row = QWidget(), QHBoxLayout()
        self._lay_out()
        leave = QShortcut(QKeySequence("Esc"), self)
        leave.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        leave.activated.connect(self._leave)
        self.done.clicked.connect(self._leave)
        self._apply_texts()
        self._apply_style()
        self.open_page(next(iter(self.pages)))

    def open_page(self, name: str) -> None:
        """Show a page; a name without a page changes nothing."""
        if name not in self.pages:
            return
        for each, tab in self.tabs.items():
            tab.setChecked(each == name)
        before = self.stack.currentWidget()
        if isinstance(before, SetupPage) and before is not self.pages[name]:
            before.leave()
        self.stack.setCurrentWidget(self.pages[name])
        if self.isVisible():
            self.pages[name].activate()

    @Slot(object)
    def receive(self, message: ScreenMessage) -> None:
        """Pass a message to every page, and look as the hub wants it now."""
        if isinstance(message, AppearanceChanged):
            self._take_appearance(message)
        elif isinstance(message, StatusMessage):
            self._status[type(message)] = message
        for page in self.pages.values():
            page.receive(message)

    @Slot(QImage)
    def show_frame(self, image: QImage) -> None:
        """Show the camera's newest frame on the page that is open."""
        page = self.stack.currentWidget()
        if isinstance(page, SetupPage):
            page.show_frame(image)

    @Slot()
    def request_close(self) -> None:
        """Return to the gate, whose screen asks before it closes."""
        self._leave()

    def showEvent(self, _event: QShowEvent) -> None:  # noqa: N802 -- Qt names it
        """Let the page begin its work."""
        current = self.stack.currentWidget()
        if isinstance(current, SetupPage):
            current.activate()

    def resizeEvent(self, _event: QResizeEvent) -> None:  # noqa: N802 -- Qt names it
        """Scale everything with the window, and put the note below the tabs where it would cut their names."""
        self._apply_style()
        self._make_room()

    # --- inside

    def _lay_out(self) -> None:
        self._bar.setObjectName("topBar")
        self._bar.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        bar = QVBoxLayout(self._bar)
        bar.setContentsMargins(0, 0, 0, 0)
        bar.setSpacing(0)
        bar.addLayout(self._row)
        bar.addWidget(self._note_below)
        self._row.addWidget(self._title)
        self._build_pages()
        for name, page in self.pages.items():
            tab = self.tabs[name] = Button(ButtonKind.BARE, page.icon_name)
            tab.setCheckable(True)
            tab.clicked.connect(lambda _on=False, name=name: self.open_page(name))
            self._row.addWidget(tab)
        self._row.addStretch(1)
        self._row.addWidget(self._note)
        self._row.addWidget(self.done)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._bar)
        column.addWidget(self.stack, 1)

    def _build_pages(self) -> None:
        """Build every page in the language of now."""
        self.pages = {name: load_page(name)(self.context, self._texts) for name in PAGES}
        for page in self.pages.values():
            page.command_issued.connect(self.command_issued)
            page.page_requested.connect(self.open_page)
            self.stack.addWidget(page)

    def _take_appearance(self, appearance: AppearanceChanged) -> None:
        """Show another theme, and pages in another language in place of these."""
        self._theme = appearance.theme or self._theme
        words = texts(appearance.language) if appearance.language else self._texts
        if words is not self._texts:
            self._texts = words
            self._replace_pages()
        self._apply_style()
        self._make_room()

    def _replace_pages(self) -> None:
        before = self.pages
        name = next(name for name, page in before.items() if page is self.stack.currentWidget())
        before[name].leave()
        self._build_pages()
        for page in before.values():
            self.stack.removeWidget(page)
            page.deleteLater()
        for message in self._status.values():
            for page in self.pages.values():
                page.receive(message)
        self._apply_texts()
        self.open_page(name)

    def _apply_texts(self) -> None:
        words = self._texts
        self.setLayoutDirection(
            Qt.LayoutDirection.RightToLeft if words.rtl else Qt.LayoutDirection.LeftToRight
        )
        self._title.setText(words("setup.title"))
        for note in (self._note, self._note_below):
            note.setText(words("setup.no_decisions"))
            note.setProperty("quiet", True)
        self.done.setText(words("setup.done"))
        for name, tab in self.tabs.items():
            tab.setText(words(f"setup.{name}"))

    def _apply_style(self) -> None:
        style = Style(theme(self._theme), scale_for(self.size()))
        self.setPalette(palette(style))
        self.setStyleSheet(style_sheet(style))
        self._row.setContentsMargins(style.px(24), style.px(4), style.px(16), style.px(4))
        self._row.setSpacing(style.px(12))
        self._title.setFont(style.font("title", bold=True))
        for note in (self._note, self._note_below):
            note.setFont(style.font("caption"))
        self._note_below.setContentsMargins(style.px(24), 0, style.px(24), style.px(6))
        for button in (*self.tabs.values(), self.done):
            button.apply_style(style)
        for page in self.pages.values():
            page.apply_style(style)

    def _make_room(self) -> None:
        """Put the note below, leave the title out, and last show tabs by their icons, where the names of the tabs would be cut."""
        for button in (*self.tabs.values(), self.done):
            button.set_form(shows_key=True)
        self._note.setVisible(self._needed(self._title, self._note) <= self.width())
        self._note_below.setVisible(not self._note.isVisibleTo(self))
        self._title.setVisible(self._needed(self._title) <= self.width())
        if self._needed() > self.width():
            self.done.set_form(shows_key=False)
        for tab in reversed(self.tabs.values()):
            if self._needed() > self.width():
                tab.set_form(shows_key=False, icon_only=True)

    def _needed(self, *others: QWidget) -> int:
        parts = (*others, *self.tabs.values(), self.done)
        margins, gaps = self._row.contentsMargins(), (len(parts) + 1) * self._row.spacing()
        return sum(part.sizeHint().width() for part in parts) + margins.left() + margins.right() + gaps

    def _leave(self) -> None:
        for page in self.pages.values():
            page.leave()
        self.command_issued.emit(LeaveScreen())
