"""The last scans: a model that takes a new one on top in constant time, and rows that are painted, not built."""

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import QFrame, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from kiosk_app.screens.gate.view_state import ScanLine
from kiosk_app.ui.icons import icon
from kiosk_app.ui.style import FIRST_LOOK, Look
from kiosk_app.ui.text_fitting import elided

Index = QModelIndex | QPersistentModelIndex
ROW = 52
LINE_ROLE = int(Qt.ItemDataRole.UserRole) + 1


class ScanModel(QAbstractListModel):
    """Newest first. It is given the whole list each time and works out what is new."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: tuple[ScanLine, ...] = ()

    def show_lines(self, lines: tuple[ScanLine, ...]) -> None:
        """Insert what is new on top; begin anew where that is not all that changed."""
        old = self._lines
        if lines is old:
            return
        grown = bool(lines) and lines[1:] == old[: len(lines) - 1] and len(lines) >= len(old)
        if not grown:
            self.beginResetModel()
            self._lines = lines
            self.endResetModel()
            return
        if len(old) == len(lines):
            self.beginRemoveRows(QModelIndex(), len(old) - 1, len(old) - 1)
            self._lines = old[:-1]
            self.endRemoveRows()
        self.beginInsertRows(QModelIndex(), 0, 0)
        self._lines = lines
        self.endInsertRows()

    def rowCount(self, parent: Index | None = None) -> int:
        """How many scans are kept."""
        return 0 if parent is not None and parent.isValid() else len(self._lines)

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> object:
        """The line itself for the painter, its words for a screen reader."""
        if not index.isValid():
            return None
        line = self._lines[index.row()]
        if role == LINE_ROLE:
            return line
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return ", ".join(part for part in (line.title, line.word, line.time) if part)
        return None


class ScanDelegate(QStyledItemDelegate):
    """Paints a row: shape, who, what became of it, when."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.look, self.ratio = FIRST_LOOK, 1.0

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        """All rows are equally high."""
        return QSize(self.look.px(200), self.look.px(ROW))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """One row."""
        line = index.data(LINE_ROLE)
        if not isinstance(line, ScanLine):
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setLayoutDirection(option.direction)
        self._paint_line(painter, option, line)
        painter.restore()

    def _paint_line(self, painter: QPainter, option: QStyleOptionViewItem, line: ScanLine) -> None:
        look, theme, row = self.look, self.look.theme, option.rect
        rtl = option.direction is Qt.LayoutDirection.RightToLeft

        def at(x: int, y: int, width: int, height: int) -> QRect:
            return QStyle.visualRect(
                option.direction, row, QRect(row.left() + x, row.top() + y, width, height)
            )

        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(row, QColor(theme.raised))
        painter.fillRect(QRect(row.left(), row.bottom(), row.width(), 1), QColor(theme.line))
        side, gap = look.px(22), look.px(12)
        mark = theme.signal(line.signal).mark
        shape = icon(f"verdict-{line.signal}", side, mark, ratio=self.ratio, rtl=rtl)
        painter.drawPixmap(at(look.px(2), (row.height() - side) // 2, side, side).topLeft(), shape)
        small = look.font("caption")
        time_width = QFontMetrics(small).horizontalAdvance(line.time) + look.px(8)
        x, flags = look.px(2) + side + gap, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        painter.setFont(small)
        painter.setPen(QColor(theme.quiet))
        painter.drawText(at(row.width() - time_width, 0, time_width, row.height()), flags, line.time)
        room = row.width() - x - time_width - gap
        name = look.font("body")
        name.setPixelSize(look.text("caption") + look.px(2))
        name.setWeight(name.Weight.DemiBold)
        half = row.height() // 2
        title = elided(line.title, name, room)
        painter.setFont(name)
        painter.setPen(QColor(theme.text))
        painter.drawText(
            at(x, look.px(5), room, half - look.px(4)) if line.word else at(x, 0, room, row.height()),
            flags,
            title,
        )
        if line.word:
            word = elided(line.word, small, room)
            painter.setFont(small)
            painter.setPen(QColor(theme.quiet))
            painter.drawText(at(x, half, room, half - look.px(4)), flags, word)


class ScanList(QListView):
    """Scrolls by keyboard, wheel and finger."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look, self._scans, self._delegate = FIRST_LOOK, ScanModel(), ScanDelegate(self)
        self.setModel(self._scans)
        self.setItemDelegate(self._delegate)
        self.setUniformItemSizes(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def set_look(self, look: Look) -> None:
        """Wear another theme or size."""
        self._look = look
        self._delegate.look, self._delegate.ratio = look, self.devicePixelRatioF()
        self.doItemsLayout()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show whole rows only: half a name at the lower edge reads like another one."""
        row = self._look.px(ROW)
        self.setViewportMargins(0, 0, 0, self.height() % row if self.height() > row else 0)
        super().resizeEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Letters are not for the list: they go on to the input line."""
        if event.text().strip() and event.text().isprintable():
            event.ignore()
            return
        super().keyPressEvent(event)

    def show_lines(self, lines: tuple[ScanLine, ...]) -> None:
        """Show the last scans, newest first."""
        self._scans.show_lines(lines)
