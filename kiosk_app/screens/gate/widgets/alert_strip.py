"""The strip for the operator above the input line: one alert at a time, beside the visitors' prompt and not in its place."""

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from kiosk_app.screens.gate.presenter import actions
from kiosk_app.screens.gate.presenter.view_state import OperatorAlert
from kiosk_app.ui.button import Button, ButtonKind
from kiosk_app.ui.icons import icon
from kiosk_app.ui.painting import create_painter, mirror
from kiosk_app.ui.style import DEFAULT_STYLE, Style
from kiosk_app.ui.text_fitting import FittedText, fit_text
from resources.themes import Signal as Colour
from resources.translations.catalogue import Texts


class _AlertText(QWidget):
    """An icon, a title and a text of at most two lines."""

    def __init__(self) -> None:
        super().__init__()
        self._style, self._alert = DEFAULT_STYLE, OperatorAlert("", "", "")
        self._title: FittedText | None = None
        self._text: FittedText | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def apply_style(self, style: Style) -> None:
        self._style = style
        self._lay_out()

    def show_alert(self, alert: OperatorAlert) -> None:
        self._alert = alert
        self.setAccessibleName(f"{alert.title}. {alert.text}")
        self.setToolTip(alert.text)
        self._lay_out()

    def minimumSizeHint(self) -> QSize:
        return QSize(self._style.px(160), self._style.touch)

    def resizeEvent(self, _event: QResizeEvent) -> None:
        self._lay_out()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, style = create_painter(self), self._style
        colours = style.theme.signal(Colour.AMBER)
        side, ink = style.px(32), QColor(colours.on_tint)
        box = mirror(self, self.rect(), QRect(0, (self.height() - side) // 2, side, side))
        painter.drawPixmap(
            box.topLeft(), icon("verdict-amber", side, colours.mark, ratio=self.devicePixelRatioF())
        )
        if self._title is None or self._text is None:
            return
        x, y = side + style.px(16), (self.height() - self._title.height - self._text.height) // 2
        for text in (self._title, self._text):
            line = mirror(self, self.rect(), QRect(x, y, self.width() - x, text.height))
            text.draw(painter, line, ink, align=Qt.AlignmentFlag.AlignLeft)
            y += text.height

    def _lay_out(self) -> None:
        style = self._style
        width, small = max(1, self.width() - style.px(48)), style.text("caption")
        self._title = fit_text(self._alert.title, width, (style.text("body"), small), bold=True)
        lines = 2 if self._title.height + 2 * round(small * 1.42) <= self.height() else 1
        self._text = fit_text(self._alert.text, width, (small,), max_lines=lines)
        self.update()


class AlertStrip(QWidget):
    """The first alert, the number of those behind it, and a button to dismiss it where that is possible."""

    action = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("alertStrip")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._alerts: tuple[OperatorAlert, ...] = ()
        self._position = 0
        self.text = _AlertText()
        self.next = Button(ButtonKind.PLAIN)
        self.dismiss = Button(ButtonKind.PLAIN, "check")
        self._row = QHBoxLayout(self)
        self._row.addWidget(self.text, 1)
        self._row.addWidget(self.next)
        self._row.addWidget(self.dismiss)
        self.next.clicked.connect(self._show_next)
        self.dismiss.clicked.connect(self._dismiss)
        self.hide()

    def apply_style(self, style: Style) -> None:
        """Apply another theme or scale."""
        self._row.setContentsMargins(style.px(20), style.px(8), style.px(16), style.px(8))
        self._row.setSpacing(style.px(12))
        self.text.apply_style(style)
        for button in (self.next, self.dismiss):
            button.apply_style(style)
        self.setFixedHeight(style.touch + 2 * style.px(8))

    def show_alerts(self, alerts: tuple[OperatorAlert, ...], texts: Texts) -> None:
        """Show the alerts; none: hide the strip."""
        if alerts and alerts[0] not in self._alerts:
            self._position = 0  # a new one is shown at once
        self._alerts = alerts
        self._position = min(self._position, max(0, len(alerts) - 1))
        self.dismiss.setText(texts("alert.dismiss"))
        self.dismiss.setAccessibleName(texts("alert.dismiss"))
        self.next.setAccessibleName(texts("alert.next"))
        self._show()
        self.setVisible(bool(alerts))

    def _show_next(self) -> None:
        self._position = (self._position + 1) % len(self._alerts)
        self._show()

    def _show(self) -> None:
        if not self._alerts:
            return
        alert, count = self._alerts[self._position], len(self._alerts)
        self.text.show_alert(alert)
        self.next.setText(f"{self._position + 1} / {count}")
        self.next.setVisible(count > 1)
        self.dismiss.setVisible(alert.can_dismiss)

    def _dismiss(self) -> None:
        self.action.emit(actions.AlertDismissed(self._alerts[self._position].id))
