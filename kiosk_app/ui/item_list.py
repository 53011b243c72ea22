"""A list to choose from by finger, arrow keys or Enter: people found, checkpoints."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import QFrame, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from kiosk_app.ui.icons import icon
from kiosk_app.ui.painting import focus_ring, rounded
from kiosk_app.ui.style import FIRST_LOOK, Look
from kiosk_app.ui.text_fitting import elided
from resources.themes import Signal as Colour

_Place = Callable[[int, int, int, int], QRect]
Index = QModelIndex | QPersistentModelIndex
CHOICE_ROLE = int(Qt.ItemDataRole.UserRole) + 1


@dataclass(frozen=True, slots=True)
class Choice:
    """One row. `remark` is a word worth seeing before choosing, in its colour."""

    id: str
    title: str
    line: str = ""
    icon: str = ""
    remark: str = ""
    colour: Colour | None = None
    current: bool = False


class _Choices(QAbstractListModel):
    def __init__(self) -> None:
        super().__init__()
        self.rows: tuple[Choice, ...] = ()

    def show(self, rows: tuple[Choice, ...]) -> None:
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> object:
        if not index.isValid():
            return None
        row = self.rows[index.row()]
        if role == CHOICE_ROLE:
            return row
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return ", ".join(part for part in (row.title, row.line, row.remark) if part)
        return None


class _ChoicePainter(QStyledItemDelegate):
    def __init__(self, parent: QListView) -> None:
        super().__init__(parent)
        self.look, self._list = FIRST_LOOK, parent

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(self.look.px(200), max(self.look.touch, self.look.px(68)) + self.look.px(8))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row = index.data(CHOICE_ROLE)
        if not isinstance(row, Choice):
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setLayoutDirection(option.direction)
        self._paint_row(painter, option, row)
        painter.restore()

    def _paint_row(self, painter: QPainter, option: QStyleOptionViewItem, row: Choice) -> None:
        look, theme = self.look, self.look.theme
        box = option.rect.adjusted(0, 0, 0, -look.px(8))
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        flat = theme.raised == theme.ground
        edge = QColor(theme.accent if row.current else theme.edge) if flat or row.current else None
        rounded(painter, box, look.px(12), QColor(theme.raised), edge, 2)
        if selected and self._list.hasFocus():
            focus_ring(painter, box, look.px(12), look)

        def at(x: int, y: int, width: int, height: int) -> QRect:
            return QStyle.visualRect(
                option.direction, box, QRect(box.left() + x, box.top() + y, width, height)
            )

        pad, side = look.px(20), look.px(28)
        shape = icon(row.icon or "person", side, theme.accent if row.current else theme.quiet)
        painter.drawPixmap(at(pad, (box.height() - side) // 2, side, side).topLeft(), shape)
        x = pad + side + look.px(16)
        room = box.width() - x - pad
        if row.remark and row.colour:
            room -= self._paint_remark(painter, row, box, at) + look.px(16)
        title, small = look.font("body", bold=True), look.font("caption")
        half, flags = box.height() // 2, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        painter.setFont(title)
        painter.setPen(QColor(theme.text))
        text = elided(row.title, title, room)
        painter.drawText(
            at(x, look.px(8), room, half - look.px(8)) if row.line else at(x, 0, room, box.height()),
            flags,
            text,
        )
        painter.setFont(small)
        painter.setPen(QColor(theme.quiet))
        line = elided(row.line, small, room)
        painter.drawText(at(x, half, room, half - look.px(8)), flags, line)

    def _paint_remark(self, painter: QPainter, row: Choice, box: QRect, at: _Place) -> int:
        look, theme = self.look, self.look.theme
        font = look.font("caption", bold=True)
        colours = theme.signal(row.colour or Colour.BLUE)
        width, height = QFontMetrics(font).horizontalAdvance(row.remark) + look.px(48), look.px(32)
        pill = at(box.width() - width - look.px(20), (box.height() - height) // 2, width, height)
        rounded(painter, pill, height / 2, QColor(colours.tint), QColor(colours.mark), 1)
        side = look.px(16)
        inner = QRect(pill.left() + look.px(12), pill.center().y() - side // 2 + 1, side, side)
        place = QStyle.visualRect(painter.layoutDirection(), pill, inner)
        painter.drawPixmap(place.topLeft(), icon(f"verdict-{row.colour}", side, colours.mark))
        words = QRect(pill.left() + look.px(34), pill.top(), width - look.px(40), height)
        painter.setFont(font)
        painter.setPen(QColor(colours.on_tint))
        flags = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        painter.drawText(QStyle.visualRect(painter.layoutDirection(), pill, words), flags, row.remark)
        return width


class ChoiceList(QListView):
    """Emits the id of the row that was chosen."""

    chosen = Signal(str)
    left_upwards = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._choices, self._painter = _Choices(), _ChoicePainter(self)
        self.setModel(self._choices)
        self.setItemDelegate(self._painter)
        self.setUniformItemSizes(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.clicked.connect(self._choose)

    def set_look(self, look: Look) -> None:
        """Wear another theme or size."""
        self._painter.look = look
        self.doItemsLayout()

    def show_choices(self, rows: tuple[Choice, ...]) -> None:
        """Show other rows; the current one is selected, else the first."""
        if rows == self._choices.rows:
            return
        self._choices.show(rows)
        current = next((number for number, row in enumerate(rows) if row.current), 0)
        if rows:
            self.setCurrentIndex(self._choices.index(current))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter chooses; Up on the first row goes back to where the list was asked for."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._choose(self.currentIndex())
        elif event.key() == Qt.Key.Key_Up and self.currentIndex().row() <= 0:
            self.left_upwards.emit()
        else:
            super().keyPressEvent(event)

    def _choose(self, index: QModelIndex) -> None:
        row = index.data(CHOICE_ROLE)
        if isinstance(row, Choice):
            self.chosen.emit(row.id)
