"""The station's name in large letters over whatever is on the screen, so that somebody at the hub finds the machine."""

from PySide6.QtCore import QEvent, QObject, QRect, Qt, QTimer
from PySide6.QtGui import QColor, QMouseEvent, QPaintEvent
from PySide6.QtWidgets import QWidget

from kiosk_app.ui.painting import create_painter
from kiosk_app.ui.style import Style, scale_for
from kiosk_app.ui.text_fitting import fit_text
from resources.themes import theme
from resources.translations.catalogue import texts

_NAME_SIZES = (260, 200, 160, 128, 96, 64, 48, 36)
_NAME_LINES = 3


class IdentifyOverlay(QWidget):
    """Covers its parent until its time is over or somebody touches it. It takes no keyboard focus: a scan goes on behind it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._window = parent
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._name = self._hint = ""
        self._theme = "dark"
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        parent.installEventFilter(self)
        self.hide()

    def show_name(self, name: str, seconds: int, *, theme_name: str, language: str) -> None:
        """Show a name for so many seconds."""
        words = texts(language)
        self._theme, self._name, self._hint = theme_name, name, words("identify.hint")
        self.setLayoutDirection(
            Qt.LayoutDirection.RightToLeft if words.rtl else Qt.LayoutDirection.LeftToRight
        )
        self.setAccessibleName(name)
        self.setGeometry(self._window.rect())
        self.show()
        self.raise_()
        self.update()
        self._timer.start(seconds * 1000)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the size of the window."""
        if event.type() is QEvent.Type.Resize:
            self.setGeometry(self._window.rect())
        return super().eventFilter(watched, event)

    def mousePressEvent(self, _event: QMouseEvent) -> None:
        """Go away at a touch."""
        self.hide()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the name as large as it fits, and below it what this is."""
        style = Style(theme(self._theme), scale_for(self.size()))
        colours = style.theme.blue
        margin = style.px(48)
        width = self.width() - 2 * margin
        sizes = tuple(style.px(size) for size in _NAME_SIZES)
        name = fit_text(self._name, width, sizes, max_lines=_NAME_LINES, bold=True)
        hint = fit_text(self._hint, width, (style.text("title"),), max_lines=2)
        gap = style.px(32)
        top = max(margin, (self.height() - name.height - gap - hint.height) // 2)
        painter = create_painter(self)
        painter.fillRect(self.rect(), QColor(colours.body))
        centre, colour = Qt.AlignmentFlag.AlignHCenter, QColor(colours.on_body)
        name.draw(painter, QRect(margin, top, width, name.height), colour, align=centre)
        below = QRect(margin, top + name.height + gap, width, hint.height)
        hint.draw(painter, below, colour, align=centre)
