"""What a page shows beside its question: a symbol, a name, a number, or buttons to choose from."""

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QColor, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from kiosk_app.screens.kiosk.presenter.view_state import (
    ActionButton,
    ChoicesBody,
    NumberBody,
    PersonBody,
    SymbolBody,
)
from kiosk_app.screens.kiosk.widgets.kiosk_button import KioskButton
from kiosk_app.screens.kiosk.widgets.kiosk_style import DEFAULT_KIOSK_STYLE, KioskStyle
from kiosk_app.screens.kiosk.widgets.text_block import TextBlock
from kiosk_app.ui.code_image import CodeImage
from kiosk_app.ui.icons import icon
from kiosk_app.ui.painting import create_painter, draw_rounded_rect


class SymbolView(QWidget):
    """A large symbol in a disc. Its words are the page's."""

    def __init__(self) -> None:
        super().__init__()
        self._style, self._body = DEFAULT_KIOSK_STYLE, SymbolBody("clock")

    def apply_style(self, style: KioskStyle) -> None:
        """Apply another theme or scale."""
        self._style = style
        self.update()

    def show_symbol(self, body: SymbolBody) -> None:
        """Show another symbol."""
        self._body = body
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the disc and the symbol on it."""
        painter, style = create_painter(self), self._style
        side = min(self.width(), self.height(), style.px(320))
        box = QRect((self.width() - side) // 2, (self.height() - side) // 2, side, side)
        colours = style.theme.signal(self._body.signal)
        is_verdict = self._body.icon.startswith("verdict-")
        ground = QColor(colours.stub if is_verdict else style.theme.raised)
        ink = colours.on_stub if is_verdict else style.theme.text
        edge = QColor(style.theme.edge) if style.is_flat else None
        draw_rounded_rect(painter, box, side / 2, ground, edge, style.px(4) if edge else 0)
        inner = round(side * (0.62 if is_verdict else 0.5))
        name = "check" if self._body.icon == "verdict-green" else self._body.icon
        shape = icon(name, inner, ink, ratio=self.devicePixelRatioF())
        painter.drawPixmap(box.center().x() - inner // 2, box.center().y() - inner // 2, shape)


class _Card(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self._style = DEFAULT_KIOSK_STYLE

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, style = create_painter(self), self._style
        edge = QColor(style.theme.edge if style.is_flat else style.theme.line)
        draw_rounded_rect(painter, self.rect(), style.px(28), QColor(style.theme.surface), edge, style.px(2))


class PersonView(_Card):
    """The name of whoever is to confirm, in the middle of a card."""

    def __init__(self) -> None:
        super().__init__()
        self.name, self.caption = TextBlock(84, bold=True, lines=2), TextBlock(26, quiet=True, lines=2)
        for part in (self.name, self.caption):
            part.setParent(self)
            part.set_centred(True)

    def apply_style(self, style: KioskStyle) -> None:
        """Apply another theme, scale or text size."""
        self._style = style
        self.name.apply_style(style)
        self.caption.apply_style(style)
        self._place()

    def show_person(self, body: PersonBody) -> None:
        """Show another name."""
        self.name.set_text(body.name)
        self.caption.set_text(body.caption)
        self._place()

    def wipe(self) -> None:
        """Forget the name."""
        self.name.set_text("")
        self.caption.set_text("")

    def resizeEvent(self, _event: QResizeEvent) -> None:
        """Keep the words in the middle."""
        self._place()

    def _place(self) -> None:
        pad = self._style.px(40)
        room = max(1, self.width() - 2 * pad)
        name = self.name.height_for(room, round(self.height() * 0.6))
        caption = self.caption.height_for(room, round(self.height() * 0.25)) if self.caption.text else 0
        top = (self.height() - name - caption) // 2
        self.name.setGeometry(pad, top, room, name)
        self.caption.setGeometry(pad, top + name, room, caption)


class NumberView(_Card):
    """A number, as large as the card allows, its queue, the wait, and the code of its status page."""

    def __init__(self) -> None:
        super().__init__()
        self.queue = TextBlock(30, bold=True, lines=2)
        self.number = TextBlock(190, bold=True, lines=1)
        self.lines = [TextBlock(28, lines=2), TextBlock(28, quiet=True, lines=2)]
        self.caption = TextBlock(20, quiet=True, lines=3)
        self.code: CodeImage | None = None
        self._code_text = ""
        for part in (self.queue, self.number, *self.lines, self.caption):
            part.setParent(self)
            part.set_centred(True)
        self.number.setLayoutDirection(Qt.LayoutDirection.LeftToRight)

    def apply_style(self, style: KioskStyle) -> None:
        """Apply another theme, scale or text size."""
        self._style = style
        for part in (self.queue, self.number, *self.lines, self.caption):
            part.apply_style(style)
        if self.code is not None:
            self.code.apply_style(style.base)
        self._place()

    def show_number(self, body: NumberBody) -> None:
        """Show another number."""
        self.queue.set_text(body.queue)
        self.number.set_text(body.number)
        for number, line in enumerate(self.lines):
            line.set_text(body.lines[number] if number < len(body.lines) else "")
        self.caption.set_text(body.code_caption)
        if body.code != self._code_text:
            self._drop_code()
            self._code_text = body.code
            if body.code:
                self.code = CodeImage(body.code, self)
                self.code.apply_style(self._style.base)
                self.code.show()
        if self.code is not None:
            self.code.setAccessibleName(body.code_caption)
        self._place()

    def wipe(self) -> None:
        """Forget the number and its code."""
        for part in (self.queue, self.number, *self.lines, self.caption):
            part.set_text("")
        self._drop_code()

    def resizeEvent(self, _event: QResizeEvent) -> None:
        """Place the parts for the new size."""
        self._place()

    def _drop_code(self) -> None:
        self._code_text = ""
        if self.code is not None:
            self.code.hide()
            self.code.setAccessibleName("")
            self.code.deleteLater()
            self.code = None

    def _place(self) -> None:
        style, pad = self._style, self._style.px(24)
        width, height = self.width() - 2 * pad, self.height() - 2 * pad
        is_wide = self.width() > self.height() * 1.15
        left, top = pad, pad
        if self.code is not None:
            caption = self.caption.height_for(style.px(280), style.px(90))
            side = (
                min(height - caption - style.px(8), round(width * 0.42)) if is_wide else round(height * 0.34)
            )
            side = max(style.px(120), min(side, style.px(300)))
            if is_wide:
                rtl = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
                x = pad if rtl else pad + width - side
                y = pad + (height - side - caption) // 2
                self.code.setGeometry(x, y, side, side)
                self.caption.setGeometry(x, y + side + style.px(4), side, caption)
                width -= side + pad
                left += side + pad if rtl else 0
            else:
                y = pad + height - side - caption
                self.code.setGeometry(pad + (width - side) // 2, y, side, side)
                self.caption.setGeometry(pad, y + side, width, caption)
                height -= side + caption + style.px(12)
        queue = self.queue.height_for(width, round(height * 0.22))
        lines = [line.height_for(width, round(height * 0.2)) if line.text else 0 for line in self.lines]
        number = max(1, height - queue - sum(lines) - style.px(8))
        self.queue.setGeometry(left, top, width, queue)
        self.number.setGeometry(left, top + queue, width, number)
        y = top + queue + number
        for line, high in zip(self.lines, lines, strict=True):
            line.setGeometry(left, y, width, high)
            y += high


class ChoicesView(QWidget):
    """Large buttons in one column, or in several where they are many."""

    chosen = Signal(object)
    focused = Signal(str, bool)

    def __init__(self) -> None:
        super().__init__()
        self._style, self._body = DEFAULT_KIOSK_STYLE, ChoicesBody(())
        self.buttons: list[KioskButton] = []

    def apply_style(self, style: KioskStyle) -> None:
        """Apply another theme, scale or text size."""
        self._style = style
        for button in self.buttons:
            button.apply_style(style)
        self._place()

    def show_choices(self, body: ChoicesBody) -> None:
        """Show other choices."""
        self._body = body
        while len(self.buttons) > len(body.choices):
            gone = self.buttons.pop()
            gone.show_button(ActionButton("", None))  # type: ignore[arg-type]
            gone.hide()
            gone.deleteLater()
        while len(self.buttons) < len(body.choices):
            button = KioskButton(size=30, parent=self)
            button.apply_style(self._style)
            button.chosen.connect(self.chosen)
            button.focused.connect(self.focused)
            button.show()
            self.buttons.append(button)
        for button, choice in zip(self.buttons, body.choices, strict=True):
            button.show_button(choice)
        self._place()

    def resizeEvent(self, _event: QResizeEvent) -> None:
        """Spread the buttons."""
        self._place()

    def _place(self) -> None:
        count = len(self.buttons)
        if not count:
            return
        style, width, height = self._style, self.width(), self.height()
        gap = style.px(14)
        tall = max(style.touch, style.px(80 if self._body.is_dense else 90))
        fits = max(1, (height + gap) // (tall + gap))
        columns = max(-(-count // fits), 2 if self._body.is_dense else 1)
        rows = -(-count // columns)
        high = min((height - gap * (rows - 1)) // rows, style.px(92 if self._body.is_dense else 128))
        room = min(width, style.px(900) if columns == 1 else width)
        wide = (room - gap * (columns - 1)) // columns
        top = max(0, (height - rows * high - gap * (rows - 1)) // 2)
        left = (width - room) // 2
        rtl = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        for number, button in enumerate(self.buttons):
            row, column = divmod(number, columns)
            column = columns - 1 - column if rtl else column
            button.setGeometry(left + column * (wide + gap), top + row * (high + gap), wide, high)
