"""The hub's messages in a strip over the screen: beside what the screen shows, never in front of it, so that it covers no verdict.

It takes no keyboard focus: a scan goes on below it. A text that is too long for the strip, and several messages, take turns.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QEvent, QObject, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from hub_sync.contract.bulletins import BulletinPriority
from hub_sync.rules.bulletins import text_in
from kiosk_app.bulletin_messages import VisibleBulletin
from kiosk_app.ui.button import Button, ButtonKind
from kiosk_app.ui.icons import icon
from kiosk_app.ui.painting import create_painter, is_rtl, mirror
from kiosk_app.ui.style import DEFAULT_STYLE, Style, scale_for
from kiosk_app.ui.text_fitting import FittedText, fit_text
from resources.themes import Theme, theme
from resources.translations import LANGUAGES
from resources.translations.catalogue import Texts, texts

TURN_MS = 7_000
"""The time of one page: 500 characters are at most a few of them, and each is read in five seconds."""
MOST_HEIGHT = 0.27
"""The strip's share of the window's height at most: the screen below must stay whole."""
_SIZES = (60, 52, 44, 38, 32, 28)
"""The smallest is read from three metres: letters 28 pixels high at 1280x800 on a 15-inch screen are 6 mm."""
_INFO_SIZES = _SIZES[2:]
_ALL_LINES = 200


@dataclass(frozen=True, slots=True)
class _Look:
    ground: str
    ink: str
    icon: str


def look_of(priority: BulletinPriority, colours: Theme) -> _Look:
    """Return ground, ink and icon. None has the ground of a verdict: green and red say who may enter, and nothing else."""
    match priority:
        case BulletinPriority.EMERGENCY:
            return _Look(colours.text, colours.ground, "verdict-amber")
        case BulletinPriority.WARNING:
            return _Look(colours.amber.tint, colours.amber.on_tint, "verdict-amber")
        case BulletinPriority.INFO:
            return _Look(colours.blue.tint, colours.blue.on_tint, "verdict-blue")


@dataclass(frozen=True, slots=True)
class _Page:
    """One turn: some lines of one bulletin."""

    bulletin: VisibleBulletin
    text: FittedText
    rtl: bool
    words: str


class BulletinStrip(QWidget):
    """Shows bulletins one after another. It has no height while there are none."""

    shown = Signal(object)
    """The ids (a tuple) of those that stand on the screen for the first time since `show_bulletins`."""
    answered = Signal(str)
    """The id of one that somebody says to have read."""

    def __init__(self, window: QWidget) -> None:
        """Create the strip. `window` is the one whose size its text follows."""
        super().__init__(window)
        self._window = window
        self._bulletins: tuple[VisibleBulletin, ...] = ()
        self._theme, self._words = "dark", texts("en")
        self._may_answer = True
        self._pages: list[_Page] = []
        self._turn = 0
        self._seen: set[str] = set()
        self._pressed_id = ""
        self._style: Style = DEFAULT_STYLE
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._button = Button(ButtonKind.PRIMARY, "check", parent=self)
        self._button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._button.pressed.connect(self._note_pressed)
        self._button.clicked.connect(self._answer)
        self._timer = QTimer(self)
        self._timer.setInterval(TURN_MS)
        self._timer.timeout.connect(self.turn)
        window.installEventFilter(self)
        self.hide()

    @property
    def page_count(self) -> int:
        """The number of pages that take turns."""
        return len(self._pages)

    def show_bulletins(self, bulletins: Sequence[VisibleBulletin]) -> None:
        """Show these, the first one first, in place of those before; nothing if there are none."""
        if tuple(bulletins) == self._bulletins:
            return
        self._bulletins = tuple(bulletins)
        self._seen.intersection_update(each.id for each in self._bulletins)
        self._turn = 0
        self._lay_out()

    def set_look(self, theme_name: str, language: str) -> None:
        """Change theme and language."""
        self._theme, self._words = theme_name, texts(language)
        self._lay_out()

    def allow_answers(self, allowed: bool) -> None:
        """Offer to confirm that a bulletin is read: not to visitors."""
        if allowed != self._may_answer:
            self._may_answer = allowed
            self._lay_out()

    def turn(self) -> None:
        """Show the next page."""
        if self._pages:
            self._turn = (self._turn + 1) % len(self._pages)
            self._show_page()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Fit the text to the window."""
        if event.type() is QEvent.Type.Resize and self._bulletins:
            self._lay_out()
            if layout := self._window.layout():
                layout.activate()  # it has placed the strip and the screen already, by the strip's height of before
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the button at its end of the strip."""
        super().resizeEvent(event)
        self._place_button()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the page, and say that its bulletin is on the screen."""
        if not self._pages:
            return
        page = self._pages[self._turn]
        style, look = self._style, look_of(page.bulletin.priority, theme(self._theme))
        painter, rect, ink = create_painter(self), self.rect(), QColor(look.ink)
        painter.fillRect(rect, QColor(look.ground))
        painter.fillRect(QRect(0, rect.bottom() - style.px(3), rect.width(), style.px(4)), ink)
        pad, side = self._padding, self._icon_side
        head = mirror(self, rect, QRect(pad, (rect.height() - side) // 2, side, side))
        painter.drawPixmap(
            head.topLeft(), icon(look.icon, side, look.ink, ratio=self.devicePixelRatioF(), rtl=is_rtl(self))
        )
        body = mirror(self, rect, QRect(2 * pad + side, 0, self._text_width(page.bulletin), rect.height()))
        top = (rect.height() - page.text.height - self._head_height) // 2
        painter.setFont(style.font("body", bold=True))
        painter.setPen(ink)
        painter.drawText(
            QRect(body.left(), top, body.width(), self._head_height),
            int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter),
            self._heading(page),
        )
        lines = QRect(body.left(), top + self._head_height, body.width(), page.text.height)
        painter.setLayoutDirection(
            Qt.LayoutDirection.RightToLeft if page.rtl else Qt.LayoutDirection.LeftToRight
        )
        page.text.draw(painter, lines, ink, align=Qt.AlignmentFlag.AlignLeft)
        if page.bulletin.id not in self._seen:
            self._seen.add(page.bulletin.id)
            self.shown.emit((page.bulletin.id,))

    # --- inside

    @property
    def _padding(self) -> int:
        return self._style.px(24)

    @property
    def _icon_side(self) -> int:
        return self._style.px(56)

    @property
    def _head_height(self) -> int:
        return round(self._style.text("body") * 1.5)

    def _has_button(self, bulletin: VisibleBulletin) -> bool:
        return self._may_answer and bulletin.wants_answer

    def _text_width(self, bulletin: VisibleBulletin) -> int:
        width = self._window.width() - 3 * self._padding - self._icon_side
        if self._has_button(bulletin):
            width -= self._button.sizeHint().width() + self._padding
        return max(width, self._style.px(200))

    def _heading(self, page: _Page) -> str:
        word = self._words(f"bulletin.{page.bulletin.priority.value.lower()}")
        if len(self._pages) == 1:
            return word
        return self._words("bulletin.turn", word=word, turn=self._turn + 1, turns=len(self._pages))

    def _lay_out(self) -> None:
        self._style = Style(theme(self._theme), scale_for(self._window.size()))
        self._button.apply_style(self._style)
        self._button.setText(self._words("bulletin.answer"))
        direction = Qt.LayoutDirection.RightToLeft if self._words.rtl else Qt.LayoutDirection.LeftToRight
        self.setLayoutDirection(direction)
        self._pages = [page for bulletin in self._bulletins for page in self._pages_of(bulletin)]
        self._turn = min(self._turn, max(0, len(self._pages) - 1))
        if not self._pages:
            self._timer.stop()
            self.hide()
            return
        highest = max(page.text.height for page in self._pages)
        needed = max(highest + self._head_height, self._icon_side, self._style.touch) + 2 * self._style.px(12)
        self.setFixedHeight(needed)
        if len(self._pages) > 1 and not self._timer.isActive():
            self._timer.start()
        elif len(self._pages) == 1:
            self._timer.stop()
        self.show()
        self._show_page()

    def _pages_of(self, bulletin: VisibleBulletin) -> list[_Page]:
        language, words = text_in(dict(bulletin.texts), self._words.code, bulletin.language)
        room = round(self._window.height() * MOST_HEIGHT) - self._head_height - 2 * self._style.px(12)
        wanted = _INFO_SIZES if bulletin.priority is BulletinPriority.INFO else _SIZES
        sizes = [self._style.px(size) for size in wanted]
        text = " ".join(words.split())
        fitted = fit_text(
            text, self._text_width(bulletin), sizes, max_lines=_ALL_LINES, max_height=room, bold=True
        )
        a_page = max(1, room // max(1, fitted.line_height))
        rtl = _texts_of(language).rtl
        return [
            _Page(bulletin, replace(fitted, lines=fitted.lines[first : first + a_page]), rtl, text)
            for first in range(0, len(fitted.lines), a_page)
        ]

    def _show_page(self) -> None:
        page = self._pages[self._turn]
        self.setAccessibleName(f"{self._heading(page)}: {page.words}")
        self._button.setVisible(self._has_button(page.bulletin))
        self._place_button()
        self.update()

    def _place_button(self) -> None:
        size = self._button.sizeHint()
        at_end = QRect(
            self.width() - self._padding - size.width(),
            (self.height() - size.height()) // 2,
            size.width(),
            size.height(),
        )
        self._button.setGeometry(mirror(self, self.rect(), at_end))

    def _note_pressed(self) -> None:
        """Remember which one is confirmed: until the finger is lifted, another may take its turn."""
        self._pressed_id = self._pages[self._turn].bulletin.id if self._pages else ""

    def _answer(self) -> None:
        if self._pressed_id:
            self.answered.emit(self._pressed_id)


def _texts_of(language: str) -> Texts:
    return texts(language if language in LANGUAGES else "en")
