"""One page of the kiosk: the question, what belongs to it, and its buttons, placed for a lying or an upright screen."""

from itertools import pairwise

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QResizeEvent
from PySide6.QtWidgets import QWidget

from kiosk_app.screens.kiosk.presenter.view_state import (
    ActionButton,
    CameraBody,
    ChoicesBody,
    EntryBody,
    KioskPage,
    NumberBody,
    PersonBody,
    SymbolBody,
)
from kiosk_app.screens.kiosk.widgets.bodies import ChoicesView, NumberView, PersonView, SymbolView
from kiosk_app.screens.kiosk.widgets.entry import EntryView
from kiosk_app.screens.kiosk.widgets.kiosk_button import KioskButton
from kiosk_app.screens.kiosk.widgets.kiosk_style import DEFAULT_KIOSK_STYLE, KioskStyle
from kiosk_app.screens.kiosk.widgets.text_block import TextBlock
from kiosk_app.ui.camera_preview import CameraPreview

_SIDE_BODIES = (CameraBody, SymbolBody, NumberBody)
_IN_A_ROW = 4


class PageView(QWidget):
    """Shows a `KioskPage`; `action` carries what is chosen on it, `focused` the words of what the keyboard comes to."""

    action = Signal(object)
    focused = Signal(str, bool)

    def __init__(self) -> None:
        super().__init__()
        self._style, self._page, self._upright = DEFAULT_KIOSK_STYLE, KioskPage("", ""), False
        self.heading = TextBlock(64, bold=True, lines=4)
        self.text = TextBlock(28, quiet=True, lines=7)
        self.note = TextBlock(18, quiet=True, lines=2)
        self.closes_in = TextBlock(20, quiet=True, lines=1)
        self.camera, self.symbol, self.person = CameraPreview(), SymbolView(), PersonView()
        self.number, self.choices, self.entry = NumberView(), ChoicesView(), EntryView()
        self.bodies: dict[type, QWidget] = {
            CameraBody: self.camera,
            SymbolBody: self.symbol,
            PersonBody: self.person,
            NumberBody: self.number,
            ChoicesBody: self.choices,
            EntryBody: self.entry,
        }
        self.buttons: list[KioskButton] = []
        for part in (self.heading, self.text, self.note, self.closes_in, *self.bodies.values()):
            part.setParent(self)
        for part in self.bodies.values():
            part.hide()
        self.choices.chosen.connect(self.action)
        self.entry.action.connect(self.action)
        self.choices.focused.connect(self.focused)
        self.entry.focused.connect(self.focused)

    @property
    def page(self) -> KioskPage:
        """The page that is shown."""
        return self._page

    def apply_style(self, style: KioskStyle, *, upright: bool) -> None:
        """Apply another theme, scale, text size, or way of lying."""
        self._style, self._upright = style, upright
        self.camera.apply_style(style.base, radius=28)
        for block in (self.heading, self.text, self.note, self.closes_in):
            block.apply_style(style)
        self.entry.set_upright(upright)
        for body in (self.symbol, self.person, self.number, self.choices, self.entry):
            body.apply_style(style)
        for button in self.buttons:
            button.apply_style(style)
        self._place()

    def show_page(self, page: KioskPage) -> None:
        """Show another page."""
        self._page = page
        self.heading.set_text(page.heading)
        self.text.set_text(page.text)
        self.note.set_text(page.note)
        self.closes_in.set_text(page.closes_in)
        self._show_body(page)
        self._show_buttons(page.actions)
        self._order_tabs()
        self._place()

    def show_frame(self, image: QImage) -> None:
        """Show the camera's newest frame."""
        self.camera.show_frame(image)

    def wipe(self) -> None:
        """Forget the visitor: texts, keys, pictures."""
        for part in (self.entry, self.person, self.number):
            part.wipe()
        self.choices.show_choices(ChoicesBody(()))
        self._show_buttons(())
        for block in (self.heading, self.text, self.note, self.closes_in):
            block.set_text("")
        self.camera.show_frame(QImage())

    def focus_first(self, reason: Qt.FocusReason) -> None:
        """Give the keyboard to what the page asks for."""
        targets = self.controls()
        if targets:
            targets[0].setFocus(reason)

    def controls(self) -> list[QWidget]:
        """Return the controls in the order of the Tab key."""
        controls: list[QWidget] = []
        if isinstance(self._page.body, EntryBody):
            controls += [self.entry.field, *self.entry.keys.keys, self.entry.enter, self.entry.back]
        elif isinstance(self._page.body, ChoicesBody):
            controls += self.choices.buttons
        controls += self.buttons
        return [each for each in controls if each.isEnabled() and each.isVisibleTo(self)]

    def cut_texts(self) -> list[str]:
        """Return the texts that do not fit, for the tests."""
        blocks = [each for each in self.findChildren(TextBlock) if each.isVisibleTo(self)]
        buttons = [each for each in self.findChildren(KioskButton) if each.isVisibleTo(self)]
        return [
            *(each.text for each in blocks if each.is_cut()),
            *(each.text() for each in buttons if each.is_cut()),
        ]

    def sizeHint(self) -> QSize:
        """Return the size of a page."""
        return QSize(self._style.px(1280), self._style.px(600))

    def resizeEvent(self, _event: QResizeEvent) -> None:
        """Place everything for the new size."""
        self._place()

    # --- inside

    def _show_body(self, page: KioskPage) -> None:
        for kind, part in self.bodies.items():
            part.setVisible(isinstance(page.body, kind))
        match page.body:
            case CameraBody(icon, name):
                self.camera.set_placeholder(icon)
                self.camera.setAccessibleName(name)
            case SymbolBody():
                self.symbol.show_symbol(page.body)
            case PersonBody():
                self.person.show_person(page.body)
            case NumberBody():
                self.number.show_number(page.body)
            case ChoicesBody():
                self.choices.show_choices(page.body)
            case EntryBody():
                self.entry.show_entry(page.body)
            case _:
                pass

    def _show_buttons(self, buttons: tuple[ActionButton, ...]) -> None:
        """Show other buttons. The focus stays on the same action where that is still there: a finger may be on its way."""
        focus = next((each for each in self.buttons if each.hasFocus()), None)
        action = None if focus is None else focus.button.action
        while len(self.buttons) > len(buttons):
            gone = self.buttons.pop()
            gone.show_button(ActionButton("", None))  # type: ignore[arg-type]
            gone.hide()
            gone.deleteLater()
        while len(self.buttons) < len(buttons):
            button = KioskButton(size=28, parent=self)
            button.apply_style(self._style)
            button.chosen.connect(self.action)
            button.focused.connect(self.focused)
            button.show()
            self.buttons.append(button)
        for button, shown in zip(self.buttons, buttons, strict=True):
            button.show_button(shown)
        same = next((each for each in self.buttons if each.button.action == action), focus)
        if focus is not None and same is not None and same is not focus:
            same.setFocus(focus.focus_reason)

    def _order_tabs(self) -> None:
        controls = self.controls()
        for before, after in pairwise(controls):
            QWidget.setTabOrder(before, after)

    def _place(self) -> None:
        if self.width() < 1 or self.height() < 1:
            return
        style = self._style
        margin = style.px(48 if self._upright else 72)
        area = self.rect().adjusted(margin, style.px(12), -margin, -style.px(16))
        area = self._place_buttons(area)
        area = self._place_foot(area)
        if self._page.body is None:
            self._place_words(area, centred=True)
        elif self._upright:
            self._place_upright(area)
        elif isinstance(self._page.body, _SIDE_BODIES):
            self._place_beside(area)
        else:
            self._place_below(area)

    def _place_buttons(self, area: QRect) -> QRect:
        """Place the buttons at the bottom, where everybody reaches them; return what is left."""
        count, style = len(self.buttons), self._style
        if not count:
            return area
        gap = style.px(16)
        high = max(button.least_height() for button in self.buttons)
        high = max(high, style.px(88))
        columns = self._columns(area.width(), gap)
        rows = -(-count // columns)
        top = area.bottom() + 1 - rows * high - (rows - 1) * gap
        rtl = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        for row in range(rows):
            line = self.buttons[row * columns : (row + 1) * columns]
            room = min(area.width(), len(line) * style.px(560) + (len(line) - 1) * gap)
            wide = (room - gap * (len(line) - 1)) // len(line)
            left = area.left() + (area.width() - room) // 2
            for number, button in enumerate(line):
                place = len(line) - 1 - number if rtl else number
                button.setGeometry(left + place * (wide + gap), top + row * (high + gap), wide, high)
        return area.adjusted(0, 0, 0, -(rows * high + (rows - 1) * gap + style.px(20)))

    def _columns(self, width: int, gap: int) -> int:
        """Return how many buttons are side by side, so that none has to cut its words."""
        count = len(self.buttons)
        widest = max(button.sizeHint().width() for button in self.buttons)
        for most in range(min(count, 2 if self._upright else _IN_A_ROW), 1, -1):
            rows = -(-count // most)
            columns = -(-count // rows)
            if columns * rows != count and self._upright:
                continue
            room = (width - gap * (columns - 1)) // columns
            if room >= widest * 0.62:
                return columns
        return 1

    def _place_foot(self, area: QRect) -> QRect:
        """Place the quiet lines above the buttons; return what is left."""
        for block in (self.closes_in, self.note):
            if not block.text:
                continue
            block.set_centred(True)
            high = block.height_for(area.width(), self._style.px(64))
            block.setGeometry(area.left(), area.bottom() + 1 - high, area.width(), high)
            area = area.adjusted(0, 0, 0, -high - self._style.px(10))
        return area

    def _place_words(self, area: QRect, *, centred: bool) -> int:
        """Place question and text in the middle of an area; return their lower edge."""
        gap = self._style.px(16)
        for block in (self.heading, self.text):
            block.set_centred(centred)
        text = self.text.height_for(area.width(), round(area.height() * 0.5)) if self.text.text else 0
        heading = self.heading.height_for(area.width(), max(1, area.height() - text - gap))
        high = heading + (text + gap if text else 0)
        top = area.top() + max(0, (area.height() - high) // 2)
        self.heading.setGeometry(area.left(), top, area.width(), heading)
        self.text.setGeometry(area.left(), top + heading + gap, area.width(), text)
        return top + high

    def _place_beside(self, area: QRect) -> None:
        """Place the words on the leading side, the picture on the other."""
        gap = self._style.px(56)
        is_number = isinstance(self._page.body, NumberBody)
        wide = round(area.width() * (0.62 if is_number else 0.46))
        rtl = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        words = QRect(area.left(), area.top(), area.width() - wide - gap, area.height())
        body = QRect(area.right() + 1 - wide, area.top(), wide, area.height())
        if rtl:
            words.moveRight(area.right())
            body.moveLeft(area.left())
        self._place_words(words, centred=False)
        self._body_widget().setGeometry(self._body_box(body))

    def _place_below(self, area: QRect) -> None:
        """Place the words above, in the middle; the body takes the rest."""
        gap = self._style.px(16)
        is_entry = isinstance(self._page.body, EntryBody)
        most = round(area.height() * (0.24 if is_entry else 0.34))
        top = QRect(area.left(), area.top(), area.width(), most)
        for block in (self.heading, self.text):
            block.set_centred(True)
        text = self.text.height_for(top.width(), round(most * 0.36)) if self.text.text else 0
        heading = self.heading.height_for(top.width(), max(1, most - text))
        self.heading.setGeometry(top.left(), top.top(), top.width(), heading)
        self.text.setGeometry(top.left(), top.top() + heading, top.width(), text)
        used = heading + text + gap
        self._body_widget().setGeometry(self._body_box(area.adjusted(0, used, 0, 0)))

    def _place_upright(self, area: QRect) -> None:
        """Place one under the other; the controls of a body stay low."""
        gap = self._style.px(28)
        share = 0.3 if isinstance(self._page.body, EntryBody | ChoicesBody) else 0.36
        most = round(area.height() * share)
        for block in (self.heading, self.text):
            block.set_centred(True)
        text = self.text.height_for(area.width(), round(most * 0.45)) if self.text.text else 0
        heading = self.heading.height_for(area.width(), max(1, most - text))
        room = area.height() - heading - text - 2 * gap
        body = self._body_box(QRect(area.left(), 0, area.width(), max(1, room)))
        spare = max(0, area.height() - heading - text - 2 * gap - body.height())
        # The controls stay at the bottom, within reach; words rise to the upper third.
        top = area.top() + round(spare * (0.3 if self.controls_in_body() else 0.4))
        self.heading.setGeometry(area.left(), top, area.width(), heading)
        self.text.setGeometry(area.left(), top + heading + gap // 2, area.width(), text)
        low = area.bottom() + 1 - body.height()
        y = low if self.controls_in_body() else top + heading + text + gap * 2
        body.moveTop(min(y, low))
        self._body_widget().setGeometry(body)

    def controls_in_body(self) -> bool:
        """Return True if the body itself is touched."""
        return isinstance(self._page.body, EntryBody | ChoicesBody)

    def _body_widget(self) -> QWidget:
        return self.bodies[type(self._page.body)]

    def _body_box(self, room: QRect) -> QRect:
        """Return the box of the body within its room."""
        style, body = self._style, self._page.body
        wide, high = room.width(), room.height()
        if isinstance(body, CameraBody):
            high = min(high, round(wide * 0.78))
        elif isinstance(body, SymbolBody):
            high = min(high, style.px(360))
        elif isinstance(body, PersonBody):
            high = min(high, style.px(340))
            wide = min(wide, style.px(900))
        elif isinstance(body, NumberBody):
            high = min(high, style.px(760 if self._upright else 480))
        elif isinstance(body, EntryBody) and self._upright:
            high = min(high, style.px(700))
        elif isinstance(body, ChoicesBody) and self._upright:
            count = len(body.choices)
            each = 106 if body.is_dense else 142
            high = min(high, style.px(each) * max(1, -(-count // (2 if body.is_dense else 1))))
        left = room.left() + (room.width() - wide) // 2
        return QRect(left, room.top() + (room.height() - high) // 2, wide, high)

    def set_guide(self, guide: QRectF) -> None:
        """Set the area where codes are held, in fractions of the frame."""
        self.camera.set_guide(guide)
